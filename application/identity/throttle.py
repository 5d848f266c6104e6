"""Slow down who guesses passwords, and nobody else: no stranger can lock an account."""

from dataclasses import dataclass

from domain.identity.address import normal_address
from ports.attempts import Attempts
from ports.rate_limits import RateLimit, RateLimits

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 15 * 60.0
PER_IP_A_MINUTE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginThrottle:
    """Failures per e-mail address, known or not, and tries per network address.

    A known device of a user has failures and tries of its own: however often strangers fail
    at an address, of mail or of the network that they share, its owner need not wait for that.
    """

    attempts: Attempts
    limits: RateLimits
    per_ip: int = PER_IP_A_MINUTE

    async def admit(self, network: str) -> float:
        """Count a try from a network address; return the seconds to wait, 0 for none."""
        if not network:
            return 0.0
        limit = RateLimit(name="login-ip", per_s=self.per_ip / 60.0, burst=self.per_ip)
        return await self.limits.take(limit=limit, key=network)

    async def admit_known(self, key: str) -> float:
        """Count a try of a known device, or for an open challenge, that `admit` did not take.

        What others behind the same network address used up is not theirs.
        """
        limit = RateLimit(name="login-known", per_s=self.per_ip / 60.0, burst=self.per_ip)
        return await self.limits.take(limit=limit, key=key)

    async def begin(self, key: str) -> float | None:
        """Count a try as failed until `succeeded` is called; return seconds to wait, or None.

        Counting before the password is checked leaves no gap for tries side by side.
        """
        return await self.attempts.begin(
            key=key, first_wait_s=FIRST_WAIT_S, longest_wait_s=LONGEST_WAIT_S
        )

    async def succeeded(self, key: str) -> None:
        """Forget the failures under a key."""
        await self.attempts.succeeded(key)

    async def unchecked(self, key: str) -> None:
        """Take back a try whose password was never checked."""
        await self.attempts.unchecked(key)


def key_of(email: str, *, device: str = "") -> str:
    """Return what failures at an address are counted under; device is a known one's id."""
    address = normal_address(email)
    return f"login:{address}:{device}" if device else f"login:{address}"
