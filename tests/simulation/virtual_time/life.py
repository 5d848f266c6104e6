"""Hold one life of a simulated process: from its start to its crash or end."""

from collections.abc import Callable
from contextvars import Context, ContextVar
from typing import Any


class Life:
    """One incarnation of a process; what it leaves behind can ask whether it is still alive.

    name: the process's; epoch: 1 for its first life, ascending; alive: False for ever once
    it crashed or ended. Shared stores refuse writes of a caller that is not alive.
    """

    __slots__ = ("_at_death", "alive", "context", "epoch", "name", "queue", "steps")

    def __init__(self, *, name: str, epoch: int, queue: list[Any]) -> None:
        self.name = name
        self.epoch = epoch
        self.alive = True
        self.steps = 0
        # Where its handles go: the ready list; while paused, its own; when dead, the grave.
        self.queue = queue
        self._at_death: list[Callable[[], None]] = []
        # An empty context: a new process inherits no variables of whoever started it.
        self.context = Context()
        self.context.run(_LIFE.set, self)

    def on_death(self, callback: Callable[[], None]) -> None:
        """Call back, outside the process, when this life is over, as a closed socket would.

        Runs at once when it is over already. A store uses it to release the locks and
        sessions of a process that cannot release them any more.
        """
        if self.alive:
            self._at_death.append(callback)
        else:
            callback()

    def forget(self, callback: Callable[[], None]) -> None:
        """Take back one on_death, if it is still there."""
        if callback in self._at_death:
            self._at_death.remove(callback)

    def end(self, *, grave: list[Any]) -> list[Callable[[], None]]:
        """Be over; return whom to call back, in the order they asked."""
        self.alive = False
        self.queue = grave
        callbacks, self._at_death = self._at_death, []
        return callbacks

    def __str__(self) -> str:
        return f"{self.name}#{self.epoch}"


_LIFE: ContextVar[Life] = ContextVar("ballast_simulated_life")


def life_variable() -> ContextVar[Life]:
    """Return the variable that says to which life the running code belongs."""
    return _LIFE
