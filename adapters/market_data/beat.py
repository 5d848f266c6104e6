"""Know by the monotonic clock whether a feed still delivers what it should."""

from collections.abc import Iterator
from contextlib import contextmanager

from ports.time import Clock

# How long an event may take to reach every listener, and a wait to end, before that is silence.
LATE_S = 3.0


class Beat:
    """When the next sign of life is due, and why the last run ended."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._runs = False
        self._failure = ""
        self._due_s: float | None = None

    @contextmanager
    def running(self) -> Iterator[None]:
        """Take note of a run, and of what ends it."""
        self._runs = True
        self.expect(0.0)
        try:
            yield
        except Exception as problem:
            self._failure = f"{type(problem).__name__}: {problem}"
            raise
        finally:
            self._runs = False

    def expect(self, seconds: float) -> None:
        """Say that there must be a sign of life within so long."""
        self._due_s = self._clock.monotonic() + seconds + LATE_S

    def rest(self) -> None:
        """Say that nothing is expected until told otherwise."""
        self._due_s = None

    def delivered(self) -> None:
        """Take note that an event has reached everybody: what went wrong before is over."""
        self._failure = ""

    def problem(self) -> str:
        """Say why nothing comes, empty when all is as it should be."""
        if self._failure:
            return f"it failed: {self._failure}"
        if not self._runs:
            return "it is not running"
        if self._due_s is None:
            return ""
        late_s = self._clock.monotonic() - self._due_s
        return "" if late_s <= 0 else f"it is silent: an event is {late_s + LATE_S:.0f} s overdue"
