"""What the core needs to keep drills of the kill switch, and to know them for its own."""

from collections.abc import Sequence
from typing import Protocol

from domain.kill_switch.drill import SignedDrill


class DrillLog(Protocol):
    """The drills of an installation; none is ever changed."""

    async def keep(self, drill: SignedDrill) -> None:
        """Keep a drill for good; raises StorageUnavailable."""
        ...

    async def latest(self, limit: int) -> Sequence[SignedDrill]:
        """Return the latest ones, the last first; raises StorageUnavailable."""
        ...


class Statements(Protocol):
    """Sign what this installation says, and know it again."""

    def sign(self, text: str) -> str:
        """Return the signature, with the name of its key."""
        ...

    def is_ours(self, text: str, *, signature: str) -> bool:
        """Tell whether a key of ours, also one of before, has signed exactly that."""
        ...
