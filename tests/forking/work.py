"""Share the numbers of tests out among processes, as each asks for more."""

import mmap
import os
import struct
from collections.abc import Iterator

_PIECE = struct.Struct("=II")
_NUMBER = struct.Struct("=I")
# More would not be kept apart by so short a pipe, and less would part many neighbours.
_SMALLEST = 4


def pieces(count: int, *, sharers: int) -> Iterator[tuple[int, int]]:
    """Cut a row of tests up: large pieces first, which share what they make; small ones last."""
    start = 0
    while start < count:
        size = max(_SMALLEST, (count - start) // (3 * sharers))
        end = min(count, start + size)
        yield start, end
        start = end


class Work:
    """The pieces that nobody has taken yet, in a pipe that all processes read."""

    def __init__(self, count: int, *, sharers: int) -> None:
        self._reading, writing = os.pipe()
        with os.fdopen(writing, "wb") as out:
            out.writelines(_PIECE.pack(*piece) for piece in pieces(count, sharers=sharers))

    def taken(self) -> Iterator[int]:
        """Yield the number of one test after another, until there are none."""
        while piece := os.read(self._reading, _PIECE.size):
            yield from range(*_PIECE.unpack(piece))

    def close(self) -> None:
        """Let go of the pipe."""
        os.close(self._reading)


class Shared:
    """What all processes see at once: whether all is over, and which test each of them runs."""

    def __init__(self, sharers: int) -> None:
        self._memory = mmap.mmap(-1, _NUMBER.size * (1 + sharers))

    def end(self) -> None:
        """Let no process begin another test."""
        self._put(0, 1)

    def is_over(self) -> bool:
        """Tell whether no other test may begin."""
        return self._get(0) == 1

    def runs(self, sharer: int, test: int | None) -> None:
        """Note the number of the test that a process begins, or that it has none."""
        self._put(1 + sharer, 0 if test is None else 1 + test)

    def running(self, sharer: int) -> int | None:
        """Return the number of the test that a process was last in."""
        return self._get(1 + sharer) - 1 if self._get(1 + sharer) else None

    def _put(self, place: int, number: int) -> None:
        _NUMBER.pack_into(self._memory, place * _NUMBER.size, number)

    def _get(self, place: int) -> int:
        return int(_NUMBER.unpack_from(self._memory, place * _NUMBER.size)[0])
