"""Say of each route of members and their tokens how it is asked."""

from collections.abc import Mapping
from types import MappingProxyType

from adapters.http.cases import Case, Cases
from domain.identity.access import Permission

TOKEN = {"name": "passing", "scopes": ["status.read"]}
_ACCOUNT = {"account_id": "account"}
_MEMBER = {"member_id": "member"}

CASES: Mapping[str, Cases] = MappingProxyType(
    {
        "GET /api/v1/members": Case(),
        "GET /api/v1/members/me": Case(),
        "POST /api/v1/members": Case(
            body={"name": "machine"}, whole_tenant=True, action="member.add"
        ),
        "GET /api/v1/members/{member_id}": Case(ids=_MEMBER),
        "PATCH /api/v1/members/{member_id}": Case(ids=_MEMBER, body={"name": "spare"}),
        "PUT /api/v1/members/{member_id}/accounts/{account_id}": Case(
            ids={**_MEMBER, **_ACCOUNT}, body={"level": "read"}
        ),
        "DELETE /api/v1/members/{member_id}/accounts/{account_id}": Case(
            ids={**_MEMBER, **_ACCOUNT}
        ),
        "GET /api/v1/tokens": (
            Case(),
            Case(query={"everyone": "true"}, permission=Permission.IDENTITY_MANAGE),
        ),
        "POST /api/v1/tokens": (
            Case(body=TOKEN, action="token.create"),
            Case(ids={"/accounts/0": "account"}, body=TOKEN),
            # Nobody but a manager makes another's, and for everyone else there is no such member.
            Case(ids={"/member_id": "machine"}, body=TOKEN),
        ),
        "DELETE /api/v1/tokens/{token_id}": Case(ids={"token_id": "token"}, consumes=True),
    }
)
