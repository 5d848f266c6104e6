"""What the core needs to keep what accounts were worth."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.performance.history import EquityBucket, EquityPoint, EquitySpan


class EquityHistory(Protocol):
    """The worth of every account over market time, durable."""

    async def add(self, points: Sequence[EquityPoint]) -> None:
        """Keep points of any tenants, all or none.

        An account has one point for a time of a lap: the first that came, whoever tells it
        again, but for the one at which the session closed, which takes its place for good.
        """
        ...

    async def first_and_last(
        self, *, tenant_id: UUID, account_id: UUID, lap: int
    ) -> tuple[datetime, datetime] | None:
        """Return the times of the first and last point, None where there is none."""
        ...

    async def summed(
        self, *, tenant_id: UUID, account_id: UUID, lap: int, span: EquitySpan
    ) -> Sequence[EquityBucket]:
        """Return the buckets of a span that have points, in order; another tenant has none."""
        ...
