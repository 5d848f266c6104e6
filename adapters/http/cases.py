"""Say of a route how it is asked and what that does, for all the tests that try every route."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.identity.access import Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """How one thing of an area is made: by which route, `POST /api/v1/assets`, with which body.

    unique names the field of the body whose text no two of a tenant may share, of_account the
    one that names an account of the tenant.
    """

    made_by: str
    body: Mapping[str, Any]
    unique: str = ""
    of_account: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One way to ask a route.

    ids maps where an id stands (a path parameter, `?name` of the query, `/a/b` of the body)
    to the kind of thing that it names. plain fills the other path parameters. action is the
    audit entry that it leaves, none for what changes nothing; unique as of a Thing.
    """

    ids: Mapping[str, str] = field(default_factory=dict)
    plain: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    action: str = ""
    unique: str = ""
    # Asks for more than the route declares.
    permission: Permission | None = None
    # What concerns the tenant as one: only who reaches all of it may change it.
    whole_tenant: bool = False
    # The thing is gone or changed afterwards: each time another one.
    consumes: bool = False
    # Who asks has no token left: each time another one.
    ends_token: bool = False
    # Which ids only filter a list: what is not there is not listed, and nothing more is told.
    filters: frozenset[str] = frozenset()
    # What it says to who has no account at all.
    without_accounts: int = 200
    # What a body says of a thing that is not there.
    absent: int = 404
    # What it is about need not be there: who is allowed may be told just that.
    may_lack: bool = False
    # Which ids can only be what they are: another one is refused, whoever reaches it.
    fixed: frozenset[str] = frozenset()


# One way, or several of which each is tried: the first is the one by which it is recorded.
Cases = Case | tuple[Case, ...]


def record_cases(
    path: str, *, noun: str, body: Mapping[str, Any], unique: str = ""
) -> dict[str, Case]:
    """Return the cases of the plain routes of one kind of records, RecordRoutes."""
    one, ids = f"{path}/{{{noun}_id}}", {f"{noun}_id": noun}
    return {
        f"GET {path}": Case(),
        f"POST {path}": Case(body=body, action=f"{noun}.created", unique=unique),
        f"GET {one}": Case(ids=ids),
        f"PUT {one}": Case(ids=ids, body=body, action=f"{noun}.updated", unique=unique),
        f"DELETE {one}": Case(ids=ids, consumes=True, action=f"{noun}.deleted"),
    }
