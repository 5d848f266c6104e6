"""Turn users, sessions and invitations into rows and back."""

from typing import Any

from adapters.postgres.rows import Row, plain_id, plain_id_or_none
from domain.identity.address import normal_address
from domain.identity.change import ChangeKind, IdentityChange
from domain.identity.invitation import Invitation, PasswordReset
from domain.identity.refresh import RefreshToken
from domain.identity.session import Session, SessionEnd, Visitor
from domain.identity.tenant import User

# The columns in the order of each row below.
USER = (
    "id, tenant_id, email, password_hash, created_at, display_name, disabled_at, tokens_from,"
    " password_until, address"
)
SESSION = (
    "id, tenant_id, user_id, device_id, device_label, ip, user_agent, opened_at,"
    " authenticated_at, used_at, idle, expires_at, ended_at, ending"
)
REFRESH = "digest, tenant_id, session_id, issued_at, used_at, salt"
INVITATION = (
    "id, tenant_id, email, role, digest, invited_by, created_at, expires_at, accepted_at,"
    " withdrawn_at, address"
)
RESET = "id, tenant_id, user_id, digest, created_at, expires_at, used_at"


def user_row(user: User) -> tuple[Any, ...]:
    """Return the user's columns."""
    return (
        user.id,
        user.tenant_id,
        user.email,
        user.password_hash,
        user.created_at,
        user.name,
        user.disabled_at,
        user.tokens_from,
        user.password_until,
        user.address,
    )


def user_of(row: Row) -> User:
    """Return the user of a row."""
    return User(
        id=plain_id(row["id"]),
        tenant_id=plain_id(row["tenant_id"]),
        email=row["email"],
        password_hash=row["password_hash"],
        created_at=row["created_at"],
        name=row["display_name"],
        disabled_at=row["disabled_at"],
        tokens_from=row["tokens_from"],
        password_until=row["password_until"],
    )


def session_row(session: Session) -> tuple[Any, ...]:
    """Return the session's columns."""
    return (
        session.id,
        session.tenant_id,
        session.user_id,
        session.device_id,
        session.device_label,
        session.visitor.ip,
        session.visitor.user_agent,
        session.opened_at,
        session.authenticated_at,
        session.used_at,
        session.idle,
        session.expires_at,
        session.ended_at,
        session.end.value if session.end is not None else None,
    )


def session_of(row: Row) -> Session:
    """Return the session of a row."""
    return Session(
        id=plain_id(row["id"]),
        tenant_id=plain_id(row["tenant_id"]),
        user_id=plain_id(row["user_id"]),
        device_id=plain_id_or_none(row["device_id"]),
        device_label=row["device_label"],
        visitor=Visitor(ip=row["ip"], user_agent=row["user_agent"]),
        opened_at=row["opened_at"],
        authenticated_at=row["authenticated_at"],
        used_at=row["used_at"],
        idle=row["idle"],
        expires_at=row["expires_at"],
        ended_at=row["ended_at"],
        end=SessionEnd(row["ending"]) if row["ending"] is not None else None,
    )


def refresh_row(token: RefreshToken) -> tuple[Any, ...]:
    """Return the refresh token's columns."""
    return (
        token.digest,
        token.tenant_id,
        token.session_id,
        token.issued_at,
        token.used_at,
        token.salt,
    )


def refresh_of(row: Row) -> RefreshToken:
    """Return the refresh token of a row."""
    return RefreshToken(
        digest=row["digest"],
        tenant_id=plain_id(row["tenant_id"]),
        session_id=plain_id(row["session_id"]),
        issued_at=row["issued_at"],
        used_at=row["used_at"],
        salt=row["salt"],
    )


def invitation_row(invitation: Invitation) -> tuple[Any, ...]:
    """Return the invitation's columns."""
    return (
        invitation.id,
        invitation.tenant_id,
        invitation.email,
        invitation.role,
        invitation.digest,
        invitation.invited_by,
        invitation.created_at,
        invitation.expires_at,
        invitation.accepted_at,
        invitation.withdrawn_at,
        normal_address(invitation.email),
    )


def invitation_of(row: Row) -> Invitation:
    """Return the invitation of a row."""
    return Invitation(
        id=plain_id(row["id"]),
        tenant_id=plain_id(row["tenant_id"]),
        email=row["email"],
        role=row["role"],
        digest=row["digest"],
        invited_by=plain_id(row["invited_by"]),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        accepted_at=row["accepted_at"],
        withdrawn_at=row["withdrawn_at"],
    )


def reset_row(reset: PasswordReset) -> tuple[Any, ...]:
    """Return the password reset's columns."""
    return (
        reset.id,
        reset.tenant_id,
        reset.user_id,
        reset.digest,
        reset.created_at,
        reset.expires_at,
        reset.used_at,
    )


def reset_of(row: Row) -> PasswordReset:
    """Return the password reset of a row."""
    return PasswordReset(
        id=plain_id(row["id"]),
        tenant_id=plain_id(row["tenant_id"]),
        user_id=plain_id(row["user_id"]),
        digest=row["digest"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        used_at=row["used_at"],
    )


def change_of(row: Row) -> IdentityChange:
    """Return the change of a row of the feed."""
    return IdentityChange(
        seq=row["seq"],
        tenant_id=plain_id(row["tenant_id"]),
        user_id=plain_id_or_none(row["user_id"]),
        session_id=plain_id_or_none(row["session_id"]),
        token_id=row["token_id"],
        kind=ChangeKind(row["kind"]),
        at=row["at"],
    )
