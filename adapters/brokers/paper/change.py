"""Hold what one command or market event changed at the venue: the unit of its journal."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from adapters.brokers.paper.orders import PaperOrder
from ports.broker import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Whether a calendar is open, for which date, and since when."""

    is_open: bool
    date: date
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Units that an account holds, signed."""

    account_id: str
    symbol: str
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedSplit:
    """A split that positions already show."""

    symbol: str
    ex_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """The last number given out, per kind."""

    order: int = 0
    trade: int = 0
    rank: int = 0
    report: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The new state of everything that changed; a snapshot is a change of everything.

    Orders are the venue's own objects: encode before the venue works on.
    """

    now: datetime
    counters: Counters
    orders: list[PaperOrder] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    holdings: list[Holding] = field(default_factory=list)
    # How often the market that it is told of was begun: what is known of an earlier lap's hours
    # and splits holds no more.
    lap: int = 1
    hours: dict[str, Hours] = field(default_factory=dict)
    splits: list[AppliedSplit] = field(default_factory=list)
    # Account and client order id of orders that are no longer kept (dedup full only).
    remembered: list[tuple[str, str]] = field(default_factory=list)
