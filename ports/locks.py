"""What the core needs so that the same work is not done twice at a time."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class HeldLock:
    """A lock that was taken; the token tells this taking from every other."""

    name: str
    token: str


class LocksUnavailable(Exception):
    """Whether the lock is free cannot be known: do the work, or leave it."""


class Locks(Protocol):
    """Brief locks by name that lapse by themselves.

    They save work and never keep data right: one may lapse while its holder still works, and
    is forgotten when the server that keeps it loses its memory. What must happen once is
    fenced in storage (ports.leases).
    """

    async def take(self, *, name: str, lasts_s: float) -> HeldLock | None:
        """Take it for so long; None: another has it. Raises LocksUnavailable."""
        ...

    async def give_back(self, held: HeldLock) -> bool:
        """Let the next one have it; False when it was not held any more.

        Never takes another's away. Raises LocksUnavailable: then it lapses.
        """
        ...
