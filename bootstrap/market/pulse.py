"""Tell the processes that follow a replay how it goes, and take their wishes."""

from contextlib import suppress
from dataclasses import dataclass

from adapters.market_data.replay.feed import ReplayFeed
from ports.market import ReplayPulses
from ports.storage import StorageUnavailable
from ports.time import Sleeper

PULSE_EVERY_S = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class PulseOfReplay:
    """Tell the processes that follow how the replay is, and do what they wish."""

    feed: ReplayFeed
    pulses: ReplayPulses
    sleeper: Sleeper

    async def __call__(self) -> None:
        """Run until cancelled."""
        while True:
            # Silence is told by itself: those who follow see the last word grow old.
            with suppress(StorageUnavailable):
                await self.round()
            await self.sleeper.sleep(PULSE_EVERY_S)

    async def round(self) -> None:
        """Take a wish and tell the state."""
        wish = await self.pulses.take_wish()
        if wish is not None:
            if wish:
                self.feed.pause()
            else:
                self.feed.resume()
        await self.pulses.tell(self.feed.state())
