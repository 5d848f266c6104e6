"""Change users and sessions in Postgres, in one transaction."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from adapters.postgres.audit.states import record_state
from adapters.postgres.identity import rows as shapes
from adapters.postgres.identity.access import add_within, find_within
from adapters.postgres.identity.devices import (
    PostgresDevices,
    PostgresLoginHistory,
    PostgresUserNotices,
)
from adapters.postgres.identity.endings import Audit, Endings, Invitations
from adapters.postgres.identity.factors import PostgresFactors
from adapters.postgres.identity.passkeys import PostgresPasskeys
from adapters.postgres.link.database import Database
from adapters.postgres.link.deferring import Deferring, later
from adapters.postgres.link.tenancy import Connection, enter, enter_by_digest, enter_by_id
from adapters.postgres.rows import plain_id
from domain.identity.member import Member
from domain.identity.refresh import RefreshToken
from domain.identity.session import Device, Session, SessionEnd
from domain.identity.tenant import User
from ports.identity_scope import IdentityScope
from ports.storage import StorageConflict
from ports.transactions import Conflict


@dataclass(frozen=True, slots=True)
class PostgresIdentityTransactions:
    """Transactions over users and sessions (port Transactions[IdentityScope])."""

    database: Database

    def begin(self) -> AbstractAsyncContextManager[IdentityScope]:
        """Open a transaction: a clean exit commits, an exception rolls back."""
        return self._begin()

    @asynccontextmanager
    async def _begin(self) -> AsyncIterator[IdentityScope]:
        try:
            async with self.database.transaction() as lent:
                deferring = Deferring(lent)
                # The driver's class is no protocol: it stands for what a scope asks of it.
                connection = cast("Connection", deferring)
                yield _PostgresIdentityScope(
                    users=_Users(connection),
                    members=_Members(connection),
                    sessions=_Sessions(connection),
                    devices=PostgresDevices(connection),
                    logins=PostgresLoginHistory(connection),
                    notices=PostgresUserNotices(connection),
                    refreshes=_Refreshes(connection),
                    invitations=Invitations(connection),
                    factors=PostgresFactors(connection),
                    passkeys=PostgresPasskeys(connection),
                    endings=Endings(connection),
                    audit=Audit(connection),
                )
                await deferring.send()
        except StorageConflict as problem:
            raise Conflict(str(problem)) from problem


@dataclass(frozen=True, slots=True, kw_only=True)
class _PostgresIdentityScope:
    """What one transaction may touch."""

    users: "_Users"
    members: "_Members"
    sessions: "_Sessions"
    devices: PostgresDevices
    logins: PostgresLoginHistory
    notices: PostgresUserNotices
    refreshes: "_Refreshes"
    invitations: Invitations
    factors: PostgresFactors
    passkeys: PostgresPasskeys
    endings: Endings
    audit: Audit


@dataclass(frozen=True, slots=True)
class _Users:
    connection: Connection

    async def get(self, user_id: UUID) -> User | None:
        await enter_by_id(self.connection, table="users", id=user_id)
        row = await self.connection.fetchrow(
            "SELECT * FROM users WHERE id = $1 FOR NO KEY UPDATE", user_id
        )
        return shapes.user_of(row) if row is not None else None

    async def add(self, user: User) -> bool:
        await enter(self.connection, user.tenant_id)
        told = await self.connection.execute(
            f"INSERT INTO users ({shapes.USER}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"  # noqa: S608 - own names; values are parameters
            " ON CONFLICT (tenant_id, address) DO NOTHING",
            *shapes.user_row(user),
        )
        if not told.endswith(" 1"):
            return False
        await record_state(self.connection, "user", tenant_id=user.tenant_id, id=user.id)
        return True

    async def update(self, user: User) -> None:
        await enter(self.connection, user.tenant_id)
        await self.connection.execute(
            "UPDATE users SET password_hash = $2, display_name = $3, disabled_at = $4,"
            " tokens_from = $5, password_until = $6 WHERE id = $1",
            user.id,
            user.password_hash,
            user.name,
            user.disabled_at,
            user.tokens_from,
            user.password_until,
        )
        await record_state(self.connection, "user", tenant_id=user.tenant_id, id=user.id)


@dataclass(frozen=True, slots=True)
class _Members:
    connection: Connection

    async def add(self, member: Member, *, members_max: int) -> bool:
        await enter(self.connection, member.tenant_id)
        return await add_within(self.connection, member, members_max=members_max)

    async def get(self, *, tenant_id: UUID, member_id: UUID) -> Member | None:
        await enter(self.connection, tenant_id)
        return await find_within(self.connection, tenant_id=tenant_id, member_id=member_id)


@dataclass(frozen=True, slots=True)
class _Sessions:
    connection: Connection

    async def get(self, session_id: UUID) -> Session | None:
        await enter_by_id(self.connection, table="sessions", id=session_id)
        row = await self.connection.fetchrow(
            "SELECT * FROM sessions WHERE id = $1 FOR NO KEY UPDATE", session_id
        )
        return shapes.session_of(row) if row is not None else None

    async def count_open(self, user_id: UUID, *, now: datetime) -> int:
        await enter_by_id(self.connection, table="users", id=user_id)
        count = await self.connection.fetchval(
            "SELECT count(*) FROM sessions WHERE user_id = $1 AND ended_at IS NULL"
            " AND least(used_at + idle, expires_at) > $2",
            user_id,
            now,
        )
        return int(count)

    async def open_of(self, user_id: UUID) -> Sequence[Session]:
        await enter_by_id(self.connection, table="users", id=user_id)
        found = await self.connection.fetch(
            "SELECT * FROM sessions WHERE user_id = $1 AND ended_at IS NULL"
            " ORDER BY id FOR NO KEY UPDATE",
            user_id,
        )
        return [shapes.session_of(row) for row in found]

    async def end_on(self, device: Device, *, at: datetime, end: SessionEnd) -> Sequence[UUID]:
        await enter(self.connection, device.tenant_id)
        found = await self.connection.fetch(
            "UPDATE sessions SET ended_at = $3, ending = $4"
            " WHERE user_id = $1 AND device_id = $2 AND ended_at IS NULL RETURNING id",
            device.user_id,
            device.id,
            at,
            end.value,
        )
        return sorted(plain_id(row["id"]) for row in found)

    async def add(self, session: Session) -> None:
        await enter(self.connection, session.tenant_id)
        sql = (
            f"INSERT INTO sessions ({shapes.SESSION})"  # noqa: S608 - own names; values are parameters
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
        )
        await later(self.connection, "sessions", (sql, shapes.session_row(session)))

    async def update(self, session: Session) -> None:
        await enter(self.connection, session.tenant_id)
        await self.connection.execute(
            "UPDATE sessions SET ip = $2, user_agent = $3, used_at = $4, authenticated_at = $5,"
            " ended_at = $6, ending = $7 WHERE id = $1",
            session.id,
            session.visitor.ip,
            session.visitor.user_agent,
            session.used_at,
            session.authenticated_at,
            session.ended_at,
            session.end.value if session.end is not None else None,
        )


@dataclass(frozen=True, slots=True)
class _Refreshes:
    connection: Connection

    async def get(self, digest: bytes) -> RefreshToken | None:
        await enter_by_digest(self.connection, table="refresh_tokens", digest=digest)
        row = await self.connection.fetchrow(
            "SELECT * FROM refresh_tokens WHERE digest = $1", digest
        )
        return shapes.refresh_of(row) if row is not None else None

    async def add(self, token: RefreshToken) -> None:
        await enter(self.connection, token.tenant_id)
        sql = f"INSERT INTO refresh_tokens ({shapes.REFRESH}) VALUES ($1, $2, $3, $4, $5, $6)"  # noqa: S608 - own names; values are parameters
        await later(self.connection, "refresh_tokens", (sql, shapes.refresh_row(token)))

    async def rotate(self, used: RefreshToken, *, successor: RefreshToken) -> None:
        await enter(self.connection, used.tenant_id)
        await self.connection.execute(
            "UPDATE refresh_tokens SET used_at = CASE digest WHEN $1 THEN $2 ELSE used_at END,"
            " salt = CASE digest WHEN $1 THEN $3::bytea END"
            " WHERE session_id = $4 AND (digest = $1 OR salt IS NOT NULL)",
            used.digest,
            used.used_at,
            used.salt,
            used.session_id,
        )
        await self.add(successor)
