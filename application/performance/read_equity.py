"""Answer what an account was worth over time, in as many buckets as a curve can show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from application.accounts.book_store import AccountNotFound
from domain.performance.history import EquityBucket, EquitySpan
from domain.shared.values import InvalidValue
from ports.accounts import AccountDirectory
from ports.market import ReadLap
from ports.performance import EquityHistory

# An end is not in its span, and the last point is to be.
_PAST = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadEquity:
    """Read the curve of the present lap of the market."""

    directory: AccountDirectory
    history: EquityHistory
    lap: ReadLap

    async def read(
        self,
        *,
        tenant_id: UUID,
        account_id: UUID,
        since: datetime | None,
        until: datetime | None,
        points: int,
    ) -> Sequence[EquityBucket]:
        """Return the buckets from the first point, or since, before until.

        Raises AccountNotFound, and InvalidValue for a span that ends before it begins.
        """
        if await self.directory.find(tenant_id=tenant_id, account_id=account_id) is None:
            raise AccountNotFound(account_id)
        if since is not None and until is not None and since >= until:
            raise InvalidValue(field="to", problem="must be later than from")
        lap = self.lap()
        known = await self.history.first_and_last(
            tenant_id=tenant_id, account_id=account_id, lap=lap
        )
        if known is None:
            return ()
        since, until = since or known[0], until or known[1] + _PAST
        if since >= until:
            return ()
        return await self.history.summed(
            tenant_id=tenant_id,
            account_id=account_id,
            lap=lap,
            span=EquitySpan(since=since, until=until, buckets=points),
        )
