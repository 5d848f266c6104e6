"""What the core needs to know of the messages that a step of succession sends."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID


class StepMessages(Protocol):
    """Whether what a step had to say reached the owners."""

    async def reached(
        self, *, tenant_id: UUID, notice_ids: Sequence[UUID], owners: frozenset[UUID]
    ) -> bool:
        """Tell whether each of the owners whom these notices are for got theirs.

        A provider has to have taken it: what only the app shows reaches nobody who never looks,
        and a trustee's message says nothing of the owner's. Until then the clock waits: silence
        after a message that did not arrive is none. Raises StorageUnavailable.
        """
        ...
