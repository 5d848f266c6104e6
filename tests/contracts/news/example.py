"""A source of texts as CONTRIBUTING tells it: an office that answers with one JSON object."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from adapters.market_data.news.asking import ask
from adapters.market_data.news.vendors import read_reply, text_of
from ports.news import NewsText


class _Story(msgspec.Struct):
    headline: str
    body: str = ""
    link: str = ""
    at: datetime | None = None
    tickers: list[str] = []


class _Stories(msgspec.Struct):
    stories: list[_Story]


class OfficeNews:
    """The latest stories of an office (port NewsSource)."""

    name = "office"

    def __init__(self, url: str, *, key: str) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {key}"}

    async def latest(self) -> Sequence[NewsText]:
        """Return its stories; raises NewsUnavailable."""
        reply = await ask(self._url, headers=self._headers)
        return [
            text_of(
                title=one.headline,
                text=one.body,
                url=one.link,
                author=None,
                # A time without a zone is no moment.
                at=one.at if one.at is not None and one.at.tzinfo is not None else None,
                symbols=one.tickers,
            )
            for one in read_reply(reply.body, type=_Stories).stories
        ]
