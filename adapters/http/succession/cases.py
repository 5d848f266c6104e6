"""Say of each route of succession how it is asked."""

from collections.abc import Mapping
from types import MappingProxyType

from adapters.http.cases import Case, Cases
from adapters.http.succession.acting import PLAN
from adapters.http.succession.letters import LETTER_CASES
from adapters.http.succession.routes import ESTATE, PATH

CASES: Mapping[str, Cases] = MappingProxyType(
    {
        **LETTER_CASES,
        f"POST {PATH}/estate-tax": Case(body=ESTATE),
        f"GET {PATH}/plan": Case(may_lack=True),
        f"PUT {PATH}/plan": Case(
            ids={
                "/trustees/0": "trustee",
                "/access/0/trustee": "trustee",
                "/access/0/account_id": "account",
            },
            body={**PLAN, "access": [{}]},
            absent=400,
            action="succession.plan_written",
        ),
        f"GET {PATH}/status": Case(),
        f"POST {PATH}/check-in": Case(may_lack=True, action="succession.check_in"),
        f"POST {PATH}/veto": Case(may_lack=True, action="succession.veto"),
        f"POST {PATH}/confirmations": Case(may_lack=True, action="succession.confirmed"),
        f"POST {PATH}/release-trading": Case(may_lack=True, action="succession.trading_released"),
        f"POST {PATH}/dry-run": Case(body={}, may_lack=True, action="succession.dry_run"),
    }
)
