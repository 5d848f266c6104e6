"""Route what is asked of accounts' margin, and of what gives it back."""

from litestar import get, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from adapters.http.approvals import ChangeView, change_view
from adapters.http.area import AreaRoutes
from adapters.http.documented import described
from adapters.http.idempotency import first_or_again, once_of
from adapters.http.margin.account_schemas import (
    AccountMarginView,
    AccountPositionView,
    AutomaticBody,
    MarginSettingView,
    PlanPage,
    PlanView,
    ProposalView,
    RulebookBody,
    TargetBody,
    account_margin_view,
    account_position_view,
    plan_view,
    proposal_view,
    setting_view,
)
from adapters.http.paging import LIMIT_DEFAULT, Cursor, Limit, after_of, paged
from adapters.http.problem_kinds import NEEDS_PERSON
from adapters.http.problems import Problem
from adapters.http.reading import decoder_of
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
from application.margin.facade import AccountMarginUseCases
from application.margin.plan_deleverage import NoPlan
from application.shared.change import Once
from domain.accounts.account_margin import AccountMargin
from domain.identity.access import Permission
from domain.identity.tenant import PrincipalKind
from domain.margin.deleverage_plan import DeleveragePlan

ACCOUNTS_PATH = "/api/v1/margin/accounts"
RULEBOOK = {"rulebook": "reg_t"}
AUTOMATIC = {"target_buffer": "0.25"}
TARGET = {"target_buffer": "0.25"}
_RULEBOOK, _AUTOMATIC = decoder_of(RulebookBody), decoder_of(AutomaticBody)
_TARGET = decoder_of(TargetBody)
_READ, _TRADE = Permission.RISK_READ, Permission.ORDERS_TRADE


def account_margin_routes(margin: AccountMarginUseCases) -> AreaRoutes:
    """Return the routes under /api/v1/margin/accounts."""
    handlers = [*_reading(margin), *_setting(margin), *_plans(margin), _approval(margin)]
    return AreaRoutes(path=ACCOUNTS_PATH, tags=["margin"], route_handlers=handlers)


def _reading(margin: AccountMarginUseCases) -> list[HTTPRouteHandler]:
    @get(
        "/{account_id:uuid}",
        **described(
            "Show what margin an account takes, what is left, warnings and calls",
            permission=_READ,
            answers={200: AccountMarginView},
            problems=(404,),
        ),
    )
    async def show(request: HttpRequest, account_id: PathId) -> Answer:
        tenant_id = principal_of(request).tenant_id
        reading = await margin.reading(tenant_id=tenant_id, account_id=account_id)
        headers = {"ETag": etag_of(reading.setting.version)}
        return answer(account_margin_view(reading), headers=headers)

    @get(
        "/{account_id:uuid}/positions/{symbol:str}",
        **described(
            "Show what margin one position takes, and at which price the account is called",
            permission=_READ,
            answers={200: AccountPositionView},
            problems=(404,),
        ),
    )
    async def show_position(
        request: HttpRequest, account_id: PathId, symbol: FromPath[str]
    ) -> Answer:
        tenant_id = principal_of(request).tenant_id
        reading, one = await margin.reading.position(
            tenant_id=tenant_id, account_id=account_id, symbol=symbol
        )
        return answer(account_position_view(reading, one, symbol=symbol))

    return [show, show_position]


