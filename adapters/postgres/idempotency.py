"""Keep claims and answers in Postgres."""

from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from adapters.postgres.database import Database
from domain.accounts.change import Reply
from ports.idempotency import Answered, Claimed, InFlight, Mismatch

CLAIM_S = 60


class PostgresIdempotencyKeys:
    """Claims and answers over all processes of one database (port IdempotencyKeys)."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def claim(
        self, *, tenant_id: UUID, key: str, request_hash: bytes
    ) -> Claimed | InFlight | Answered | Mismatch:
        """Claim the key, or say who has it."""
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(
                "SELECT request_hash, status, body FROM replies WHERE tenant_id = $1 AND key = $2",
                tenant_id,
                key,
            )
            if row is not None:
                if row["request_hash"] != request_hash:
                    return Mismatch()
                reply = Reply(
                    key=key, request_hash=request_hash, status=row["status"], body=row["body"]
                )
                return Answered(reply)
            # The row lock decides between two claims; a lapsed one is taken over.
            claimed = await connection.fetchval(
                "INSERT INTO claims VALUES ($1, $2, $3, now())"
                " ON CONFLICT (tenant_id, key) DO UPDATE"
                " SET request_hash = excluded.request_hash, at = excluded.at"
                " WHERE claims.at < now() - make_interval(secs => $4) RETURNING true",
                tenant_id,
                key,
                request_hash,
                float(CLAIM_S),
            )
            if claimed:
                return Claimed()
            theirs = await connection.fetchval(
                "SELECT request_hash FROM claims WHERE tenant_id = $1 AND key = $2",
                tenant_id,
                key,
            )
        return InFlight() if theirs in (None, request_hash) else Mismatch()

    async def complete(self, *, tenant_id: UUID, reply: Reply) -> None:
        """Store the answer under a claimed key."""
        async with self._database.transaction() as connection:
            await connection.execute(
                "INSERT INTO replies VALUES ($1, $2, $3, $4, $5, now())"
                " ON CONFLICT (tenant_id, key) DO NOTHING",
                tenant_id,
                reply.key,
                reply.request_hash,
                reply.status,
                reply.body,
            )
            await self._drop(connection, tenant_id=tenant_id, key=reply.key)

    async def release(self, *, tenant_id: UUID, key: str) -> None:
        """Give a claimed key back unanswered."""
        async with self._database.connection() as connection:
            await self._drop(connection, tenant_id=tenant_id, key=key)

    async def _drop(
        self, connection: "PoolConnectionProxy[asyncpg.Record]", *, tenant_id: UUID, key: str
    ) -> None:
        await connection.execute(
            "DELETE FROM claims WHERE tenant_id = $1 AND key = $2", tenant_id, key
        )
