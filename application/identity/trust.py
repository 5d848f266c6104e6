"""Tell from when on trust in a user's devices counts."""

from datetime import datetime

from domain.identity.tenant import User
from ports.identity_scope import IdentityScope


async def trust_from(scope: IdentityScope, user: User) -> datetime | None:
    """Return the moment that trust must be later than, None where any counts.

    All sessions were ended then, or the oldest of the user's factors came: who trusted a device
    before had only to know the password, and must not skip the factor by it.
    """
    apps = await scope.factors.totps(user.id)
    known = [one.confirmed_at for one in apps if one.confirmed_at is not None]
    known += [one.created_at for one in await scope.passkeys.of(user.id)]
    moments = [user.tokens_from, min(known, default=None)]
    return max((one for one in moments if one is not None), default=None)
