"""Post once, without redirects, proxies or patience for endless replies."""

import asyncio
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

import httpx

REPLY_BYTES_MAX = 64 * 1024
# What a status says is known by then: nobody waits long for the words beside it.
REPLY_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back: the status, its fields, and as much of the body as was asked for."""

    status: int
    fields: httpx.Headers
    body: bytes = b""


@cache
def _trusted() -> ssl.SSLContext:
    # Read once: it holds the event loop up for twenty milliseconds.
    return httpx.create_ssl_context(trust_env=False)


async def post(
    url: httpx.URL,
    content: bytes,
    *,
    fields: Mapping[str, str],
    timeout_s: float,
    auth: tuple[str, str] | None = None,
    tls_name: str | None = None,
    reads: bool = True,
) -> Reply:
    """Return the reply; raises httpx.HTTPError, OSError or TimeoutError where there is none.

    tls_name is whose certificate is asked for where the address is a number. From the status on
    it is a reply, whatever becomes of its body.
    """
    async with httpx.AsyncClient(
        timeout=timeout_s,
        verify=_trusted(),
        follow_redirects=False,
        # A proxy of the environment would see what is sent.
        trust_env=False,
    ) as http:
        extensions = {} if tls_name is None else {"sni_hostname": tls_name}
        request = http.build_request(
            "POST", url, content=content, headers=dict(fields), extensions=extensions
        )
        # Each byte may take its time within httpx's own limit: this one is for all of them.
        async with asyncio.timeout(timeout_s):
            reply = await http.send(
                request, stream=True, auth=httpx.BasicAuth(*auth) if auth is not None else None
            )
        try:
            body = await _body(reply) if reads else b""
        finally:
            await reply.aclose()
        return Reply(status=reply.status_code, fields=reply.headers, body=body)


async def _body(reply: httpx.Response) -> bytes:
    body = bytearray()
    with suppress(httpx.HTTPError, httpx.StreamError, OSError, TimeoutError):
        async with asyncio.timeout(REPLY_S):
            async for part in reply.aiter_bytes():
                body += part
                if len(body) > REPLY_BYTES_MAX:
                    break
    return bytes(body[:REPLY_BYTES_MAX])
