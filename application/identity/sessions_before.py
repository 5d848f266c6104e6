"""End what a log-in takes the place of."""

from datetime import datetime

from application.identity.deps import end_one
from domain.identity.change import ChangeKind, IdentityChange
from domain.identity.session import Device, SessionEnd
from domain.identity.tenant import User
from ports.identity_scope import IdentityScope


async def end_on_device(
    scope: IdentityScope, device: Device | None, *, at: datetime
) -> list[IdentityChange]:
    """End what a device had open: whoever logs in on it anew goes on with the new session.

    Returns what is to be told, last in the transaction.
    """
    if device is None:
        return []
    ended = await scope.sessions.end_on(device, at=at, end=SessionEnd.REPLACED)
    return [
        IdentityChange(
            tenant_id=device.tenant_id,
            user_id=device.user_id,
            session_id=session_id,
            kind=ChangeKind.SESSION_ENDED,
            at=at,
        )
        for session_id in ended
    ]


async def make_room(
    scope: IdentityScope, user: User, *, at: datetime, open_max: int
) -> list[IdentityChange]:
    """End the oldest sessions where there are as many as there may be; return what to tell."""
    # Counted first: whoever logs in need not wait for sessions that are refreshed just now.
    if await scope.sessions.count_open(user.id, now=at) < open_max:
        return []
    there = [one for one in await scope.sessions.open_of(user.id) if one.is_open(at)]
    too_many = there[: max(0, len(there) - open_max + 1)]
    return [await end_one(scope, one, at=at, end=SessionEnd.CROWDED) for one in too_many]
