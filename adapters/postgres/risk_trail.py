"""Write what a change of the rules brings with it: notices and answers."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres import rows
from adapters.postgres.link.tenancy import Within
from domain.accounts.change import Reply
from domain.shared.notices import Notice


@dataclass(frozen=True, slots=True)
class RiskNews:
    """Notices on the tenant's own channels (port RiskNotices)."""

    within: Within

    async def next_sequence(self, *, tenant_id: UUID, channel: str) -> int:
        """Return the next sequence number of a channel of the tenant."""
        connection = await self.within.enter(tenant_id)
        found = await connection.execute(
            text(
                "SELECT max(sequence) FROM notices WHERE tenant_id = :tenant_id"
                " AND account_id IS NULL AND channel = :channel"
            ),
            {"tenant_id": tenant_id, "channel": channel},
        )
        return int(found.scalar_one() or 0) + 1

    async def add(self, notice: Notice) -> None:
        """Store a notice."""
        columns = (
            "(id, tenant_id, account_id, channel, sequence, type, subject, at, market_at, body)"
        )
        connection = await self.within.enter(notice.tenant_id)
        await _insert(connection, table=f"notices {columns}", values=rows.notice_row(notice))


@dataclass(frozen=True, slots=True)
class RiskAnswers:
    """Answers to requests with an idempotency key (port RiskReplies)."""

    within: Within

    async def find(self, *, tenant_id: UUID, key: str) -> Reply | None:
        """Return the stored answer to a key."""
        connection = await self.within.enter(tenant_id)
        found = await connection.execute(
            text(
                "SELECT request_hash, status, body FROM used_keys"
                " WHERE tenant_id = :tenant_id AND key = :key"
            ),
            {"tenant_id": tenant_id, "key": key},
        )
        row = found.one_or_none()
        if row is None:
            return None
        return Reply(key=key, request_hash=row.request_hash, status=row.status, body=row.body)

    async def add(self, *, tenant_id: UUID, reply: Reply) -> None:
        """Store an answer."""
        connection = await self.within.enter(tenant_id)
        await connection.execute(
            text(
                "INSERT INTO replies VALUES"
                " (:tenant_id, :key, :request_hash, :status, :body, now())"
            ),
            {
                "tenant_id": tenant_id,
                "key": reply.key,
                "request_hash": reply.request_hash,
                "status": reply.status,
                "body": reply.body,
            },
        )


async def _insert(connection: AsyncConnection, *, table: str, values: tuple[Any, ...]) -> None:
    places = ", ".join(f":v{index}" for index in range(len(values)))
    await connection.execute(
        text(f"INSERT INTO {table} VALUES ({places})"),
        {f"v{index}": value for index, value in enumerate(values)},
    )
