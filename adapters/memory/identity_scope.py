"""Change users and sessions in memory, in transactions that hold whole or not at all."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.devices import MemoryDevices, MemoryLoginHistory, MemoryUserNotices
from adapters.memory.factors import MemoryFactors
from adapters.memory.invitations import MemoryInvitations
from adapters.memory.notices import add_next
from adapters.memory.passkeys import MemoryPasskeys
from adapters.memory.table import Table
from domain.audit.entry import AuditEntry
from domain.identity.change import IdentityChange
from domain.identity.invitation import Invitation, PasswordReset
from domain.identity.login_features import LoginFailure, LoginRecord
from domain.identity.member import Member
from domain.identity.notice import UserNotice
from domain.identity.passkey import Passkey, PasskeyChallenge
from domain.identity.refresh import RefreshToken
from domain.identity.session import Device, Session, SessionEnd
from domain.identity.tenant import User
from domain.shared.notices import Notice
from ports.identity_scope import IdentityScope
from ports.storage import ConstraintBroken
from ports.transactions import Conflict


@dataclass(frozen=True, slots=True)
class MemoryIdentityTransactions:
    """Transactions over users and sessions: what is written is kept aside until the exit."""

    link: MemoryLink

    def begin(self) -> AbstractAsyncContextManager[IdentityScope]:
        """Open a transaction."""
        return self._begin()

    @asynccontextmanager
    async def _begin(self) -> AsyncIterator[IdentityScope]:
        database = await self.link.enter()
        work = _Work(database=database, version=database.identity_version)
        yield _MemoryIdentityScope(
            users=_Users(work),
            members=_Members(work),
            sessions=_Sessions(work),
            devices=MemoryDevices(devices=work.devices, logins=work.logins),
            logins=MemoryLoginHistory(logins=work.logins, failures=work.login_failures),
            notices=MemoryUserNotices(work.user_notices, work.events),
            refreshes=_Refreshes(work),
            invitations=MemoryInvitations(work.invitations, work.resets),
            passkeys=MemoryPasskeys(work.passkeys, work.challenges),
            factors=work.factors,
            endings=_Endings(work),
            audit=_Audit(work),
        )
        # Only reached without an exception: what was kept aside is simply dropped otherwise.
        await self.link.enter()
        if work.commit():
            # The effect is durable; the process may still die before it learns of it.
            await self.link.pause()


@dataclass(slots=True)
class _Work:
    """One open transaction: what it saw first, and what it will write."""

    database: MemoryDatabase
    version: int
    users: Table[UUID, User] = field(init=False)
    members: Table[UUID, Member] = field(init=False)
    devices: Table[UUID, Device] = field(init=False)
    logins: Table[UUID, LoginRecord] = field(init=False)
    login_failures: Table[UUID, LoginFailure] = field(init=False)
    user_notices: Table[UUID, UserNotice] = field(init=False)
    sessions: Table[UUID, Session] = field(init=False)
    refreshes: Table[bytes, RefreshToken] = field(init=False)
    invitations: Table[UUID, Invitation] = field(init=False)
    resets: Table[UUID, PasswordReset] = field(init=False)
    passkeys: Table[UUID, Passkey] = field(init=False)
    challenges: Table[bytes, PasskeyChallenge] = field(init=False)
    ended_tokens: Table[str, datetime] = field(init=False)
    factors: MemoryFactors = field(init=False)
    audit: list[AuditEntry] = field(default_factory=list)
    events: list[Notice] = field(default_factory=list)
    changes: list[IdentityChange] = field(default_factory=list)
    # What is done to the disabled keys, in order.
    keys: list[Callable[[], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        database = self.database
        self.users = Table(database.users)
        self.members = Table(database.members)
        self.devices = Table(database.devices)
        self.logins = Table(database.logins)
        self.login_failures = Table(database.login_failures)
        self.user_notices = Table(database.user_notices)
        self.sessions = Table(database.sessions)
        self.refreshes = Table(database.refreshes)
        self.invitations = Table(database.invitations)
        self.resets = Table(database.resets)
        self.passkeys = Table(database.passkeys)
        self.challenges = Table(database.passkey_challenges)
        self.ended_tokens = Table(database.ended_tokens)
        self.factors = MemoryFactors(database, self.passkeys)

    def commit(self) -> bool:
        database = self.database
        if database.identity_version != self.version:
            raise Conflict("users or sessions changed meanwhile")
        tables = (
            self.users,
            self.members,
            self.devices,
            self.logins,
            self.login_failures,
            self.user_notices,
            self.sessions,
            self.refreshes,
            self.invitations,
            self.resets,
            self.passkeys,
            self.challenges,
            self.ended_tokens,
        )
        written = [table.commit() for table in tables]
        written.append(self.factors.commit())
        for change in self.keys:
            change()
        for told in self.changes:
            number = len(database.identity_changes) + 1
            database.identity_changes.append(replace(told, seq=number))
        for event in self.events:
            add_next(database, event)
        database.audit.extend(self.audit)
        if not (any(written) or self.keys or self.changes or self.audit):
            return False
        database.identity_version += 1
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class _MemoryIdentityScope:
    """What one transaction may touch."""

    users: "_Users"
    members: "_Members"
    sessions: "_Sessions"
    devices: MemoryDevices
    logins: MemoryLoginHistory
    notices: MemoryUserNotices
    refreshes: "_Refreshes"
    invitations: MemoryInvitations
    passkeys: MemoryPasskeys
    factors: MemoryFactors
    endings: "_Endings"
    audit: "_Audit"


@dataclass(frozen=True, slots=True)
class _Users:
    work: _Work

    async def get(self, user_id: UUID) -> User | None:
        return self.work.users.get(user_id)

    async def add(self, user: User) -> bool:
        wanted = (user.tenant_id, user.address)
        if any((one.tenant_id, one.address) == wanted for one in self.work.users.values()):
            return False
        self.work.users.put(user.id, user)
        return True

    async def update(self, user: User) -> None:
        self.work.users.put(user.id, user)


@dataclass(frozen=True, slots=True)
class _Members:
    work: _Work

    async def add(self, member: Member, *, members_max: int) -> bool:
        if sum(one.tenant_id == member.tenant_id for one in self.work.members.values()) >= (
            members_max
        ):
            return False
        self.work.members.put(member.id, member)
        return True

    async def get(self, *, tenant_id: UUID, member_id: UUID) -> Member | None:
        found = self.work.members.get(member_id)
        if found is None or found.tenant_id != tenant_id:
            return None
        user = self.work.users.get(member_id)
        return replace(found, first_password=user is not None and user.password_until is not None)


@dataclass(frozen=True, slots=True)
class _Sessions:
    work: _Work

    async def get(self, session_id: UUID) -> Session | None:
        return self.work.sessions.get(session_id)

    async def count_open(self, user_id: UUID, *, now: datetime) -> int:
        return sum(
            one.user_id == user_id and one.is_open(now) for one in self.work.sessions.values()
        )

    async def open_of(self, user_id: UUID) -> Sequence[Session]:
        found = [
            one
            for one in self.work.sessions.values()
            if one.user_id == user_id and one.ended_at is None
        ]
        return sorted(found, key=lambda one: one.id)

    async def end_on(self, device: Device, *, at: datetime, end: SessionEnd) -> Sequence[UUID]:
        found = [one for one in await self.open_of(device.user_id) if one.device_id == device.id]
        for one in found:
            await self.update(one.ended(at=at, end=end))
        return [one.id for one in found]

    async def add(self, session: Session) -> None:
        if self.work.sessions.get(session.id) is not None:
            raise ConstraintBroken(f"session {session.id} exists already")
        self.work.sessions.put(session.id, session)

    async def update(self, session: Session) -> None:
        self.work.sessions.put(session.id, session)


@dataclass(frozen=True, slots=True)
class _Refreshes:
    work: _Work

    async def get(self, digest: bytes) -> RefreshToken | None:
        return self.work.refreshes.get(digest)

    async def add(self, token: RefreshToken) -> None:
        if self.work.refreshes.get(token.digest) is not None:
            raise ConstraintBroken("a refresh token exists already")
        self.work.refreshes.put(token.digest, token)

    async def rotate(self, used: RefreshToken, *, successor: RefreshToken) -> None:
        for one in list(self.work.refreshes.values()):
            if one.session_id == used.session_id and one.salt is not None:
                self.work.refreshes.put(one.digest, replace(one, salt=None))
        self.work.refreshes.put(used.digest, used)
        await self.add(successor)


@dataclass(frozen=True, slots=True)
class _Endings:
    work: _Work

    async def end_token(self, *, tenant_id: UUID, token_id: str, expires_at: datetime) -> None:
        del tenant_id
        self.work.ended_tokens.put(token_id, expires_at)

    async def note_key(self, *, tenant_id: UUID, key_id: str) -> None:
        database = self.work.database
        if tenant_id in database.tenants:
            self.work.keys.append(lambda: database.command_keys.add((tenant_id, key_id)))

    async def knows_key(self, *, tenant_id: UUID, key_id: str) -> bool:
        database = self.work.database
        return (tenant_id, key_id) in database.command_keys | database.disabled_keys

    async def disable_key(self, *, tenant_id: UUID, key_id: str, at: datetime) -> bool:
        del at
        disabled, key = self.work.database.disabled_keys, (tenant_id, key_id)
        if key in disabled:
            return False
        self.work.keys.append(lambda: disabled.add(key))
        return True

    async def enable_key(self, *, tenant_id: UUID, key_id: str) -> bool:
        disabled, key = self.work.database.disabled_keys, (tenant_id, key_id)
        if key not in disabled:
            return False
        self.work.keys.append(lambda: disabled.discard(key))
        return True

    async def tell(self, change: IdentityChange) -> None:
        self.work.changes.append(change)


@dataclass(frozen=True, slots=True)
class _Audit:
    work: _Work

    async def add(self, entry: AuditEntry) -> None:
        self.work.audit.append(entry)