def _setting(margin: AccountMarginUseCases) -> list[HTTPRouteHandler]:
    def shown(setting: AccountMargin) -> Answer:
        return answer(setting_view(setting), headers={"ETag": etag_of(setting.version)})

    @put(
        "/{account_id:uuid}/rulebook",
        **described(
            "Choose an account's rulebook, at once or, where that loosens, once somebody agreed",
            permission=Permission.RISK_WRITE,
            body=RulebookBody,
            answers={200: MarginSettingView, 202: ChangeView},
            problems=(404,),
            example=RULEBOOK,
            if_match=True,
            step_up=True,
        ),
    )
    async def choose(request: HttpRequest, account_id: PathId) -> Answer:
        seen = seen_of(request, what="margin setting")
        said = decode(await body_of(request), decoder=_RULEBOOK)
        done = await margin.setting.rulebook(
            account_id,
            name=said.rulebook,
            reason=said.reason or "",
            by=asker_of(request),
            expected=seen,
        )
        if isinstance(done, AccountMargin):
            return shown(done)
        return answer(change_view(done), status=202)

    @put(
        "/{account_id:uuid}/automatic-deleverage",
        **described(
            "Set to which buffer an account is brought back by itself, or that it never is",
            permission=Permission.RISK_WRITE,
            body=AutomaticBody,
            answers={200: MarginSettingView},
            problems=(404,),
            example=AUTOMATIC,
            if_match=True,
            step_up=True,
        ),
    )
    async def automatic(request: HttpRequest, account_id: PathId) -> Answer:
        seen = seen_of(request, what="margin setting")
        said = decode(await body_of(request), decoder=_AUTOMATIC)
        return shown(
            await margin.setting.automatic(
                account_id, target=said.target_buffer, by=asker_of(request), expected=seen
            )
        )

    return [choose, automatic]


def _plans(margin: AccountMarginUseCases) -> list[HTTPRouteHandler]:
    def proposed(made: DeleveragePlan | NoPlan) -> Answer:
        return answer(proposal_view(made), status=200 if isinstance(made, NoPlan) else 201)

    def kept(made: DeleveragePlan | NoPlan) -> tuple[int, bytes]:
        return 200 if isinstance(made, NoPlan) else 201, encode(proposal_view(made))

    @post(
        "/{account_id:uuid}/deleverage-plans",
        **described(
            "Work out the least costly reductions that bring the buffer to a target",
            permission=_TRADE,
            body=TargetBody,
            answers={201: ProposalView, 200: ProposalView},
            problems=(403, 404),
            example=TARGET,
            idempotent=True,
        ),
    )
    async def propose(request: HttpRequest, account_id: PathId) -> Answer:
        body = await body_of(request)
        target = decode(body, decoder=_TARGET).target_buffer
        once: Once[DeleveragePlan | NoPlan] | None = once_of(request, body, render=kept)
        made = await margin.planning(account_id, target=target, by=asker_of(request), once=once)
        return (
            proposed(made) if isinstance(made, DeleveragePlan) else first_or_again(made, proposed)
        )

    @get(
        "/{account_id:uuid}/deleverage-plans",
        **described(
            "List an account's plans in the order they were proposed",
            permission=_READ,
            answers={200: PlanPage},
            problems=(400, 404),
        ),
    )
    async def list_plans(
        request: HttpRequest,
        account_id: PathId,
        limit: Limit = LIMIT_DEFAULT,
        cursor: Cursor = None,
    ) -> Answer:
        found = await margin.plans(
            tenant_id=principal_of(request).tenant_id,
            account_id=account_id,
            limit=limit + 1,
            after=after_of(cursor),
        )
        return paged(found, limit=limit, shown=plan_view, page=PlanPage)

    return [propose, list_plans]


def _approval(margin: AccountMarginUseCases) -> HTTPRouteHandler:
    def kept(plan: DeleveragePlan) -> tuple[int, bytes]:
        return 200, encode(plan_view(plan))

    @post(
        "/{account_id:uuid}/deleverage-plans/{plan_id:uuid}/approve",
        **described(
            "Have a plan carried out: reduce-only orders, worked out anew after each fill",
            permission=_TRADE,
            answers={200: PlanView},
            problems=(403, 404),
            idempotent=True,
        ),
    )
    async def approve(request: HttpRequest, account_id: PathId, plan_id: PathId) -> Answer:
        if principal_of(request).kind is PrincipalKind.AGENT:
            # What closes positions unasked is the owner's to set.
            raise Problem(kind=NEEDS_PERSON, detail="a person approves a plan, no agent")
        body = await body_of(request)
        once: Once[DeleveragePlan] | None = once_of(request, body, render=kept)
        done = await margin.approving(
            plan_id, account_id=account_id, by=asker_of(request), once=once
        )
        return first_or_again(done, lambda plan: answer(plan_view(plan)))

    return approve
