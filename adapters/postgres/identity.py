"""Keep tenants and users in Postgres."""

from collections.abc import Sequence
from uuid import UUID

from adapters.postgres import rows
from adapters.postgres.access import add_member
from adapters.postgres.database import Database
from domain.identity.member import founder
from domain.identity.tenant import Tenant, User


class PostgresUsers:
    """Tenants and users in Postgres (port Users)."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def found(self, *, tenant: Tenant, owner: User) -> bool:
        """Store the first tenant and its owner; False when there is one."""
        async with self._database.transaction() as connection:
            # Two first starts at once: the second waits here and then sees the first's.
            await connection.execute("LOCK TABLE tenants IN EXCLUSIVE MODE")
            if await connection.fetchval("SELECT EXISTS (SELECT 1 FROM tenants)"):
                return False
            await connection.execute(
                "INSERT INTO tenants VALUES ($1, $2, $3)",
                tenant.id,
                tenant.name,
                tenant.created_at,
            )
            await connection.execute(
                "INSERT INTO users VALUES ($1, $2, $3, $4, $5)",
                owner.id,
                owner.tenant_id,
                owner.email,
                owner.password_hash,
                owner.created_at,
            )
            await add_member(connection, founder(owner))
        return True

    async def by_email(self, *, email: str) -> User | None:
        """Return the user with that e-mail address, case ignored."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(
                "SELECT * FROM users WHERE lower(email) = lower($1)", email
            )
        return _user_of(row) if row is not None else None

    async def find(self, *, user_id: UUID) -> User | None:
        """Return the user."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow("SELECT * FROM users WHERE id = $1", user_id)
        return _user_of(row) if row is not None else None

    async def tenants(self) -> Sequence[Tenant]:
        """Return every tenant, oldest first."""
        async with self._database.connection() as connection:
            found = await connection.fetch("SELECT * FROM tenants ORDER BY id")
        return [
            Tenant(id=UUID(int=row["id"].int), name=row["name"], created_at=row["created_at"])
            for row in found
        ]


def _user_of(row: rows.Row) -> User:
    return User(
        id=UUID(int=row["id"].int),
        tenant_id=UUID(int=row["tenant_id"].int),
        email=row["email"],
        password_hash=row["password_hash"],
        created_at=row["created_at"],
    )
