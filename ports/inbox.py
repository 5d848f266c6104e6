"""What the core's edge needs so that a command delivered again is answered, not carried out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


def reply_key(command_id: UUID) -> str:
    """Return the key under which a command's answer is kept, whoever keeps it."""
    return f"cmd:{command_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """The command has no answer yet; at is when it was first begun, by this run or another."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandAnswer:
    """The command's one answer."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class OtherContent:
    """The id was used by the tenant for a command with other content."""


class Inbox(Protocol):
    """The commands of all tenants that were begun or answered, each answered once for ever.

    Use cases that store an answer with their effect (AccountBooks.commit, RiskScope.replies)
    do it under the same key: of two answers to one command the first one stored holds,
    wherever it came from, and the effect of the other is not stored.
    """

    async def begin(
        self, *, tenant_id: UUID, command_id: UUID, content_hash: bytes, at: datetime
    ) -> Begun | CommandAnswer | OtherContent:
        """Note that the command is about to be carried out, or say what is known of it.

        Raises StorageUnavailable.
        """
        ...

    async def find(
        self, *, tenant_id: UUID, command_id: UUID, content_hash: bytes
    ) -> Begun | CommandAnswer | OtherContent | None:
        """Return what is known of the command, None when nothing is."""
        ...

    async def settle(
        self, *, tenant_id: UUID, command_id: UUID, content_hash: bytes, answer: CommandAnswer
    ) -> CommandAnswer | OtherContent:
        """Store the answer unless there is one, and return the one that holds."""
        ...
