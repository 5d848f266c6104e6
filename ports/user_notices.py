"""What the core needs to tell users of their own way in, where there is no mail."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.identity.notice import UserNotice


class UserNotices(Protocol):
    """Notices of all users, within the transaction of what they tell."""

    async def add(self, notice: UserNotice) -> None:
        """Store a notice; of each user the newest NOTICES_KEPT stay.

        Its event goes out on the user's own channel (`event_of`), under the next number.
        """
        ...

    async def of(
        self, user_id: UUID, *, limit: int, after: UUID | None = None, unread: bool = False
    ) -> Sequence[UserNotice]:
        """Return the user's notices by descending id, below `after`; unread: only those."""
        ...

    async def get(self, notice_id: UUID) -> UserNotice | None:
        """Return a notice."""
        ...

    async def mark_acknowledged(self, notice_id: UUID, *, at: datetime) -> None:
        """Keep that a notice was acknowledged; the first time stays."""
        ...

    async def mark_read(self, notice_id: UUID, *, at: datetime) -> None:
        """Keep that a notice was read; the first time stays."""
        ...
