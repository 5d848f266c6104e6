"""What the core needs to slow down who guesses."""

from typing import Protocol


class Attempts(Protocol):
    """Failures by key, known to all processes that share them.

    The wait after the first failure is first_wait_s, and doubles with each further one up to
    longest_wait_s. Failures are remembered for a day, unless very many other keys push them
    out. An adapter that cannot reach the others goes by what its own process saw, or raises
    StorageUnavailable: where users are looked up in the same storage nobody could log in.
    """

    async def begin(self, *, key: str, first_wait_s: float, longest_wait_s: float) -> float | None:
        """Count a try as failed until told otherwise; return seconds to wait, or None.

        A try that must wait is not counted. Of tries side by side one begins.
        """
        ...

    async def succeeded(self, key: str) -> None:
        """Forget the failures of a key."""
        ...

    async def unchecked(self, key: str) -> None:
        """Take back a try that came to nothing; the next one need not wait."""
        ...
