"""Ask a site over HTTP, within limits of time and size."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import httpx

from ports.news import NewsUnavailable

BYTES_MAX = 4 * 1024 * 1024
TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteAnswer:
    """What a site answered, its headers by small letters; body None: as it was the last time."""

    body: bytes | None
    headers: Mapping[str, str]


@cache
def _trusted() -> ssl.SSLContext:
    # Read once: it holds the event loop up for twenty milliseconds.
    return httpx.create_ssl_context(trust_env=False)


async def ask(
    url: str,
    *,
    headers: Mapping[str, str],
    query: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
    login: tuple[str, str] | None = None,
    timeout_s: float = TIMEOUT_S,
) -> SiteAnswer:
    """Return what a site answers to GET, or to POST where a form is given.

    login is a name and its secret (RFC 7617). Raises NewsUnavailable, which names no address or
    key.
    """
    try:
        async with (
            httpx.AsyncClient(
                timeout=timeout_s,
                verify=_trusted(),
                # Elsewhere nobody is to see the key; nor a proxy of the environment.
                follow_redirects=False,
                trust_env=False,
            ) as http,
            http.stream(
                "GET" if form is None else "POST",
                url,
                headers=headers,
                params=query,
                data=form,
                auth=login,
            ) as reply,
        ):
            if reply.status_code == httpx.codes.NOT_MODIFIED:
                return SiteAnswer(body=None, headers={})
            if reply.status_code != httpx.codes.OK:
                raise NewsUnavailable(
                    f"answered with status {reply.status_code}",
                    retry_after_s=_retry_after_s(reply.headers),
                )
            return SiteAnswer(body=await _limited(reply), headers=dict(reply.headers))
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as problem:
        # Its text may hold the address, with whatever somebody wrote into it.
        raise NewsUnavailable(f"does not answer: {type(problem).__name__}") from None


async def _limited(reply: httpx.Response) -> bytes:
    body = bytearray()
    async for part in reply.aiter_bytes():
        body += part
        if len(body) > BYTES_MAX:
            raise NewsUnavailable(f"answered with more than {BYTES_MAX} bytes")
    return bytes(body)


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return what RFC 9110 calls Retry-After, or else Reddit's seconds until its next period."""
    for name in ("retry-after", "x-ratelimit-reset"):
        text = headers.get(name, "").partition(".")[0]
        if text.isascii() and text.isdigit() and len(text) < 7:
            return float(text)
    return None
