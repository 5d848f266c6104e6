"""Show users, sessions and tokens on the wire, and read who asks for one."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from adapters.http.identity.cookies import Keep
from adapters.http.identity.device_schemas import FingerprintBody
from adapters.http.identity.recovery_schemas import RecoveryView, open_recovery_view
from adapters.http.wire import PRINTABLE, Name, moment, time_of
from application.identity.invitations import Invited
from application.identity.issued import IssuedRefresh, IssuedToken
from domain.identity.invitation import Invitation
from domain.identity.session import LABEL_MAX, Session
from domain.identity.tenant import User
from ports.time import Clock

Email = Annotated[str, Meta(min_length=3, max_length=254, pattern=PRINTABLE)]
# RFC 9106's input has no low bound of its own; the high one bounds the hash's work.
Password = Annotated[str, Meta(min_length=1, max_length=1_024)]
Secret = Annotated[str, Meta(min_length=1, max_length=64, pattern=PRINTABLE)]
Label = Annotated[str, Meta(max_length=LABEL_MAX, pattern=PRINTABLE)]


class LoginBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Who asks; neither value is ever logged or stored.

    tenant_id is for who has the same address and password in several tenants.
    """

    email: Email
    password: Password
    tenant_id: UUID | None = None


class SessionBody(LoginBody, forbid_unknown_fields=True, kw_only=True):
    """Who logs in; device_token is of an earlier log-in there, keep puts tokens into cookies."""

    keep: Keep = None
    remember: bool = False
    device_token: Secret | None = None
    device_label: Label = ""
    fingerprint: FingerprintBody | None = None


class RefreshBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A refresh token, and the token of the device that it was given to; or both in cookies."""

    keep: Keep = None
    refresh_token: Secret | None = None
    device_token: Secret | None = None


class ChangePasswordBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The password that holds, and the one that shall."""

    current: Password
    password: Password


class ResetPasswordBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A one-time token and the new password."""

    token: Secret
    password: Password


class JoinBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """An invitation's one-time token, and who the invited is."""

    token: Secret
    name: Name
    password: Password


class InviteBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Whom to invite, in which role."""

    email: Email
    role: Annotated[str, Meta(pattern="^[a-z_]{1,32}$")]


class TokenView(msgspec.Struct):
    """An access token (RFC 6750); expires_in is in seconds.

    recovery is an open request to take all of one's second factors away: who did not ask for
    it cancels it (DELETE /api/v1/recovery) and changes the password.
    """

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    expires_at: str
    recovery: RecoveryView | None = None


class SessionTokensView(msgspec.Struct):
    """The tokens of a session; refresh_token is good once, for this device.

    It and device_token are null where cookies keep them.
    recovery is an open request to take all of one's second factors away.
    """

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    expires_at: str
    session_id: UUID
    refresh_token: str | None
    refresh_expires_at: str
    device_token: str | None
    recovery: RecoveryView | None = None


class LetInView(TokenView, omit_defaults=True, kw_only=True):
    """The tokens that the log-in asked for: a script's has the access token alone."""

    session_id: UUID | None = None
    refresh_token: str | None = None
    refresh_expires_at: str | None = None
    device_token: str | None = None


class SessionView(msgspec.Struct):
    """A session: where it is, and until when; lapses_at is its end if it is not used."""

    id: UUID
    device_id: UUID | None
    device_label: str
    user_agent: str
    ip: str
    opened_at: str
    used_at: str
    lapses_at: str
    expires_at: str
    current: bool


class SessionPage(msgspec.Struct):
    """Sessions, oldest first."""

    items: list[SessionView]
    next_cursor: str | None


class UserView(msgspec.Struct):
    """A user of the tenant."""

    id: UUID
    tenant_id: UUID
    email: str
    name: str
    created_at: str
    disabled_at: str | None


class UserPage(msgspec.Struct):
    """Users, oldest first."""

    items: list[UserView]
    next_cursor: str | None


