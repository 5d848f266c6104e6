"""Keep sends and stops apart by advisory locks of Postgres."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from uuid import UUID

from adapters.postgres.crossings import BarrierSession, Crossings
from adapters.postgres.link.database import Database
from adapters.postgres.link.silence import silence
from domain.audit.entry import NOBODY
from domain.kill_switch.latch import (
    Level,
    Scope,
    Target,
    is_strategy,
    stronger,
)
from ports.kill_switch import Passage
from ports.storage import StorageUnavailable


class PostgresKillBarrier:
    """The barrier over all processes of one database (port KillBarrier).

    A send holds a shared advisory lock of its tenant through the socket write and reads
    the latches under it; an activation commits its latch, then takes the lock exclusively
    once. Measured against reading the flag FOR SHARE, this neither leaks nor starves. A
    session that the server ends lets go of the lock with its send still to leave: the
    passage tells, and a send asks it right before its write. Sends of a tenant that come
    together share a session.
    """

    def __init__(self, *, database: Database) -> None:
        self._database = database
        self._crossings = Crossings(self._session)

    def sending(self, target: Target) -> AbstractAsyncContextManager[Passage]:
        """Enter before a send, leave after the socket write."""
        return self._sending(target)

    @asynccontextmanager
    async def _sending(self, target: Target) -> AsyncIterator[Passage]:
        async with self._crossings.together(target.tenant_id) as held:
            latches = held.over(target)
            yield Passage(
                level=stronger([level for level, _ in latches]),
                flattening=any(flatten for _, flatten in latches),
                holds=held.lives,
            )

    @asynccontextmanager
    async def _session(self, tenant_id: UUID) -> AsyncIterator[BarrierSession]:
        async with self._database.connection(tenant_id) as connection:
            # In one message; a transaction that is left open is rolled back.
            await connection.execute(
                f"BEGIN; SELECT pg_advisory_xact_lock_shared({_lock_of(NOBODY)}),"
                f" pg_advisory_xact_lock_shared({_lock_of(tenant_id)})"
            )
            # A statement of its own: its snapshot is taken after the lock was granted. Under
            # row-level security whoever sees nothing of the tenant sees no latch either.
            seen = await connection.fetch(
                "SELECT account_id, broker, symbol, strategy_id, level, flatten FROM latches"
                " WHERE tenant_id IN ($1, $2) AND released_at IS NULL"
                " UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL"
                " WHERE ballast_tenant() IS DISTINCT FROM $1",
                tenant_id,
                NOBODY,
            )

            def over(target: Target) -> list[tuple[Level, bool]]:
                """Return of each latch over the order how far it stops, and if it flattens."""
                # What a latch does not name it stops whichever it is; one that says nothing is
                # none, and the session sees another tenant.
                return [
                    (
                        Level.REDUCING if one["level"] == Level.REDUCING else Level.HALTED,
                        bool(one["flatten"]),
                    )
                    for one in seen
                    if one["account_id"] in (None, target.account_id)
                    and one["broker"] in (None, target.broker)
                    and one["symbol"] in (None, target.symbol)
                    and is_strategy(one["strategy_id"], target.strategy_id)
                ]

            with silence(connection) as lives:
                yield BarrierSession(over=over, lives=lives)
                lost = not lives()
            if lost or connection.is_closed():
                raise StorageUnavailable("the barrier's session was lost during a send")
            await connection.execute("COMMIT")

    async def close(self, scope: Scope) -> None:
        """Return once no earlier send of the tenant, or of the firm, is still inside."""
        # Held for no longer than the statement: to have had it is all. A send holds both locks.
        async with self._database.connection(scope.tenant_id) as connection:
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _lock_of(scope.tenant_id))


def _lock_of(tenant_id: UUID) -> int:
    """Fold a tenant's id into the signed 64 bits of an advisory lock."""
    folded = (tenant_id.int >> 64) ^ (tenant_id.int & (2**64 - 1))
    return folded - 2**64 if folded >= 2**63 else folded
