"""Keep begun commands in memory; their answers lie with those of the books."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from adapters.memory.database import MemoryDatabase, MemoryLink
from domain.accounts.book_change import Reply
from ports.inbox import Begun, CommandAnswer, OtherContent, reply_key


@dataclass(frozen=True, slots=True)
class MemoryInbox:
    """The inbox of one memory database (port Inbox)."""

    link: MemoryLink

    async def begin(
        self, *, tenant_id: UUID, command_id: UUID, content_hash: bytes, at: datetime
    ) -> Begun | CommandAnswer | OtherContent:
        """Note the command, or say what is known of it."""
        database = await self.link.enter()
        known = _known(
            database, tenant_id=tenant_id, command_id=command_id, content_hash=content_hash
        )
        if known is not None:
            return known
        database.begun[(tenant_id, command_id)] = (content_hash, at)
        await self.link.pause()
        return Begun(at=at)

    async def find(
        self, *, tenant_id: UUID, command_id: UUID, content_hash: bytes
    ) -> Begun | CommandAnswer | OtherContent | None:
        """Return what is known of the command."""
        database = await self.link.enter()
        return _known(
            database, tenant_id=tenant_id, command_id=command_id, content_hash=content_hash
        )

    async def settle(
        self, *, tenant_id: UUID, command_id: UUID, content_hash: bytes, answer: CommandAnswer
    ) -> CommandAnswer | OtherContent:
        """Store the answer unless there is one."""
        database = await self.link.enter()
        key = reply_key(command_id)
        kept = database.replies.setdefault(
            (tenant_id, key),
            Reply(key=key, request_hash=content_hash, status=answer.status, body=answer.body),
        )
        await self.link.pause()
        return _answer(kept, content_hash=content_hash)


def _known(
    database: MemoryDatabase, *, tenant_id: UUID, command_id: UUID, content_hash: bytes
) -> Begun | CommandAnswer | OtherContent | None:
    kept = database.replies.get((tenant_id, reply_key(command_id)))
    if kept is not None:
        return _answer(kept, content_hash=content_hash)
    begun = database.begun.get((tenant_id, command_id))
    if begun is None:
        return None
    first_hash, at = begun
    return Begun(at=at) if first_hash == content_hash else OtherContent()


def _answer(kept: Reply, *, content_hash: bytes) -> CommandAnswer | OtherContent:
    if kept.request_hash != content_hash:
        return OtherContent()
    return CommandAnswer(status=kept.status, body=kept.body)
