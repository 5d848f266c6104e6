"""Forget signals that have been kept for long enough."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from ports.signals import SignalArchive
from ports.storage import StorageUnavailable
from ports.time import Clock, Sleeper

EVERY_S = 3_600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetSignals:
    """Drop what is older than it is kept, once an hour."""

    archive: SignalArchive
    kept: timedelta
    clock: Clock
    sleeper: Sleeper
    on_failure: Callable[[Exception], None]

    async def __call__(self) -> None:
        """Run until cancelled."""
        while True:
            try:
                await self.archive.forget(before=self.clock.now() - self.kept)
            # What was not forgotten is with the next round.
            except StorageUnavailable as problem:
                self.on_failure(problem)
            await self.sleeper.sleep(EVERY_S)
