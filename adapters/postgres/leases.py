"""Keep leases in Postgres, by its clock, with tokens that fence off late writes."""

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from adapters.postgres.link.database import Database
from ports.leases import Fence, LeaseLost

_ACQUIRE = """
INSERT INTO leases AS held (name, holder, token, expires_at)
VALUES ($1, $2, 1, clock_timestamp() + make_interval(secs => $3))
ON CONFLICT (name) DO UPDATE
SET holder = excluded.holder, token = held.token + 1, expires_at = excluded.expires_at
WHERE held.holder IN ('', excluded.holder) OR held.expires_at <= clock_timestamp()
RETURNING token"""
_RENEW = """
UPDATE leases SET expires_at = clock_timestamp() + make_interval(secs => $3)
WHERE name = $1 AND token = $2 AND holder <> '' RETURNING true"""


class PostgresLeases:
    """Leases over all processes of one database (port Leases)."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def acquire(self, *, name: str, holder: str, lasts_s: float) -> Fence | None:
        """Take a lease that is free, has lapsed, or is the holder's own."""
        async with self._database.system.connection() as connection:
            token = await connection.fetchval(_ACQUIRE, name, holder, lasts_s)
        return None if token is None else Fence(name, int(token))

    async def renew(self, fence: Fence, *, lasts_s: float) -> bool:
        """Hold it for as long again; one that lapsed and that nobody took is still ours."""
        async with self._database.system.connection() as connection:
            return bool(await connection.fetchval(_RENEW, fence.name, fence.token, lasts_s))

    async def release(self, fence: Fence) -> None:
        """Give it back; its token stays used."""
        async with self._database.system.connection() as connection:
            await connection.execute(
                "UPDATE leases SET holder = '' WHERE name = $1 AND token = $2",
                fence.name,
                fence.token,
            )


async def check_fence(
    connection: "PoolConnectionProxy[asyncpg.Record]", fence: Fence | None
) -> None:
    """Raise LeaseLost unless the fence stands until the end of this transaction."""
    if fence is None:
        return
    # The row stays locked: who takes the lease waits for this write, and reads what it left.
    held = await connection.fetchval(
        "SELECT true FROM leases WHERE name = $1 AND token = $2 FOR SHARE", fence.name, fence.token
    )
    if not held:
        raise LeaseLost(f"{fence.name} is another's: token {fence.token} is too old")
