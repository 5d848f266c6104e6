"""Ask functions as if they were people's own strategy classes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from domain.market.prices import Bar
from ports.own_strategies import OwnStrategyFailed

Scores = Callable[[Sequence[Bar]], Sequence[float | None]]


@dataclass(frozen=True, slots=True)
class OwnFunctions:
    """Functions of this process, by name (port OwnStrategies)."""

    functions: Mapping[str, Scores] = field(default_factory=dict)

    def names(self) -> Sequence[str]:
        """Return their names, in order."""
        return sorted(self.functions)

    async def scores(self, name: str, bars: Sequence[Bar]) -> Sequence[float | None]:
        """Ask one; raises OwnStrategyFailed."""
        if name not in self.functions:
            raise OwnStrategyFailed(f"no class {name} is installed here")
        try:
            return self.functions[name](bars)
        except Exception as problem:  # noqa: BLE001 - whatever the function raises
            raise OwnStrategyFailed(f"{name} failed: {type(problem).__name__}: {problem}") from None

    async def stop(self) -> None:
        """Do nothing: nothing runs."""
