"""Route what is asked of risk rules."""

from typing import Annotated
from uuid import UUID

from litestar import delete, get, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from adapters.http import examples
from adapters.http.approvals import ChangeView, change_view
from adapters.http.area import AreaRoutes
from adapters.http.documented import described
from adapters.http.idempotency import again, once_of
from adapters.http.paging import LIMIT_DEFAULT, Cursor, Limit, after_of, paged
from adapters.http.permissions import reach
from adapters.http.problem_kinds import TOO_MANY_RULES
from adapters.http.problems import conflict, key_reused
from adapters.http.reading import decoder_of
from adapters.http.risk.history import history_routes
from adapters.http.risk.questions import question_routes
from adapters.http.risk.schemas import RuleBody, RulePage, RuleView, rule_view
from adapters.http.risk.simulations import simulation_routes
from adapters.http.risk.templates import template_routes
from adapters.http.risk.types import type_routes
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
    granted_to,
    principal_of,
    raw,
)
from application.accounts.facade import AccountUseCases
from application.risk.commands import (
    RulePending,
    RuleStored,
    TooManyRules,
)
from application.risk.create_rule import Created
from application.risk.facade import RiskUseCases
from application.shared.change import KeyReused, Replayed
from domain.approvals.change import REASON_LENGTH_MAX
from domain.identity.access import Permission
from domain.risk.rule import Rule

_RULE = decoder_of(RuleBody)
ReasonQuery = Annotated[
    str | None,
    QueryParameter(
        min_length=1,
        max_length=REASON_LENGTH_MAX,
        description="Why: needed where somebody has to agree.",
    ),
]


def risk_routes(facade: RiskUseCases, *, accounts: AccountUseCases) -> AreaRoutes:
    """Return the routes under /api/v1/risk-rules."""
    return AreaRoutes(
        path="/api/v1/risk-rules",
        tags=["risk"],
        route_handlers=[
            *_rules(facade, accounts=accounts),
            *_one_rule(facade, accounts=accounts),
            *question_routes(facade),
            *type_routes(),
            *history_routes(facade),
            *template_routes(facade),
            *simulation_routes(facade.simulations, accounts=accounts),
        ],
    )


def _rules(facade: RiskUseCases, *, accounts: AccountUseCases) -> list[HTTPRouteHandler]:
    @post(
        "/",
        **described(
            "Make a rule; the gate obeys it from the next decision on",
            permission=Permission.RISK_WRITE,
            body=RuleBody,
            answers={201: RuleView},
            problems=(404, 409),
            example=examples.RULE,
            shown=examples.RULE_VIEW,
            idempotent=True,
            step_up=True,
        ),
    )
    async def create(request: HttpRequest) -> Answer:
        body = await body_of(request)
        said = decode(body, decoder=_RULE)
        fields = said.fields()
        await _check_scope(request, accounts=accounts, account_id=fields.scope.account_id)
        outcome = await facade.create(
            fields,
            asker=asker_of(request),
            reason=said.reason or "",
            once=once_of(request, body, render=_created),
        )
        match outcome:
            case RuleStored():
                return _shown(outcome.rule, status=201)
            case Replayed():
                return again(outcome.status, outcome.body)
            case KeyReused():
                raise key_reused()
            case TooManyRules():
                detail = f"a tenant may have {outcome.allowed} rules; delete one first"
                raise conflict(detail, kind=TOO_MANY_RULES)

    @get(
        "/",
        **described(
            "List rules in the order they were made",
            permission=Permission.RISK_READ,
            answers={200: RulePage},
            problems=(400,),
        ),
    )
    async def list_rules(
        request: HttpRequest, limit: Limit = LIMIT_DEFAULT, cursor: Cursor = None
    ) -> Answer:
        found = await facade.list(
            tenant_id=principal_of(request).tenant_id,
            limit=limit + 1,
            after=after_of(cursor),
            among=granted_to(request),
        )
        return paged(found, limit=limit, shown=rule_view, page=RulePage)

    return [create, list_rules]


def _one_rule(facade: RiskUseCases, *, accounts: AccountUseCases) -> list[HTTPRouteHandler]:
    @get(
        "/{rule_id:uuid}",
        **described(
            "Show a rule; its version is in ETag",
            permission=Permission.RISK_READ,
            answers={200: RuleView},
            problems=(404,),
            shown=examples.RULE_VIEW,
        ),
    )
    async def show(request: HttpRequest, rule_id: PathId) -> Answer:
        tenant_id = principal_of(request).tenant_id
        return _shown(await facade.get(tenant_id=tenant_id, rule_id=rule_id))

    @put(
        "/{rule_id:uuid}",
        **described(
            "Replace a rule, at once or, where that loosens it, once somebody has agreed",
            permission=Permission.RISK_WRITE,
            body=RuleBody,
            answers={200: RuleView, 202: ChangeView},
            problems=(404, 409),
            example=examples.RULE,
            shown=examples.RULE_VIEW,
            if_match=True,
            step_up=True,
        ),
    )
    async def change(request: HttpRequest, rule_id: PathId) -> Answer:
        body = decode(await body_of(request), decoder=_RULE)
        fields = body.fields()
        # Beside the rule's own account, which the guard has looked at: the one it is to have.
        await _check_scope(request, accounts=accounts, account_id=fields.scope.account_id)
        outcome = await facade.update(
            fields,
            rule_id=rule_id,
            asker=asker_of(request),
            reason=body.reason or "",
            expected_version=seen_of(request, what="rule"),
        )
        if isinstance(outcome, RulePending):
            return answer(change_view(outcome.change), status=202)
        return _shown(outcome.rule)

    @delete(
        "/{rule_id:uuid}",
        **described(
            "Delete a rule, at once or once somebody has agreed",
            permission=Permission.RISK_WRITE,
            answers={202: ChangeView, 204: None},
            problems=(400, 404, 409),
            if_match=True,
            step_up=True,
        ),
    )
    async def remove(request: HttpRequest, rule_id: PathId, reason: ReasonQuery = None) -> Answer:
        outcome = await facade.delete(
            rule_id=rule_id,
            asker=asker_of(request),
            reason=reason or "",
            expected_version=seen_of(request, what="rule"),
        )
        if isinstance(outcome, RulePending):
            return answer(change_view(outcome.change), status=202)
        return raw(b"", status=204)

    return [show, change, remove]


async def _check_scope(
    request: HttpRequest, *, accounts: AccountUseCases, account_id: UUID | None
) -> None:
    """Raise the problem of an account that a rule cannot be for."""
    reach(request.scope["state"], account_id=account_id)
    await accounts.check(tenant_id=principal_of(request).tenant_id, account_id=account_id)


def _created(outcome: Created) -> tuple[int, bytes] | None:
    """Return the answer that is kept of a rule that was made."""
    return (201, encode(rule_view(outcome.rule))) if isinstance(outcome, RuleStored) else None


def _shown(rule: Rule, *, status: int = 200) -> Answer:
    headers = {"ETag": etag_of(rule.version)}
    if status == 201:
        headers["Location"] = f"/api/v1/risk-rules/{rule.id}"
    return answer(rule_view(rule), status=status, headers=headers)
