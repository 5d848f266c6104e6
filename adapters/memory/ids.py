"""Make the same UUIDv7 ids for the same seed and clock."""

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

from domain.shared.uuid7 import ENTROPY_BITS, Uuid7Sequence
from ports.time import Clock

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class SeededIds:
    """UUIDv7 ids that carry a given clock's time and repeat with their seed."""

    __slots__ = ("_clock", "_draw", "_sequence")

    def __init__(self, *, clock: Clock, seed: int | str) -> None:
        self._clock = clock
        self._draw = random.Random(f"ids/{seed}").getrandbits  # noqa: S311 - a seed must repeat a run
        self._sequence = Uuid7Sequence()

    def new(self) -> UUID:
        """Return the next id."""
        unix_ms = (self._clock.now() - _EPOCH) // _MILLISECOND
        return self._sequence.next(unix_ms=unix_ms, entropy=self._draw(ENTROPY_BITS))
