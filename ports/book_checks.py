"""What the core needs to have books compared where the broker is spoken to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class AskedCheck:
    """A comparison that someone waits for."""

    id: UUID
    tenant_id: UUID
    account_id: UUID
    # Set where not the books are meant but what the broker says of this one order.
    order_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class CheckAnswer:
    """What a comparison said: the problem, None when the books agree.

    Of one order: what the broker says of it, written down.
    """

    problem: str | None


class BookChecks(Protocol):
    """Questions and answers between processes: does an account agree with its broker?"""

    async def ask(self, check: AskedCheck) -> None:
        """Ask for a comparison that begins after this."""
        ...

    async def asked(self, *, within_s: float, limit: int) -> Sequence[AskedCheck]:
        """Return unanswered questions of the last seconds, oldest first."""
        ...

    async def answer(self, *, id: UUID, answer: CheckAnswer) -> None:
        """Answer one; a second answer changes nothing."""
        ...

    async def answered(self, *, id: UUID) -> CheckAnswer | None:
        """Return the answer, None while there is none."""
        ...
