"""Route what is asked of strategies."""

from litestar import delete, get, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from adapters.http.area import AreaRoutes
from adapters.http.documented import described
from adapters.http.idempotency import first_or_again, once, once_of
from adapters.http.paging import LIMIT_DEFAULT, Cursor, Limit, after_of, paged
from adapters.http.permissions import ask_too
from adapters.http.reading import decoder_of
from adapters.http.strategies.performance import performance_handlers
from adapters.http.strategies.schemas import (
    DecisionPage,
    StrategyAnalysisView,
    StrategyBody,
    StrategyPage,
    StrategyView,
    decision_view,
    strategy_analysis_view,
    strategy_view,
)
from adapters.http.versions import etag_of, seen_of
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
from application.shared.change import Once
from application.strategies.keep_strategies import KeepStrategies
from application.strategies.read_performance import ReadPerformance
from domain.identity.access import Permission
from domain.shared.values import InvalidValue
from domain.strategies.strategy import Strategy, StrategyMode
from ports.idempotency import IdempotencyKeys

PATH = "/api/v1/strategies"
STRATEGY = {
    "name": "follow-research",
    "kind": "follow",
    "account_id": "00000000-0000-7000-8000-000000000000",
    "symbols": ["AAPL"],
    "sources": ["research"],
}
_BODY = decoder_of(StrategyBody)
_READ, _WRITE = Permission.STRATEGIES_READ, Permission.STRATEGIES_WRITE
_LIVE = Permission.STRATEGIES_LIVE


def strategy_routes(
    strategies: KeepStrategies, performance: ReadPerformance, *, keys: IdempotencyKeys
) -> AreaRoutes:
    """Return the routes under /api/v1/strategies."""
    handlers = [
        *_all(strategies),
        *_one(strategies),
        *_thinking(strategies),
        *performance_handlers(performance),
        *_running(strategies, keys),
    ]
    return AreaRoutes(path=PATH, tags=["strategies"], route_handlers=handlers)


def _shown(one: Strategy, status: int = 200) -> Answer:
    return answer(strategy_view(one), status=status, headers={"ETag": etag_of(one.version)})


def _all(strategies: KeepStrategies) -> list[HTTPRouteHandler]:
    def kept(one: Strategy) -> tuple[int, bytes]:
        return 201, encode(strategy_view(one))

    @post(
        "/",
        **described(
            "Add a strategy, which is off and stands still",
            permission=_WRITE,
            body=StrategyBody,
            answers={201: StrategyView},
            problems=(404, 409),
            example=STRATEGY,
            idempotent=True,
        ),
    )
    async def add(request: HttpRequest) -> Answer:
        body, by = await body_of(request), asker_of(request)
        said = decode(body, decoder=_BODY)
        if said.mode is not StrategyMode.OFF:
            raise InvalidValue(field="mode", problem="must be off: a new strategy is, PUT sets it")
        made = said.new(id=strategies.keeper.changes.ids.new(), tenant_id=by.tenant_id)
        known: Once[Strategy] | None = once_of(request, body, render=kept)
        done = await strategies.add(made, by=by, once=known)
        return first_or_again(done, lambda one: _shown(one, 201))

    @get(
        "/",
        **described(
            "List strategies in the order they were made",
            permission=_READ,
            answers={200: StrategyPage},
            problems=(400,),
        ),
    )
    async def list_strategies(
        request: HttpRequest, limit: Limit = LIMIT_DEFAULT, cursor: Cursor = None
    ) -> Answer:
        found = await strategies.keeper.list(
            tenant_id=principal_of(request).tenant_id, limit=limit + 1, after=after_of(cursor)
        )
        return paged(found, limit=limit, shown=strategy_view, page=StrategyPage)

    return [add, list_strategies]


