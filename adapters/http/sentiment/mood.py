"""Route what is asked of the market's mood: now, day by day, and the values of its parts."""

from datetime import date
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter
from msgspec import Meta

from adapters.http.documented import described
from adapters.http.reading import Amount, decoder_of
from adapters.http.sentiment.taken import TakenRowsView, rows_view, taken_once
from adapters.http.wire import (
    Answer,
    HttpRequest,
    answer,
    asker_of,
    body_of,
    decode,
    principal_of,
    text_of,
)
from application.sentiment.keep_mood import ROWS_MAX, KeepMood, PartFields
from domain.identity.access import Permission
from domain.sentiment.fear_greed import Mood
from domain.sentiment.mood_parts import MoodDay

PARTS_BODY = {"items": [{"part": "vix", "date": "2026-01-05", "value": "18.5"}]}
Since = Annotated[date | None, QueryParameter(description="The first UTC day.")]
Until = Annotated[date | None, QueryParameter(description="The last UTC day; today without it.")]


class PartBody(msgspec.Struct, forbid_unknown_fields=True):
    """A part's value on a UTC day, today where none is given; social is a tone of -1 to 1."""

    part: str
    value: Amount
    day: date | None = msgspec.field(default=None, name="date")


class PartsBody(msgspec.Struct, forbid_unknown_fields=True):
    """Values of parts; one of a day that is there already is replaced."""

    items: Annotated[list[PartBody], Meta(min_length=1, max_length=ROWS_MAX)]


class DatedPartView(msgspec.Struct):
    """A part's score of 0 to 100, its weight, and of which day its value is; null is missing."""

    weight: str
    score: str | None
    missing: str
    date: str | None


class MoodDayView(msgspec.Struct):
    """The mood of a day, 0 fear to 100 greed; null without a part. coverage: weights that count."""

    date: str
    score: int | None
    label: Mood | None
    coverage: str
    parts: dict[str, DatedPartView]


class MoodDayList(msgspec.Struct):
    """The mood of days, oldest first."""

    items: list[MoodDayView]


_PARTS = decoder_of(PartsBody)


def mood_handlers(keep: KeepMood) -> list[HTTPRouteHandler]:
    """Return the handlers under /api/v1/fear-greed that keep and tell."""

    @post(
        "/parts",
        **described(
            "Take in what parts of the market's mood were, by UTC day",
            permission=Permission.SENTIMENT_WRITE,
            body=PartsBody,
            answers={201: TakenRowsView},
            example=PARTS_BODY,
            idempotent=True,
        ),
    )
    async def add_parts(request: HttpRequest) -> Answer:
        body = await body_of(request)
        said = decode(body, decoder=_PARTS)
        rows = [PartFields(**msgspec.structs.asdict(one)) for one in said.items]
        return await taken_once(
            request,
            body,
            take=lambda once: keep.take(rows, by=asker_of(request), once=once),
            view=rows_view,
        )

    @get(
        "/",
        **described(
            "Tell the market's mood of today out of the parts that were sent",
            permission=Permission.SENTIMENT_READ,
            answers={200: MoodDayView},
        ),
    )
    async def mood_now(request: HttpRequest) -> Answer:
        return answer(_day(await keep.now(tenant_id=principal_of(request).tenant_id)))

    @get(
        "/history",
        **described(
            "List the market's mood of each day on which a part was sent, oldest first",
            permission=Permission.SENTIMENT_READ,
            answers={200: MoodDayList},
            problems=(400,),
        ),
    )
    async def mood_history(
        request: HttpRequest, since: Since = None, until: Until = None
    ) -> Answer:
        found = await keep.history(
            tenant_id=principal_of(request).tenant_id, since=since, until=until
        )
        return answer(MoodDayList([_day(one) for one in found]))

    return [add_parts, mood_now, mood_history]


def _day(one: MoodDay) -> MoodDayView:
    mood = one.mood
    return MoodDayView(
        date=str(one.day),
        score=mood.score,
        label=mood.mood,
        coverage=text_of(mood.coverage),
        parts={
            part.name: DatedPartView(
                weight=text_of(part.weight),
                score=text_of(part.score),
                missing=part.missing,
                date=str(one.dates[part.name]) if part.name in one.dates else None,
            )
            for part in mood.parts
        },
    )
