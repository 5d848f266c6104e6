"""Know up to where a partition is done, whatever order its messages finish in."""

from collections import OrderedDict
from dataclasses import dataclass, field


@dataclass(slots=True)
class Progress:
    """The messages of one partition that were taken, in order, and which of them are done."""

    _open: OrderedDict[int, bool] = field(default_factory=OrderedDict)
    _last: int = -1
    _next: int | None = None

    def take(self, offset: int) -> bool:
        """Note a message as taken; False for one that was taken before."""
        if offset <= self._last:
            return False
        self._last = offset
        self._open[offset] = False
        return True

    def finish(self, offset: int) -> None:
        """Note a message as done."""
        self._open[offset] = True
        while self._open:
            first = next(iter(self._open))
            if not self._open[first]:
                return
            del self._open[first]
            self._next = first + 1

    @property
    def next_offset(self) -> int | None:
        """The offset behind the last message before which all are done, None at first."""
        return self._next
