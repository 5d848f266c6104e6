"""Tell from when on trust in a user's devices counts."""

from datetime import datetime

from domain.identity.factors import FactorSummary
from domain.identity.tenant import User
from ports.identity_scope import IdentityScope


async def trust_from(scope: IdentityScope, user: User) -> datetime | None:
    """Return the moment that trust must be later than, None where any counts.

    All sessions were ended then, or the oldest of the user's factors came: who trusted a device
    before had only to know the password, and must not skip the factor by it.
    """
    return trust_with(user, await scope.factors.ways(user.id))


def trust_with(user: User, ways: FactorSummary) -> datetime | None:
    """Return that moment for who has these factors."""
    moments = (user.tokens_from, ways.since)
    return max((one for one in moments if one is not None), default=None)
