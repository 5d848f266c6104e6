"""Hold one entry of the feed that every process follows: somebody's standing changed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.identity.member import Member
from domain.identity.personal_token import PersonalToken


class ChangeKind(StrEnum):
    """What changed."""

    SESSION_ENDED = "session_ended"
    # Some or all of a user's sessions at once, and tokens without a session.
    SESSIONS_ENDED = "sessions_ended"
    # One that token_id names, or those of a session from before its user showed who they are.
    TOKEN_ENDED = "token_ended"  # noqa: S105 - a name, no secret
    USER_DISABLED = "user_disabled"
    USER_ENABLED = "user_enabled"
    ROLE_CHANGED = "role_changed"
    KEY_DISABLED = "key_disabled"
    KEY_ENABLED = "key_enabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityChange:
    """What is remembered of a user of a tenant is no longer true: ask anew.

    user_id is None for what concerns a command key; token_id names that key then. seq is 0
    until it is stored.
    """

    tenant_id: UUID
    user_id: UUID | None
    kind: ChangeKind
    at: datetime
    session_id: UUID | None = None
    token_id: str | None = None
    seq: int = 0


def of_revoked(token: PersonalToken, *, at: datetime) -> IdentityChange:
    """Return what is told of a personal access token that was revoked."""
    return IdentityChange(
        tenant_id=token.tenant_id,
        user_id=token.member_id,
        token_id=str(token.id),
        kind=ChangeKind.TOKEN_ENDED,
        at=at,
    )


def rights_changed(member: Member, *, at: datetime) -> IdentityChange:
    """Return what is told of a member who may do something else from now on."""
    return IdentityChange(
        tenant_id=member.tenant_id, user_id=member.id, kind=ChangeKind.ROLE_CHANGED, at=at
    )


def kind_of(*, was_out: bool, is_out: bool) -> ChangeKind:
    """Return what a change of a member was: disabled, enabled, or of what they may do."""
    if was_out is is_out:
        return ChangeKind.ROLE_CHANGED
    return ChangeKind.USER_DISABLED if is_out else ChangeKind.USER_ENABLED
