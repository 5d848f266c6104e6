"""Keep where the replay stands in Postgres, and tell other processes of it."""

from collections.abc import Callable, Sequence
from datetime import datetime

from adapters.postgres.books import CLOSED
from adapters.postgres.leases import check_fence
from adapters.postgres.link.database import Database
from adapters.postgres.notices import add_audit
from adapters.postgres.rows import plain_id
from domain.accounts.laps import not_done
from domain.audit.entry import NOBODY, AuditEntry
from domain.shared.values import checked_time
from ports.leases import Fence
from ports.market import (
    BusyAccount,
    LapBegun,
    LapOver,
    LapRefused,
    ReplayPlace,
    ReplayPulse,
    ReplayState,
)

# The name of the replay whose lap accounts are opened in.
_NAME = "replay"
# Nobody changes a book, and nobody opens one, until the transaction is over: whatever was
# decided before is found here, and whatever comes after is decided again. Whoever locks rows
# of it waits too: one that had locked some, and waited for us, we would wait for.
_HOLD = "LOCK TABLE books IN EXCLUSIVE MODE"
_STANDS = "SELECT 1 FROM replay_cursors WHERE name = $1 AND lap = $2 AND at = $3 FOR UPDATE"
_ACCOUNTS = f"""
SELECT a.id, a.tenant_id, ARRAY(
        SELECT p.symbol FROM positions p WHERE p.account_id = a.id AND p.quantity <> 0
        ORDER BY p.symbol
    ) AS held,
    (SELECT count(*) FROM orders o WHERE o.account_id = a.id AND o.state NOT IN {CLOSED}) AS orders,
    EXISTS (
        SELECT 1 FROM latches l WHERE l.tenant_id IN (a.tenant_id, '{NOBODY}')
            AND (l.account_id IS NULL OR l.account_id = a.id)
            AND (l.broker IS NULL OR l.broker = a.broker) AND l.released_at IS NULL
            AND (l.canceled_at IS NULL OR (l.flatten AND l.flat_at IS NULL))
    ) AS stopping
FROM accounts a WHERE a.broker = ANY ($1) ORDER BY a.id
"""  # noqa: S608 - own names; values are parameters
_FORGET = "UPDATE positions SET split_on = NULL, split_from = 0 WHERE account_id = ANY ($1)"
_BEGIN = """
UPDATE books SET version = version + 1, lap = $2, day_date = NULL, opening_equity = NULL
WHERE account_id = ANY ($1)
"""


class PostgresReplayLaps:
    """Lets the replay start over: books and cursor in one transaction (port ReplayLaps)."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def begin(
        self, *, after: ReplayPlace, brokers: Sequence[str], audit: AuditEntry
    ) -> LapBegun | LapRefused | LapOver:
        """Begin the lap behind a place, where the replay must stand now."""
        lap = after.lap + 1
        async with self._database.system.transaction() as connection:
            await connection.execute(_HOLD)
            if await connection.fetchval(_STANDS, _NAME, after.lap, after.at) is None:
                return LapOver()
            accounts = await connection.fetch(_ACCOUNTS, list(brokers))
            busy = [
                BusyAccount(
                    tenant_id=plain_id(row["tenant_id"]),
                    account_id=plain_id(row["id"]),
                    reason=reason,
                )
                for row in accounts
                if (
                    reason := not_done(
                        held=row["held"], orders=row["orders"], stopping=row["stopping"]
                    )
                )
            ]
            if busy:
                return LapRefused(tuple(busy))
            ids = [row["id"] for row in accounts]
            await connection.execute(_FORGET, ids)
            await connection.execute(_BEGIN, ids, lap)
            await connection.execute(
                "UPDATE replay_cursors SET lap = $2, at = NULL WHERE name = $1", _NAME, lap
            )
            await add_audit(connection, audit)
        return LapBegun(lap)


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

    async def load(self) -> ReplayPlace:
        """Return the lap, and the market time up to which its events were delivered."""
        async with self._database.system.connection() as connection:
            row = await connection.fetchrow(
                "SELECT lap, at FROM replay_cursors WHERE name = $1", self._name
            )
        return ReplayPlace() if row is None else ReplayPlace(lap=row["lap"], at=row["at"])

    async def save(self, at: datetime) -> None:
        """Keep the market time up to which events were delivered; raises InvalidValue."""
        checked = checked_time(at, field="at")
        fence = self._fence()
        async with self._database.system.transaction() as connection:
            await check_fence(connection, fence)
            await connection.execute(
                "INSERT INTO replay_cursors (name, at) VALUES ($1, $2)"
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
                "SELECT p.state, c.at, coalesce(c.lap, 1) AS lap,"
                " extract(epoch FROM clock_timestamp() - p.told_at)::float8 AS age_s"
                " FROM replay_pulses p LEFT JOIN replay_cursors c ON c.name = p.name"
                " WHERE p.name = $1",
                self._name,
            )
        if row is None:
            return None
        return ReplayPulse(
            at=row["at"], lap=row["lap"], state=ReplayState(row["state"]), age_s=row["age_s"]
        )

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
