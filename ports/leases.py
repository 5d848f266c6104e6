"""What the core needs so that only one process does a job."""

from dataclasses import dataclass
from typing import Protocol


class LeaseLost(Exception):
    """Another process does the job by now: what was to be written was refused."""


class Lease(Protocol):
    """The right to do a job, held by one process at a time, lost when it falls silent."""

    def is_held(self) -> bool:
        """Tell, by the monotonic clock and without waiting, whether it is surely still ours."""
        ...


@dataclass(frozen=True, slots=True)
class Fence:
    """What a late write is refused by: the token grows with every acquisition of the name."""

    name: str
    token: int


class Leases(Protocol):
    """Leases by name, each with one holder at a time, judged by the storage's own clock."""

    async def acquire(self, *, name: str, holder: str, lasts_s: float) -> Fence | None:
        """Take a lease that is free, has lapsed, or is the holder's own; None: another has it.

        Each acquisition gives a higher token than any before it, so that of two who both
        believe to hold the name, storage knows the later one.
        """
        ...

    async def renew(self, fence: Fence, *, lasts_s: float) -> bool:
        """Hold it for as long again, from now; False when it was taken or given back since."""
        ...

    async def release(self, fence: Fence) -> None:
        """Give it back; nothing happens when it is another's by now."""
        ...