class InvitationView(msgspec.Struct):
    """An invitation, without its token."""

    id: UUID
    email: str
    role: str
    created_at: str
    expires_at: str
    accepted_at: str | None
    withdrawn_at: str | None


class InvitationPage(msgspec.Struct):
    """Invitations, oldest first."""

    items: list[InvitationView]
    next_cursor: str | None


class InvitedView(msgspec.Struct):
    """An invitation; hand token and text on: null when a request is answered again."""

    id: UUID
    email: str
    role: str
    expires_at: str
    token: str | None
    text: str | None


class ResetView(msgspec.Struct):
    """A one-time token for a new password; null when a request is answered again."""

    user_id: UUID
    token: str | None
    expires_at: str


class EndedView(msgspec.Struct):
    """How many sessions were ended."""

    sessions_ended: int


def token_view(issued: IssuedToken, *, clock: Clock) -> TokenView:
    """Show a token to who asked for it."""
    return TokenView(
        access_token=issued.token,
        token_type="Bearer",  # noqa: S106 - the kind of a token (RFC 6750)
        expires_in=_left(issued, clock=clock),
        expires_at=moment(issued.expires_at),
        recovery=open_recovery_view(issued.recovery),
    )


def session_tokens_view(
    issued: IssuedToken, refresh: IssuedRefresh, *, clock: Clock
) -> SessionTokensView:
    """Show a session's tokens to who opened it."""
    return SessionTokensView(
        access_token=issued.token,
        token_type="Bearer",  # noqa: S106 - the kind of a token (RFC 6750)
        expires_in=_left(issued, clock=clock),
        expires_at=moment(issued.expires_at),
        session_id=refresh.session_id,
        refresh_token=refresh.token,
        refresh_expires_at=moment(refresh.lapses_at),
        device_token=refresh.device_token,
        recovery=open_recovery_view(issued.recovery),
    )


def session_view(session: Session, *, current: UUID | None) -> SessionView:
    """Show a session to its user."""
    return SessionView(
        id=session.id,
        device_id=session.device_id,
        device_label=session.device_label,
        user_agent=session.visitor.user_agent,
        ip=session.visitor.ip,
        opened_at=moment(session.opened_at),
        used_at=moment(session.used_at),
        lapses_at=moment(session.lapses_at),
        expires_at=moment(session.expires_at),
        current=session.id == current,
    )


def user_view(user: User) -> UserView:
    """Show a user."""
    return UserView(
        id=user.id,
        tenant_id=user.tenant_id,
        email=user.email,
        name=user.name,
        created_at=moment(user.created_at),
        disabled_at=time_of(user.disabled_at),
    )


def invitation_view(invitation: Invitation) -> InvitationView:
    """Show an invitation."""
    return InvitationView(
        id=invitation.id,
        email=invitation.email,
        role=invitation.role,
        created_at=moment(invitation.created_at),
        expires_at=moment(invitation.expires_at),
        accepted_at=time_of(invitation.accepted_at),
        withdrawn_at=time_of(invitation.withdrawn_at),
    )


def invited_view(invited: Invited, *, server: str) -> InvitedView:
    """Show an invitation to who made it, with the text to hand on; server is our address."""
    invitation, until = invited.invitation, moment(invited.invitation.expires_at)
    text = (
        f"You are invited to Ballast at {server} as {invitation.role}. Until {until}, choose a name"
        f" and a password:\n\n    ballast users join {invited.token} --server {server}\n\n"
        "(or POST /api/v1/auth/join there with the token, which is good once)."
    )
    return InvitedView(
        id=invitation.id,
        email=invitation.email,
        role=invitation.role,
        expires_at=until,
        token=invited.token,
        text=text,
    )


def _left(issued: IssuedToken, *, clock: Clock) -> int:
    return max(0, int((issued.expires_at - clock.now()).total_seconds()))
