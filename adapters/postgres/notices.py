"""Number a notice of a tenant's channel as it is stored."""

from collections.abc import Sequence

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from adapters.postgres import rows
from adapters.postgres.audit.rows import audit_row, inserting_audit
from adapters.postgres.link.signing import key_of
from domain.audit.entry import AuditEntry
from domain.shared.notices import Notice

# Of an array of notices; a whole statement, or the last part of one.
TELLING = "SELECT tell_next({notices}::notice_input[])"


async def add_next(
    connection: "PoolConnectionProxy[asyncpg.Record]", notices: Sequence[Notice]
) -> None:
    """Store notices without an account, each under the next number of its channel.

    Whoever else numbers the channel waits for the transaction's end.
    """
    told = [rows.notice_row(notice) for notice in notices]
    await connection.execute(TELLING.format(notices="$1"), told)


async def add_audit(connection: "PoolConnectionProxy[asyncpg.Record]", entry: AuditEntry) -> None:
    """Store an audit entry, proven by the key that the connection carries."""
    await add_audits(connection, [entry])


async def add_audits(
    connection: "PoolConnectionProxy[asyncpg.Record]", entries: Sequence[AuditEntry]
) -> None:
    """Store audit entries, proven by the key that the connection carries."""
    key = key_of(connection)
    await connection.execute(inserting_audit("$1"), [audit_row(one, key=key) for one in entries])
