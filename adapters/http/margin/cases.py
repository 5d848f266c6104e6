"""Say of each route of margin how it is asked."""

from collections.abc import Mapping
from types import MappingProxyType

from adapters.http.cases import Case, Cases
from adapters.http.margin.account_routes import ACCOUNTS_PATH, AUTOMATIC, TARGET
from adapters.http.margin.routes import PATH, WHAT_IF

_ONE = f"{ACCOUNTS_PATH}/{{account_id}}"
_ACCOUNT = {"account_id": "account"}
_SYMBOL = {"symbol": "AAPL"}

CASES: Mapping[str, Cases] = MappingProxyType(
    {
        f"GET {_ONE}": Case(ids=_ACCOUNT),
        f"GET {_ONE}/positions/{{symbol}}": Case(ids=_ACCOUNT, plain=_SYMBOL, may_lack=True),
        # A tighter one, which nobody has to agree to.
        f"PUT {_ONE}/rulebook": Case(ids=_ACCOUNT, body={"rulebook": "cash"}, action="margin.set"),
        f"PUT {_ONE}/automatic-deleverage": Case(ids=_ACCOUNT, body=AUTOMATIC, action="margin.set"),
        f"POST {_ONE}/deleverage-plans": Case(ids=_ACCOUNT, body=TARGET),
        f"GET {_ONE}/deleverage-plans": Case(ids=_ACCOUNT),
        f"POST {_ONE}/deleverage-plans/{{plan_id}}/approve": Case(
            ids={**_ACCOUNT, "plan_id": "deleverage_plan"},
            # A plan of another account is none of this one.
            may_lack=True,
            consumes=True,
            action="deleverage.approved",
        ),
        f"POST {PATH}/what-if": Case(body=WHAT_IF),
        f"GET {PATH}/rulebooks": Case(),
    }
)
