"""Say of each route of accounts and portfolios how it is asked."""

from collections.abc import Mapping
from types import MappingProxyType

from adapters.http.cases import Case, Cases

_ACCOUNT = {"account_id": "account"}

CASES: Mapping[str, Cases] = MappingProxyType(
    {
        "GET /api/v1/accounts": Case(),
        "POST /api/v1/accounts": Case(
            ids={"/portfolio_id": "portfolio"},
            body={"name": "More", "kind": "cash"},
            whole_tenant=True,
            absent=400,
        ),
        "GET /api/v1/accounts/{account_id}": Case(ids=_ACCOUNT),
        "GET /api/v1/accounts/{account_id}/positions": Case(ids=_ACCOUNT),
        "GET /api/v1/accounts/{account_id}/equity": Case(ids=_ACCOUNT),
        "GET /api/v1/accounts/{account_id}/ledger": Case(ids=_ACCOUNT),
        "POST /api/v1/accounts/{account_id}/deposits": Case(
            ids=_ACCOUNT, body={"amount": "1", "reference": "again"}
        ),
        "GET /api/v1/portfolios": Case(),
        "POST /api/v1/portfolios": Case(
            body={"name": "More"}, whole_tenant=True, action="portfolio.add"
        ),
    }
)
