"""Show what a source tells as a market: feed, clock and view in one, whatever the source."""

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from decimal import Decimal

from adapters.market_data.beat import Beat
from adapters.market_data.pause import PauseGate
from domain.market.latest import LatestPrices
from domain.market.prices import Bar, MarketEvent, Quote, SplitHistory
from domain.shared.values import ZERO
from ports.market import Listener, MarketDataCorrupt
from ports.market_source import MarketSource, Moment
from ports.time import Clock


class MarketBoard:
    """The latest of one source, and those who listen to it.

    Every event reaches the view first and each listener once, in order; after a failure the
    next run goes on with the event that was being delivered. What a source tells without
    having declared it stops the board.
    """

    def __init__(self, *, source: MarketSource, clock: Clock) -> None:
        self._source = source
        self._tells = source.abilities.tells
        self._gate = PauseGate()
        self._beat = Beat(clock)
        self._listeners: tuple[Listener, ...] = ()
        self._latest = LatestPrices()
        self._now: datetime | None = None
        # The moment being delivered: how many of its events everybody has, and whether the
        # view has the next one already.
        self._moment: Moment | None = None
        self._delivered = 0
        self._applied = False

    def stand(self) -> None:
        """Know what the source says was known before; only while nothing is delivered."""
        known = self._source.known()
        latest = LatestPrices(since=known.since)
        for event in known.events:
            latest.apply(event)
        self._now, self._latest, self._moment = known.at, latest, None

    def subscribe(self, listener: Listener) -> None:
        """Add a listener; listeners are called in the order they were added."""
        self._listeners = (*self._listeners, listener)

    async def run(self) -> None:
        """Deliver events until the source ends; run again after an error or a cancellation."""
        with self._beat.running():
            await self._take()

    async def _take(self) -> None:
        moments = self._source.moments()
        self._await(self._source.abilities.silence_s)
        # Only the first can be the one that was being delivered: of each other one, what was
        # before it is done with, however much it is like it.
        begins = True
        try:
            async for moment in moments:
                if not begins or moment != self._moment:
                    self._moment, self._delivered, self._applied = moment, 0, False
                begins = False
                await self._deliver(moment)
                self._await(moment.next_in_s)
        finally:
            # An iterator that is left where it stands would be ended at any time.
            if isinstance(moments, AsyncGenerator):
                await moments.aclose()

    async def _deliver(self, moment: Moment) -> None:
        for event in moment.events[self._delivered :]:
            if self._gate.shut:
                self._beat.rest()
                await self._gate.wait()
            self._beat.expect(0.0)
            # What a listener reads while it handles the event must not be older than it;
            # what is delivered again must not be counted again.
            if not self._applied:
                self._apply(event, at=moment.at)
            for listener in self._listeners:
                await listener(event)
            self._delivered += 1
            self._applied = False
            self._beat.delivered()

    def _apply(self, event: MarketEvent, *, at: datetime) -> None:
        if type(event) not in self._tells:
            raise MarketDataCorrupt(
                f"the source tells of {type(event).__name__}, which it did not declare"
            )
        if self._now is not None and at < self._now:
            raise MarketDataCorrupt(f"the source went back from {self._now} to {at}")
        if isinstance(event, Quote) and min(event.bid, event.ask, event.last) <= ZERO:
            raise MarketDataCorrupt(f"a price of {event.symbol} is not above zero: {event}")
        self._now = at
        self._latest.apply(event)
        self._applied = True

    def _await(self, seconds: float | None) -> None:
        if seconds is None:
            self._beat.rest()
        else:
            self._beat.expect(seconds)

    def now(self) -> datetime:
        """Return the market time of the latest event, what was known before there is one."""
        if self._now is None:
            raise RuntimeError("the market has no time yet: its source must have been started")
        return self._now

    def quote(self, symbol: str) -> Quote | None:
        """Return the latest quote, or None when there was none yet."""
        return self._latest.quote(symbol)

    def average_daily_volume(self, symbol: str) -> Decimal | None:
        """Return the mean volume of the last 20 closed days, None if fewer are known."""
        return self._latest.average_daily_volume(symbol)

    def splits(self, symbol: str) -> SplitHistory:
        """Return the splits that have taken effect since the first day that is looked back at."""
        return self._latest.splits(symbol)

    def bars(self, symbol: str, *, count: int) -> Sequence[Bar]:
        """Return at most `count` of the latest closed daily bars, oldest first."""
        return self._latest.bars(symbol, count=count)

    def problem(self) -> str:
        """Say why no event comes although one should, empty when all is well."""
        return "" if self._source.ended() else self._beat.problem()
