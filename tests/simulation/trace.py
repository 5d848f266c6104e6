"""Tell a run as a readable list of what happened, step by step."""

from collections import deque
from dataclasses import dataclass, field

from domain.shared.notices import Notice
from tests.simulation.virtual_time.handles import SimulatedHandle


@dataclass(slots=True)
class Trace:
    """Collects lines; keeps the last `kept` of them, or all when None.

    Steps are told only with `steps`: most of them move nothing that anybody would read.
    """

    kept: int | None = None
    steps: bool = False
    _lines: deque[str] = field(default_factory=deque)
    _step: int = 0
    _at_s: float = 0.0
    _life: str = ""

    def on_step(self, step: int, at_s: float, handle: SimulatedHandle) -> None:
        """Take note of the step that begins (a loop's Observer)."""
        self._step, self._at_s, self._life = step, at_s, str(handle.life)
        if self.steps:
            self.say(f"  runs {handle.label()}")

    def say(self, text: str) -> None:
        """Add a line."""
        self._lines.append(f"{self._step:>6} {self._at_s:>10.4f} s {self._life:<11} {text}")
        if self.kept is not None and len(self._lines) > self.kept:
            self._lines.popleft()

    def notice(self, notice: Notice) -> None:
        """Add a line for a committed notice."""
        body = notice.body
        said = [body[name] for name in _TOLD if body.get(name)]
        self.say(f"commits {notice.channel} {notice.sequence}: {notice.type} {' '.join(said)}")

    def text(self) -> str:
        """Return all lines kept."""
        return "\n".join(self._lines)


# Of a notice's body, what helps to follow an order through the lines.
_TOLD = (
    "account_id",
    "client_order_id",
    "side",
    "quantity",
    "symbol",
    "type",
    "time_in_force",
    "limit_price",
    "stop_price",
    "price",
    "state",
    "filled_quantity",
    "trade_id",
    "reason",
    "codes",
    "reasons",
)
