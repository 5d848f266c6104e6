"""Make UUIDv7 ids from the machine's clock and random source."""

import os
import threading
import time
from uuid import UUID

from domain.shared.uuid7 import ENTROPY_BITS, Uuid7Sequence

_ENTROPY_BYTES = (ENTROPY_BITS + 7) // 8
# One call of the kernel for many ids: a call each would be most of an id's cost.
_IDS_PER_DRAW = 256
# Random bits that no id has used, for all sources, and the lock around taking them.
_drawn: list[int] = []
_lock = threading.Lock()
_acquire, _release = _lock.acquire, _lock.release
_take = _drawn.pop
_time_ns = time.time_ns

# A forked child holds the same unused bits as its parent: it draws anew.
os.register_at_fork(after_in_child=_drawn.clear)


class UuidV7Ids:
    """UUIDv7 ids, ascending within the process and safe to use from several threads."""

    __slots__ = ("_next",)

    def __init__(self) -> None:
        self._next = Uuid7Sequence().next

    def new(self) -> UUID:
        """Return the next id."""
        # `with` a lock costs twice as much as the two calls, and a dozen ids go into an order.
        _acquire()
        try:
            if not _drawn:
                _drawn.extend(_draw())
            return self._next(unix_ms=_time_ns() // 1_000_000, entropy=_take())
        finally:
            _release()


def _draw() -> list[int]:
    drawn = os.urandom(_ENTROPY_BYTES * _IDS_PER_DRAW)
    return [
        int.from_bytes(drawn[start : start + _ENTROPY_BYTES], "big")
        for start in range(0, len(drawn), _ENTROPY_BYTES)
    ]
