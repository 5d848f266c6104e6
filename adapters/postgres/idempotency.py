"""Keep idempotency keys and their answers in Postgres."""

import math
from uuid import UUID

from adapters.postgres.link.database import Database
from ports.idempotency import InFlight, KeyClaim, PriorAnswer, UsedOtherwise
from ports.ids import Ids


class PostgresIdempotencyKeys:
    """Keys over all processes of one database (port IdempotencyKeys)."""

    def __init__(self, *, database: Database, ids: Ids) -> None:
        self._database = database
        self._ids = ids

    async def claim(
        self, *, tenant_id: UUID, key: str, request_hash: bytes, lapse_s: float
    ) -> KeyClaim | InFlight | PriorAnswer | UsedOtherwise:
        """Take the key, or say what stands against it."""
        claim = self._ids.new()
        async with self._database.transaction(tenant_id) as connection:
            # The unique row decides between two at once; a lapsed claim is taken over.
            taken = await connection.fetchval(
                "INSERT INTO claims AS c (tenant_id, key, request_hash, claim, lapses_at)"
                " VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5))"
                " ON CONFLICT (tenant_id, key) DO UPDATE"
                " SET claim = excluded.claim, lapses_at = excluded.lapses_at"
                " WHERE c.status IS NULL AND c.lapses_at <= now()"
                " AND c.request_hash = excluded.request_hash RETURNING true",
                tenant_id,
                key,
                request_hash,
                claim,
                lapse_s,
            )
            if taken:
                # An answer that was stored with its change, for another request.
                elsewhere = await connection.fetchval(
                    "DELETE FROM claims c USING replies r WHERE c.tenant_id = $1 AND c.key = $2"
                    " AND r.tenant_id = c.tenant_id AND r.key = c.key RETURNING true",
                    tenant_id,
                    key,
                )
                return UsedOtherwise() if elsewhere else KeyClaim(claim)
            kept = await connection.fetchrow(
                "SELECT request_hash, status, body,"
                " extract(epoch FROM lapses_at - now())::float8 AS left_s"
                " FROM claims WHERE tenant_id = $1 AND key = $2",
                tenant_id,
                key,
            )
        if kept is None:
            # Released between the two statements: the caller may try again at once.
            return InFlight(retry_after_s=1)
        if kept["request_hash"] != request_hash:
            return UsedOtherwise()
        if kept["status"] is not None:
            return PriorAnswer(status=kept["status"], body=kept["body"])
        return InFlight(retry_after_s=max(1, math.ceil(kept["left_s"])))

    async def complete(
        self, *, tenant_id: UUID, key: str, claim: UUID, status: int, body: bytes
    ) -> bool:
        """Store the answer if the claim is still held."""
        async with self._database.connection(tenant_id) as connection:
            stored = await connection.fetchval(
                "UPDATE claims SET status = $4, body = $5 WHERE tenant_id = $1 AND key = $2"
                " AND claim = $3 AND status IS NULL RETURNING true",
                tenant_id,
                key,
                claim,
                status,
                body,
            )
        return bool(stored)

    async def release(self, *, tenant_id: UUID, key: str, claim: UUID) -> None:
        """Give the key back if the claim is still held and nothing was answered."""
        async with self._database.connection(tenant_id) as connection:
            await connection.execute(
                "DELETE FROM claims WHERE tenant_id = $1 AND key = $2 AND claim = $3"
                " AND status IS NULL",
                tenant_id,
                key,
                claim,
            )
