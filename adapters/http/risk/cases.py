"""Say of each route of rules how it is asked."""

from collections.abc import Mapping
from types import MappingProxyType

from adapters.http.cases import Case, Cases, Thing
from adapters.http.risk.pre_trade import PATH as PRE_TRADE
from adapters.http.risk.stops import PATH as RULES_PATH

ORDER = {"symbol": "AAPL", "side": "buy", "type": "limit", "quantity": "1", "limit_price": "60"}
RULE = {"name": "Small", "rule_type": "MAX_ORDER_VALUE", "threshold": "900000000", "action": "WARN"}
SIZE = {"method": "fixed_risk", "symbol": "AAPL", "price": "100", "stop": "95", "risk": "0.01"}
_IN_BODY = {"/account_id": "account"}
_RULE = {"rule_id": "rule"}
PATH = "/api/v1/risk-rules"
_ONE = f"{PATH}/{{rule_id}}"
_SIMULATION = {"simulation_id": "simulation"}
_SIMULATE = {
    "from": "2026-01-01T00:00:00Z",
    "to": "2026-02-01T00:00:00Z",
    "rules": [{"name": "Small", "rule_type": "MAX_ORDER_VALUE", "threshold": "100"}],
}
THINGS = {"simulation": Thing(made_by=f"POST {PATH}/simulate", body=_SIMULATE)}

CASES: Mapping[str, Cases] = MappingProxyType(
    {
        "GET /api/v1/risk-rules": Case(query={"limit": "200"}),
        "POST /api/v1/risk-rules": (
            Case(body=RULE, whole_tenant=True, action="risk_rule.created"),
            Case(ids={"/scope/account_id": "account"}, body=RULE),
        ),
        "GET /api/v1/risk-rules/{rule_id}": Case(ids=_RULE),
        "PUT /api/v1/risk-rules/{rule_id}": Case(
            ids={**_RULE, "/scope/account_id": "account"}, body=RULE, consumes=True
        ),
        "DELETE /api/v1/risk-rules/{rule_id}": Case(
            ids=_RULE, query={"reason": "unused"}, consumes=True
        ),
        "GET /api/v1/risk-rules/types": Case(),
        "POST /api/v1/risk-rules/test": (
            Case(ids=_IN_BODY, body={"rule": RULE, "order": ORDER}),
            Case(ids={**_IN_BODY, "/rule_id": "rule"}, body={"order": ORDER}),
            # The rule that is tried looks at orders of an account: nothing of it is shown.
            Case(
                ids={**_IN_BODY, "/rule/scope/account_id": "account"},
                body={"rule": RULE, "order": ORDER},
                filters=frozenset({"/rule/scope/account_id"}),
            ),
        ),
        "POST /api/v1/risk-rules/calculate-position-size": (
            Case(body={**SIZE, "equity": "1000"}),
            Case(ids=_IN_BODY, body=SIZE),
        ),
        "GET /api/v1/risk-rules/portfolio-risk": (
            Case(without_accounts=400),
            Case(ids={"?account_id": "account"}),
        ),
        f"GET {RULES_PATH}/{{rule_id}}/stops": Case(ids={"rule_id": "rule"}),
        f"POST {RULES_PATH}/{{rule_id}}/enable": Case(
            ids={"rule_id": "rule"},
            body={"strategy_id": "momentum", "reason": "looked at"},
            may_lack=True,
        ),
        f"GET {_ONE}/history": Case(ids=_RULE),
        f"GET {PATH}/templates": Case(),
        f"POST {PATH}/templates/{{name}}/apply": Case(
            plain={"name": "balanced"},
            body={"reason": "a first set"},
            whole_tenant=True,
        ),
        f"POST {PATH}/simulate": Case(
            body=_SIMULATE,
            ids={"/account_id": "account", "/rules/0/scope/account_id": "account"},
            action="rule_simulation.started",
        ),
        f"GET {PATH}/simulations/{{simulation_id}}": Case(ids=_SIMULATION, may_lack=True),
        f"DELETE {PATH}/simulations/{{simulation_id}}": Case(
            ids=_SIMULATION, may_lack=True, consumes=True, action="rule_simulation.cancelled"
        ),
        f"POST {PRE_TRADE}/analyze": Case(
            ids={"/account_id": "account"},
            body=ORDER,
        ),
    }
)
