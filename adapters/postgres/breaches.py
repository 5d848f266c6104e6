"""Keep the breaches acted on in Postgres."""

from collections.abc import Sequence
from uuid import UUID

from adapters.postgres.link.database import Database
from domain.risk.breach import Breach


class PostgresBreaches:
    """Breaches in Postgres (port Breaches)."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def load(self) -> Sequence[Breach]:
        """Return all that are kept."""
        async with self._database.system.connection() as connection:
            rows = await connection.fetch(
                "SELECT tenant_id, account_id, rule_id, rule_version, basis, value, breached_limit"
                " FROM breaches ORDER BY account_id, rule_id, rule_version"
            )
        return [
            Breach(
                tenant_id=UUID(int=row["tenant_id"].int),
                account_id=UUID(int=row["account_id"].int),
                rule_id=UUID(int=row["rule_id"].int),
                rule_version=row["rule_version"],
                basis=row["basis"],
                value=row["value"],
                limit=row["breached_limit"],
            )
            for row in rows
        ]

    async def keep(self, breach: Breach) -> None:
        """Keep the breach, in place of one with its key."""
        async with self._database.system.connection() as connection:
            await connection.execute(
                "INSERT INTO breaches VALUES ($1, $2, $3, $4, $5, $6, $7)"
                " ON CONFLICT (account_id, rule_id, rule_version) DO UPDATE SET"
                " basis = excluded.basis, value = excluded.value,"
                " breached_limit = excluded.breached_limit",
                breach.tenant_id,
                *breach.key,
                breach.basis,
                breach.value,
                breach.limit,
            )

    async def forget(self, breach: Breach) -> None:
        """Forget the breach with that key."""
        async with self._database.system.connection() as connection:
            await connection.execute(
                "DELETE FROM breaches WHERE account_id = $1 AND rule_id = $2 AND rule_version = $3",
                *breach.key,
            )
