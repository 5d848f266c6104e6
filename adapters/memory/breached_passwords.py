"""Know a few breached passwords: for tests and simulation."""

from collections.abc import Iterable


class MemoryBreachedPasswords:
    """The passwords that are given (port BreachedPasswords)."""

    def __init__(self, passwords: Iterable[str] = ()) -> None:
        self._passwords = frozenset(passwords)

    async def holds(self, password: str) -> bool:
        """Tell whether the password is one of them."""
        return password in self._passwords
