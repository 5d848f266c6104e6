"""Route what is asked of hype: mentions taken in, how a symbol stands out, and spikes."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import FromPath, QueryParameter
from msgspec import Meta

from adapters.http.area import AreaRoutes
from adapters.http.documented import described
from adapters.http.reading import decoder_of
from adapters.http.sentiment.taken import TakenRowsView, rows_view, taken_once
from adapters.http.wire import (
    Answer,
    HttpRequest,
    Symbol,
    answer,
    asker_of,
    body_of,
    decode,
    principal_of,
)
from application.sentiment.read_hype import ReadHype, SymbolHype
from application.sentiment.take_mentions import ROWS_MAX, MentionFields, TakeMentions
from domain.identity.access import Permission
from domain.sentiment.hype import COUNT_MAX, SPIKE_MENTIONS, SPIKE_Z, Hype

HYPE = "/api/v1/hype"
MENTIONS_BODY = {"items": [{"date": "2026-01-05", "symbol": "AAPL", "mentions": 12, "authors": 9}]}
Count = Annotated[int, Meta(ge=0, le=COUNT_MAX)]
Day = Annotated[date | None, QueryParameter(description="A UTC day; the latest known without it.")]
Since = Annotated[date | None, QueryParameter(description="The first UTC day.")]
Until = Annotated[date | None, QueryParameter(description="The last UTC day.")]
Threshold = Annotated[float, QueryParameter(ge=0, le=1_000, description="The least z of a spike.")]


class MentionBody(msgspec.Struct, forbid_unknown_fields=True):
    """How often a symbol was named on a UTC day; authors: by how many."""

    date: date
    symbol: Symbol
    mentions: Count
    comments: Count = 0
    likes: Count = 0
    authors: Count | None = None


class MentionsBody(msgspec.Struct, forbid_unknown_fields=True):
    """Days of symbols; one that is there already is replaced."""

    items: Annotated[list[MentionBody], Meta(min_length=1, max_length=ROWS_MAX)]


class KeywordView(msgspec.Struct):
    """Words, and by how much the texts would score otherwise without them."""

    words: str
    effect: float


class HypeView(msgspec.Struct):
    """A symbol's day beside the 30 before; null is not known, and missing says why."""

    symbol: str
    date: str
    mentions: int | None
    engagement: float | None
    z: float | None
    score: float | None
    spike: bool
    missing: str
    velocity: float | None
    keywords: list[KeywordView]


class SpikeView(msgspec.Struct):
    """A day on which a symbol stood out."""

    symbol: str
    date: str
    z: float
    mentions: int


class SpikeList(msgspec.Struct):
    """Spikes, oldest first."""

    items: list[SpikeView]


_MENTIONS = decoder_of(MentionsBody)


def hype_routes(take: TakeMentions, read: ReadHype) -> AreaRoutes:
    """Return the routes under /api/v1/hype."""

    @post(
        "/mentions",
        **described(
            "Take in how often symbols were named, by UTC day",
            permission=Permission.SENTIMENT_WRITE,
            body=MentionsBody,
            answers={201: TakenRowsView},
            problems=(409,),
            example=MENTIONS_BODY,
            idempotent=True,
        ),
    )
    async def add_mentions(request: HttpRequest) -> Answer:
        body = await body_of(request)
        said = decode(body, decoder=_MENTIONS)
        rows = [MentionFields(**msgspec.structs.asdict(one)) for one in said.items]
        return await taken_once(
            request,
            body,
            take=lambda once: take.take(rows, by=asker_of(request), once=once),
            view=rows_view,
        )

    @get(
        "/spikes",
        **described(
            f"List the days on which a symbol stood out by z and {SPIKE_MENTIONS} mentions",
            permission=Permission.SENTIMENT_READ,
            answers={200: SpikeList},
            problems=(400,),
        ),
    )
    async def spikes(
        request: HttpRequest,
        threshold: Threshold = SPIKE_Z,
        since: Since = None,
        until: Until = None,
    ) -> Answer:
        found = await read.spikes(
            tenant_id=principal_of(request).tenant_id,
            threshold=threshold,
            since=since,
            until=until,
        )
        return answer(_spikes(found))

    @get(
        "/{symbol:str}",
        **described(
            "Tell how much a symbol is talked about beside the 30 days before",
            permission=Permission.SENTIMENT_READ,
            answers={200: HypeView},
            problems=(400, 404),
        ),
    )
    async def show_hype(request: HttpRequest, symbol: FromPath[str], date: Day = None) -> Answer:
        found = await read.of(symbol, tenant_id=principal_of(request).tenant_id, day=date)
        return answer(_hype(found))

    return AreaRoutes(
        path=HYPE, tags=["sentiment"], route_handlers=[add_mentions, spikes, show_hype]
    )


def _spikes(found: Sequence[Hype]) -> SpikeList:
    return SpikeList(
        [
            SpikeView(one.symbol, str(one.date), one.z, one.mentions)
            for one in found
            if one.z is not None and one.mentions is not None
        ]
    )


def _hype(found: SymbolHype) -> HypeView:
    one = found.hype
    return HypeView(
        symbol=one.symbol,
        date=str(one.date),
        mentions=one.mentions,
        engagement=found.engagement,
        z=one.z,
        score=one.score,
        spike=one.is_spike(),
        missing=one.missing,
        velocity=found.velocity,
        keywords=[KeywordView(word.words, word.effect) for word in found.keywords],
    )
