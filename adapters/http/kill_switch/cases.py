"""Say of each route of the kill switch how it is asked."""

from collections.abc import Mapping
from types import MappingProxyType

from adapters.http.cases import Case, Cases

KILL = {"reason": "drill"}
_IN_BODY = {"/account_id": "account"}

CASES: Mapping[str, Cases] = MappingProxyType(
    {
        "GET /api/v1/kill-switch": Case(),
        "GET /api/v1/kill-switch/drills": Case(),
        "GET /api/v1/kill-switch/events": Case(),
        "GET /api/v1/kill-switch/latches/{latch_id}": Case(ids={"latch_id": "latch"}),
        "GET /api/v1/kill-switch/release-checklist": (
            Case(),
            # It says what to look at, of an account that is not there too.
            Case(
                ids={"?account_id": "account"},
                query={"scope": "account"},
                filters=frozenset({"?account_id"}),
                may_lack=True,
            ),
        ),
        "POST /api/v1/kill-switch/activate": (
            Case(ids=_IN_BODY, body={**KILL, "scope": "account"}),
            Case(body={**KILL, "scope": "tenant"}, whole_tenant=True),
            Case(body={**KILL, "scope": "symbol", "symbol": "MSFT"}, whole_tenant=True),
            Case(body={**KILL, "scope": "strategy", "strategy_id": "ema"}, whole_tenant=True),
            Case(body={**KILL, "scope": "broker", "broker": "paper"}, whole_tenant=True),
        ),
        "POST /api/v1/kill-switch/release": (
            Case(ids=_IN_BODY, body={**KILL, "scope": "account"}),
            Case(body={**KILL, "scope": "tenant"}, whole_tenant=True),
            Case(body={**KILL, "scope": "symbol", "symbol": "MSFT"}, whole_tenant=True),
            Case(body={**KILL, "scope": "strategy", "strategy_id": "ema"}, whole_tenant=True),
            Case(body={**KILL, "scope": "broker", "broker": "paper"}, whole_tenant=True),
        ),
        "PUT /api/v1/kill-switch/passcode": Case(body={"passcode": "20260102"}, whole_tenant=True),
    }
)
