"""What the core needs to change users, sessions and invitations in one transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.audit.entry import AuditEntry
from domain.identity.change import IdentityChange
from domain.identity.invitation import Invitation, PasswordReset
from domain.identity.member import Member
from domain.identity.refresh import RefreshToken
from domain.identity.session import Device, Session, SessionEnd
from domain.identity.tenant import User
from ports.devices import DeviceStore
from ports.factors import FactorStore
from ports.login_history import LoginHistory
from ports.passkeys import PasskeyStore
from ports.user_notices import UserNotices


class UserStore(Protocol):
    """Users of all tenants."""

    async def get(self, user_id: UUID) -> User | None:
        """Return a user; until the exit nobody else changes them or their sessions."""
        ...

    async def add(self, user: User) -> bool:
        """Store a new user; False when their tenant has one of that address (`normal_address`)."""
        ...

    async def update(self, user: User) -> None:
        """Replace the stored user of that id."""
        ...


class MemberStore(Protocol):
    """Members of all tenants."""

    async def add(self, member: Member, *, members_max: int) -> bool:
        """Store a new member; False when its tenant has that many already."""
        ...

    async def get(self, *, tenant_id: UUID, member_id: UUID) -> Member | None:
        """Return a member of the tenant, as they and their user are in this transaction."""
        ...


class SessionStore(Protocol):
    """Sessions of all users."""

    async def get(self, session_id: UUID) -> Session | None:
        """Return a session; until the exit nobody else changes it."""
        ...

    async def count_open(self, user_id: UUID, *, now: datetime) -> int:
        """Return how many sessions of a user neither ended nor lapsed, without waiting."""
        ...

    async def open_of(self, user_id: UUID) -> Sequence[Session]:
        """Return the user's sessions that did not end, oldest first, lapsed ones too.

        Until the exit nobody else changes them.
        """
        ...

    async def end_on(self, device: Device, *, at: datetime, end: SessionEnd) -> Sequence[UUID]:
        """End a device's sessions that did not end, and return which it were, oldest first."""
        ...

    async def add(self, session: Session) -> None:
        """Store a new session."""
        ...

    async def update(self, session: Session) -> None:
        """Replace the stored session of that id."""
        ...


class RefreshStore(Protocol):
    """Refresh tokens by their SHA-256."""

    async def get(self, digest: bytes) -> RefreshToken | None:
        """Return a refresh token. Take its session first, then read it again to be sure."""
        ...

    async def add(self, token: RefreshToken) -> None:
        """Store a new one."""
        ...

    async def rotate(self, used: RefreshToken, *, successor: RefreshToken) -> None:
        """Keep that one was used, store what follows it, and forget the session's older salts."""
        ...


class InvitationStore(Protocol):
    """Invitations and password resets."""

    async def get(self, *, tenant_id: UUID, invitation_id: UUID) -> Invitation | None:
        """Return an invitation of the tenant; until the exit nobody else changes it."""
        ...

    async def find(self, digest: bytes) -> Invitation | None:
        """Return the invitation whose token has that SHA-256, and hold it likewise."""
        ...

    async def open_for(self, *, tenant_id: UUID, email: str) -> Sequence[Invitation]:
        """Return the tenant's unused invitations of an address (`normal_address`), held alike."""
        ...

    async def keep(self, invitation: Invitation) -> None:
        """Store an invitation, in place of the one of that id."""
        ...

    async def find_reset(self, digest: bytes) -> PasswordReset | None:
        """Return the password reset whose token has that SHA-256, and hold it likewise."""
        ...

    async def keep_reset(self, reset: PasswordReset) -> None:
        """Store a password reset, in place of the one of that id."""
        ...

    async def void_resets(self, *, user_id: UUID, at: datetime) -> None:
        """Make every unused reset of a user a used one."""
        ...


class Endings(Protocol):
    """What is over before its time, and the feed that tells it."""

    async def end_token(self, *, tenant_id: UUID, token_id: str, expires_at: datetime) -> None:
        """Keep that a token without a session is over, until it would expire anyway."""
        ...

    async def note_key(self, *, tenant_id: UUID, key_id: str) -> None:
        """Keep that there is such a command key, once; nothing for a tenant that there is not."""
        ...

    async def knows_key(self, *, tenant_id: UUID, key_id: str) -> bool:
        """Tell whether there is such a command key, or was: one that is disabled is known."""
        ...

    async def disable_key(self, *, tenant_id: UUID, key_id: str, at: datetime) -> bool:
        """Keep that a command key may not be used; False when that is so already."""
        ...

    async def enable_key(self, *, tenant_id: UUID, key_id: str) -> bool:
        """Let a command key be used again; False when it may already."""
        ...

    async def tell(self, change: IdentityChange) -> None:
        """Append to the feed, last in the transaction: the next one to tell waits for its exit."""
        ...


class IdentityAudit(Protocol):
    """The audit trail, written with the change."""

    async def add(self, entry: AuditEntry) -> None:
        """Store an entry."""
        ...


class IdentityScope(Protocol):
    """All that a change of users and sessions may touch in one transaction.

    Take things in this order, so that nobody waits for each other: invitation or reset, user,
    factors, passkey, sessions, feed.
    """

    @property
    def users(self) -> UserStore:
        """Users."""
        ...

    @property
    def members(self) -> MemberStore:
        """Members."""
        ...

    @property
    def sessions(self) -> SessionStore:
        """Sessions."""
        ...

    @property
    def devices(self) -> DeviceStore:
        """Devices."""
        ...

    @property
    def logins(self) -> LoginHistory:
        """How users log in."""
        ...

    @property
    def notices(self) -> UserNotices:
        """What users are told."""
        ...

    @property
    def refreshes(self) -> RefreshStore:
        """Refresh tokens."""
        ...

    @property
    def invitations(self) -> InvitationStore:
        """Invitations and password resets."""
        ...

    @property
    def passkeys(self) -> PasskeyStore:
        """Passkeys and their challenges."""
        ...

    @property
    def factors(self) -> FactorStore:
        """Second factors, challenges and recoveries."""
        ...

    @property
    def endings(self) -> Endings:
        """What is over, and the feed."""
        ...

    @property
    def audit(self) -> IdentityAudit:
        """The audit trail."""
        ...
