"""Match orders as the paper venue does, suffer faults on request, and keep what arrived."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum, auto
from typing import Any

from adapters.brokers.paper.broker import PaperBroker
from adapters.brokers.paper.engine import PaperVenue
from adapters.brokers.paper.faults import Faults, FaultSettings
from adapters.brokers.paper.settings import PaperSettings
from adapters.memory.time import ManualClock
from adapters.system.time import SystemSleeper
from domain.market.prices import Quote
from ports.broker import Acknowledged, Dedup, Refused

START = datetime(2026, 1, 2, 15, tzinfo=UTC)
# An order that shows late does so within this, on the venue's own clock.
SHOWS_AFTER_S = 4.0
HORIZON_S = 5.0
# Any loopback takes less; only what waits for something that never comes waits for so long.
TIMEOUT_S = 20.0


class Fault(Enum):
    """What goes wrong with every request while the venue suffers from it."""

    REFUSE_CONNECTION = auto()  # nobody listens
    LOSE_REQUEST = auto()  # it is written, has no effect, and is not answered
    LOSE_REPLY = auto()  # it takes effect, and the connection ends without an answer
    CUT_REPLY = auto()  # it takes effect, and half of the answer comes
    TIME_OUT = auto()  # it takes effect, and nothing comes on a connection that stays open
    SLOW_REPLY = auto()  # it takes effect, and is answered when the fault is over
    SHOW_LATE = auto()  # a new order is not to be found for up to SHOWS_AFTER_S
    LATE_REPORTS = auto()  # reports are told behind those of what happened later
    DOUBLE_REPORTS = auto()  # reports are told twice
    ODD_REPORTS = auto()  # on the wire, reports of new orders are of an unknown kind


class RecordingVenue(PaperVenue):
    """A paper venue that remembers each order and request that reached it, refused ones too."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._heard: list[tuple[str, str]] = []
        self._news = threading.Condition()

    def submit(self, **asked: Any) -> Acknowledged | Refused:
        """Take an order in."""
        self._record("submit", asked["client_order_id"])
        return super().submit(**asked)

    def cancel(self, **asked: Any) -> Acknowledged | Refused:
        """Cancel an order."""
        self._record("cancel", asked["client_order_id"])
        return super().cancel(**asked)

    def replace(self, **asked: Any) -> Acknowledged | Refused:
        """Change an order."""
        self._record("replace", asked["client_order_id"])
        return super().replace(**asked)

    def count(self, what: str, client_order_id: str) -> int:
        """Return how often a request arrived."""
        return self._heard.count((what, client_order_id))

    def has_arrived(self, what: str, client_order_id: str, *, within_s: float) -> bool:
        """Tell whether a request arrives in time; the calling thread does nothing else."""
        with self._news:
            return self._news.wait_for(
                lambda: (what, client_order_id) in self._heard, timeout=within_s
            )

    def _record(self, what: str, client_order_id: str) -> None:
        with self._news:
            self._heard.append((what, client_order_id))
            self._news.notify_all()


class VenueCore:
    """One venue with its market, its clock and its faults; a front gives it a wire.

    The market in IBM is quoted by `quote` alone; quote_size is what each side of a quote
    offers, None is all that is wanted. Its clock stands still but for `pass_time`.
    """

    def __init__(
        self, *, dedup: Dedup = Dedup.FULL, quote_size: Decimal | None = None, in_process: bool
    ) -> None:
        """in_process: adapter and venue are one, and the faults of the wire the adapter's."""
        self.book = RecordingVenue(
            settings=PaperSettings(
                dedup=dedup,
                quote_size=quote_size,
                settle_horizon_s=HORIZON_S,
                always_open=frozenset({"XNYS"}),
            )
        )
        self.fault: Fault | None = None
        self._in_process = in_process
        self._clock = ManualClock(START)
        self._faults = Faults(settings=FaultSettings(), roll=lambda: 0.999)
        self._quotes = 0
        self._held = HeldSleeper()
        self.broker = PaperBroker(
            venue=self.book, clock=self._clock, sleeper=self._held, faults=self._faults
        )

    def suffer(self, fault: Fault | None) -> None:
        """Have a fault from now on; None is to be well again."""
        self.fault = fault
        self._faults.settings = _settings(fault, in_process=self._in_process)
        self._held.hold(fault is Fault.SLOW_REPLY and self._in_process)

    async def quote(self, bid: Decimal, ask: Decimal) -> None:
        """Quote IBM anew."""
        self._quotes += 1
        at = START + timedelta(seconds=self._quotes)
        await self.broker.on_market(Quote(symbol="IBM", bid=bid, ask=ask, last=bid, at=at))

    async def pass_time(self, seconds: float) -> None:
        """Let the venue's clock go on."""
        self._clock.advance(seconds)


class VenueInProcess:
    """The venue of an adapter that has it in its own process."""

    def __init__(self, core: VenueCore) -> None:
        self._core = core

    @contextmanager
    def suffering(self, fault: Fault) -> Iterator[None]:
        """Have a fault for a while."""
        self._core.suffer(fault)
        try:
            yield
        finally:
            self._core.suffer(None)

    async def quote(self, bid: Decimal, ask: Decimal) -> None:
        """Quote IBM anew."""
        await self._core.quote(bid, ask)

    async def pass_time(self, seconds: float) -> None:
        """Let the venue's clock go on."""
        await self._core.pass_time(seconds)

    async def settle(self) -> None:
        """Have nothing on its way."""

    def count(self, what: str, client_order_id: str) -> int:
        """Return how often a request arrived."""
        return self._core.book.count(what, client_order_id)

    def has_arrived(self, what: str, client_order_id: str, *, within_s: float) -> bool:
        """Tell whether a request has arrived; nothing is on its way in between."""
        del within_s
        return self.count(what, client_order_id) > 0


class HeldSleeper:
    """Sleep as the machine does, or for as long as somebody holds it."""

    def __init__(self) -> None:
        self._is_held = False

    def hold(self, held: bool) -> None:
        """Let nobody wake up until this is called with False."""
        self._is_held = held

    async def sleep(self, seconds: float) -> None:
        """Sleep."""
        await SystemSleeper().sleep(seconds)
        while self._is_held:
            await SystemSleeper().sleep(0.001)


def _settings(fault: Fault | None, *, in_process: bool) -> FaultSettings:
    """Return the faults of the core; those of the wire are its front's where it has one."""
    match fault:
        case Fault.SHOW_LATE:
            return FaultSettings(hidden=1.0, hidden_s=SHOWS_AFTER_S)
        case Fault.LATE_REPORTS:
            return FaultSettings(reordered_report=1.0, reorder_s=0.0)
        case Fault.DOUBLE_REPORTS:
            return FaultSettings(duplicate_report=1.0)
        case _ if not in_process:
            return FaultSettings()
        case Fault.REFUSE_CONNECTION:
            return FaultSettings(unavailable=1.0)
        case Fault.LOSE_REQUEST:
            return FaultSettings(lost_request=1.0)
        case Fault.LOSE_REPLY | Fault.CUT_REPLY | Fault.TIME_OUT:
            # Without a wire there is one way only for an answer not to come.
            return FaultSettings(lost_reply=1.0)
        case Fault.SLOW_REPLY:
            return FaultSettings(latency_min_s=0.001, latency_max_s=0.001)
        case _:
            return FaultSettings()
