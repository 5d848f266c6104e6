"""Hold what the market says: quotes, bars, sessions, corporate actions."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from domain.shared.values import InvalidValue, checked_decimal, positive_decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The best bid and ask and the last trade, as of a market time."""

    symbol: str
    bid: Decimal
    ask: Decimal
    last: Decimal
    at: datetime

    def __post_init__(self) -> None:
        for field in ("bid", "ask", "last"):
            checked_decimal(getattr(self, field), field=field)
        if self.bid > self.ask:
            raise InvalidValue(
                field="bid", problem=f"{self.bid} must not exceed the ask {self.ask}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Open, high, low, close and volume (units) over one period; prices are raw."""

    symbol: str
    opened_at: datetime
    closed_at: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal

    def __post_init__(self) -> None:
        for field in ("open", "high", "low", "close"):
            checked_decimal(getattr(self, field), field=field)
        if not self.low <= min(self.open, self.close) <= max(self.open, self.close) <= self.high:
            raise InvalidValue(
                field="low", problem="low <= open, close <= high does not hold in this bar"
            )


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
class Session:
    """Whether a calendar's market is open at a time, and when that changes next."""

    calendar: str
    at: datetime
    is_open: bool
    # The session's date when open; the next session's date when closed.
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
class Traded:
    """Volume that went through the market at a price path: what a venue may fill against.

    low and high are the range that traded between the last quote and this one, in
    the order `path`; volume (units) is what participants may take part in.
    """

    symbol: str
    at: datetime
    path: tuple[Decimal, ...]
    volume: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitEffective:
    """A split takes effect before the open of its ex-date."""

    split: Split
    at: datetime


MarketEvent = Quote | Bar | Traded | SessionOpened | SessionClosed | SplitEffective
