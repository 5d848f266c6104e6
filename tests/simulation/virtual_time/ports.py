"""Fulfil time, ids and randomness from a loop's virtual time and seed."""

import asyncio
import math
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from domain.shared.uuid7 import ENTROPY_BITS, Uuid7Sequence
from tests.simulation.virtual_time.loop import SimulatedLoop

STARTS_AT = datetime(2030, 1, 1, tzinfo=UTC)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class VirtualClock:
    """The loop's time, as a wall clock that starts at a given moment."""

    __slots__ = ("_ahead", "_at_s", "_loop", "_now", "_starts_at")

    def __init__(self, loop: SimulatedLoop, *, starts_at: datetime = STARTS_AT) -> None:
        if starts_at.tzinfo is None:
            raise ValueError("a clock starts at an aware time: give it a tzinfo, such as UTC")
        self._loop = loop
        self._starts_at = starts_at.astimezone(UTC)
        self._at_s = 0.0
        self._ahead = loop.wall_ahead
        self._now = self._starts_at + self._ahead

    def now(self) -> datetime:
        """Return the start plus the virtual seconds, as far as nobody set the clocks."""
        at_s, ahead = self._loop.time(), self._loop.wall_ahead
        if at_s != self._at_s or ahead is not self._ahead:
            self._at_s, self._ahead = at_s, ahead
            self._now = self._starts_at + timedelta(seconds=at_s) + ahead
        return self._now

    def monotonic(self) -> float:
        """Return the virtual seconds."""
        return self._loop.time()


class VirtualSleeper:
    """Sleep through virtual time."""

    __slots__ = ()

    async def sleep(self, seconds: float) -> None:
        """Return once that many virtual seconds passed."""
        await asyncio.sleep(seconds)


class SimulatedIds:
    """UUIDv7 ids that carry virtual time and repeat with the seed."""

    __slots__ = ("_clock", "_draw", "_sequence")

    def __init__(self, *, clock: VirtualClock, source: random.Random) -> None:
        self._clock = clock
        self._draw = source.getrandbits
        self._sequence = Uuid7Sequence()

    def new(self) -> UUID:
        """Return the next id."""
        unix_ms = (self._clock.now() - _EPOCH) // _MILLISECOND
        return self._sequence.next(unix_ms=unix_ms, entropy=self._draw(ENTROPY_BITS))


class SimulatedRandomness:
    """Chance that repeats with the seed."""

    __slots__ = ("_source",)

    def __init__(self, source: random.Random) -> None:
        self._source = source

    def random(self) -> float:
        """Return a number of [0, 1)."""
        return self._source.random()

    def uniform(self, *, low: float, high: float) -> float:
        """Return a number of [low, high]."""
        if not (math.isfinite(low) and math.isfinite(high) and low <= high):
            raise ValueError(f"uniform needs finite low <= high, not {low} and {high}")
        return self._source.uniform(low, high)

    def token(self, size: int) -> bytes:
        """Return that many bytes."""
        if size < 1:
            raise ValueError(f"a token has at least 1 byte, not {size}")
        return self._source.randbytes(size)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What one life of a process is given of the world."""

    clock: VirtualClock
    sleeper: VirtualSleeper
    ids: SimulatedIds
    randomness: SimulatedRandomness


def surroundings(
    loop: SimulatedLoop, *, label: str, starts_at: datetime = STARTS_AT
) -> Surroundings:
    """Return surroundings whose chance depends on the loop's seed and the label only."""
    clock = VirtualClock(loop, starts_at=starts_at)
    return Surroundings(
        clock=clock,
        sleeper=VirtualSleeper(),
        ids=SimulatedIds(clock=clock, source=loop.source(f"{label}/ids")),
        randomness=SimulatedRandomness(loop.source(f"{label}/randomness")),
    )
