"""Ask vendors of news: NewsAPI, Alpaca and Polygon.

NewsAPI: GET /v2/everything with X-Api-Key, articles of source, author, title, description, url
and publishedAt, `status` error with a code (https://newsapi.org/docs/endpoints/everything).
Alpaca: GET /v1beta1/news with APCA-API-KEY-ID and APCA-API-SECRET-KEY, news of headline, summary,
author, created_at, url and symbols; author and summary may be empty
(https://docs.alpaca.markets/reference/news-3). Polygon: GET /v2/reference/news with a bearer
token, results of title, description, author, published_utc, article_url and tickers
(https://polygon.io/docs/rest/stocks/news).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from adapters.market_data.news.asking import ask
from adapters.market_data.news.feed_format import plain_text
from ports.news import NewsText, NewsUnavailable

LIMIT = 50


class _NewsApiArticle(msgspec.Struct):
    title: str | None = None
    description: str | None = None
    url: str | None = None
    author: str | None = None
    publishedAt: str | None = None  # noqa: N815 - as the vendor writes it


class _NewsApi(msgspec.Struct):
    articles: list[_NewsApiArticle]


class _AlpacaItem(msgspec.Struct):
    headline: str
    summary: str | None = None
    author: str | None = None
    created_at: str | None = None
    url: str | None = None


class _Alpaca(msgspec.Struct):
    news: list[_AlpacaItem]


class _PolygonItem(msgspec.Struct):
    title: str
    description: str | None = None
    author: str | None = None
    published_utc: str | None = None
    article_url: str | None = None


class _Polygon(msgspec.Struct):
    results: list[_PolygonItem] = []


_Reply = _NewsApi | _Alpaca | _Polygon


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """How a vendor is asked: its address, its headers and its query."""

    name: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    query: Mapping[str, str]
    reply: type[_NewsApi] | type[_Alpaca] | type[_Polygon]


def news_api(*, key: str, words: str, base: str = "https://newsapi.org") -> Vendor:
    """Return NewsAPI, asked for articles that have these words (its own query language)."""
    return Vendor(
        name="newsapi",
        url=f"{base}/v2/everything",
        headers={"X-Api-Key": key},
        query={
            "q": words,
            "language": "en",
            "sortBy": "publishedAt",
            "pageSize": str(LIMIT),
        },
        reply=_NewsApi,
    )


def alpaca(*, key: str, secret: str, base: str = "https://data.alpaca.markets") -> Vendor:
    """Return Alpaca's news of all symbols."""
    return Vendor(
        name="alpaca",
        url=f"{base}/v1beta1/news",
        headers={"APCA-API-KEY-ID": key, "APCA-API-SECRET-KEY": secret},
        query={"limit": str(LIMIT), "sort": "desc"},
        reply=_Alpaca,
    )


def polygon(*, key: str, base: str = "https://api.polygon.io") -> Vendor:
    """Return Polygon's news of all symbols."""
    return Vendor(
        name="polygon",
        url=f"{base}/v2/reference/news",
        headers={"Authorization": f"Bearer {key}"},
        query={"limit": str(LIMIT), "order": "desc", "sort": "published_utc"},
        reply=_Polygon,
    )


class VendorNews:
    """A vendor's latest news (port NewsSource)."""

    def __init__(self, vendor: Vendor) -> None:
        self._vendor = vendor

    @property
    def name(self) -> str:
        """What its texts are called by."""
        return self._vendor.name

    async def latest(self) -> Sequence[NewsText]:
        """Return the latest texts; raises NewsUnavailable."""
        vendor = self._vendor
        reply = await ask(vendor.url, headers=vendor.headers, query=vendor.query)
        try:
            said = msgspec.json.decode(reply.body or b"", type=vendor.reply)
        except msgspec.MsgspecError as wrong:
            raise NewsUnavailable(f"answered in another format: {wrong}") from None
        return [one for one in _texts(said) if one.title or one.text]


def _texts(said: _Reply) -> list[NewsText]:
    match said:
        case _NewsApi(articles=articles):
            return [
                _text(one.title, one.description, one.url, one.author, one.publishedAt)
                for one in articles
            ]
        case _Alpaca(news=items):
            return [
                _text(one.headline, one.summary, one.url, one.author, one.created_at)
                for one in items
            ]
        case _Polygon(results=results):
            return [
                _text(one.title, one.description, one.article_url, one.author, one.published_utc)
                for one in results
            ]


def _text(
    title: str | None, text: str | None, url: str | None, author: str | None, at: str | None
) -> NewsText:
    address = url or ""
    return NewsText(
        title=plain_text(title or ""),
        text=plain_text(text or ""),
        url=address if address.startswith(("http://", "https://")) else "",
        author=plain_text(author or ""),
        published_at=_time(at or ""),
    )


def _time(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo is not None else None
