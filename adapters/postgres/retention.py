"""Delete from Postgres what has served its time, a bounded number at a time."""

from adapters.postgres.link.database import Database
from ports.factors import COLUMN, TABLE, UNCONFIRMED_S

# An answer outlives its command's beginning by so much, whatever the clocks of machines say.
_MARGIN_S = 3_600.0
# A device that nobody logged in on for a year is a stranger again.
_DEVICE_S = 366 * 86_400.0
# A wrong password counts for a day.
_FAILURE_S = 86_400.0
# An app that nobody confirmed goes with its sealed seed; its code is asked for 15 minutes.
_UNCONFIRMED = f"""
WITH gone AS (
    DELETE FROM totp_factors WHERE id = ANY(ARRAY(
        SELECT id FROM totp_factors WHERE confirmed_at IS NULL
            AND created_at < now() - make_interval(secs => {UNCONFIRMED_S}) LIMIT $1
    )) AND confirmed_at IS NULL RETURNING tenant_id, id
), seeds AS (
    DELETE FROM secrets s USING gone WHERE s.tenant_id = gone.tenant_id
        AND s.table_name = '{TABLE}' AND s.column_name = '{COLUMN}' AND s.row_id = gone.id::text
)
SELECT count(*) FROM gone"""  # noqa: S608 - own names; values are parameters
_PAST = "now() - make_interval(secs => $1::float8)"
_BEGUN = ("inbox", "begun_at < now() - make_interval(secs => $1::float8)")
_OTHERS = (
    ("replies", f"at < now() - make_interval(secs => $1::float8 + {_MARGIN_S})"),
    ("claims", f"lapses_at < now() - make_interval(secs => $1::float8 + {_MARGIN_S})"),
    ("intakes", "at < now() - make_interval(secs => $1::float8)"),
    ("consumer_restarts", "done_at < now() - make_interval(secs => $1::float8)"),
    # These are over once they lapse; whoever makes the next one clears them too.
    ("stream_tickets", "lapses_at < now() - make_interval(secs => least($1::float8, 60))"),
    ("attempts", "open_at < now() - make_interval(secs => $1::float8)"),
    ("book_checks", "asked_at < now() - make_interval(secs => $1::float8)"),
    # With their refresh tokens; the audit trail keeps that they were.
    ("sessions", "expires_at < now() - make_interval(secs => $1::float8)"),
    ("invitations", "expires_at < now() - make_interval(secs => $1::float8)"),
    ("password_resets", "expires_at < now() - make_interval(secs => $1::float8)"),
    ("passkey_challenges", "expires_at < now() - make_interval(secs => least($1::float8, 60))"),
    ("login_challenges", "expires_at < now() - make_interval(secs => $1::float8)"),
    # A day is all that they are counted over.
    ("factor_tries", f"at < now() - make_interval(secs => $1::float8 + {_FAILURE_S})"),
    # What is left of apps and codes that are gone; the audit trail keeps that they were.
    ("totp_factors", "removed_at < now() - make_interval(secs => $1::float8)"),
    ("backup_codes", "spent_at < now() - make_interval(secs => $1::float8)"),
    (
        "factor_recoveries",
        "coalesce(done_at, canceled_at) < now() - make_interval(secs => $1::float8)",
    ),
    ("ended_tokens", "expires_at < now() - make_interval(secs => $1::float8)"),
    ("identity_changes", "at < now() - make_interval(secs => $1::float8)"),
    ("devices", f"seen_at < now() - make_interval(secs => $1::float8 + {_DEVICE_S})"),
    ("login_failures", f"at < now() - make_interval(secs => $1::float8 + {_FAILURE_S})"),
    ("login_records", f"at < now() - make_interval(secs => $1::float8 + {_DEVICE_S})"),
    # With their deliveries; what was deleted by its person goes as soon as anything does.
    (
        "notifications",
        f"least(last_at + make_interval(secs => {_DEVICE_S}), deleted_at) < {_PAST}",
    ),
    (
        "notification_escalations",
        f"next_at IS NULL AND at < now() - make_interval(secs => $1::float8 + {_DEVICE_S})",
    ),
    ("user_notices", f"at < now() - make_interval(secs => $1::float8 + {_DEVICE_S})"),
)


class PostgresSpentRecords:
    """Spent records of one database, by its own clock (port SpentRecords)."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def purge(self, *, older_than_s: float, limit: int) -> int:
        """Delete up to so many rows of each table."""
        begun = await self._delete(*_BEGUN, older_than_s=older_than_s, limit=limit)
        if begun >= limit:
            return begun
        gone = [
            await self._delete(table, condition, older_than_s=older_than_s, limit=limit)
            for table, condition in _OTHERS
        ]
        return max(begun, await self._delete_unconfirmed(limit), *gone)

    async def _delete_unconfirmed(self, limit: int) -> int:
        async with self._database.system.connection() as connection:
            return int(await connection.fetchval(_UNCONFIRMED, limit))

    async def _delete(self, table: str, condition: str, *, older_than_s: float, limit: int) -> int:
        async with self._database.system.connection() as connection:
            # The condition twice: a row that was renewed meanwhile stays.
            told = await connection.execute(
                f"DELETE FROM {table} WHERE ctid = ANY(ARRAY("  # noqa: S608 - own names; values are parameters
                f"SELECT ctid FROM {table} WHERE {condition} LIMIT $2)) AND {condition}",
                older_than_s,
                limit,
            )
        return int(told.split()[-1])
