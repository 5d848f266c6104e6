"""What the core needs to know how unlike a user's log-ins one more is."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeAlias
from uuid import UUID

from domain.identity.login_features import LoginFeatures, LoginRecord

ReadPast: TypeAlias = Callable[[], Awaitable[Sequence[LoginRecord]]]


class Unscored(Exception):
    """There is no score just now: it took too long, or too many wait."""


class LoginAnomaly(Protocol):
    """A score of a log-in against those that the user is known by."""

    async def score(
        self, *, user_id: UUID, newest: Sequence[UUID], past: ReadPast, now: LoginFeatures
    ) -> float | None:
        """Return s(x, n) of Isolation Forest in (0, 1], near 1 for what is unlike the past.

        past is the user's own, oldest first, at least two, and read only by who has to learn
        it; newest are the ids of its last ones. The same past gives the same score. None where
        this installation has no means to score. Raises Unscored, and what past raises.
        """
        ...
