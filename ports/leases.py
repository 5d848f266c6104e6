"""What the core needs so that only one process does a job."""

from typing import Protocol


class Lease(Protocol):
    """The right to do a job, held by one process at a time, lost when it falls silent."""

    def is_held(self) -> bool:
        """Tell, by the monotonic clock and without waiting, whether it is surely still ours."""
        ...
