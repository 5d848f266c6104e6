"""Ask a feed over HTTP."""

import hashlib
from collections.abc import Sequence
from urllib.parse import urlsplit

from adapters.market_data.news.asking import TIMEOUT_S, ask
from adapters.market_data.news.feed_format import read_feed
from ports.news import NewsText


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
        reply = await ask(self._url, headers=self._seen, timeout_s=self._timeout_s)
        if reply.body is None:
            return self._texts
        self._texts = read_feed(reply.body)
        pairs = (("etag", "If-None-Match"), ("last-modified", "If-Modified-Since"))
        self._seen = {asked: reply.headers[name] for name, asked in pairs if name in reply.headers}
        return self._texts
