"""Keep members and the accounts granted to them in Postgres."""

from collections.abc import Sequence
from types import MappingProxyType
from typing import TypeAlias
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from adapters.postgres import rows
from adapters.postgres.audit.states import record_state
from adapters.postgres.identity.credential_status import keep_credential_status, tell_change
from adapters.postgres.link.database import Database
from adapters.postgres.notices import add_audit
from domain.audit.entry import AuditEntry
from domain.identity.access import GrantLevel, Role
from domain.identity.change import rights_changed
from domain.identity.member import Member, MemberKind
from ports.access import Cancels, LastOwner, MemberChanged, NoSuchAccount, TooMany
from ports.storage import ConstraintBroken

Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"

_SELECT = (
    "SELECT m.id, m.tenant_id, m.kind, m.role, m.name, m.created_at, m.disabled_at, m.version,"
    " u.email, u.password_until IS NOT NULL AS first_password,"
    " (SELECT array_agg((g.account_id, g.level)) FROM account_grants g"
    " WHERE g.member_id = m.id) AS grants"
    " FROM members m LEFT JOIN users u ON u.id = m.id"
)


class PostgresMembers:
    """Members in Postgres (port Members)."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def of(self, *, member_id: UUID) -> Member | None:
        """Return a member of whatever tenant."""
        async with self._database.system.connection() as connection:
            row = await connection.fetchrow(f"{_SELECT} WHERE m.id = $1", member_id)
        return _member_of(row) if row is not None else None

    async def find(self, *, tenant_id: UUID, member_id: UUID) -> Member | None:
        """Return a member of the tenant."""
        async with self._database.connection(tenant_id) as connection:
            return await find_within(connection, tenant_id=tenant_id, member_id=member_id)

    async def list(self, *, tenant_id: UUID) -> Sequence[Member]:
        """Return the tenant's members, oldest first."""
        async with self._database.connection(tenant_id) as connection:
            found = await connection.fetch(
                f"{_SELECT} WHERE m.tenant_id = $1 ORDER BY m.id", tenant_id
            )
        return [_member_of(row) for row in found]

    async def add(self, *, member: Member, members_max: int, audit: AuditEntry) -> TooMany | None:
        """Store a new member."""
        async with self._database.transaction(member.tenant_id) as connection:
            is_user = await connection.fetchval(
                "SELECT EXISTS (SELECT 1 FROM users WHERE id = $1 AND tenant_id = $2)",
                member.id,
                member.tenant_id,
            )
            if is_user is not (member.kind is MemberKind.PERSON):
                raise ConstraintBroken(f"member {member.id} cannot be added")
            if not await add_within(connection, member, members_max=members_max):
                return TooMany(members_max)
            await add_audit(connection, audit)
        return None

    async def change(
        self, *, member: Member, audit: AuditEntry, cancels: Cancels
    ) -> Member | MemberChanged | LastOwner:
        """Store a member's role, name and disablement."""
        async with self._database.transaction(member.tenant_id) as connection:
            # Two owners who demote each other at once: the second sees what the first did.
            await _alone(connection, tenant_id=member.tenant_id)
            stored = await find_within(connection, tenant_id=member.tenant_id, member_id=member.id)
            if stored is None or stored.version != member.version:
                return MemberChanged()
            if stored.rules and not member.rules and not await _another_owner(connection, stored):
                return LastOwner()
            await connection.execute(
                "UPDATE members SET role = $2, name = $3, disabled_at = $4, version = version + 1"
                " WHERE id = $1",
                member.id,
                member.role.value,
                member.name,
                member.disabled_at,
            )
            await add_audit(connection, audit)
            await record_state(connection, "member", tenant_id=member.tenant_id, id=member.id)
            after = await _found(connection, stored)
            await keep_credential_status(
                connection, before=stored, after=after, at=audit.at, cancels=cancels
            )
            return after

    async def grant(
        self,
        *,
        tenant_id: UUID,
        member_id: UUID,
        account_id: UUID,
        level: GrantLevel | None,
        audit: AuditEntry,
    ) -> Member | NoSuchAccount | None:
        """Grant an account, or take it back."""
        async with self._database.transaction(tenant_id) as connection:
            await _alone(connection, tenant_id=tenant_id)
            stored = await find_within(connection, tenant_id=tenant_id, member_id=member_id)
            if stored is None:
                return None
            if not await connection.fetchval(
                "SELECT EXISTS (SELECT 1 FROM accounts WHERE id = $1 AND tenant_id = $2)",
                account_id,
                tenant_id,
            ):
                return NoSuchAccount()
            if stored.grants.get(account_id) is level:
                return stored
            await connection.execute(
                "DELETE FROM account_grants WHERE member_id = $1 AND account_id = $2",
                member_id,
                account_id,
            )
            if level is not None:
                await connection.execute(
                    "INSERT INTO account_grants (tenant_id, member_id, account_id, level)"
                    " VALUES ($1, $2, $3, $4)",
                    tenant_id,
                    member_id,
                    account_id,
                    level.value,
                )
            await connection.execute(
                "UPDATE members SET version = version + 1 WHERE id = $1", member_id
            )
            await add_audit(connection, audit)
            await record_state(connection, "member", tenant_id=tenant_id, id=member_id)
            after = await _found(connection, stored)
            await tell_change(connection, rights_changed(after, at=audit.at))
            return after


