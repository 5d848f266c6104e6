"""What the core needs to know of the messages that a step of succession sends."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID


class StepMessages(Protocol):
    """Whether what a step had to say reached anybody."""

    async def delivered(self, *, tenant_id: UUID, notice_ids: Sequence[UUID]) -> bool:
        """Tell whether at least one of these notices was delivered, on whatever channel.

        While none was, the clock waits: silence after a message that nobody got is none. Raises
        StorageUnavailable.
        """
        ...
