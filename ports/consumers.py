"""What the core needs to have a consumer start anew, wherever it runs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.audit.entry import AuditEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartRequest:
    """Someone wants every member of a group to restart. Ids rise with time."""

    id: UUID
    group: str
    actor: str
    asked_at: datetime
    # When the first member was back, None before.
    done_at: datetime | None = None


class ConsumerRestarts(Protocol):
    """Requests to restart consumers, durable; their members ask for them."""

    async def ask(self, request: RestartRequest, *, audit: AuditEntry) -> None:
        """Store a request with its audit entry, all or nothing."""
        ...

    async def latest(self, *, group: str) -> RestartRequest | None:
        """Return the group's latest request; earlier ones are settled by it."""
        ...

    async def done(self, *, request_id: UUID, at: datetime) -> None:
        """Note that a member has restarted; the first to say so counts."""
        ...


class Consumer(Protocol):
    """A member of a group. Its loop leaves nothing half done, whichever way it ends."""

    async def run(self) -> None:
        """Consume until `finish`; may be called again after it returned or raised.

        What is not committed comes again, and has its effect once.
        """
        ...

    def finish(self) -> None:
        """Take nothing more; `run` returns once what is in hand is done and committed."""
        ...
