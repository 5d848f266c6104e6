"""Say in an access token what its user may stop, for while storage cannot be asked."""

from collections.abc import Iterable
from uuid import UUID

from domain.identity.access import NOTHING, Access, Permission

ALL = "all"
# A token has to fit into a header: who may stop more accounts than this has to ask storage.
STOPS_MAX = 40


def stops_of(access: Access) -> tuple[str, ...]:
    """Return the accounts that may be stopped, ALL for every one of the tenant, or nothing."""
    left = access.only_stopping()
    if left.accounts is None:
        return (ALL,)
    if len(left.accounts) > STOPS_MAX:
        return ()
    return tuple(sorted(str(one) for one in left.accounts))


def rights_signed(stops: Iterable[str]) -> Access:
    """Return what a token says that its user may do: to stop, and no more.

    Raises ValueError for what is no account.
    """
    named = tuple(stops)
    if not named:
        return NOTHING
    accounts = None if named == (ALL,) else frozenset(UUID(one) for one in named)
    return Access(permissions=frozenset({Permission.KILL_ACTIVATE}), accounts=accounts)
