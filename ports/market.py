"""What the core needs to know of the market. Look-ups are in memory and never wait."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from domain.audit.entry import AuditEntry
from domain.market.condition import MarketCondition
from domain.market.instruments import Instrument
from domain.market.prices import Bar, MarketEvent, Quote, Session, SplitHistory
from domain.shared.refusals import Absent


class UnknownCalendar(Absent):
    """No calendar of that name is known: rules on market hours must refuse."""


class OutsideCalendar(UnknownCalendar):
    """The calendar is known but not at that time: no less a reason to refuse."""


class MarketDataCorrupt(Exception):
    """Market data that is absent, unreadable or contradicts itself; the feed stops."""


class MarketClock(Protocol):
    """The market's own time: the replay's when replaying, the wall clock's when live."""

    def now(self) -> datetime:
        """Return the market time in UTC; goes back only when a replay starts over."""
        ...


class Instruments(Protocol):
    """What can be traded."""

    def find(self, symbol: str) -> Instrument | None:
        """Return the instrument, or None when it is not known."""
        ...

    def all(self) -> Sequence[Instrument]:
        """Return every instrument, ordered by symbol."""
        ...


class MarketView(Protocol):
    """The latest known prices, read without waiting.

    It never lags the feed: what an event says can be read here before a listener gets it.
    From a split to the next quote, the quote is the last one in terms of the new shares.
    """

    def quote(self, symbol: str) -> Quote | None:
        """Return the latest quote, or None when there was none yet."""
        ...

    def average_daily_volume(self, symbol: str) -> Decimal | None:
        """Return the mean volume (units) of the last 20 closed days, None if fewer are known.

        Volumes before a split count in today's units.
        """
        ...

    def splits(self, symbol: str) -> SplitHistory:
        """Return the splits that have taken effect, as far back as brokers report late."""
        ...

    def bars(self, symbol: str, *, count: int) -> Sequence[Bar]:
        """Return at most `count` (and BARS_KEPT) of the latest closed daily bars, oldest first.

        They are restated for the splits since, so that they compare with the latest quote.
        """
        ...


class Calendars(Protocol):
    """Trading sessions per calendar, holidays included."""

    def session(self, calendar: str, *, at: datetime) -> Session:
        """Return the session at a time; raise UnknownCalendar, OutsideCalendar."""
        ...


Listener = Callable[[MarketEvent], Awaitable[None]]
# Which lap of a replay the prices are of; a market that is no replay has but one.
ReadLap = Callable[[], int]


def only_lap() -> int:
    """Return the lap of a market that never starts over."""
    return 1


class MarketFeed(Protocol):
    """Market events in market order, each delivered to every listener before the next.

    Delivery is at least once: after a listener raised, or a restart, events whose delivery
    was not yet recorded come again. A finished day's events do not. Times are UTC and never
    go back, but for a ReplayBegan; every figure is finite. A gap in the data is no event: no
    price is made up for it. A split is told between the last price in old shares and the
    first in new ones.
    """

    def subscribe(self, listener: Listener) -> None:
        """Add a listener; listeners are called in the order they were added."""
        ...

    async def run(self) -> None:
        """Deliver events until the data ends or the task is cancelled.

        Raises MarketDataCorrupt, InvalidValue at what breaks a promise; nothing of it is told.
        """
        ...


# Asked with every decision: in memory, and by monotonic time.
ReadCondition = Callable[[], MarketCondition]


class ReplayState(StrEnum):
    """Whether a replay goes on."""

    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    DOWN = "down"  # it should go on, and does not


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayPlace:
    """How far a replay is: how often it was begun, and the market time, None at its start."""

    lap: int = 1
    at: datetime | None = None


class ReplayControl(Protocol):
    """Steer a replay."""

    def pause(self) -> None:
        """Stop before the next event."""
        ...

    def resume(self) -> None:
        """Go on after a pause."""
        ...

    def state(self) -> ReplayState:
        """Return running, paused, finished or down."""
        ...

    def place(self) -> ReplayPlace:
        """Return how far it is, as known here."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayPulse:
    """What the process that plays the replay last said: age_s is how long ago.

    at and lap are the place as saved, both of one moment.
    """

    at: datetime | None
    state: ReplayState
    age_s: float
    lap: int = 1


class ReplayPulses(Protocol):
    """How the replay is, told by the one process that plays it to all that follow it."""

    async def tell(self, state: ReplayState) -> None:
        """Say that the replay is played, and its state."""
        ...

    async def hear(self) -> ReplayPulse | None:
        """Return the latest word, with the cursor as saved; None when there never was one."""
        ...

    async def wish(self, *, paused: bool) -> None:
        """Ask the process that plays to pause or to go on; the latest wish counts."""
        ...

    async def take_wish(self) -> bool | None:
        """Return whether a pause is wished, once; None when nothing is."""
        ...


class ReplayCursor(Protocol):
    """Where the replay stood, kept over restarts."""

    async def load(self) -> ReplayPlace:
        """Return the lap, and the market time up to which its events were delivered."""
        ...

    async def save(self, at: datetime) -> None:
        """Keep the market time up to which events of the lap were delivered."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BusyAccount:
    """An account that is not done with the lap, and why."""

    tenant_id: UUID
    account_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class LapBegun:
    """The next lap, from whose start whoever plays the replay goes on."""

    lap: int


@dataclass(frozen=True, slots=True)
class LapRefused:
    """Nothing was changed: these accounts are not done."""

    accounts: tuple[BusyAccount, ...]


@dataclass(frozen=True, slots=True)
class LapOver:
    """Nothing was changed: the replay stands elsewhere by now."""


class ReplayLaps(Protocol):
    """The one way to let a replay start over."""

    async def begin(
        self, *, after: ReplayPlace, broker: str, audit: AuditEntry
    ) -> LapBegun | LapRefused | LapOver:
        """Begin the lap behind a place, where the replay must stand now; all of it, or nothing.

        Refused unless every account at the broker is flat, has no order that is not closed and
        no stop that is unfinished. Their books then are of the new lap, under a new version,
        without a trading day, and no position remembers a split; the cursor is at the start;
        the audit entry is stored. What was decided on a book of before is stale.
        """
        ...
