"""Let a member's change count for the user that it is, and tell the feed, all at once."""

from dataclasses import replace
from datetime import datetime

from adapters.memory.database import MemoryDatabase
from domain.identity.change import ChangeKind, IdentityChange, kind_of
from domain.identity.member import Member, MemberKind
from domain.identity.session import SessionEnd


def keep_standing(database: MemoryDatabase, *, before: Member, after: Member, at: datetime) -> None:
    """Keep a disabled member's user out, with every session, and tell what changed."""
    kind = kind_of(was_out=before.disabled_at is not None, is_out=after.disabled_at is not None)
    if after.kind is MemberKind.PERSON and kind is not ChangeKind.ROLE_CHANGED:
        _keep_user(database, member=after, at=at)
    change = IdentityChange(tenant_id=after.tenant_id, user_id=after.id, kind=kind, at=at)
    tell_change(database, change)


def tell_change(database: MemoryDatabase, change: IdentityChange) -> None:
    """Append to the feed."""
    number = len(database.identity_changes) + 1
    database.identity_changes.append(replace(change, seq=number))
    database.identity_version += 1


def _keep_user(database: MemoryDatabase, *, member: Member, at: datetime) -> None:
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
            database.recoveries[recovery.id] = recovery.canceled(at)
