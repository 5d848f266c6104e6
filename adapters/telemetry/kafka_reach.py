"""Show on the board what needs Kafka: by its own word, and by whether Kafka answers at all."""

from dataclasses import dataclass, field

from adapters.telemetry.health import HealthBoard
from ports.health import ComponentState


@dataclass(slots=True, kw_only=True)
class KafkaReach:
    """What this process knows of Kafka.

    A part may learn late that it is cut off, or only once it has something to send: all of
    them are degraded as soon as no broker answers. None waits: nothing of ours is down then.
    """

    health: HealthBoard
    _away: str | None = None
    _parts: dict[str, tuple[ComponentState, str]] = field(default_factory=dict)

    def declare(self, name: str) -> None:
        """Name a part that is about to start."""
        self.health.declare(name, required=False)
        self._parts[name] = (ComponentState.STARTING, "")

    def tell(self, name: str, state: ComponentState, *, detail: str = "") -> None:
        """Take a part's own word; one that was not declared here is another process's."""
        if name in self._parts:
            self._parts[name] = (state, detail)
            self._show(name)

    def looked(self, problem: str | None) -> None:
        """Take what a look at the brokers brought; None where one answered."""
        if problem != self._away:
            self._away = problem
            for name in self._parts:
                self._show(name)

    def _show(self, name: str) -> None:
        state, detail = self._parts[name]
        if self._away is not None and state in (ComponentState.STARTING, ComponentState.UP):
            state, detail = ComponentState.DEGRADED, f"waiting: {self._away}"
        self.health.set(name, state, detail=detail)
