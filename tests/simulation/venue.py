"""Run the paper venue as a process of its own, with a disk of its own."""

import asyncio
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from adapters.brokers.paper.change import Change
from adapters.brokers.paper.engine import PaperVenue
from adapters.brokers.paper.faults import FaultSettings
from adapters.brokers.paper.orders import PaperOrder
from adapters.brokers.paper.settings import CommissionPerShare, PaperSettings
from domain.market.prices import MarketEvent
from domain.orders.terms import OrderTerms
from ports.broker import Acknowledged, Dedup, Refused, Report, VenueFill, VenueState
from ports.market import Instruments
from tests.simulation.timeouts import until
from tests.simulation.virtual_time.life import Life
from tests.simulation.virtual_time.loop import SimulatedLoop

PAGE = 100
_HIDDEN_POLL_S = 0.1
PER_SHARE = Decimal("0.01")
DUPLICATE = "duplicate client order id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """An order on the wire; asks for a replace of the terms when `replaces`."""

    account_id: str
    client_order_id: str
    terms: OrderTerms
    protective_limit: Decimal | None = None
    replaces: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelAsked:
    """A cancel on the wire."""

    account_id: str
    client_order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelAllAsked:
    """A cancel of every order of some accounts on the wire."""

    account_ids: tuple[str, ...]
    symbol: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FindAsked:
    """A look for one order."""

    account_id: str
    client_order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAsked:
    """A look for all open orders of an account."""

    account_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionsAsked:
    """A look at what an account holds."""

    account_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportsAsked:
    """The reports behind a sequence, waited for if need be."""

    after: int
    wait_s: float


VenueRequest = (
    Submission
    | CancelAsked
    | CancelAllAsked
    | FindAsked
    | OpenAsked
    | PositionsAsked
    | ReportsAsked
    | MarketEvent
)


@dataclass(frozen=True, slots=True)
class VenueTrade:
    """One execution as the venue's disk has it, and of which order."""

    account_id: str
    client_order_id: str
    fill: VenueFill


