"""Route what is asked of risk rules."""

from decimal import Decimal, InvalidOperation
from uuid import UUID

import msgspec
from litestar import Response, Router, delete, get, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec

from adapters.http.documented import documented
from adapters.http.once import hash_of, key_of, stored
from adapters.http.problems import (
    FieldError,
    Problem,
    conflict,
    invalid,
    key_reused,
)
from adapters.http.risk.measures import PortfolioRiskView, TriedView, risk_view, tried_view
from adapters.http.risk.schemas import (
    RuleBody,
    RulePage,
    RuleView,
    SizeBody,
    SizeView,
    TryBody,
    rule_view,
    size_command,
    size_view,
)
from adapters.http.wire import (
    HttpRequest,
    after_of,
    answer,
    cursor_of,
    decode,
    encode,
    limit_of,
    principal_of,
    trace_of,
)
from application.risk.commands import (
    RiskAsker,
    RuleDeleted,
    RuleIdempotency,
    RuleKeyReused,
    RuleReplayed,
    RuleStored,
    RuleVersionMismatch,
    TooManyRules,
    TryRule,
)
from application.risk.facade import RiskUseCases
from domain.risk.rule import Rule

_RULE = msgspec.json.Decoder(RuleBody)
_TRY = msgspec.json.Decoder(TryBody)
_SIZE: "msgspec.json.Decoder[SizeBody]" = msgspec.json.Decoder(SizeBody)


def risk_routes(facade: RiskUseCases) -> Router:
    """Return the routes under /api/v1/risk-rules."""
    return Router(
        path="/api/v1/risk-rules",
        tags=["risk rules"],
        route_handlers=[*_collection(facade), *_single(facade), *_measuring(facade)],
    )


def asker_of(request: HttpRequest) -> RiskAsker:
    """Return who asks, for the audit trail."""
    principal = principal_of(request)
    return RiskAsker(
        tenant_id=principal.tenant_id, actor=principal.actor, trace_id=trace_of(request)
    )


def _collection(facade: RiskUseCases) -> list[HTTPRouteHandler]:
    @post(
        "/",
        summary="Make a rule",
        responses=documented({201: ResponseSpec(RuleView)}, 400, 401, 409, 413, 422),
    )
    async def create(request: HttpRequest) -> Response[bytes]:
        body = await request.body()
        fields = decode(body, decoder=_RULE).fields()
        key = key_of(request)
        idempotency = None
        if key is not None:
            idempotency = RuleIdempotency(
                key=key, request_hash=hash_of(request, body), render=_rendered
            )
        outcome = await facade.create(fields, asker=asker_of(request), idempotency=idempotency)
        match outcome:
            case RuleStored(rule=rule):
                return answer(rule_view(rule), status=201, ETag=_etag(rule))
            case RuleReplayed():
                return stored(outcome.status, outcome.body, replayed=True)
            case RuleKeyReused():
                raise key_reused()
            case TooManyRules(allowed):
                raise conflict(f"a tenant has at most {allowed} rules", slug="too-many-rules")

    @get(
        "/",
        summary="List rules",
        responses=documented({200: ResponseSpec(RulePage)}, 400, 401),
    )
    async def list_rules(
        request: HttpRequest, limit: int | None = None, cursor: str | None = None
    ) -> Response[bytes]:
        size = limit_of(limit)
        found = await facade.list(
            tenant_id=principal_of(request).tenant_id,
            limit=size + 1,
            after=after_of(cursor),
        )
        page = found[:size]
        more = page[-1].id if len(found) > size else None
        return answer(RulePage(items=[rule_view(one) for one in page], next_cursor=cursor_of(more)))

    return [create, list_rules]


