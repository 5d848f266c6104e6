"""Keep where the replay stands in Postgres."""

from datetime import datetime

from adapters.postgres.database import Database
from domain.shared.values import checked_time


class PostgresReplayCursor:
    """One replay's position in Postgres (port ReplayCursor)."""

    def __init__(self, *, database: Database, name: str = "replay") -> None:
        self._database = database
        self._name = name

    async def load(self) -> datetime | None:
        """Return the market time up to which events were delivered."""
        async with self._database.connection() as connection:
            at: datetime | None = await connection.fetchval(
                "SELECT at FROM replay_cursors WHERE name = $1", self._name
            )
        return at

    async def save(self, at: datetime) -> None:
        """Keep the market time up to which events were delivered; raises InvalidValue."""
        checked = checked_time(at, field="at")
        async with self._database.connection() as connection:
            await connection.execute(
                "INSERT INTO replay_cursors VALUES ($1, $2)"
                " ON CONFLICT (name) DO UPDATE SET at = excluded.at",
                self._name,
                checked,
            )
