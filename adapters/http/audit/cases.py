"""Say of each route of the audit trail how it is asked."""

from collections.abc import Mapping
from types import MappingProxyType

from adapters.http.cases import Case, Cases

CASES: Mapping[str, Cases] = MappingProxyType(
    {
        "GET /api/v1/audit": (
            Case(),
            Case(ids={"?account_id": "account"}, filters=frozenset({"?account_id"})),
        ),
        "GET /api/v1/users/{user_id}/activity": Case(ids={"user_id": "member"}),
        "POST /api/v1/audit/{entry_id}/review": Case(
            ids={"entry_id": "entry"}, body={"note": "looked at"}
        ),
    }
)
