"""Route what is asked of strategies that a rule has stopped."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import get, post
from msgspec import Meta

from adapters.http.area import AreaRoutes
from adapters.http.documented import described
from adapters.http.idempotency import first_or_again, once_of
from adapters.http.reading import decoder_of
from adapters.http.wire import (
    Answer,
    HttpRequest,
    PathId,
    answer,
    asker_of,
    body_of,
    decode,
    encode,
    principal_of,
)
from application.risk.strategy_stops import StrategyStops
from application.shared.change import Once
from domain.identity.access import Permission
from domain.risk.strategy_stop import REASON_LENGTH_MAX, StrategyStop

PATH = "/api/v1/risk-rules"


class EnableBody(msgspec.Struct, forbid_unknown_fields=True):
    """Which strategy may open again, and why; null is of orders that name none."""

    reason: Annotated[str, Meta(min_length=1, max_length=REASON_LENGTH_MAX)]
    strategy_id: Annotated[str, Meta(min_length=1, max_length=64)] | None = None


class StopView(msgspec.Struct):
    """A strategy that the rule has stopped; enabled_at is null while it is off."""

    strategy: str
    executions: int
    stopped_at: datetime
    enabled_at: datetime | None
    enabled_by: str
    reason: str


class StopList(msgspec.Struct):
    """The strategies that the rule has ever stopped."""

    items: list[StopView]


_ENABLE = decoder_of(EnableBody)


def _view(stop: StrategyStop) -> StopView:
    return StopView(
        strategy=stop.strategy,
        executions=stop.executions,
        stopped_at=stop.stopped_at,
        enabled_at=stop.enabled_at,
        enabled_by=stop.enabled_by,
        reason=stop.reason,
    )


def _kept(stop: StrategyStop) -> tuple[int, bytes]:
    return 200, encode(_view(stop))


def stop_routes(stops: StrategyStops) -> AreaRoutes:
    """Return the routes of a rule's stops, under /api/v1/risk-rules."""

    @get(
        "/{rule_id:uuid}/stops",
        **described(
            "List the strategies that the rule has stopped, those enabled again too",
            permission=Permission.RISK_READ,
            answers={200: StopList},
            problems=(404,),
        ),
    )
    async def list_stops(request: HttpRequest, rule_id: PathId) -> Answer:
        found = await stops.list(tenant_id=principal_of(request).tenant_id, rule_id=rule_id)
        return answer(StopList(items=[_view(one) for one in found]))

    @post(
        "/{rule_id:uuid}/enable",
        **described(
            "Let a strategy open again that the rule has stopped: only a person may",
            permission=Permission.RISK_WRITE,
            body=EnableBody,
            answers={200: StopView},
            problems=(404, 409),
            idempotent=True,
            step_up=True,
        ),
    )
    async def enable(request: HttpRequest, rule_id: PathId) -> Answer:
        body = await body_of(request)
        said = decode(body, decoder=_ENABLE)
        once: Once[StrategyStop] | None = once_of(request, body, render=_kept)
        return first_or_again(
            await stops.enable(
                rule_id=rule_id,
                strategy_id=said.strategy_id,
                reason=said.reason,
                by=asker_of(request),
                once=once,
            ),
            lambda stop: answer(_view(stop)),
        )

    return AreaRoutes(path=PATH, tags=["risk"], route_handlers=[list_stops, enable])
