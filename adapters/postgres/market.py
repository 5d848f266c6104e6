"""Keep where the replay stands in Postgres, and tell other processes of it."""

from collections.abc import Callable
from datetime import datetime

from adapters.postgres.leases import check_fence
from adapters.postgres.link.database import Database
from domain.shared.values import checked_time
from ports.leases import Fence
from ports.market import ReplayPulse, ReplayState


class PostgresReplayCursor:
    """One replay's position in Postgres (port ReplayCursor).

    fence: asked before each save; one that is another's by now raises LeaseLost.
    """

    def __init__(
        self,
        *,
        database: Database,
        name: str = "replay",
        fence: Callable[[], Fence | None] = lambda: None,
    ) -> None:
        self._database = database
        self._name = name
        self._fence = fence

    async def load(self) -> datetime | None:
        """Return the market time up to which events were delivered."""
        async with self._database.system.connection() as connection:
            at: datetime | None = await connection.fetchval(
                "SELECT at FROM replay_cursors WHERE name = $1", self._name
            )
        return at

    async def save(self, at: datetime) -> None:
        """Keep the market time up to which events were delivered; raises InvalidValue."""
        checked = checked_time(at, field="at")
        fence = self._fence()
        async with self._database.system.transaction() as connection:
            await check_fence(connection, fence)
            await connection.execute(
                "INSERT INTO replay_cursors VALUES ($1, $2)"
                " ON CONFLICT (name) DO UPDATE SET at = excluded.at",
                self._name,
                checked,
            )


class PostgresReplayPulses:
    """The word of the process that plays the replay, by the database's clock."""

    def __init__(self, *, database: Database, name: str = "replay") -> None:
        self._database = database
        self._name = name

    async def tell(self, state: ReplayState) -> None:
        """Say that the replay is played, and its state."""
        async with self._database.system.connection() as connection:
            await connection.execute(
                "INSERT INTO replay_pulses VALUES ($1, $2, clock_timestamp())"
                " ON CONFLICT (name) DO UPDATE"
                " SET state = excluded.state, told_at = excluded.told_at",
                self._name,
                state,
            )

    async def hear(self) -> ReplayPulse | None:
        """Return the latest word, with the cursor as saved."""
        async with self._database.system.connection() as connection:
            row = await connection.fetchrow(
                "SELECT p.state, c.at,"
                " extract(epoch FROM clock_timestamp() - p.told_at)::float8 AS age_s"
                " FROM replay_pulses p LEFT JOIN replay_cursors c ON c.name = p.name"
                " WHERE p.name = $1",
                self._name,
            )
        if row is None:
            return None
        return ReplayPulse(at=row["at"], state=ReplayState(row["state"]), age_s=row["age_s"])

    async def wish(self, *, paused: bool) -> None:
        """Ask the process that plays to pause or to go on."""
        async with self._database.system.connection() as connection:
            await connection.execute(
                "INSERT INTO replay_wishes VALUES ($1, $2)"
                " ON CONFLICT (name) DO UPDATE SET paused = excluded.paused",
                self._name,
                paused,
            )

    async def take_wish(self) -> bool | None:
        """Return whether a pause is wished, once."""
        async with self._database.system.connection() as connection:
            paused: bool | None = await connection.fetchval(
                "DELETE FROM replay_wishes WHERE name = $1 RETURNING paused", self._name
            )
        return paused
