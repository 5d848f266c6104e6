"""Give accounts their trading day that were opened here while the market's process moved on."""

from dataclasses import dataclass
from datetime import timedelta

from application.accounts.keep_day import KeepDay
from domain.market.prices import MarketEvent, SessionOpened

# A process that follows the market lags far less.
LATE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class StartLate:
    """Follow the sessions where another process keeps the days.

    That process opens the day of every account it sees. One opened by a follower a moment
    later, still on the day before, would be missed until the next session.
    """

    keep_day: KeepDay

    async def __call__(self, event: MarketEvent) -> None:
        """Start the day of what was opened just now; doing it twice changes nothing."""
        if not isinstance(event, SessionOpened):
            return
        keep = self.keep_day
        since = keep.clock.now() - LATE
        for account in await keep.accounts():
            if account.created_at >= since:
                await keep.start_account(
                    tenant_id=account.tenant_id, account_id=account.id, day=event.date
                )
