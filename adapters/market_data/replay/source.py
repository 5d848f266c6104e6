"""Tell a history of daily prices as it happens, from where an earlier process stood."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from adapters.market_data.replay.history import PriceHistory, TradingDay, trading_days
from adapters.market_data.replay.intraday import (
    BEFORE_OPEN,
    STEPS_PER_DAY,
    Step,
    closing_events,
    day_steps,
)
from adapters.market_data.replay.position import Position, days_in_range, position_after
from adapters.market_data.replay.settings import ReplaySettings
from domain.market.latest import BARS_KEPT
from domain.market.prices import (
    Bar,
    DividendEffective,
    MarketEvent,
    Quote,
    SessionClosed,
    SessionOpened,
    SplitEffective,
    TradedVolume,
)
from ports.market import Calendars, ReplayCursor, ReplayPlace
from ports.market_source import KnownBefore, Moment, SourceAbilities
from ports.time import Sleeper

# A split may take effect with the very first event.
_INSTANT = timedelta(microseconds=1)
# Asked for the market time behind which to go on, given the cursor and the days of a lap; None is
# from the lap's start.
Resume = Callable[[ReplayPlace, Sequence[TradingDay]], Awaitable[datetime | None]]
_TELLS: frozenset[type[MarketEvent]] = frozenset(
    (TradedVolume, Quote, Bar, SessionOpened, SessionClosed, SplitEffective, DividendEffective)
)


class ReplaySource:
    """The days of a history, a moment for each step of a day.

    start() reads the prices and the cursor, which wins over the start date set; the calendars
    must have been started before it. The cursor is saved once everybody has a moment: open, one
    hour in, middle, last minute, close, and before the open when a split takes effect.
    """

    def __init__(
        self,
        *,
        read: Callable[[], PriceHistory],
        calendars: Calendars,
        cursor: ReplayCursor,
        sleeper: Sleeper,
        settings: ReplaySettings,
        before: Callable[[datetime], Awaitable[None]] | None = None,
        resume: Resume | None = None,
    ) -> None:
        self._read = read
        self._calendars = calendars
        self._cursor = cursor
        self._sleeper = sleeper
        self._settings = settings
        # Awaited before each moment: who follows another's replay waits here until it was played.
        self._before = before
        # Where a reader that keeps what it knows by itself goes on; else the cursor says it.
        self._resume = resume
        self._calendar = ""
        self._days: tuple[TradingDay, ...] = ()
        # The first day wanted, and the first one played where a process before began earlier.
        self._wanted = self._first = 0
        self._position = Position(day=0)
        self._at: datetime | None = None
        self.lap = 1

    @property
    def abilities(self) -> SourceAbilities:
        """All that daily prices can tell; a replay by another may be silent for long."""
        return SourceAbilities(tells=_TELLS, silence_s=0.0 if self._before is None else None)

    async def start(self) -> None:
        """Read prices and cursor; raise MarketDataCorrupt, InvalidValue for the range."""
        history = self._read()
        every_day = trading_days(history, calendars=self._calendars)
        self._calendar = history.calendar
        self._days, self._wanted = days_in_range(every_day, settings=self._settings)
        await self._stand(await self._cursor.load())

    async def started_over(self) -> bool:
        """Stand where the cursor is if that is in a later lap; tell whether it is."""
        place = await self._cursor.load()
        if place.lap <= self.lap:
            return False
        await self._stand(place)
        return True

    async def _stand(self, place: ReplayPlace) -> None:
        self.lap, self._first = place.lap, self._wanted
        if self._resume is not None:
            place = replace(place, at=await self._resume(place, self._days[self._wanted :]))
        if place.at is None:
            self._position = Position(day=self._first)
            self._at = self._days[self._first].opens_at - BEFORE_OPEN
        else:
            self._position = position_after(place.at, days=self._days, settings=self._settings)
            self._first = min(self._first, self._position.day)
            self._at = place.at

    def known(self) -> KnownBefore:
        """Return what the days before the position told, as far as it still matters."""
        if self._at is None:
            raise RuntimeError("the replay has no time yet: await start() first")
        # No earlier bar is kept anyway.
        first = max(0, self._position.day - BARS_KEPT)
        begins = self._days[min(first, len(self._days) - 1)].opens_at - BEFORE_OPEN
        return KnownBefore(
            at=self._at, since=begins - _INSTANT, events=self._events_before(first=first)
        )

    async def moments(self) -> AsyncGenerator[Moment]:
        """Yield the steps of each day in turn; nights take no time."""
        position = self._position
        while position.day < len(self._days):
            day = self._days[position.day]
            for step in self._steps(day)[position.step :]:
                if self._before is not None:
                    await self._before(step.at)
                gap_s = self._gap_s(step, day=day)
                due_s = None if self._before is not None else gap_s
                yield Moment(at=step.at, events=step.events, next_in_s=due_s)
                await self._cursor.save(step.at)
                self._at = step.at
                position.step += 1
                if gap_s or step.at == day.closes_at:
                    # Even at full speed others get their turn, and a cancellation its chance.
                    await self._sleeper.sleep(gap_s)
            position.day, position.step = position.day + 1, 0

    def ended(self) -> bool:
        """Tell whether the last day is over."""
        return self._at is not None and self._position.day >= len(self._days)

    @property
    def days_total(self) -> int:
        """The number of days from the first one wanted to the last."""
        return len(self._days) - self._first

    @property
    def days_done(self) -> int:
        """How many of them are over, those of earlier processes included."""
        return self._position.day - self._first

    def _gap_s(self, step: Step, *, day: TradingDay) -> float:
        """Spread the day's wall time over the gaps between its steps; nights take none."""
        if not day.opens_at <= step.at < day.closes_at:
            return 0.0
        return self._settings.seconds_per_day / (STEPS_PER_DAY - 1)

    def _steps(self, day: TradingDay) -> tuple[Step, ...]:
        return day_steps(
            day, calendar=self._calendar, half_spread_ticks=self._settings.half_spread_ticks
        )

    def _events_before(self, *, first: int) -> Iterator[MarketEvent]:
        position = self._position
        for day in self._days[first : position.day]:
            yield from closing_events(
                day,
                calendar=self._calendar,
                half_spread_ticks=self._settings.half_spread_ticks,
            )
        if position.step:
            for step in self._steps(self._days[position.day])[: position.step]:
                yield from step.events
