"""Route what can be asked of risk without changing a rule."""

from dataclasses import replace
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from adapters.http import examples
from adapters.http.documented import described
from adapters.http.permissions import reach
from adapters.http.problems import unfit
from adapters.http.reading import decoder_of, names
from adapters.http.risk.figures import (
    EntryBody,
    PortfolioRiskView,
    SizeBody,
    SizeView,
    portfolio_risk_view,
    size_view,
)
from adapters.http.risk.schemas import TriedView, TryBody, fields_of, tried_view
from adapters.http.wire import (
    Answer,
    HttpRequest,
    IdFilter,
    answer,
    asker_of,
    body_of,
    decode,
    granted_to,
    principal_of,
)
from application.risk.commands import RuleNotFound
from application.risk.facade import RiskUseCases
from application.risk.portfolio_risk import CONFIDENCE
from domain.identity.access import Permission
from domain.shared.amounts import read_amount

_TRY = decoder_of(TryBody)
# Without a method: symbol, entry and stop, and the account gives the rest.
_ENTRY = decoder_of(EntryBody)
_SIZE: msgspec.json.Decoder[Any] = decoder_of(SizeBody)

Confidence = Annotated[
    str,
    QueryParameter(
        pattern=r"^0\.[0-9]{1,6}$", description="Of the value at risk, above 0.5 and below 1."
    ),
]
Horizon = Annotated[int, QueryParameter(ge=1, le=250, description="Trading days held.")]


def question_routes(facade: RiskUseCases) -> list[HTTPRouteHandler]:
    """Return /test, /calculate-position-size and /portfolio-risk."""
    return [*_trying(facade), *_measuring(facade)]


def _trying(facade: RiskUseCases) -> list[HTTPRouteHandler]:
    @post(
        "/test",
        **described(
            "Try a rule, stored or not, on an order that nobody sends",
            permission=Permission.RISK_READ,
            body=TryBody,
            answers={200: TriedView},
            problems=(404,),
            example={
                "account_id": examples.ACCOUNT_ID,
                "rule": examples.RULE,
                "order": {"symbol": "AAPL", "side": "buy", "type": "market", "quantity": "10"},
            },
        ),
    )
    async def try_rule(request: HttpRequest) -> Answer:
        asked = decode(await body_of(request), decoder=_TRY)
        asker = asker_of(request)
        reach(request.scope["state"], account_id=asked.account_id)
        if (asked.rule is None) is (asked.rule_id is None):
            raise unfit("/rule", "give either rule or rule_id")
        if asked.rule is not None:
            fields = asked.rule.fields()
        else:
            assert asked.rule_id is not None
            rule = await facade.get(tenant_id=asker.tenant_id, rule_id=asked.rule_id)
            if not principal_of(request).access.sees(rule.scope.account_id):
                raise RuleNotFound(asked.rule_id)
            fields = fields_of(rule)
        return answer(tried_view(await facade.test(asked.command(asker, fields=fields))))

    return [try_rule]


def _measuring(facade: RiskUseCases) -> list[HTTPRouteHandler]:
    @post(
        "/calculate-position-size",
        **described(
            "Calculate how much to trade: entry and stop, fixed risk, Kelly, or volatility",
            permission=Permission.RISK_READ,
            body=SizeBody,
            answers={200: SizeView},
            problems=(404,),
            example={
                "method": "fixed_risk",
                "symbol": "AAPL",
                "equity": "100000",
                "price": "120",
                "stop": "114",
                "risk": "0.01",
            },
        ),
    )
    async def size(request: HttpRequest) -> Answer:
        body = await body_of(request)
        asked = decode(body, decoder=_SIZE if names(body, "method") else _ENTRY)
        reach(request.scope["state"], account_id=asked.account_id)
        command = asked.command(principal_of(request).tenant_id)
        command = replace(command, base=replace(command.base, among=granted_to(request)))
        return answer(size_view(await facade.calculate_position_size(command)))

    @get(
        "/portfolio-risk",
        **described(
            "Measure exposure, leverage, value at risk, correlation, drawdown, daily loss",
            permission=Permission.RISK_READ,
            answers={200: PortfolioRiskView},
            problems=(400, 404),
        ),
    )
    async def portfolio_risk(
        request: HttpRequest,
        account_id: IdFilter = None,
        confidence: Confidence = str(CONFIDENCE),
        horizon_days: Horizon = 1,
    ) -> Answer:
        reach(request.scope["state"], account_id=account_id)
        measured = await facade.portfolio_risk(
            tenant_id=principal_of(request).tenant_id,
            account_id=account_id,
            among=granted_to(request),
            confidence=read_amount(confidence, field="confidence"),
            horizon_days=horizon_days,
        )
        return answer(portfolio_risk_view(measured))

    return [size, portfolio_risk]
