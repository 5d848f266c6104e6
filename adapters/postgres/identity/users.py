"""Keep tenants and users in Postgres, and show what is kept of them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from adapters.postgres import rows
from adapters.postgres.audit.states import record_state
from adapters.postgres.identity import rows as shapes
from adapters.postgres.identity.access import add_member
from adapters.postgres.identity.device_rows import device_of, habits_of
from adapters.postgres.identity.devices import HABITS
from adapters.postgres.identity.factor_rows import ways_of
from adapters.postgres.identity.factors import WAYS
from adapters.postgres.link.database import Database
from adapters.postgres.link.tenancy import enter_by_id
from adapters.postgres.notices import add_audit
from domain.audit.entry import AuditEntry
from domain.identity.address import normal_address
from domain.identity.change import IdentityChange
from domain.identity.factors import FactorSummary
from domain.identity.invitation import Invitation
from domain.identity.login_features import NEWEST_TOLD, LoginHabits
from domain.identity.member import founder
from domain.identity.session import Device, Session
from domain.identity.tenant import Principal, Tenant, User

# At every log-in: one statement that sees one tenant's rows.
_KNOWN_BY = f"SELECT * FROM ({HABITS}) habits, ({WAYS}) ways"  # noqa: S608 - own names; values are parameters


class PostgresUsers:
    """Tenants and users in Postgres (port Users)."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def found(
        self, *, tenant: Tenant, owner: User, audit: AuditEntry | None = None, first: bool = True
    ) -> bool:
        """Store a tenant, its owner and the entry; False when there is one."""
        async with self._database.system.transaction() as connection:
            # Two first starts at once: the second waits here and then sees the first's.
            await connection.execute("LOCK TABLE tenants IN EXCLUSIVE MODE")
            if await connection.fetchval(
                "SELECT EXISTS (SELECT 1 FROM tenants WHERE $1 OR name = $2)", first, tenant.name
            ):
                return False
            await connection.execute(
                "INSERT INTO tenants VALUES ($1, $2, $3)",
                tenant.id,
                tenant.name,
                tenant.created_at,
            )
            await connection.execute(
                "INSERT INTO users (id, tenant_id, email, password_hash, created_at,"
                " password_until, address) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                owner.id,
                owner.tenant_id,
                owner.email,
                owner.password_hash,
                owner.created_at,
                owner.password_until,
                owner.address,
            )
            await add_member(connection, founder(owner))
            await record_state(connection, "user", tenant_id=owner.tenant_id, id=owner.id)
            if audit is not None:
                await add_audit(connection, audit)
        return True

    async def with_email(self, *, email: str) -> Sequence[User]:
        """Return the users with that e-mail address, oldest first."""
        async with self._database.system.connection() as connection:
            found = await connection.fetch(
                "SELECT * FROM users WHERE address = $1 ORDER BY id", normal_address(email)
            )
        return [shapes.user_of(row) for row in found]

    async def find(self, *, user_id: UUID) -> User | None:
        """Return the user."""
        async with self._database.transaction() as connection:
            await enter_by_id(connection, table="users", id=user_id)
            row = await connection.fetchrow("SELECT * FROM users WHERE id = $1", user_id)
        return shapes.user_of(row) if row is not None else None

    async def tenants(self) -> Sequence[Tenant]:
        """Return every tenant, oldest first."""
        async with self._database.system.connection() as connection:
            found = await connection.fetch("SELECT * FROM tenants ORDER BY id")
        return [
            Tenant(id=UUID(int=row["id"].int), name=row["name"], created_at=row["created_at"])
            for row in found
        ]


