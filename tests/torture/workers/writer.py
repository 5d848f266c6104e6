"""Fill the journal the hard way, so that a reader that goes by numbers alone would miss some."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

import asyncpg

from adapters.system.ids import UuidV7Ids

ACCOUNTS_EACH = 5
PER_COMMIT_MAX = 40
_CHANNELS = ("orders", "fills", "positions", "risk", "kill_switch")


@dataclass(slots=True, kw_only=True)
class Writer:
    """Commits events of some accounts of its own until there are enough."""

    database_url: str
    tenant: UUID
    random: Random
    enough: Callable[[], bool]
    # Whether the killing is over: what is missing is written without pause.
    hurry: Callable[[], bool]
    pause_s: float
    committed: int = 0
    rolled_back: int = 0
    _stood: Counter[tuple[UUID, str]] = field(default_factory=Counter)

    async def run(self) -> None:
        """Write; some transactions are long, some come to nothing."""
        ids = UuidV7Ids()
        accounts = [ids.new() for _ in range(ACCOUNTS_EACH)]
        connection = await asyncpg.connect(self.database_url)
        try:
            while not self.enough():
                transaction = connection.transaction()
                await transaction.start()
                rows, stood = [], Counter(self._stood)
                for _ in range(self.random.randint(1, PER_COMMIT_MAX)):
                    account, channel = self.random.choice(accounts), self.random.choice(_CHANNELS)
                    stood[account, channel] += 1
                    rows.append((ids.new(), self.tenant, account, channel, stood[account, channel]))
                await connection.executemany(
                    "INSERT INTO notices (id, tenant_id, account_id, channel, sequence, type,"
                    " subject, at, body) VALUES ($1, $2, $3, $4, $5, 'torture.happened',"
                    " 'torture', clock_timestamp(), '{}')",
                    rows,
                )
                if self.random.random() < 0.1:
                    await asyncio.sleep(self.random.uniform(0, 0.3))
                if self.random.random() < 0.05:
                    await transaction.rollback()
                    self.rolled_back += len(rows)
                else:
                    await transaction.commit()
                    self._stood = stood
                    self.committed += len(rows)
                pause_s = 0.0 if self.hurry() else self.pause_s
                await asyncio.sleep(self.random.uniform(0, 2 * pause_s))
        finally:
            await connection.close()
