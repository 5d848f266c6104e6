"""Play daily price history as a live market: a board over it that can be steered."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from adapters.market_data.board import MarketBoard
from adapters.market_data.replay.history import PriceHistory
from adapters.market_data.replay.settings import ReplaySettings
from adapters.market_data.replay.source import ReplaySource, Resume
from domain.market.prices import ReplayBegan
from ports.market import Calendars, ReplayCursor, ReplayPlace, ReplayState
from ports.time import Clock, Sleeper


class ReplayFeed(MarketBoard):
    """A market replayed from daily prices, going on where an earlier process stood.

    start() reads the prices and the cursor and must have returned before anything else is
    asked. A restart repeats at most the step of a day that was being delivered. In a lap
    behind the first one each run begins with ReplayBegan.
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
        resume: Resume | None = None,
    ) -> None:
        self._replay = ReplaySource(
            read=read,
            calendars=calendars,
            cursor=cursor,
            sleeper=sleeper,
            settings=settings,
            before=before,
            resume=resume,
        )
        super().__init__(source=self._replay, clock=clock)

    async def start(self) -> None:
        """Read prices and cursor; raise MarketDataCorrupt, InvalidValue for the range."""
        await self._replay.start()
        self.stand()

    async def started_over(self) -> bool:
        """Stand where the cursor is if that is in a later lap; tell whether it is.

        Only while nothing is delivered; raises storage errors.
        """
        if not await self._replay.started_over():
            return False
        self.stand()
        return True

    async def run(self) -> None:
        """Deliver events until the data ends; run again after an error or a cancellation.

        It then goes on with the event that was being delivered.
        """
        began = ReplayBegan(lap=self.lap(), at=self.now())
        with self._beat.running():
            if began.lap > 1:
                # With every run: who knows the lap does nothing, a venue may be an older copy.
                for listener in self._listeners:
                    await listener(began)
            await self._take()

    def lap(self) -> int:
        """Return how often the replay was begun."""
        return self._replay.lap

    def place(self) -> ReplayPlace:
        """Return lap and market time."""
        return ReplayPlace(lap=self.lap(), at=self.now())

    def pause(self) -> None:
        """Stop before the next event."""
        self._gate.close()

    def resume(self) -> None:
        """Go on after a pause."""
        self._gate.open()

    def state(self) -> ReplayState:
        """Return running, paused, finished or down."""
        if self._replay.ended():
            return ReplayState.FINISHED
        if self.problem():
            return ReplayState.DOWN
        return ReplayState.PAUSED if self._gate.shut else ReplayState.RUNNING

    @property
    def days_total(self) -> int:
        """The number of days from the first one wanted to the last."""
        return self._replay.days_total

    @property
    def days_done(self) -> int:
        """How many of them are over, those of earlier processes included."""
        return self._replay.days_done
