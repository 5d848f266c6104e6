"""Keep what accounts were worth in memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from adapters.memory.database import MemoryLink
from domain.performance.history import EquityBucket, EquityPoint, EquitySpan, bucketed


@dataclass(frozen=True, slots=True)
class MemoryEquityHistory:
    """The worth of accounts in memory (port EquityHistory)."""

    link: MemoryLink

    async def add(self, points: Sequence[EquityPoint]) -> None:
        """Keep points; of one time the first, or the close of the session."""
        database = await self.link.enter()
        for point in points:
            key = (point.account_id, point.lap, point.at)
            known = database.equity.get(key)
            if known is None or (point.closing and not known.closing):
                database.equity[key] = point
        await self.link.pause()

    async def first_and_last(
        self, *, tenant_id: UUID, account_id: UUID, lap: int
    ) -> tuple[datetime, datetime] | None:
        """Return the times of the first and last point."""
        times = [point.at for point in await self._of(tenant_id, account_id, lap=lap)]
        return (times[0], times[-1]) if times else None

    async def summed(
        self, *, tenant_id: UUID, account_id: UUID, lap: int, span: EquitySpan
    ) -> Sequence[EquityBucket]:
        """Return the buckets of a span that have points."""
        points = await self._of(tenant_id, account_id, lap=lap)
        return bucketed((one for one in points if span.since <= one.at < span.until), span=span)

    async def _of(self, tenant_id: UUID, account_id: UUID, *, lap: int) -> list[EquityPoint]:
        database = await self.link.enter()
        found = [
            point
            for point in database.equity.values()
            if (point.tenant_id, point.account_id, point.lap) == (tenant_id, account_id, lap)
        ]
        return sorted(found, key=lambda point: point.at)
