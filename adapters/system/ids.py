"""Make UUIDv7 ids from the machine's clock and random source."""

import os
import threading
import time
from uuid import UUID

from domain.shared.uuid7 import ENTROPY_BITS, Uuid7Sequence

_ENTROPY_BYTES = (ENTROPY_BITS + 7) // 8
# One call of the kernel for many ids: a call each would be most of an id's cost.
_IDS_PER_DRAW = 256


class UuidV7Ids:
    """UUIDv7 ids, ascending within the process and safe to use from several threads."""

    __slots__ = ("_entropy", "_lock", "_offset", "_pid", "_sequence")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sequence = Uuid7Sequence()
        self._entropy = b""
        self._offset = 0
        self._pid = 0

    def new(self) -> UUID:
        """Return the next id."""
        with self._lock:
            # A forked child holds the same unused entropy as its parent: draw anew.
            if self._offset == len(self._entropy) or self._pid != os.getpid():
                self._entropy = os.urandom(_ENTROPY_BYTES * _IDS_PER_DRAW)
                self._offset = 0
                self._pid = os.getpid()
            start = self._offset
            self._offset = start + _ENTROPY_BYTES
            entropy = int.from_bytes(self._entropy[start : self._offset], "big")
            return self._sequence.next(unix_ms=time.time_ns() // 1_000_000, entropy=entropy)
