"""Make UUIDv7 ids from the machine's clock and random source."""

import os
import threading
import time
from uuid import UUID

from domain.shared.uuid7 import ENTROPY_BITS, Uuid7Sequence

_ENTROPY_BYTES = (ENTROPY_BITS + 7) // 8
# One call of the kernel for many ids: a call each would be most of an id's cost.
_IDS_PER_DRAW = 256
# Raised in every forked child; a list, so that the hook can change it.
_forks = [0]


def _count_fork() -> None:
    _forks[0] += 1


os.register_at_fork(after_in_child=_count_fork)


class UuidV7Ids:
    """UUIDv7 ids, ascending within the process and safe to use from several threads."""

    __slots__ = ("_entropy", "_fork", "_lock", "_sequence")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sequence = Uuid7Sequence()
        self._entropy: list[int] = []
        self._fork = 0

    def new(self) -> UUID:
        """Return the next id."""
        with self._lock:
            # A forked child holds the same unused entropy as its parent: draw anew.
            if not self._entropy or self._fork != _forks[0]:
                self._fork = _forks[0]
                self._entropy = _draw()
            return self._sequence.next(
                unix_ms=time.time_ns() // 1_000_000, entropy=self._entropy.pop()
            )


def _draw() -> list[int]:
    drawn = os.urandom(_ENTROPY_BYTES * _IDS_PER_DRAW)
    return [
        int.from_bytes(drawn[start : start + _ENTROPY_BYTES], "big")
        for start in range(0, len(drawn), _ENTROPY_BYTES)
    ]
