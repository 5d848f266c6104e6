"""Keep a process from sending until every stop that storage may lack was asked for."""

from ports.time import Clock

# A loop that has not turned for so long was stopped with its process: others may have acted.
STALE_S = 10.0


class SendGate:
    """Open while nothing can have been stopped unheard; closed at a start and by an outage.

    Only a process that closed it once, as those that send do, ever finds it closed: `pass_by`
    opens it for a round of questions that nothing came between.
    """

    def __init__(self, *, clock: Clock, stale_s: float = STALE_S) -> None:
        self._clock = clock
        self._stale_s = stale_s
        self._why = ""
        self._turn = 0
        self._looked_at_s: float | None = None

    @property
    def why(self) -> str:
        """Why nothing may be sent, empty while it may."""
        if self._is_stale():
            return "this process, or those that watch it, stood still: stops are asked for first"
        return self._why

    @property
    def turn(self) -> int:
        """A number that grows with each closing."""
        return self._turn

    def is_open(self) -> bool:
        """Tell, without waiting, whether anything may be sent."""
        return not self._why and not self._is_stale()

    def close(self, why: str) -> None:
        """Let nothing leave until it was asked again."""
        self._turn += 1
        self._why = why or "closed"

    def say(self, why: str) -> None:
        """Tell why it is still closed."""
        if self._why:
            self._why = why

    def open(self, *, turn: int) -> bool:
        """Open it, unless it was closed since that turn; tell whether it is open."""
        if turn == self._turn:
            self._why = ""
            self._looked_at_s = self._clock.monotonic()
        return self.is_open()

    def keep_fresh(self) -> None:
        """Take note that this process, and whoever watches it, are alive.

        One that comes too late closes it: what happened in between has to be asked for.
        """
        if self._is_stale():
            self.close("this process stood still")
        self._looked_at_s = self._clock.monotonic()

    def _is_stale(self) -> bool:
        looked_at_s = self._looked_at_s
        return looked_at_s is not None and self._clock.monotonic() - looked_at_s > self._stale_s
