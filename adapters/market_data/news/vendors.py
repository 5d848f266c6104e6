"""Ask vendors of news: NewsAPI, Alpaca, Polygon and Alpha Vantage.

NewsAPI: GET /v2/everything with X-Api-Key, articles of source, author, title, description, url
and publishedAt, `status` error with a code (https://newsapi.org/docs/endpoints/everything).
Alpaca: GET /v1beta1/news with APCA-API-KEY-ID and APCA-API-SECRET-KEY, news of headline, summary,
author, created_at, url and symbols; author and summary may be empty
(https://docs.alpaca.markets/reference/news-3). Polygon: GET /v2/reference/news with a bearer
token, results of title, description, author, published_utc, article_url and tickers
(https://polygon.io/docs/rest/stocks/news). Alpha Vantage: GET /query with function=NEWS_SENTIMENT
and apikey, a feed of title, summary, url, authors, time_published and ticker_sentiment; limits and
errors come with status 200 as Note, Information or "Error Message"
(https://www.alphavantage.co/documentation/#news-sentiment).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from adapters.market_data.news.asking import ask
from adapters.market_data.news.feed_format import plain_text
from ports.news import NewsText, NewsUnavailable

LIMIT = 50
# It allows so few requests a day that a refusal is not to be asked after soon.
_ALPHA_VANTAGE_REST_S = 3_600.0

Reply = TypeVar("Reply")


class _NewsApiArticle(msgspec.Struct):
    title: str | None = None
    description: str | None = None
    url: str | None = None
    author: str | None = None
    publishedAt: str | None = None  # noqa: N815 - as the vendor writes it


class _NewsApi(msgspec.Struct):
    articles: list[_NewsApiArticle]

    def texts(self) -> list[NewsText]:
        return [
            text_of(
                title=one.title,
                text=one.description,
                url=one.url,
                author=one.author,
                at=_time(one.publishedAt),
            )
            for one in self.articles
        ]


class _AlpacaItem(msgspec.Struct):
    headline: str
    summary: str | None = None
    author: str | None = None
    created_at: str | None = None
    url: str | None = None
    symbols: list[str] | None = None


class _Alpaca(msgspec.Struct):
    news: list[_AlpacaItem]

    def texts(self) -> list[NewsText]:
        return [
            text_of(
                title=one.headline,
                text=one.summary,
                url=one.url,
                author=one.author,
                at=_time(one.created_at),
                symbols=one.symbols,
            )
            for one in self.news
        ]


class _PolygonItem(msgspec.Struct):
    title: str
    description: str | None = None
    author: str | None = None
    published_utc: str | None = None
    article_url: str | None = None
    tickers: list[str] | None = None


class _Polygon(msgspec.Struct):
    results: list[_PolygonItem] = []

    def texts(self) -> list[NewsText]:
        return [
            text_of(
                title=one.title,
                text=one.description,
                url=one.article_url,
                author=one.author,
                at=_time(one.published_utc),
                symbols=one.tickers,
            )
            for one in self.results
        ]


class _AlphaVantageTicker(msgspec.Struct):
    ticker: str


class _AlphaVantageItem(msgspec.Struct):
    title: str
    summary: str | None = None
    url: str | None = None
    authors: list[str] | None = None
    time_published: str | None = None
    ticker_sentiment: list[_AlphaVantageTicker] | None = None


class _AlphaVantage(msgspec.Struct):
    feed: list[_AlphaVantageItem] | None = None
    note: str | None = msgspec.field(default=None, name="Note")
    information: str | None = msgspec.field(default=None, name="Information")
    error: str | None = msgspec.field(default=None, name="Error Message")

    def texts(self) -> list[NewsText]:
        """Return the texts; raises NewsUnavailable for what it says with status 200 instead."""
        # Their words hold the key at times: they are not repeated.
        if self.note is not None or self.information is not None:
            raise NewsUnavailable(
                "says that it was asked too often, or that the key may not ask this",
                retry_after_s=_ALPHA_VANTAGE_REST_S,
            )
        if self.feed is None:
            what = "refuses what it is asked" if self.error is not None else "sent no feed"
            raise NewsUnavailable(f"answered without news: it {what}")
        return [
            text_of(
                title=one.title,
                text=one.summary,
                url=one.url,
                author=", ".join(one.authors or ()),
                at=_compact_time(one.time_published),
                symbols=[about.ticker for about in one.ticker_sentiment or ()],
            )
            for one in self.feed
        ]


_Reply = _NewsApi | _Alpaca | _Polygon | _AlphaVantage


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """How a vendor is asked: its address, its headers and its query."""

    name: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    query: Mapping[str, str] = field(repr=False)
    reply: type[_Reply]


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


def alpha_vantage(*, key: str, base: str = "https://www.alphavantage.co") -> Vendor:
    """Return Alpha Vantage's news of all symbols."""
    return Vendor(
        name="alpha_vantage",
        url=f"{base}/query",
        headers={},
        query={
            "function": "NEWS_SENTIMENT",
            "sort": "LATEST",
            "limit": str(LIMIT),
            # It takes the key nowhere else.
            "apikey": key,
        },
        reply=_AlphaVantage,
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
        said = read_reply(reply.body, type=vendor.reply)
        return [one for one in said.texts() if one.title or one.text]


def read_reply(body: bytes | None, *, type: type[Reply]) -> Reply:
    """Return what a vendor answered; raises NewsUnavailable for what is not its format."""
    try:
        return msgspec.json.decode(body or b"", type=type)
    except msgspec.MsgspecError as wrong:
        raise NewsUnavailable(f"answered in another format: {wrong}") from None


def text_of(
    *,
    title: str | None,
    text: str | None,
    url: str | None,
    author: str | None,
    at: datetime | None,
    symbols: Sequence[str] | None = None,
) -> NewsText:
    """Return a vendor's text without its HTML; what is no address says nothing of a publisher."""
    address = url or ""
    return NewsText(
        title=plain_text(title or ""),
        text=plain_text(text or ""),
        url=address if address.startswith(("http://", "https://")) else "",
        author=plain_text(author or ""),
        published_at=at,
        symbols=tuple(dict.fromkeys(symbols or ())),
    )


def _time(text: str | None) -> datetime | None:
    try:
        at = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo is not None else None


def _compact_time(text: str | None) -> datetime | None:
    """Read Alpha Vantage's YYYYMMDDTHHMMSS, which is UTC."""
    try:
        return datetime.strptime(text or "", "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
