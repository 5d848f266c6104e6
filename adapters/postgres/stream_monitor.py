"""Keep in Postgres what was told of streams, and what is asked of consumers."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from adapters.postgres.link.database import Database
from adapters.postgres.notices import add_audit, add_next
from adapters.postgres.rows import plain_id
from domain.audit.entry import AuditEntry
from domain.shared.notices import Notice
from domain.streams.alarms import Alarm, AlarmKind
from ports.consumers import RestartRequest


class PostgresStandingAlarms:
    """Standing alarms in Postgres (port StandingAlarms)."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def all(self) -> Sequence[Alarm]:
        """Return them, oldest first."""
        async with self._database.system.connection() as connection:
            found = await connection.fetch(
                "SELECT * FROM stream_alarms ORDER BY raised_at, kind, subject"
            )
        return [
            Alarm(
                kind=AlarmKind(row["kind"]),
                subject=row["subject"],
                value=row["value"],
                threshold=row["threshold"],
                raised_at=row["raised_at"],
            )
            for row in found
        ]

    async def add(self, alarm: Alarm, *, notices: Sequence[Notice]) -> bool:
        """Store an alarm and tell of it, once."""
        async with self._database.system.transaction() as connection:
            added = await connection.execute(
                "INSERT INTO stream_alarms VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
                alarm.kind.value,
                alarm.subject,
                alarm.value,
                alarm.threshold,
                alarm.raised_at,
            )
            if added.split()[-1] != "1":
                return False
            await add_next(connection, notices)
        return True

    async def remove(self, alarm: Alarm, *, notices: Sequence[Notice]) -> bool:
        """Remove an alarm and tell of it, once."""
        async with self._database.system.transaction() as connection:
            removed = await connection.execute(
                "DELETE FROM stream_alarms WHERE kind = $1 AND subject = $2",
                alarm.kind.value,
                alarm.subject,
            )
            if removed.split()[-1] != "1":
                return False
            await add_next(connection, notices)
        return True


class PostgresConsumerRestarts:
    """Restart requests in Postgres (port ConsumerRestarts)."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def ask(self, request: RestartRequest, *, audit: AuditEntry) -> None:
        """Store a request with its audit entry."""
        async with self._database.system.transaction() as connection:
            await connection.execute(
                "INSERT INTO consumer_restarts VALUES ($1, $2, $3, $4, $5)",
                request.id,
                request.group,
                request.actor,
                request.asked_at,
                request.done_at,
            )
            await add_audit(connection, audit)

    async def latest(self, *, group: str) -> RestartRequest | None:
        """Return the group's latest request."""
        async with self._database.system.connection() as connection:
            row = await connection.fetchrow(
                "SELECT * FROM consumer_restarts WHERE consumer_group = $1"
                " ORDER BY id DESC LIMIT 1",
                group,
            )
        if row is None:
            return None
        return RestartRequest(
            id=plain_id(row["id"]),
            group=row["consumer_group"],
            actor=row["actor"],
            asked_at=row["asked_at"],
            done_at=row["done_at"],
        )

    async def done(self, *, request_id: UUID, at: datetime) -> None:
        """Note that a member has restarted."""
        async with self._database.system.connection() as connection:
            await connection.execute(
                "UPDATE consumer_restarts SET done_at = $2 WHERE id = $1 AND done_at IS NULL",
                request_id,
                at,
            )
