"""Be a broker in process: the paper venue behind faults, latency and its journal."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from decimal import Decimal
from typing import TypeVar

from adapters.brokers.paper.dead_man import DeadManTimers
from adapters.brokers.paper.engine import PaperVenue
from adapters.brokers.paper.faults import Faults
from adapters.brokers.paper.journal import VenueJournal
from adapters.brokers.paper.keeping import JournaledVenue
from adapters.brokers.paper.settings import traits_of
from domain.market.prices import MarketEvent
from domain.orders.terms import OrderTerms
from ports.broker import (
    Acknowledged,
    BrokerTraits,
    BrokerUnavailable,
    BrokerUnsure,
    Refused,
    Report,
    VenueOrder,
    VenuePosition,
    free_to_leave,
)
from ports.time import Clock, Sleeper

_REPORTS_PER_READ = 500
_Answer = TypeVar("_Answer")


class PaperBroker:
    """A Broker over a PaperVenue. Subscribe `listener` to the market feed.

    Everything told to the outside (answers, reads, reports) is on disk first, where there
    is a journal. Report times are market times, for the venue knows no other.
    """

    def __init__(
        self,
        *,
        venue: PaperVenue,
        clock: Clock,
        sleeper: Sleeper,
        faults: Faults,
        journal: VenueJournal | None = None,
    ) -> None:
        """With a journal, the venue must have been made with journaled=True."""
        self._venue = venue
        self._clock = clock
        self._sleeper = sleeper
        self._faults = faults
        self._kept = JournaledVenue(venue=venue, journal=journal, clock=clock)
        # The sequence up to which reports are safe to show.
        self._visible = 0
        self._waiting: set[asyncio.Event] = set()
        # Venue order id -> monotonic time from which it can be found.
        self._hidden: dict[str, float] = {}
        self._traits = traits_of(venue.settings)
        # Orders are cancelled by these where nobody says any more that they are there.
        self.timers = DeadManTimers(venue=venue, clock=clock, sleeper=sleeper, settle=self._settle)

    @property
    def traits(self) -> BrokerTraits:
        """What may be relied on."""
        return self._traits

    @property
    def listener(self) -> Callable[[MarketEvent], Awaitable[None]]:
        """What the market feed calls with each event."""
        return self.on_market

    def problem(self) -> str:
        """Say why the venue can take nothing in, empty while it can."""
        return self._kept.problem()

    async def start(self) -> None:
        """Read the journal; raises VenueJournalCorrupt or VenueJournalBusy."""
        self._kept.open()
        self._visible = self._venue.sequence

    async def stop(self) -> None:
        """Finish writing and close the journal."""
        await self.timers.stop()
        await self._kept.close()

    async def on_market(self, event: MarketEvent) -> None:
        """Let the venue work a market event; returns when what it changed is on disk.

        Raises BrokerUnavailable, BrokerUnsure while the journal cannot be written: the venue
        has not worked the event then, and must be told it again.
        """
        self._kept.recover()
        self._venue.on_event(event)
        if self._kept.is_journaled or self._venue.sequence != self._visible:
            await self._settle()

    async def submit(
        self,
        *,
        account_id: str,
        client_order_id: str,
        terms: OrderTerms,
        protective_limit: Decimal | None = None,
        written: Callable[[], None],
        leaving: Callable[[], None] = free_to_leave,
        urgent: bool = False,
    ) -> Acknowledged | Refused:
        """Send one order, once."""

        def act() -> Acknowledged | Refused:
            answer = self._venue.submit(
                account_id=account_id,
                client_order_id=client_order_id,
                terms=terms,
                protective_limit=protective_limit,
            )
            if isinstance(answer, Acknowledged):
                self._hide(answer.venue_order_id)
            return answer

        return await self._change(act, written=written, leaving=leaving)

    async def cancel(self, *, account_id: str, client_order_id: str) -> Acknowledged | Refused:
        """Ask for a cancel; the report that it happened follows on the stream."""
        return await self._change(
            lambda: self._venue.cancel(account_id=account_id, client_order_id=client_order_id),
            written=lambda: None,
        )

    async def cancel_all(
        self, *, account_ids: Sequence[str], symbol: str | None = None
    ) -> Acknowledged | Refused:
        """Ask for a cancel of every order of the accounts."""
        return await self._change(
            lambda: self._venue.cancel_all(account_ids=account_ids, symbol=symbol),
            written=lambda: None,
        )

    async def replace(
        self,
        *,
        account_id: str,
        client_order_id: str,
        terms: OrderTerms,
        protective_limit: Decimal | None = None,
        written: Callable[[], None],
        leaving: Callable[[], None] = free_to_leave,
    ) -> Acknowledged | Refused:
        """Ask for new terms (quantity and prices); the client order id stays."""
        return await self._change(
            lambda: self._venue.replace(
                account_id=account_id,
                client_order_id=client_order_id,
                terms=terms,
                protective_limit=protective_limit,
            ),
            written=written,
            leaving=leaving,
        )

    async def find(self, *, account_id: str, client_order_id: str) -> VenueOrder | None:
        """Return the order by client order id, closed ones included, None if not visible."""

        def read() -> VenueOrder | None:
            found = self._venue.find(account_id=account_id, client_order_id=client_order_id)
            return found if found is not None and self._is_visible(found) else None

        return await self._read(read)

    async def open_orders(self, *, account_id: str) -> Sequence[VenueOrder]:
        """Return every order of the account that can still fill."""

        def read() -> Sequence[VenueOrder]:
            found = self._venue.open_orders(account_id=account_id)
            return [order for order in found if self._is_visible(order)]

        return await self._read(read)

    async def positions(self, *, account_id: str) -> Sequence[VenuePosition]:
        """Return what the account holds."""
        return await self._read(lambda: self._venue.positions(account_id=account_id))

    async def reports(self, *, after: int) -> AsyncIterator[Report]:
        """Yield reports with a sequence above `after`, then new ones as they come."""
        chance = self._faults.settings
        held: list[Report] = []
        while True:
            shown = self._visible
            page = self._venue.reports(after=after, limit=_REPORTS_PER_READ)
            for report in page:
                if report.sequence > shown:
                    break
                after = report.sequence
                if self._faults.strikes(chance.reordered_report):
                    held.append(report)
                    continue
                yield report
                if self._faults.strikes(chance.duplicate_report):
                    yield report
            if len(page) == _REPORTS_PER_READ and after == page[-1].sequence:
                continue
            # A rebuilt venue has no report below its first: none is waited for.
            after = max(after, shown)
            if held:
                # Held back behind its successors, but for a bounded time only.
                await self._sleeper.sleep(chance.reorder_s)
                for report in reversed(held):
                    yield report
                held.clear()
                continue
            await self._news(after)

    async def report_page(self, *, after: int, limit: int, wait_s: float) -> Sequence[Report]:
        """Return reports behind a sequence, waiting for the first at most so long.

        The page is complete up to its highest sequence; faults may shuffle or double it.
        """
        if self._visible <= after:
            try:
                async with asyncio.timeout(wait_s):
                    await self._news(after)
            except TimeoutError:
                return []
        found = self._venue.reports(after=after, limit=limit)
        return self._faults.scrambled([own for own in found if own.sequence <= self._visible])

    async def _change(
        self,
        act: Callable[[], Acknowledged | Refused],
        *,
        written: Callable[[], None],
        leaving: Callable[[], None] = free_to_leave,
    ) -> Acknowledged | Refused:
        chance = self._faults.settings
        if self._faults.strikes(chance.unavailable):
            raise BrokerUnavailable("the paper venue refused the connection (fault by setting)")
        self._kept.recover()
        leaving()
        # As with a socket: what follows happens to a request that has left.
        written()
        await self._travel()
        if self._faults.strikes(chance.lost_request):
            raise BrokerUnsure("no answer from the paper venue (fault by setting)")
        if self._faults.strikes(chance.rejection):
            return Refused("refused by the paper venue (fault by setting)")
        answer = act()
        await self._settle()
        if self._faults.strikes(chance.lost_reply):
            raise BrokerUnsure("no answer from the paper venue (fault by setting)")
        await self._travel()
        return answer

    async def _read(self, read: Callable[[], _Answer]) -> _Answer:
        chance = self._faults.settings
        if self._faults.strikes(chance.unavailable):
            raise BrokerUnavailable("the paper venue refused the connection (fault by setting)")
        self._kept.recover()
        await self._travel()
        if self._faults.strikes(chance.lost_request):
            raise BrokerUnsure("no answer from the paper venue (fault by setting)")
        answer = read()
        # What was read may be younger than the last sync: it must not be lost once told.
        await self._settle()
        await self._travel()
        return answer

    async def _travel(self) -> None:
        if (seconds := self._faults.latency_s()) > 0:
            await self._sleeper.sleep(seconds)

    async def _settle(self) -> None:
        """Put what changed on disk, then let its reports be seen."""
        sequence = await self._kept.settle()
        if sequence > self._visible:
            self._visible = sequence
            for event in self._waiting:
                event.set()

    async def _news(self, after: int) -> None:
        """Return once a report behind `after` may be shown."""
        if self._visible > after:
            return
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            await event.wait()
        finally:
            self._waiting.discard(event)

    def _hide(self, venue_order_id: str) -> None:
        if (seconds := self._faults.hidden_s()) > 0:
            now = self._clock.monotonic()
            self._hidden = {name: at for name, at in self._hidden.items() if at > now}
            self._hidden[venue_order_id] = now + seconds

    def _is_visible(self, order: VenueOrder) -> bool:
        return self._hidden.get(order.venue_order_id, 0.0) <= self._clock.monotonic()