class PostgresPeople:
    """What is shown of users and sessions (port People)."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def users(
        self, *, tenant_id: UUID, limit: int, after: UUID | None = None
    ) -> Sequence[User]:
        """Return the tenant's users by ascending id, after `after`."""
        found = await self._page("users", tenant_id, limit, after)
        return [shapes.user_of(row) for row in found]

    async def sessions(
        self, *, user_id: UUID, now: datetime, limit: int, after: UUID | None = None
    ) -> Sequence[Session]:
        """Return the user's open sessions by ascending id."""
        async with self._database.transaction() as connection:
            await enter_by_id(connection, table="users", id=user_id)
            found = await connection.fetch(
                "SELECT * FROM sessions WHERE user_id = $1 AND ended_at IS NULL"
                " AND least(used_at + idle, expires_at) > $2 AND ($3::uuid IS NULL OR id > $3)"
                " ORDER BY id LIMIT $4",
                user_id,
                now,
                after,
                limit,
            )
        return [shapes.session_of(row) for row in found]

    async def invitations(
        self, *, tenant_id: UUID, limit: int, after: UUID | None = None
    ) -> Sequence[Invitation]:
        """Return the tenant's invitations by ascending id."""
        found = await self._page("invitations", tenant_id, limit, after)
        return [shapes.invitation_of(row) for row in found]

    async def device(self, digest: bytes) -> Device | None:
        """Return the device whose token has that SHA-256."""
        async with self._database.system.connection() as connection:
            row = await connection.fetchrow("SELECT * FROM devices WHERE digest = $1", digest)
        return device_of(row) if row is not None else None

    async def known_by(self, user: User) -> tuple[LoginHabits, FactorSummary]:
        """Return in short how a user logs in, and which second factors they have."""
        async with self._database.connection(user.tenant_id) as connection:
            row = await connection.fetchrow(_KNOWN_BY, user.id, NEWEST_TOLD)
        assert row is not None
        return habits_of(row), ways_of(row)

    async def _page(
        self, table: str, tenant_id: UUID, limit: int, after: UUID | None
    ) -> Sequence[rows.Row]:
        async with self._database.connection(tenant_id) as connection:
            found: Sequence[rows.Row] = await connection.fetch(
                f"SELECT * FROM {table} WHERE tenant_id = $1 AND ($2::uuid IS NULL OR id > $2)"  # noqa: S608 - own names; values are parameters
                " ORDER BY id LIMIT $3",
                tenant_id,
                after,
                limit,
            )
        return found


class PostgresIdentityFeed:
    """The feed of changed standings (port IdentityFeed)."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def end(self) -> int:
        """Return the number of the latest change."""
        async with self._database.system.connection() as connection:
            last = await connection.fetchval("SELECT max(seq) FROM identity_changes")
        return int(last or 0)

    async def since(self, seq: int, *, limit: int) -> Sequence[IdentityChange]:
        """Return the changes behind a number, ascending."""
        async with self._database.system.connection() as connection:
            found = await connection.fetch(
                "SELECT * FROM identity_changes WHERE seq > $1 ORDER BY seq LIMIT $2", seq, limit
            )
        return [shapes.change_of(row) for row in found]


_HOLDS = """
SELECT u.disabled_at IS NULL AND CASE WHEN $3::uuid IS NULL
    THEN (u.tokens_from IS NULL OR coalesce($4::timestamptz >= u.tokens_from, false))
        AND NOT EXISTS (SELECT 1 FROM ended_tokens e WHERE e.token_id = $5)
    ELSE EXISTS (
        SELECT 1 FROM sessions s WHERE s.id = $3 AND s.user_id = u.id AND s.ended_at IS NULL
            AND $4::timestamptz >= date_trunc('second', s.authenticated_at)
    ) END
FROM users u WHERE u.id = $1 AND u.tenant_id = $2"""
# Whoever sees nothing of the tenant sees no key that is disabled either.
_KEY_HOLDS = """
SELECT coalesce(ballast_tenant() = $1, false) AND NOT EXISTS (
    SELECT 1 FROM disabled_command_keys WHERE tenant_id = $1 AND key_id = $2
) AND ($3::uuid IS NULL OR EXISTS (
    SELECT 1 FROM users WHERE id = $3 AND tenant_id = $1 AND disabled_at IS NULL
))"""


class PostgresCredentialStatus:
    """Whether somebody's standing holds right now (port Standings)."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def holds(self, principal: Principal) -> bool:
        """Tell whether the user may come in and the token's session is not over."""
        async with self._database.connection(principal.tenant_id) as connection:
            holds = await connection.fetchval(
                _HOLDS,
                principal.user_id,
                principal.tenant_id,
                principal.session_id,
                principal.authenticated_at,
                principal.token_id,
            )
        return bool(holds)

    async def key_holds(self, *, tenant_id: UUID, key_id: str, user_id: UUID | None) -> bool:
        """Tell whether a command key may be used, and by that user if it is one's."""
        async with self._database.connection(tenant_id) as connection:
            return bool(await connection.fetchval(_KEY_HOLDS, tenant_id, key_id, user_id))
