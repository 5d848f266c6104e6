"""Declare sentiment: the mood of the market and of what is written about it."""

from dataclasses import dataclass, replace
from uuid import UUID

import structlog

from adapters.http.cases import Case
from adapters.http.sentiment.hype import HYPE, MENTIONS_BODY, hype_routes
from adapters.http.sentiment.item_schemas import ITEMS_BODY
from adapters.http.sentiment.mood import PARTS_BODY
from adapters.http.sentiment.routes import (
    ANALYZE,
    MOOD,
    PATH,
    TEXTS,
    fear_greed_routes,
    sentiment_routes,
)
from adapters.market_data.news.feed import FeedSource
from adapters.market_data.news.folder import FolderNews
from adapters.market_data.news.reddit import RedditNews
from adapters.market_data.news.vendors import (
    VendorNews,
    alpaca,
    alpha_vantage,
    news_api,
    polygon,
)
from adapters.telemetry.health import own_version
from application.sentiment.keep_mood import KeepMood
from application.sentiment.pull_news import PullNews
from application.sentiment.read_hype import ReadHype
from application.sentiment.read_sentiment import ReadSentiment
from application.sentiment.take_items import TakeItems
from application.sentiment.take_mentions import TakeMentions
from application.shared.asker import Asker
from application.shared.change import Changes
from bootstrap.area import Area, of_role
from bootstrap.areas.market import Market
from bootstrap.processes.roles import Role
from bootstrap.settings.sections import Settings
from bootstrap.settings.sentiment import SentimentSettings, weights_of
from bootstrap.system import System
from domain.sentiment.aggregate import Weighing
from domain.sentiment.domains import Publishers, checked_domain
from ports.news import NewsSource

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentimentParts:
    """The use cases."""

    take: TakeItems
    read: ReadSentiment
    take_mentions: TakeMentions
    read_hype: ReadHype
    mood: KeepMood
    # None where no source is set.
    pull: PullNews | None


def build(
    *, settings: Settings, changes: Changes, market: Market, system: System
) -> SentimentParts:
    """Build the use cases."""
    own = settings.sentiment
    dated = replace(changes, market_now=market.clock.now)
    weighing = Weighing(
        publishers=Publishers(
            listed=_domains(own.listed_domains), denied=_domains(own.denied_domains)
        ),
        source_weights=weights_of(own),
    )
    read = ReadSentiment(
        works=changes.works,
        instruments=market.instruments,
        clock=changes.clock,
        weighing=weighing,
    )
    take = TakeItems(changes=dated, instruments=market.instruments)
    return SentimentParts(
        take=take,
        read=read,
        take_mentions=TakeMentions(changes=dated),
        read_hype=ReadHype(sentiment=read),
        mood=KeepMood(changes=dated),
        pull=_pull(take, settings=settings, system=system),
    )


def _pull(take: TakeItems, *, settings: Settings, system: System) -> PullNews | None:
    own = settings.sentiment
    sources = _sources(own, system=system)
    if not sources or own.tenant is None:
        return None
    return PullNews(
        sources=sources,
        take=take,
        by=Asker(tenant_id=UUID(own.tenant), actor="sentiment"),
        every_s=own.every_s,
        clock=system.clock,
        sleeper=system.sleeper,
        on_away=lambda name, why: log.warning("sentiment.away", source=name, why=why),
        on_refused=lambda name, why: log.warning("sentiment.refused", source=name, why=why),
    )


def _sources(own: SentimentSettings, *, system: System) -> list[NewsSource]:
    """Return what is to be looked at, by what is set."""
    sources: list[NewsSource] = [FeedSource(url) for url in own.feeds]
    if own.folder is not None:
        sources.append(FolderNews(own.folder))
    if own.newsapi_key is not None:
        sources.append(VendorNews(news_api(key=own.newsapi_key, words=own.newsapi_words)))
    if own.alpaca_key is not None and own.alpaca_secret is not None:
        sources.append(VendorNews(alpaca(key=own.alpaca_key, secret=own.alpaca_secret)))
    if own.polygon_key is not None:
        sources.append(VendorNews(polygon(key=own.polygon_key)))
    if own.alpha_vantage_key is not None:
        sources.append(VendorNews(alpha_vantage(key=own.alpha_vantage_key)))
    if own.reddit_id and own.reddit_secret and own.reddit_user:
        sources.append(
            RedditNews(
                own.reddit_boards,
                app_id=own.reddit_id,
                app_secret=own.reddit_secret,
                user=own.reddit_user,
                clock=system.clock,
                version=own_version(),
            )
        )
    return sources


def _domains(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(checked_domain(one, field="domains") for one in names)


_SYMBOL = {"symbol": "AAPL"}

AREA = Area(
    name="sentiment",
    sentence="The mood of the market between fear and greed, and the tone of texts.",
    builds={"sentiment": build},
    routes=lambda parts: (
        fear_greed_routes(parts.of(build).mood),
        sentiment_routes(parts.of(build).take, parts.of(build).read),
        hype_routes(parts.of(build).take_mentions, parts.of(build).read_hype),
    ),
    cases={
        f"POST {PATH}/calculate": Case(body=MOOD),
        f"GET {PATH}": Case(),
        f"GET {PATH}/history": Case(),
        f"POST {PATH}/parts": Case(body=PARTS_BODY, action="mood.taken"),
        f"POST {ANALYZE}/analyze": Case(body=TEXTS),
        f"POST {ANALYZE}/items": Case(body=ITEMS_BODY, action="sentiment.taken"),
        f"POST {HYPE}/mentions": Case(body=MENTIONS_BODY, action="hype.taken"),
        f"GET {HYPE}/spikes": Case(),
        f"GET {HYPE}/{{symbol}}": Case(plain=_SYMBOL, may_lack=True),
        f"GET {ANALYZE}/{{symbol}}": Case(plain=_SYMBOL, may_lack=True),
        f"GET {ANALYZE}/{{symbol}}/items": Case(plain=_SYMBOL, may_lack=True),
    },
    tasks=(of_role(Role.WATCH, "news", lambda parts: parts.of(build).pull, required=False),),
)
