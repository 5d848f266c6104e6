"""Route what is asked of stops that were: events, a latch with its venues, the checklist."""

from typing import Annotated

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from adapters.http.documented import described
from adapters.http.kill_switch.look_schemas import (
    KillEventPage,
    LatchReportView,
    ReleaseChecklistView,
    checklist_view,
    kill_event_view,
    latch_report_view,
)
from adapters.http.kill_switch.schemas import Named, check_named
from adapters.http.paging import LIMIT_DEFAULT, Cursor, Limit, after_of, paged
from adapters.http.permissions import reach
from adapters.http.wire import (
    Answer,
    HttpRequest,
    IdFilter,
    PathId,
    TextFilter,
    answer,
    granted_to,
    principal_of,
)
from application.kill_switch.looks import LookAtLatches
from domain.identity.access import Permission
from domain.kill_switch.latch import Scope, ScopeKind, firm_scope

# As the body of a release has it.
Kind = Annotated[ScopeKind, QueryParameter(name="scope")]


def look_routes(looks: LookAtLatches) -> list[HTTPRouteHandler]:
    """Return the routes that show stops."""

    @get(
        "/events",
        **described(
            "List what was stopped, newest first",
            permission=Permission.RISK_READ,
            answers={200: KillEventPage},
            problems=(400,),
        ),
    )
    async def events(
        request: HttpRequest, limit: Limit = LIMIT_DEFAULT, cursor: Cursor = None
    ) -> Answer:
        found = await looks.events(
            tenant_id=principal_of(request).tenant_id,
            limit=limit + 1,
            after=after_of(cursor),
            among=granted_to(request),
        )
        return paged(found, limit=limit, shown=kill_event_view, page=KillEventPage)

    @get(
        "/latches/{latch_id:uuid}",
        **described(
            "Show a stop with how far each venue is, in milliseconds",
            permission=Permission.RISK_READ,
            answers={200: LatchReportView},
            problems=(404,),
        ),
    )
    async def latch(request: HttpRequest, latch_id: PathId) -> Answer:
        tenant_id = principal_of(request).tenant_id
        return answer(latch_report_view(await looks.one(tenant_id=tenant_id, latch_id=latch_id)))

    @get(
        "/release-checklist",
        **described(
            "Show what is to be answered before a scope is released",
            permission=Permission.RISK_READ,
            answers={200: ReleaseChecklistView},
            problems=(400, 404),
        ),
    )
    async def release_checklist(
        request: HttpRequest,
        kind: Kind = ScopeKind.TENANT,
        account_id: IdFilter = None,
        strategy_id: TextFilter = None,
        broker: TextFilter = None,
        symbol: TextFilter = None,
    ) -> Answer:
        named = Named(account_id=account_id, strategy_id=strategy_id, broker=broker, symbol=symbol)
        check_named(named, scope=kind)
        reach(request.scope["state"], account_id=account_id)
        tenant_id = principal_of(request).tenant_id
        meant = Scope(
            tenant_id=tenant_id,
            account_id=account_id,
            strategy_id=strategy_id,
            broker=broker,
            symbol=symbol,
        )
        meant = firm_scope() if kind is ScopeKind.FIRM else meant
        return answer(checklist_view(await looks.checklist(tenant_id=tenant_id, scope=meant)))

    return [events, latch, release_checklist]
