"""Play daily price history as a live market: feed, clock, view and control in one."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from adapters.market_data.replay.beat import Beat
from adapters.market_data.replay.history import PriceHistory, TradingDay, trading_days
from adapters.market_data.replay.intraday import (
    BEFORE_OPEN,
    STEPS_PER_DAY,
    Step,
    closing_events,
    day_steps,
)
from adapters.market_data.replay.pause import PauseGate
from adapters.market_data.replay.position import Position, days_in_range, position_after
from adapters.market_data.replay.settings import ReplaySettings
from domain.market.latest import BARS_KEPT, LatestPrices
from domain.market.prices import Bar, MarketEvent, Quote, ReplayBegan, SplitHistory
from ports.market import Calendars, Listener, ReplayCursor, ReplayPlace, ReplayState
from ports.time import Clock, Sleeper

# A split may take effect with the very first event.
_INSTANT = timedelta(microseconds=1)


class ReplayFeed:
    """A market replayed from daily prices, going on where an earlier process stood.

    start() reads the prices and the cursor and must have returned before anything else is
    asked; the calendars must have been started before it. The cursor, where there is one,
    wins over the start date set. It is saved after each step of a day: open, one hour in,
    middle, last minute, close, and before the open when a split takes effect. A restart
    repeats at most the step that was being delivered. In a lap behind the first one each run
    begins with ReplayBegan.
    """

    def __init__(
        self,
        *,
        read: Callable[[], PriceHistory],
        calendars: Calendars,
        cursor: ReplayCursor,
        clock: Clock,
        sleeper: Sleeper,
        settings: ReplaySettings,
        before: Callable[[datetime], Awaitable[None]] | None = None,
    ) -> None:
        self._read = read
        self._calendars = calendars
        self._cursor = cursor
        self._sleeper = sleeper
        self._settings = settings
        # Awaited before each step: who follows another's replay waits here until it was played.
        self._before = before
        self._gate = PauseGate()
        self._beat = Beat(clock)
        self._latest = LatestPrices()
        self._listeners: tuple[Listener, ...] = ()
        self._calendar = ""
        self._days: tuple[TradingDay, ...] = ()
        # The first day wanted, and the first one played where a process before began earlier.
        self._wanted = self._first = 0
        self._lap = 1
        self._position = Position(day=0)
        self._now: datetime | None = None

    async def start(self) -> None:
        """Read prices and cursor; raise MarketDataCorrupt, InvalidValue for the range."""
        history = self._read()
        every_day = trading_days(history, calendars=self._calendars)
        self._calendar = history.calendar
        self._days, self._wanted = days_in_range(every_day, settings=self._settings)
        self._stand(await self._cursor.load())

    async def started_over(self) -> bool:
        """Stand where the cursor is if that is in a later lap; tell whether it is.

        Only while nothing is delivered; raises storage errors.
        """
        place = await self._cursor.load()
        if place.lap <= self._lap:
            return False
        self._stand(place)
        return True

    def _stand(self, place: ReplayPlace) -> None:
        self._lap, self._first = place.lap, self._wanted
        if place.at is None:
            self._position = Position(day=self._first)
            self._now = self._days[self._first].opens_at - BEFORE_OPEN
        else:
            self._position = position_after(place.at, days=self._days, settings=self._settings)
            self._first = min(self._first, self._position.day)
            self._now = place.at
        self._latest = self._known_before(self._position)

    def subscribe(self, listener: Listener) -> None:
        """Add a listener; listeners are called in the order they were added."""
        self._listeners = (*self._listeners, listener)

    async def run(self) -> None:
        """Deliver events until the data ends; run again after an error or a cancellation.

        It then goes on with the event that was being delivered.
        """
        self.now()
        with self._beat.running():
            await self._play()

    async def _play(self) -> None:
        position = self._position
        if self._lap > 1:
            # With every run: who knows the lap does nothing, and a venue may be an older copy.
            began = ReplayBegan(lap=self._lap, at=self.now())
            for listener in self._listeners:
                await listener(began)
        while position.day < len(self._days):
            day = self._days[position.day]
            for step in self._steps(day)[position.step :]:
                if self._before is not None:
                    self._beat.rest()
                    await self._before(step.at)
                await self._deliver(step)
                self._beat.expect(0.0)
                await self._cursor.save(step.at)
                position.step, position.event = position.step + 1, 0
                await self._pass_time(step, day=day)
            position.day, position.step = position.day + 1, 0

    def now(self) -> datetime:
        """Return the market time of the latest event, the cursor's before there is one."""
        if self._now is None:
            raise RuntimeError("the replay has no time yet: await start() first")
        return self._now

    def lap(self) -> int:
        """Return how often the replay was begun."""
        return self._lap

    def place(self) -> ReplayPlace:
        """Return lap and market time."""
        return ReplayPlace(lap=self._lap, at=self.now())

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
        return "" if self._is_over else self._beat.problem()

    def pause(self) -> None:
        """Stop before the next event."""
        self._gate.close()

    def resume(self) -> None:
        """Go on after a pause."""
        self._gate.open()

    def state(self) -> ReplayState:
        """Return running, paused, finished or down."""
        if self._is_over:
            return ReplayState.FINISHED
        if self.problem():
            return ReplayState.DOWN
        return ReplayState.PAUSED if self._gate.shut else ReplayState.RUNNING

    @property
    def _is_over(self) -> bool:
        return self._now is not None and self._position.day >= len(self._days)

    @property
    def days_total(self) -> int:
        """The number of days from the first one wanted to the last."""
        return len(self._days) - self._first

    @property
    def days_done(self) -> int:
        """How many of them are over, those of earlier processes included."""
        return self._position.day - self._first

    async def _deliver(self, step: Step) -> None:
        position = self._position
        for event in step.events[position.event :]:
            if self._gate.shut:
                self._beat.rest()
                await self._gate.wait()
            self._beat.expect(0.0)
            # What a listener reads while it handles the event must not be older than it;
            # what is delivered again must not be counted again.
            if not position.applied:
                self._now = step.at
                self._latest.apply(event)
                position.applied = True
            for listener in self._listeners:
                await listener(event)
            position.event += 1
            position.applied = False
            self._beat.delivered()

    async def _pass_time(self, step: Step, *, day: TradingDay) -> None:
        """Spread the day's wall time over the gaps between its steps; nights take none."""
        if day.opens_at <= step.at < day.closes_at and self._settings.seconds_per_day > 0:
            gap_s = self._settings.seconds_per_day / (STEPS_PER_DAY - 1)
            self._beat.expect(gap_s)
            await self._sleeper.sleep(gap_s)
        elif step.at == day.closes_at:
            # Even at full speed others get their turn, and a cancellation its chance.
            await self._sleeper.sleep(0)

    def _steps(self, day: TradingDay) -> tuple[Step, ...]:
        return day_steps(
            day, calendar=self._calendar, half_spread_ticks=self._settings.half_spread_ticks
        )

    def _known_before(self, position: Position) -> LatestPrices:
        """Rebuild the view as it was when the events before a position had been delivered."""
        # No earlier bar is kept anyway.
        first = max(0, position.day - BARS_KEPT)
        begins = self._days[min(first, len(self._days) - 1)].opens_at - BEFORE_OPEN
        latest = LatestPrices(since=begins - _INSTANT)
        for day in self._days[first : position.day]:
            _apply(
                closing_events(
                    day,
                    calendar=self._calendar,
                    half_spread_ticks=self._settings.half_spread_ticks,
                ),
                to=latest,
            )
        if position.step:
            for step in self._steps(self._days[position.day])[: position.step]:
                _apply(step.events, to=latest)
        return latest


def _apply(events: Sequence[MarketEvent], *, to: LatestPrices) -> None:
    for event in events:
        to.apply(event)
