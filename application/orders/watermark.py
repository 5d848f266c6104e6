"""Count which of a broker's reports were applied."""

from collections.abc import Iterable


class Watermark:
    """The highest report up to which none is missing, and those applied above it."""

    def __init__(self, value: int = 0, *, above: Iterable[int] = ()) -> None:
        self.value = value
        self._above: set[int] = set()
        for sequence in above:
            self.heard(sequence)

    @property
    def above(self) -> int:
        """How many were applied above the mark: what is missing below them is on its way."""
        return len(self._above)

    def knows(self, sequence: int) -> bool:
        """Tell whether a report was applied already."""
        return sequence <= self.value or sequence in self._above

    def heard(self, sequence: int) -> int:
        """Count a report as applied and return the watermark."""
        if sequence > self.value:
            self._above.add(sequence)
        while self.value + 1 in self._above:
            self.value += 1
            self._above.discard(self.value)
        return self.value