def _one(strategies: KeepStrategies) -> list[HTTPRouteHandler]:
    @get(
        "/{strategy_id:uuid}",
        **described(
            "Show a strategy", permission=_READ, answers={200: StrategyView}, problems=(404,)
        ),
    )
    async def show(request: HttpRequest, strategy_id: PathId) -> Answer:
        tenant_id = principal_of(request).tenant_id
        return _shown(await strategies.keeper.get(strategy_id, tenant_id=tenant_id))

    @put(
        "/{strategy_id:uuid}",
        **described(
            "Replace a strategy, its mode too; with If-Match only if nobody changed it since",
            permission=_WRITE,
            body=StrategyBody,
            answers={200: StrategyView},
            problems=(404, 409),
            if_match=True,
            permission_too=_LIVE,
        ),
    )
    async def change(request: HttpRequest, strategy_id: PathId) -> Answer:
        seen = seen_of(request, what="strategy")
        said = decode(await body_of(request), decoder=_BODY)
        if said.mode is StrategyMode.LIVE:
            # Whatever else it changes: it trades by it from then on.
            ask_too(request.scope["state"], permission=_LIVE, step_up=True)
        done = await strategies.replace(strategy_id, said.made, by=asker_of(request), expected=seen)
        return _shown(done)

    @delete(
        "/{strategy_id:uuid}",
        **described(
            "Delete a strategy; what it decided stays in the trail",
            permission=_WRITE,
            answers={204: None},
            problems=(404,),
            if_match=True,
        ),
    )
    async def remove(request: HttpRequest, strategy_id: PathId) -> None:
        await strategies.remove(
            strategy_id, by=asker_of(request), expected=seen_of(request, what="strategy")
        )

    return [show, change, remove]


def _thinking(strategies: KeepStrategies) -> list[HTTPRouteHandler]:
    @get(
        "/{strategy_id:uuid}/decisions",
        **described(
            "List what a strategy made of signals, newest first",
            permission=_READ,
            answers={200: DecisionPage},
            problems=(400, 404),
        ),
    )
    async def decisions(
        request: HttpRequest,
        strategy_id: PathId,
        limit: Limit = LIMIT_DEFAULT,
        cursor: Cursor = None,
    ) -> Answer:
        found = await strategies.decisions(
            strategy_id,
            tenant_id=principal_of(request).tenant_id,
            limit=limit + 1,
            after=after_of(cursor),
        )
        return paged(found, limit=limit, shown=decision_view, page=DecisionPage)

    @get(
        "/{strategy_id:uuid}/analysis/{symbol:str}",
        **described(
            "Show what a strategy thinks of one of its symbols now, factor by factor",
            permission=_READ,
            answers={200: StrategyAnalysisView},
            problems=(404,),
        ),
    )
    async def analysis(request: HttpRequest, strategy_id: PathId, symbol: FromPath[str]) -> Answer:
        tenant_id = principal_of(request).tenant_id
        found = await strategies.analyse(strategy_id, symbol=symbol, tenant_id=tenant_id)
        return answer(strategy_analysis_view(found, strategy_id=strategy_id, symbol=symbol))

    return [decisions, analysis]


def _running(strategies: KeepStrategies, keys: IdempotencyKeys) -> list[HTTPRouteHandler]:
    async def done(request: HttpRequest, strategy_id: PathId, *, running: bool) -> Answer:
        async def work() -> tuple[int, bytes]:
            one = await strategies.run(strategy_id, running=running, by=asker_of(request))
            return 200, encode(strategy_view(one))

        return await once(request, keys=keys, body=b"", work=work)

    @post(
        "/{strategy_id:uuid}/start",
        **described(
            "Let a strategy hear signals, in the mode that it has",
            permission=_WRITE,
            answers={200: StrategyView},
            problems=(404,),
            permission_too=_LIVE,
            idempotent=True,
        ),
    )
    async def start(request: HttpRequest, strategy_id: PathId) -> Answer:
        one = await strategies.keeper.get(strategy_id, tenant_id=principal_of(request).tenant_id)
        if one.mode is StrategyMode.LIVE:
            ask_too(request.scope["state"], permission=_LIVE)
        return await done(request, strategy_id, running=True)

    @post(
        "/{strategy_id:uuid}/stop",
        **described(
            "Let a strategy hear no signals; its mode stays",
            permission=_WRITE,
            answers={200: StrategyView},
            problems=(404,),
            idempotent=True,
        ),
    )
    async def stop(request: HttpRequest, strategy_id: PathId) -> Answer:
        return await done(request, strategy_id, running=False)

    return [start, stop]
