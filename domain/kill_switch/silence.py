"""Judge whether those who send to a broker have fallen silent."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Silence:
    """Counts how long nobody has stood for each broker, in seconds that the listener was awake.

    A broker counts from the first beat that names it. A process that signs off takes its
    brokers along, unless another stands for them; the next beat has them count again. One that
    was itself silent for too long, while another stood for its broker, stands for it no more.
    """

    silent_after_s: float
    # Between two looks: a listener that was stopped itself has heard nobody, whoever lived.
    step_s_max: float
    _quiet_s: dict[str, float] = field(default_factory=dict)
    # Who stood for a broker last, by broker, and for how long each has said nothing.
    _standing: dict[str, dict[str, float]] = field(default_factory=dict)
    _looked_at_s: float | None = None

    def beat(self, process: str, *, brokers: Iterable[str]) -> None:
        """Take note that a process lives, and for which brokers it stands."""
        named = set(brokers)
        for broker, standing in self._standing.items():
            if broker not in named:
                standing.pop(process, None)
        for broker in named:
            self._quiet_s[broker] = 0.0
            self._standing.setdefault(broker, {})[process] = 0.0

    def sign_off(self, process: str) -> None:
        """Take note that a process ended in order."""
        for broker, standing in list(self._standing.items()):
            if process not in standing:
                continue
            del standing[process]
            # A dead process never signs off: whoever took over from it does so for both.
            if all(quiet_s >= self.silent_after_s for quiet_s in standing.values()):
                del self._standing[broker]
                self._quiet_s.pop(broker, None)

    @property
    def watched(self) -> frozenset[str]:
        """The brokers that count."""
        return frozenset(self._quiet_s)

    def look(self, *, now_s: float) -> frozenset[str]:
        """Return the brokers for which nobody has stood for too long."""
        before, self._looked_at_s = self._looked_at_s, now_s
        if before is not None:
            step_s = min(max(now_s - before, 0.0), self.step_s_max)
            for broker in self._quiet_s:
                self._quiet_s[broker] += step_s
            for standing in self._standing.values():
                for process in standing:
                    standing[process] += step_s
        return frozenset(
            broker for broker, quiet_s in self._quiet_s.items() if quiet_s >= self.silent_after_s
        )