async def held(connection: Connection, *, tenant_id: UUID) -> Sequence[Member]:
    """Return the tenant's members, oldest first; none changes until the transaction's end."""
    found = await connection.fetch(
        f"{_SELECT} WHERE m.tenant_id = $1 ORDER BY m.id FOR SHARE OF m", tenant_id
    )
    return [_member_of(row) for row in found]


async def add_member(connection: Connection, member: Member) -> None:
    """Store a new member, within whoever's transaction."""
    await connection.execute(
        "INSERT INTO members (id, tenant_id, kind, role, name, created_at, disabled_at, version)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        member.id,
        member.tenant_id,
        member.kind.value,
        member.role.value,
        member.name,
        member.created_at,
        member.disabled_at,
        member.version,
    )
    await record_state(connection, "member", tenant_id=member.tenant_id, id=member.id)


async def add_within(connection: Connection, member: Member, *, members_max: int) -> bool:
    """Store a new member unless its tenant has that many, within whoever's transaction."""
    await _alone(connection, tenant_id=member.tenant_id)
    held = await connection.fetchval(
        "SELECT count(*) FROM members WHERE tenant_id = $1", member.tenant_id
    )
    if held >= members_max:
        return False
    await add_member(connection, member)
    return True


async def _alone(connection: Connection, *, tenant_id: UUID) -> None:
    """Wait until nobody else changes the tenant's members, until the transaction's end."""
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"members {tenant_id}"
    )


async def find_within(connection: Connection, *, tenant_id: UUID, member_id: UUID) -> Member | None:
    """Return a member of the tenant that the connection has entered."""
    row = await connection.fetchrow(
        f"{_SELECT} WHERE m.id = $1 AND m.tenant_id = $2", member_id, tenant_id
    )
    return _member_of(row) if row is not None else None


async def _found(connection: Connection, stored: Member) -> Member:
    after = await find_within(connection, tenant_id=stored.tenant_id, member_id=stored.id)
    assert after is not None
    return after


async def _another_owner(connection: Connection, member: Member) -> bool:
    return bool(
        await connection.fetchval(
            "SELECT EXISTS (SELECT 1 FROM members WHERE tenant_id = $1 AND id <> $2"
            " AND role = 'owner' AND disabled_at IS NULL)",
            member.tenant_id,
            member.id,
        )
    )


def _member_of(row: rows.Row) -> Member:
    granted = row["grants"] or ()
    return Member(
        id=rows.plain_id(row["id"]),
        tenant_id=rows.plain_id(row["tenant_id"]),
        kind=MemberKind(row["kind"]),
        role=Role(row["role"]),
        name=row["name"],
        created_at=row["created_at"],
        email=row["email"],
        disabled_at=row["disabled_at"],
        version=row["version"],
        first_password=row["first_password"],
        grants=MappingProxyType(
            {rows.plain_id(account_id): GrantLevel(level) for account_id, level in granted}
        ),
    )
