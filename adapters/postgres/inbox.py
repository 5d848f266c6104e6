"""Keep begun commands in Postgres; their answers lie with those of the books."""

from datetime import datetime
from uuid import UUID

import asyncpg

from adapters.postgres.link.database import Database
from ports.inbox import Begun, CommandAnswer, OtherContent, reply_key

_ANSWER = "SELECT request_hash, status, body FROM replies WHERE tenant_id = $1 AND key = $2"
_BEGUN = "SELECT content_hash, begun_at FROM inbox WHERE tenant_id = $1 AND command_id = $2"


class PostgresInbox:
    """The inbox over all processes of one database (port Inbox)."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def begin(
        self, *, tenant_id: UUID, command_id: UUID, content_hash: bytes, at: datetime
    ) -> Begun | CommandAnswer | OtherContent:
        """Note the command, or say what is known of it."""
        async with self._database.connection(tenant_id) as connection:
            kept = await connection.fetchrow(_ANSWER, tenant_id, reply_key(command_id))
            if kept is not None:
                return _answer(kept, content_hash=content_hash)
            # The unique row decides between two at once; a statement of its own sees it.
            await connection.execute(
                "INSERT INTO inbox (tenant_id, command_id, content_hash, begun_at)"
                " VALUES ($1, $2, $3, $4) ON CONFLICT (tenant_id, command_id) DO NOTHING",
                tenant_id,
                command_id,
                content_hash,
                at,
            )
            begun = await connection.fetchrow(_BEGUN, tenant_id, command_id)
        assert begun is not None
        return _begun(begun, content_hash=content_hash)

    async def find(
        self, *, tenant_id: UUID, command_id: UUID, content_hash: bytes
    ) -> Begun | CommandAnswer | OtherContent | None:
        """Return what is known of the command."""
        async with self._database.connection(tenant_id) as connection:
            kept = await connection.fetchrow(_ANSWER, tenant_id, reply_key(command_id))
            if kept is not None:
                return _answer(kept, content_hash=content_hash)
            begun = await connection.fetchrow(_BEGUN, tenant_id, command_id)
        return _begun(begun, content_hash=content_hash) if begun is not None else None

    async def settle(
        self, *, tenant_id: UUID, command_id: UUID, content_hash: bytes, answer: CommandAnswer
    ) -> CommandAnswer | OtherContent:
        """Store the answer unless there is one."""
        key = reply_key(command_id)
        async with self._database.connection(tenant_id) as connection:
            await connection.execute(
                "INSERT INTO replies (tenant_id, key, request_hash, status, body, at)"
                " VALUES ($1, $2, $3, $4, $5, now()) ON CONFLICT (tenant_id, key) DO NOTHING",
                tenant_id,
                key,
                content_hash,
                answer.status,
                answer.body,
            )
            kept = await connection.fetchrow(_ANSWER, tenant_id, key)
        assert kept is not None
        return _answer(kept, content_hash=content_hash)


def _begun(row: asyncpg.Record, *, content_hash: bytes) -> Begun | OtherContent:
    return Begun(at=row["begun_at"]) if row["content_hash"] == content_hash else OtherContent()


def _answer(kept: asyncpg.Record, *, content_hash: bytes) -> CommandAnswer | OtherContent:
    if kept["request_hash"] != content_hash:
        return OtherContent()
    return CommandAnswer(status=kept["status"], body=kept["body"])
