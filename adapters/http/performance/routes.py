"""Route what is asked of how accounts do."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from litestar import get
from litestar.params import QueryParameter

from adapters.http.area import AreaRoutes
from adapters.http.documented import described
from adapters.http.problems import unfit
from adapters.http.wire import Answer, HttpRequest, PathId, answer, moment, principal_of, text_of
from application.performance.read_equity import ReadEquity
from domain.identity.access import Permission
from domain.performance.history import POINTS_MAX, EquityBucket

_Since = Annotated[
    datetime | None,
    QueryParameter(
        name="from", description="Market time of the first point, RFC 3339; the first there is."
    ),
]
_Until = Annotated[
    datetime | None,
    QueryParameter(
        name="to", description="Points before this market time, RFC 3339; the last there is."
    ),
]
_Points = Annotated[
    int,
    QueryParameter(ge=1, le=POINTS_MAX, description="Into so many equal stretches it is cut."),
]


class EquityBucketView(msgspec.Struct):
    """A stretch of the curve: its first and last value with their times, least and greatest."""

    first_at: str
    last_at: str
    first: str
    last: str
    least: str
    greatest: str


class EquityView(msgspec.Struct):
    """The curve, oldest first, in the account's currency; stretches without a point are left out.

    Times are the market's. Of a replay that starts over it is the present lap.
    """

    items: list[EquityBucketView]


def performance_routes(history: ReadEquity) -> AreaRoutes:
    """Return /api/v1/accounts/{account_id}/equity."""

    @get(
        "/accounts/{account_id:uuid}/equity",
        **described(
            "Show what an account was worth over time",
            permission=Permission.ACCOUNTS_READ,
            answers={200: EquityView},
            problems=(400, 404),
        ),
    )
    async def equity(
        request: HttpRequest,
        account_id: PathId,
        since: _Since = None,
        until: _Until = None,
        points: _Points = 500,
    ) -> Answer:
        found = await history.read(
            tenant_id=principal_of(request).tenant_id,
            account_id=account_id,
            since=_utc(since, name="from"),
            until=_utc(until, name="to"),
            points=points,
        )
        return answer(_view(found))

    return AreaRoutes(path="/api/v1", tags=["performance"], route_handlers=[equity])


def _view(found: Sequence[EquityBucket]) -> EquityView:
    return EquityView(
        items=[
            EquityBucketView(
                first_at=moment(one.first_at),
                last_at=moment(one.last_at),
                first=text_of(one.first),
                last=text_of(one.last),
                least=text_of(one.least),
                greatest=text_of(one.greatest),
            )
            for one in found
        ]
    )


def _utc(at: datetime | None, *, name: str) -> datetime | None:
    if at is None:
        return None
    if at.tzinfo is None:
        raise unfit(f"#{name}", "must say its offset, such as Z")
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise unfit(f"#{name}", "must be a time of the years 1 to 9999") from None
