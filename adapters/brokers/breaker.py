"""Stop sending to a broker that fails: a circuit breaker over the latest calls."""

from collections import deque
from dataclasses import dataclass
from enum import StrEnum

from domain.shared.values import InvalidValue


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerSettings:
    """When the circuit opens, and for how long.

    It opens when, of the latest `window` calls and at least `minimum`, the given ratio
    failed, or was slower than slow_s. It stays open for open_s, doubling up to
    open_max_s each time it opens again before it was closed.
    """

    window: int = 50
    minimum: int = 10
    failed_ratio: float = 0.5
    slow_s: float = 3.0
    slow_ratio: float = 0.5
    open_s: float = 15.0
    open_max_s: float = 120.0
    half_open_calls: int = 3

    def __post_init__(self) -> None:
        if not 1 <= self.minimum <= self.window:
            raise InvalidValue(field="minimum", problem="must be at least 1, at most the window")
        for name in ("failed_ratio", "slow_ratio"):
            if not 0 < getattr(self, name) <= 1:
                raise InvalidValue(field=name, problem="must be above 0 and at most 1")
        if not 0 < self.open_s <= self.open_max_s < float("inf"):
            raise InvalidValue(field="open_s", problem="must be above 0, at most open_max_s")
        if self.half_open_calls < 1:
            raise InvalidValue(field="half_open_calls", problem="must be at least 1")


class Circuit(StrEnum):
    """Closed lets calls pass, open refuses them, half-open tries a few."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to make one call; its outcome counts only for the spell it was given in."""

    spell: int
    began_s: float


class CircuitBreaker:
    """Count calls and decide which may pass. Times are seconds of a monotonic clock."""

    def __init__(self, settings: BreakerSettings) -> None:
        self._settings = settings
        self._calls: deque[tuple[bool, bool]] = deque(maxlen=settings.window)
        self._circuit = Circuit.CLOSED
        # Rises with every change of the circuit.
        self._spell = 0
        self._open_until_s = 0.0
        self._next_open_s = settings.open_s
        self._trials_left = 0
        self._trials_good = 0

    def circuit(self, *, now_s: float) -> Circuit:
        """Return where the circuit stands."""
        if self._circuit is Circuit.OPEN and now_s >= self._open_until_s:
            self._turn(Circuit.HALF_OPEN)
            self._trials_left = self._settings.half_open_calls
            self._trials_good = 0
        return self._circuit

    def enter(self, *, now_s: float) -> Permit | None:
        """Return a permit, or None when the call must not be made."""
        circuit = self.circuit(now_s=now_s)
        if circuit is Circuit.OPEN:
            return None
        if circuit is Circuit.HALF_OPEN:
            if not self._trials_left:
                return None
            self._trials_left -= 1
        return Permit(self._spell, now_s)

    def leave(self, permit: Permit, *, now_s: float, failed: bool) -> None:
        """Count the outcome of a permitted call."""
        if permit.spell != self._spell:
            return
        slow = now_s - permit.began_s > self._settings.slow_s
        if self._circuit is Circuit.HALF_OPEN:
            self._count_trial(good=not failed and not slow, now_s=now_s)
            return
        self._calls.append((failed, slow))
        if self._is_failing():
            self._open(now_s)

    def give_back(self, permit: Permit) -> None:
        """Take a permit back whose call was abandoned: it says nothing of the broker."""
        if permit.spell == self._spell and self._circuit is Circuit.HALF_OPEN:
            self._trials_left += 1

    def retry_after_s(self, *, now_s: float) -> float:
        """Return the seconds until the circuit may be tried again; 0 when it is not open."""
        if self.circuit(now_s=now_s) is not Circuit.OPEN:
            return 0.0
        return self._open_until_s - now_s

    def _count_trial(self, *, good: bool, now_s: float) -> None:
        # One bad trial is enough: the others would only be risked as well.
        if not good:
            self._open(now_s)
            return
        self._trials_good += 1
        if self._trials_good == self._settings.half_open_calls:
            self._turn(Circuit.CLOSED)
            self._next_open_s = self._settings.open_s

    def _is_failing(self) -> bool:
        own, count = self._settings, len(self._calls)
        if count < own.minimum:
            return False
        failed = sum(1 for failed, _ in self._calls if failed)
        slow = sum(1 for _, slow in self._calls if slow)
        return failed >= own.failed_ratio * count or slow >= own.slow_ratio * count

    def _open(self, now_s: float) -> None:
        self._turn(Circuit.OPEN)
        self._open_until_s = now_s + self._next_open_s
        self._next_open_s = min(2 * self._next_open_s, self._settings.open_max_s)

    def _turn(self, circuit: Circuit) -> None:
        self._circuit = circuit
        self._spell += 1
        self._calls.clear()
