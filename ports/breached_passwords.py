"""What the core needs to refuse passwords that are known to everyone."""

from typing import Protocol


class BreachedPasswords(Protocol):
    """Passwords that were found in breaches, or that anyone would try first."""

    async def holds(self, password: str) -> bool:
        """Tell whether the password is one of them; case counts for none of our own list.

        Raises StorageUnavailable when the list cannot be read.
        """
        ...
