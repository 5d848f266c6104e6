"""Forget what repeated requests were known by, once no repetition can come any more."""

from collections.abc import Callable
from dataclasses import dataclass

from ports.retention import SpentRecords
from ports.storage import StorageUnavailable
from ports.time import Sleeper

BATCH = 1_000
EVERY_S = 60.0
# Orders go first: between two batches they have the storage to themselves.
PAUSE_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetSpent:
    """Purges in small batches, about once a minute. told: how many went with each."""

    spent: SpentRecords
    older_than_s: float
    sleeper: Sleeper
    told: Callable[[int], None] = lambda _: None

    async def __call__(self) -> None:
        """Run until cancelled; storage that is away is waited for."""
        while True:
            pause_s = EVERY_S
            try:
                if await self.batch() >= BATCH:
                    pause_s = PAUSE_S
            except StorageUnavailable:
                pass
            await self.sleeper.sleep(pause_s)

    async def batch(self) -> int:
        """Purge once; raises StorageUnavailable."""
        gone = await self.spent.purge(older_than_s=self.older_than_s, limit=BATCH)
        self.told(gone)
        return gone