class SimulatedVenue:
    """The venue's disk and record, and whichever engine runs on it now.

    Nothing is told before the disk has it: a crash in between loses what nobody heard of.
    """

    def __init__(
        self,
        loop: SimulatedLoop,
        *,
        dedup: Dedup,
        horizon_s: float,
        faults: FaultSettings,
        instruments: Instruments,
        source: random.Random,
        open_orders_max: int = 1_000,
    ) -> None:
        self.faults = faults
        # What the disk proves: venue order ids per client order id, and all executions.
        self.taken: dict[tuple[str, str], list[str]] = {}
        self.trades: dict[str, VenueTrade] = {}
        self.reports: list[Report] = []
        self.news: list[VenueTrade | tuple[str, str]] = []
        self.overfull: list[str] = []
        self.settings = PaperSettings(
            dedup=dedup,
            settle_horizon_s=horizon_s,
            quote_size=Decimal(30),
            open_orders_max=open_orders_max,
            commission=CommissionPerShare(rate=PER_SHARE),
        )
        self._loop = loop
        self._instruments = instruments
        self._source = source
        self._disk: list[Change] = []
        self._events: list[MarketEvent] = []
        self._engine: PaperVenue | None = None
        # Market events that there were, and that the engine has worked.
        self._told = self._worked = 0
        self._visible = 0
        self._hidden: dict[str, float] = {}
        self._refused: set[tuple[str, str]] = set()
        self._waiting: list[asyncio.Future[None]] = []

    @property
    def engine(self) -> PaperVenue:
        """The running engine; raises RuntimeError while the venue is down."""
        if self._engine is None:
            raise RuntimeError("the venue is down")
        return self._engine

    @property
    def is_up(self) -> bool:
        """Whether an engine runs."""
        return self._engine is not None

    @property
    def is_abreast(self) -> bool:
        """Whether it has worked all that the market did so far."""
        return self.is_up and self._worked >= self._told

    @property
    def sequence(self) -> int:
        """The latest report that may be told."""
        return self._visible

    async def boot(self, life: Life) -> None:
        """Run the venue until it is killed."""
        engine = PaperVenue(settings=self.settings, instruments=self._instruments, journaled=True)
        for change in self._disk:
            engine.restore(_copied(change))
        self._engine = engine
        self._waiting = []
        life.on_death(self._died)
        # The market tells its latest prices, and what of the day was missed.
        for event in self._events:
            engine.on_event(event)
        self._sync()
        self._worked = self._told
        await self._loop.create_future()

    def remember(self, event: MarketEvent, *, forget: Callable[[MarketEvent], bool]) -> None:
        """Keep what a venue that starts now must be told, in place of what it outdates."""
        self._events = [kept for kept in self._events if not forget(kept)]
        self._events.append(event)
        self._told += 1

    async def serve(self, asked: VenueRequest) -> object:
        """Answer one request."""
        # It listens already while it still reads its disk.
        await until(lambda: self._engine is not None, every_s=0.001)
        match asked:
            case Submission():
                return await self._submit(asked)
            case CancelAsked():
                answer = self.engine.cancel(
                    account_id=asked.account_id, client_order_id=asked.client_order_id
                )
                await self._write()
                return answer
            case CancelAllAsked():
                answer = self.engine.cancel_all(account_ids=asked.account_ids, symbol=asked.symbol)
                await self._write()
                return answer
            case FindAsked():
                found = self.engine.find(
                    account_id=asked.account_id, client_order_id=asked.client_order_id
                )
                shown = found is not None and self._shows(found.venue_order_id)
                await self._write()
                return found if shown else None
            case OpenAsked():
                held = self.engine.open_orders(account_id=asked.account_id)
                await self._write()
                return [order for order in held if self._shows(order.venue_order_id)]
            case PositionsAsked():
                holdings = self.engine.positions(account_id=asked.account_id)
                await self._write()
                return holdings
            case ReportsAsked():
                return await self._page(asked)
            case _:
                self.engine.on_event(asked)
                self._sync()
                self._worked += 1
                return None

    async def _submit(self, asked: Submission) -> Acknowledged | Refused:
        chance = self.faults
        key = (asked.account_id, asked.client_order_id)
        if chance.rejection and self._source.random() < chance.rejection:
            self._refused.add(key)
        if key in self._refused and key not in self.taken:
            # A second copy on the wire gets the same answer.
            return Refused("refused for no reason (simulated)")
        act = self.engine.replace if asked.replaces else self.engine.submit
        answer = act(
            account_id=asked.account_id,
            client_order_id=asked.client_order_id,
            terms=asked.terms,
            protective_limit=asked.protective_limit,
        )
        if isinstance(answer, Acknowledged) and not asked.replaces:
            hides = chance.hidden and self._source.random() < chance.hidden
            if hides:
                self._hidden[answer.venue_order_id] = self._loop.time() + chance.hidden_s
        await self._write()
        return answer

    async def _page(self, asked: ReportsAsked) -> list[Report]:
        if self._visible <= asked.after:
            news: asyncio.Future[None] = self._loop.create_future()
            self._waiting.append(news)
            try:
                async with asyncio.timeout(asked.wait_s):
                    await news
            except TimeoutError:
                return []
        page = self.reports[asked.after : min(self._visible, asked.after + PAGE)]
        shown = list(itertools.takewhile(lambda one: self._shows(one.venue_order_id), page))
        if not shown:
            # What shows an order to nobody tells nobody of it either, nor what came after.
            await asyncio.sleep(_HIDDEN_POLL_S)
        return shown

    def _shows(self, venue_order_id: str) -> bool:
        return self._hidden.get(venue_order_id, 0.0) <= self._loop.time()

    async def _write(self) -> None:
        """Put what changed on disk; a crash before that undoes it."""
        await asyncio.sleep(0)
        self._sync()

    def _sync(self) -> None:
        engine = self.engine
        change = engine.take_change()
        if change is None:
            return
        self._disk.append(_copied(change))
        self.reports.extend(change.reports)
        for order in change.orders:
            self._record(order)
        self._visible = engine.sequence
        waiting, self._waiting = self._waiting, []
        for news in waiting:
            if not news.done():
                news.set_result(None)

    def _record(self, order: PaperOrder) -> None:
        key = (order.account_id, order.client_order_id)
        known = self.taken.setdefault(key, [])
        if order.reason.startswith("too many open orders"):
            self.overfull.append(order.client_order_id)
        if order.venue_order_id not in known and order.state is not VenueState.REJECTED:
            known.append(order.venue_order_id)
            self.news.append(key)
        for fill in order.fills:
            if fill.trade_id not in self.trades:
                trade = VenueTrade(order.account_id, order.client_order_id, fill)
                self.trades[fill.trade_id] = trade
                self.news.append(trade)

    def _died(self) -> None:
        self._engine = None
        # Nobody is told any more; whoever asked gets no reply.
        self._waiting = []


def _copied(change: Change) -> Change:
    """Copy the orders, which the venue changes in place."""
    return replace(
        change, orders=[replace(order, fills=list(order.fills)) for order in change.orders]
    )
