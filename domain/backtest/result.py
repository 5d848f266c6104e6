"""Say what a run over past prices brought."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from domain.accounts.book import AccountBook
from domain.backtest.options import BacktestOptions
from domain.kill_switch.latch import Latch
from domain.orders.order import Fill, Order
from domain.performance.round_trips import RoundTrips
from domain.risk.rule import Rule
from domain.risk.verdict import Reason
from domain.signals.signal import PublishedSignal


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """An order that the gate refused, and why."""

    order: Order
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPoint:
    """The account at the close of one session; money in its currency."""

    date: date
    at: datetime
    cash: Decimal
    equity: Decimal
    peak_equity: Decimal
    gross_exposure: Decimal
    bars: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestResult:
    """All that a run brought: complete, or up to the session at which it was interrupted."""

    options: BacktestOptions
    rules: tuple[Rule, ...]
    book: AccountBook
    days: Sequence[DayPoint]
    days_total: int
    orders: Sequence[Order]
    fills: Sequence[Fill]
    denials: Sequence[Denial]
    trips: RoundTrips
    # What each symbol paid; one that paid nothing is not in it.
    dividends: Mapping[str, Decimal]
    latches: Sequence[Latch]
    prices: Mapping[str, Decimal]
    seconds: float
    interrupted: bool
    # What was published on the way, oldest first; nothing by the baseline.
    signals: Sequence[PublishedSignal] = ()

    @property
    def bars(self) -> int:
        """The daily bars that were played."""
        return self.days[-1].bars if self.days else 0


OnDay = Callable[[DayPoint], None]


def ignore_day(_: DayPoint) -> None:
    """Show nothing."""
