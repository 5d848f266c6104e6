"""Slow down who guesses passwords: a wait per account that doubles with each failure."""

from dataclasses import dataclass

from ports.attempts import Attempts

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 15 * 60.0


@dataclass(frozen=True, slots=True)
class LoginThrottle:
    """Failures per e-mail address, known or not."""

    attempts: Attempts

    async def begin(self, email: str) -> float | None:
        """Count a try as failed until `succeeded` is called; return seconds to wait, or None.

        Counting before the password is checked leaves no gap for tries side by side.
        """
        return await self.attempts.begin(
            key=_key(email), first_wait_s=FIRST_WAIT_S, longest_wait_s=LONGEST_WAIT_S
        )

    async def succeeded(self, email: str) -> None:
        """Forget the failures of an address."""
        await self.attempts.succeeded(_key(email))

    async def unchecked(self, email: str) -> None:
        """Take back a try whose password was never checked."""
        await self.attempts.unchecked(_key(email))


def _key(email: str) -> str:
    return f"login:{email.casefold()}"
