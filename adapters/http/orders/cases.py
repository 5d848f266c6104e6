"""Say of each route of orders how it is asked."""

from collections.abc import Mapping
from types import MappingProxyType

from adapters.http.cases import Case, Cases

ORDER = {"symbol": "AAPL", "side": "buy", "type": "limit", "quantity": "1", "limit_price": "60"}
LEG = {**ORDER, "time_in_force": "gtc"}
_IN_BODY = {"/account_id": "account"}
_ORDER = {"order_id": "order"}

CASES: Mapping[str, Cases] = MappingProxyType(
    {
        "POST /api/v1/orders": Case(ids=_IN_BODY, body=ORDER),
        "POST /api/v1/order-groups": Case(
            ids=_IN_BODY, body={"group": "oco", "orders": [LEG, {**LEG, "limit_price": "61"}]}
        ),
        "POST /api/v1/orders/preview": Case(ids=_IN_BODY, body=ORDER),
        "GET /api/v1/orders": (
            Case(),
            Case(ids={"?account_id": "account"}, filters=frozenset({"?account_id"})),
        ),
        "GET /api/v1/orders/{order_id}": Case(ids=_ORDER),
        "GET /api/v1/orders/{order_id}/events": Case(ids=_ORDER),
        "GET /api/v1/orders/{order_id}/explanation": Case(ids=_ORDER),
        "GET /api/v1/fills": (
            Case(),
            Case(ids={"?account_id": "account"}, filters=frozenset({"?account_id"})),
            Case(ids={"?order_id": "order"}, filters=frozenset({"?order_id"})),
        ),
        "PATCH /api/v1/orders/{order_id}": Case(ids=_ORDER, body={"limit_price": "60.5"}),
        "DELETE /api/v1/orders/{order_id}": Case(ids=_ORDER),
        "POST /api/v1/orders/{order_id}/resolve": Case(ids=_ORDER, body={"reason": "looked"}),
        "GET /api/v1/orders/parked": (
            Case(),
            Case(ids={"?account_id": "account"}, filters=frozenset({"?account_id"})),
        ),
        "POST /api/v1/orders/attest": Case(
            ids={"/order_ids/0": "order"},
            body={"order_ids": [""], "outcome": "absent", "reason": "looked"},
        ),
        "POST /api/v1/orders/cancel-all": (
            Case(),
            Case(ids=_IN_BODY, body={"symbol": "MSFT"}),
        ),
    }
)
