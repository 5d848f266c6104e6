"""What the outside may know of how the parts of the running system are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class ComponentState(StrEnum):
    """How a part is."""

    STARTING = "starting"
    UP = "up"
    DEGRADED = "degraded"  # works with less than it should
    DOWN = "down"
    STOPPED = "stopped"  # ended as it should have


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One part: how it is, why, and since when.

    required: whether this process is unready while the part is not up. detail is for
    operators and holds no secrets. version is Ballast's in the process that does the work,
    empty where none has told of it yet.
    """

    name: str
    state: ComponentState
    required: bool
    detail: str
    since: datetime
    version: str = ""


class HealthReports(Protocol):
    """How the parts are that other processes run, told by them again and again."""

    async def tell(self, components: Sequence[Component]) -> None:
        """Say how one's own parts are."""
        ...

    async def hear(self) -> Sequence[tuple[Component, float]]:
        """Return the latest word on each part, ordered by name, and how many seconds ago."""
        ...


class Health(Protocol):
    """How the parts are, read without waiting."""

    def components(self) -> Sequence[Component]:
        """Return every part, ordered by name."""
        ...

    def is_ready(self) -> bool:
        """Tell whether this process can do what is asked of it.

        One that answers takes orders, cancels and stops then; what others lack is shown and
        keeps nobody from asking it.
        """
        ...
