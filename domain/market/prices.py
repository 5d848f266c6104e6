"""Hold what the market says: quotes, bars, sessions, corporate actions."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from domain.shared.values import ZERO, InvalidValue, checked_decimal, positive_decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The best bid and ask and the last trade, as of a market time."""

    symbol: str
    bid: Decimal
    ask: Decimal
    last: Decimal
    at: datetime

    def __post_init__(self) -> None:
        checked_decimal(self.bid, field="bid")
        checked_decimal(self.ask, field="ask")
        checked_decimal(self.last, field="last")
        if self.bid > self.ask:
            raise InvalidValue(
                field="bid", problem=f"{self.bid} must not exceed the ask {self.ask}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Open, high, low, close and volume (units) over one session.

    A bar that a feed delivers carries prices as they traded; a bar read back from the
    market's view is restated for the splits since, so that it compares with today's quote.
    """

    symbol: str
    opened_at: datetime
    closed_at: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal

    def __post_init__(self) -> None:
        checked_decimal(self.open, field="open")
        checked_decimal(self.high, field="high")
        checked_decimal(self.low, field="low")
        checked_decimal(self.close, field="close")
        if not self.low <= min(self.open, self.close) <= max(self.open, self.close) <= self.high:
            raise InvalidValue(
                field="low", problem="low <= open, close <= high does not hold in this bar"
            )
        if not (self.volume.is_finite() and self.volume >= ZERO):
            raise InvalidValue(field="volume", problem=f"must be 0 or more, not {self.volume}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A share split: each `denominator` shares become `numerator` shares on `ex_date`."""

    symbol: str
    ex_date: date
    numerator: Decimal
    denominator: Decimal

    def __post_init__(self) -> None:
        positive_decimal(self.numerator, field="numerator")
        positive_decimal(self.denominator, field="denominator")

    @property
    def ratio(self) -> Decimal:
        """New shares per old share."""
        return self.numerator / self.denominator


@dataclass(frozen=True, slots=True, kw_only=True)
class Dividend:
    """Cash of `amount` per share for whoever held it when the market opened on `ex_date`."""

    symbol: str
    ex_date: date
    amount: Decimal

    def __post_init__(self) -> None:
        positive_decimal(self.amount, field="amount")


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Whether a calendar's market is open at a time, and when that changes next.

    The market is open from opens_at on and closed from closes_at on. When it is closed,
    date, opens_at and closes_at are those of the next time it opens. A lunch break closes
    it: the two halves of such a day share the date.
    """

    calendar: str
    at: datetime
    is_open: bool
    date: date
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOpened:
    """The trading day of a calendar has begun."""

    calendar: str
    date: date
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionClosed:
    """The trading day of a calendar is over; GTC orders rest, DAY orders expire."""

    calendar: str
    date: date
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TradedVolume:
    """Volume that went through the market at a price path: what a venue may fill against.

    path is the way the price went from the last trade to this one, its ends included, in
    order; between two neighbours it passed every price. A path of one price is an auction
    or the day's first trade. Prices may be finer than the tick: trades inside the spread
    are. volume (units) is what participants may take part in.
    """

    symbol: str
    at: datetime
    path: tuple[Decimal, ...]
    volume: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitEffective:
    """A split takes effect before the open of its ex-date, while the market is closed."""

    split: Split
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DividendEffective:
    """A share goes without its dividend from the open of its ex-date on."""

    dividend: Dividend
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayBegan:
    """A replay starts over: the market's time goes back, and dates that were come again.

    lap counts how often it was begun. Nothing that was told before holds any more.
    """

    lap: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitHistory:
    """The splits of a symbol that took effect from a market time on, oldest first.

    since None means that nothing is known.
    """

    since: datetime | None
    splits: tuple[SplitEffective, ...]

    def after(self, at: datetime) -> tuple[SplitEffective, ...] | None:
        """Return the splits after a market time, None when they are not known so far back."""
        if self.since is None or at < self.since:
            return None
        return tuple(each for each in self.splits if each.at > at)


MarketEvent = (
    Quote
    | Bar
    | TradedVolume
    | SessionOpened
    | SessionClosed
    | SplitEffective
    | DividendEffective
    | ReplayBegan
)


def event_time(event: MarketEvent) -> datetime:
    """Return the market time at which an event became known."""
    return event.closed_at if isinstance(event, Bar) else event.at
