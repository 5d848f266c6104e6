"""Whose certificates a venue elsewhere may show."""

import ssl
from functools import cache

import httpx


@cache
def trusted() -> ssl.SSLContext:
    """Return what is trusted; read once: that holds the event loop up for twenty milliseconds."""
    return httpx.create_ssl_context(trust_env=False)
