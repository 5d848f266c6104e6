"""Let a member's change count for the user that it is, and tell the feed, all at once."""

from dataclasses import replace
from datetime import datetime

from adapters.memory.database import MemoryDatabase
from adapters.memory.devices import MemoryUserNotices
from adapters.memory.notices import add_next
from adapters.memory.table import Table
from domain.identity.change import ChangeKind, IdentityChange, kind_of
from domain.identity.member import Member, MemberKind
from domain.identity.session import SessionEnd
from domain.shared.notices import Notice
from ports.access import Cancellation, Cancels


async def keep_credential_status(
    database: MemoryDatabase, *, before: Member, after: Member, at: datetime, cancels: Cancels
) -> None:
    """Keep a disabled member's user out, with every session, and tell what changed."""
    kind = kind_of(was_out=before.disabled_at is not None, is_out=after.disabled_at is not None)
    if after.kind is MemberKind.PERSON and kind is not ChangeKind.ROLE_CHANGED:
        await _keep_user(database, member=after, at=at, cancels=cancels)
    change = IdentityChange(tenant_id=after.tenant_id, user_id=after.id, kind=kind, at=at)
    tell_change(database, change)


def tell_change(database: MemoryDatabase, change: IdentityChange) -> None:
    """Append to the feed."""
    number = len(database.identity_changes) + 1
    database.identity_changes.append(replace(change, seq=number))
    database.identity_version += 1


async def _keep_user(
    database: MemoryDatabase, *, member: Member, at: datetime, cancels: Cancels
) -> None:
    user = database.users[member.id]
    if member.disabled_at is None:
        database.users[user.id] = replace(user, disabled_at=None)
        return
    database.users[user.id] = replace(user, disabled_at=member.disabled_at, tokens_from=at)
    for session in list(database.sessions.values()):
        if session.user_id == user.id and session.ended_at is None:
            database.sessions[session.id] = session.ended(at=at, end=SessionEnd.DISABLED)
    for reset in list(database.resets.values()):
        if reset.user_id == user.id and reset.used_at is None:
            database.resets[reset.id] = replace(reset, used_at=at)
    for challenge in list(database.challenges.values()):
        if challenge.user_id == user.id and challenge.used_at is None:
            database.challenges[challenge.id] = replace(challenge, used_at=at)
    for recovery in list(database.recoveries.values()):
        if recovery.user_id == user.id and recovery.is_open:
            await _cancel(database, cancels(recovery))


async def _cancel(database: MemoryDatabase, done: Cancellation) -> None:
    database.recoveries[done.recovery.id] = done.recovery
    events: list[Notice] = []
    notices = Table(database.user_notices)
    await MemoryUserNotices(notices, events).add(done.notice)
    notices.commit()
    for event in events:
        add_next(database, event)
    database.audit.extend(done.entries)