def _single(facade: RiskUseCases) -> list[HTTPRouteHandler]:
    @get(
        "/{rule_id:uuid}",
        summary="Show a rule",
        responses=documented({200: ResponseSpec(RuleView)}, 400, 401, 404),
    )
    async def show(request: HttpRequest, rule_id: UUID) -> Response[bytes]:
        tenant_id = principal_of(request).tenant_id
        rule = await facade.get(tenant_id=tenant_id, rule_id=rule_id)
        return answer(rule_view(rule), ETag=_etag(rule))

    @put(
        "/{rule_id:uuid}",
        summary="Change a rule; If-Match keeps two people from overwriting each other",
        responses=documented({200: ResponseSpec(RuleView)}, 400, 401, 404, 409, 412, 413),
    )
    async def update(request: HttpRequest, rule_id: UUID) -> Response[bytes]:
        fields = decode(await request.body(), decoder=_RULE).fields()
        outcome = await facade.update(
            fields,
            rule_id=rule_id,
            asker=asker_of(request),
            expected_version=_expected(request),
        )
        if isinstance(outcome, RuleVersionMismatch):
            raise _changed(outcome.current)
        return answer(rule_view(outcome.rule), ETag=_etag(outcome.rule))

    @delete(
        "/{rule_id:uuid}",
        summary="Delete a rule",
        responses=documented({204: ResponseSpec(None)}, 400, 401, 404, 409, 412),
    )
    async def remove(request: HttpRequest, rule_id: UUID) -> None:
        outcome = await facade.delete(
            rule_id=rule_id, asker=asker_of(request), expected_version=_expected(request)
        )
        match outcome:
            case RuleVersionMismatch():
                raise _changed(outcome.current)
            case RuleDeleted():
                return

    return [show, update, remove]


def _measuring(facade: RiskUseCases) -> list[HTTPRouteHandler]:
    @post(
        "/test",
        summary="Ask what a rule would say to an order that nobody sends",
        status_code=200,
        responses=documented({200: ResponseSpec(TriedView)}, 400, 401, 404, 413),
    )
    async def test(request: HttpRequest) -> Response[bytes]:
        asked = decode(await request.body(), decoder=_TRY)
        tried = await facade.test(
            TryRule(
                tenant_id=principal_of(request).tenant_id,
                account_id=asked.account_id,
                terms=asked.order.request().terms,
                fields=asked.rule.fields(),
                strategy_id=asked.strategy_id,
            )
        )
        return answer(tried_view(tried))

    @post(
        "/calculate-position-size",
        summary="Size a position: fixed risk, fractional Kelly or target volatility",
        status_code=200,
        responses=documented({200: ResponseSpec(SizeView)}, 400, 401, 404, 413),
    )
    async def calculate(request: HttpRequest) -> Response[bytes]:
        asked: SizeBody = decode(await request.body(), decoder=_SIZE)
        command = size_command(asked, tenant_id=principal_of(request).tenant_id)
        return answer(size_view(await facade.calculate_position_size(command)))

    @get(
        "/portfolio-risk",
        summary="Measure exposure, leverage, value at risk, correlation, drawdown",
        responses=documented({200: ResponseSpec(PortfolioRiskView)}, 400, 401, 404),
    )
    async def portfolio_risk(
        request: HttpRequest,
        account_id: UUID | None = None,
        confidence: str = "0.95",
        horizon_days: int = 1,
    ) -> Response[bytes]:
        measured = await facade.portfolio_risk(
            tenant_id=principal_of(request).tenant_id,
            account_id=account_id,
            confidence=_number(confidence, name="confidence"),
            horizon_days=horizon_days,
        )
        return answer(risk_view(measured))

    return [test, calculate, portfolio_risk]


def _rendered(rule: Rule) -> tuple[int, bytes]:
    return 201, encode(rule_view(rule))


def _etag(rule: Rule) -> str:
    return f'"{rule.version}"'


def _expected(request: HttpRequest) -> int | None:
    given = request.headers.get("if-match")
    if given is None or given == "*":
        return None
    version = given.strip().removeprefix("W/").strip('"')
    if not version.isdigit() or len(version) > 9:
        raise invalid('If-Match must be the ETag of the rule, such as "3"')
    return int(version)


def _changed(current: Rule) -> Problem:
    return Problem(
        slug="version-mismatch",
        title="Changed meanwhile",
        status=412,
        detail=f"the rule is at version {current.version} now; read it again",
        headers={"ETag": _etag(current)},
    )


def _number(text: str, *, name: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        errors = (FieldError(pointer=f"/{name}", detail="must be a number"),)
        raise invalid(f"{name} must be a number", errors=errors)
    return value
