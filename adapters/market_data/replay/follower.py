"""Follow a replay that another process plays: the same prices, up to where it stands."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from adapters.market_data.replay.feed import ReplayFeed
from adapters.market_data.replay.history import PriceHistory
from adapters.market_data.replay.settings import ReplaySettings
from adapters.market_data.replay.source import Resume
from ports.market import (
    Calendars,
    ReplayCursor,
    ReplayPlace,
    ReplayPulse,
    ReplayPulses,
    ReplayState,
)
from ports.storage import StorageUnavailable
from ports.time import Clock, Sleeper

LOOK_EVERY_S = 0.05
# The process that plays speaks up four times a second: one that says nothing for so long is
# gone, or we are: what is known are the last prices then, at which nothing new is opened.
STALE_S = 3.0


class ReplayFollower(ReplayFeed):
    """A market played elsewhere: view, clock and feed of this process, and a way to steer.

    The history is this process's own and the cursor the other's, so that only the cursor has
    to be passed on. It never runs ahead of what was delivered there, and may lag behind it by
    a look or two.
    """

    def __init__(
        self,
        *,
        read: Callable[[], PriceHistory],
        calendars: Calendars,
        cursor: ReplayCursor,
        pulses: ReplayPulses,
        clock: Clock,
        sleeper: Sleeper,
        settings: ReplaySettings,
        resume: Resume | None = None,
    ) -> None:
        self._pulses = pulses
        self._clock = clock
        self._sleeper = sleeper
        self._heard: ReplayPulse | None = None
        self._heard_at = 0.0
        self._wished: bool | None = None
        super().__init__(
            read=read,
            calendars=calendars,
            cursor=ReadOnlyCursor(cursor),
            clock=clock,
            sleeper=sleeper,
            settings=replace(settings, seconds_per_day=0.0),
            before=self._played,
            resume=resume,
        )

    async def start(self) -> None:
        """Read prices and the other's cursor; raises as ReplayFeed.start does."""
        await super().start()
        await self._look()

    async def run(self) -> None:
        """Deliver what the other has delivered, as it does, lap after lap."""
        while True:
            await super().run()
            while self._is_in_lap() or not await self.started_over():
                # Nothing more comes, but whether somebody keeps the prices must stay known.
                await self._look()
                await self._sleeper.sleep(LOOK_EVERY_S)

    def problem(self) -> str:
        """Say why the prices here are not those of now, empty when they are."""
        if self._heard is None:
            return "no process plays the market: nothing was ever heard of one"
        age_s = self._heard.age_s + self._clock.monotonic() - self._heard_at
        if age_s > STALE_S:
            return f"no process plays the market: the last word is {age_s:.0f} s old"
        if self._heard.state is ReplayState.DOWN:
            return "the process that plays the market says that its feed is down"
        if not self._is_in_lap():
            return "the replay starts over, and this process is not there yet"
        played_to = self._heard.at
        if self._replay.ended() and played_to is not None and played_to > self.now():
            return "the market is played beyond the prices that this process has read: restart it"
        return super().problem()

    def pause(self) -> None:
        """Ask for a pause; it is passed on with the next look."""
        self._wished = True

    def resume(self) -> None:
        """Ask for the pause to end."""
        self._wished = False

    def state(self) -> ReplayState:
        """Return what was asked for here last, else what the other said."""
        if self.problem() or self._heard is None:
            return ReplayState.DOWN
        heard = self._heard.state
        if heard is ReplayState.FINISHED or self._wished is None:
            return heard
        return ReplayState.PAUSED if self._wished else ReplayState.RUNNING

    async def _played(self, at: datetime) -> None:
        """Wait until the other has delivered everything of a market time."""
        while not self._has_played(at):
            await self._look()
            if not self._has_played(at):
                await self._sleeper.sleep(LOOK_EVERY_S)

    def _has_played(self, at: datetime) -> bool:
        heard = self._heard
        if heard is None:
            return False
        # Whoever is in a later lap has played all of this one.
        return heard.lap > self.lap() or (heard.at is not None and heard.at >= at)

    def _is_in_lap(self) -> bool:
        return self._heard is None or self._heard.lap == self.lap()

    async def _look(self) -> None:
        asked_at = self._clock.monotonic()
        try:
            if self._wished is not None:
                wished, self._wished = self._wished, None
                await self._pulses.wish(paused=wished)
            heard = await self._pulses.hear()
        except StorageUnavailable:
            # What is known grows stale meanwhile.
            return
        self._heard, self._heard_at = heard, asked_at


class ReadOnlyCursor:
    """The other's cursor: ours to read only."""

    def __init__(self, inner: ReplayCursor) -> None:
        self._inner = inner

    async def load(self) -> ReplayPlace:
        """Return where the other stands."""
        return await self._inner.load()

    async def save(self, at: datetime) -> None:
        """Leave it alone."""
