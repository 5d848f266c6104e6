"""What the core needs to remember how a user logs in."""

from typing import Protocol
from uuid import UUID

from domain.identity.login_features import LoginFailure, LoginHabits, LoginPast, LoginRecord


class LoginHistory(Protocol):
    """The log-ins of all users, within a transaction; a bounded number of each."""

    async def past(self, user_id: UUID) -> LoginPast:
        """Return what is remembered of a user, oldest first."""
        ...

    async def habits(self, user_id: UUID) -> LoginHabits:
        """Return in short what is remembered of a user, without reading all of it."""
        ...

    async def add(self, login: LoginRecord) -> None:
        """Remember a log-in; of each user the newest LOGINS_KEPT stay."""
        ...

    async def fail(self, failure: LoginFailure) -> None:
        """Remember a wrong password; of each user the newest FAILURES_KEPT stay."""
        ...

    async def confirm(self, login_id: UUID) -> None:
        """Count a log-in as the user's own from now on, if it is remembered."""
        ...
