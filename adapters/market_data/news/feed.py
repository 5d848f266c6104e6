"""Ask a feed over HTTP."""

import hashlib
import ssl
from collections.abc import Sequence
from functools import cache
from urllib.parse import urlsplit

import httpx

from adapters.market_data.news.feed_format import read_feed
from ports.news import NewsText, NewsUnavailable

BYTES_MAX = 4 * 1024 * 1024
TIMEOUT_S = 10.0


@cache
def _trusted() -> ssl.SSLContext:
    # Read once: it holds the event loop up for twenty milliseconds.
    return httpx.create_ssl_context(trust_env=False)


class FeedSource:
    """A feed of RSS or Atom; one that did not change is not sent again (port NewsSource)."""

    def __init__(self, url: str, *, timeout_s: float = TIMEOUT_S) -> None:
        self._url = url
        self._timeout_s = timeout_s
        # What the feed said that the next question may tell it: RFC 9110, 13.1.
        self._seen: dict[str, str] = {}
        self._texts: Sequence[NewsText] = ()
        host = urlsplit(url).hostname or "feed"
        # Several feeds of one host are several sources.
        self._name = f"rss:{host[:40]}:{hashlib.sha256(url.encode()).hexdigest()[:8]}"

    @property
    def name(self) -> str:
        """What its texts are called by."""
        return self._name

    async def latest(self) -> Sequence[NewsText]:
        """Return what stands there; what it says did not change is what it said before."""
        try:
            async with (
                httpx.AsyncClient(
                    timeout=self._timeout_s,
                    verify=_trusted(),
                    follow_redirects=False,
                    trust_env=False,
                ) as http,
                http.stream("GET", self._url, headers=self._seen) as reply,
            ):
                if reply.status_code == httpx.codes.NOT_MODIFIED:
                    return self._texts
                if reply.status_code != httpx.codes.OK:
                    raise NewsUnavailable(
                        f"answered with status {reply.status_code}",
                        retry_after_s=_seconds(reply.headers.get("retry-after", "")),
                    )
                body = await _limited(reply)
                told = dict(reply.headers)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as problem:
            # Its text may hold the address, with whatever somebody wrote into it.
            raise NewsUnavailable(f"does not answer: {type(problem).__name__}") from None
        self._texts = read_feed(body)
        pairs = (("etag", "If-None-Match"), ("last-modified", "If-Modified-Since"))
        self._seen = {asked: told[name] for name, asked in pairs if name in told}
        return self._texts


async def _limited(reply: httpx.Response) -> bytes:
    body = bytearray()
    async for part in reply.aiter_bytes():
        body += part
        if len(body) > BYTES_MAX:
            raise NewsUnavailable(f"answered with more than {BYTES_MAX} bytes")
    return bytes(body)


def _seconds(text: str) -> float | None:
    return float(text) if text.isascii() and text.isdigit() and len(text) < 7 else None
