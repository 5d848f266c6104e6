"""Number a notice of a tenant's channel as it is stored."""

from collections.abc import Sequence
from dataclasses import replace

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from adapters.postgres import rows
from adapters.postgres.audit.rows import audit_row, inserting_audit
from adapters.postgres.link.signing import key_of
from domain.audit.entry import AuditEntry
from domain.shared.notices import Notice


async def add_next(
    connection: "PoolConnectionProxy[asyncpg.Record]", notices: Sequence[Notice]
) -> None:
    """Store notices without an account, each under the next number of its channel.

    Within a transaction: whoever else numbers the channel this way waits for its end.
    Tenants in the order of their ids, so that two who tell several never wait for each other.
    """
    for notice in sorted(notices, key=lambda one: (one.tenant_id, one.channel)):
        await connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
            f"notices {notice.tenant_id} {notice.channel}",
        )
        # A statement of its own: its snapshot is taken after the lock was granted.
        last = await connection.fetchval(
            "SELECT max(sequence) FROM notices WHERE tenant_id = $1"
            " AND account_id IS NULL AND channel = $2",
            notice.tenant_id,
            notice.channel,
        )
        numbered = replace(notice, account_id=None, sequence=int(last or 0) + 1)
        await connection.execute(
            "INSERT INTO notices (id, tenant_id, account_id, channel, sequence, type, subject, at,"
            " market_at, body) SELECT * FROM unnest($1::notice_input[])",
            [rows.notice_row(numbered)],
        )


def inserting_next(notices: str) -> str:
    """Return the statement that stores a notice under its next number without waiting.

    Where another takes the number first it breaks notices_sequence, and stores nothing.
    """
    return (
        "INSERT INTO notices (id, tenant_id, account_id, channel, sequence, type, subject, at,"  # noqa: S608 - own names; values are parameters
        " market_at, body) SELECT n.id, n.tenant_id, NULL, n.channel, (SELECT"
        " coalesce(max(told.sequence), 0) + 1 FROM notices told WHERE told.tenant_id = n.tenant_id"
        " AND told.account_id IS NULL AND told.channel = n.channel), n.type, n.subject, n.at,"
        f" n.market_at, n.body FROM unnest({notices}::notice_input[]) n"
    )


async def add_audit(connection: "PoolConnectionProxy[asyncpg.Record]", entry: AuditEntry) -> None:
    """Store an audit entry, proven by the key that the connection carries."""
    row = audit_row(entry, key=key_of(connection))
    await connection.execute(inserting_audit("$1"), [row])
