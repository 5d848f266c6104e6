"""Keep begun commands in memory; their answers lie with those of the books."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from adapters.memory.database import MemoryLink
from domain.accounts.change import Reply
from ports.inbox import Begun, OtherContent, Settled, reply_key


@dataclass(frozen=True, slots=True)
class MemoryInbox:
    """The inbox of one memory database (port Inbox)."""

    link: MemoryLink

    async def begin(
        self, *, tenant_id: UUID, command_id: UUID, content_hash: bytes, at: datetime
    ) -> Begun | Settled | OtherContent:
        """Note the command, or say what is known of it."""
        database = await self.link.enter()
        known = _answer(
            database.replies.get((tenant_id, reply_key(command_id))), content_hash=content_hash
        )
        if known is not None:
            return known
        first_hash, first_at = database.begun.setdefault(
            (tenant_id, command_id), (content_hash, at)
        )
        return Begun(at=first_at) if first_hash == content_hash else OtherContent()

    async def find(
        self, *, tenant_id: UUID, command_id: UUID, content_hash: bytes
    ) -> Settled | OtherContent | None:
        """Return the command's answer."""
        database = await self.link.enter()
        kept = database.replies.get((tenant_id, reply_key(command_id)))
        return _answer(kept, content_hash=content_hash)

    async def settle(
        self, *, tenant_id: UUID, command_id: UUID, content_hash: bytes, answer: Settled
    ) -> Settled | OtherContent:
        """Store the answer unless there is one."""
        database = await self.link.enter()
        key = reply_key(command_id)
        kept = database.replies.setdefault(
            (tenant_id, key),
            Reply(key=key, request_hash=content_hash, status=answer.status, body=answer.body),
        )
        await self.link.pause()
        if kept.request_hash != content_hash:
            return OtherContent()
        return Settled(status=kept.status, body=kept.body)


def _answer(kept: Reply | None, *, content_hash: bytes) -> Settled | OtherContent | None:
    if kept is None:
        return None
    if kept.request_hash != content_hash:
        return OtherContent()
    return Settled(status=kept.status, body=kept.body)
