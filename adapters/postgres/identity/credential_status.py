"""Let a member's change count for the user that it is, and tell the feed, in its transaction."""

from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from adapters.postgres.audit.states import record_state
from adapters.postgres.identity.devices import PostgresUserNotices
from adapters.postgres.identity.factors import PostgresFactors
from adapters.postgres.notices import add_audit
from domain.identity.change import ChangeKind, IdentityChange, kind_of
from domain.identity.member import Member, MemberKind
from domain.identity.session import SessionEnd
from ports.access import Cancels

# The driver's class takes no parameter at run time.
Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"


async def keep_credential_status(
    connection: Connection, *, before: Member, after: Member, at: datetime, cancels: Cancels
) -> None:
    """Keep a disabled member's user out, with every session, and tell what changed."""
    kind = kind_of(was_out=before.disabled_at is not None, is_out=after.disabled_at is not None)
    if after.kind is MemberKind.PERSON and kind is not ChangeKind.ROLE_CHANGED:
        await _keep_user(connection, user_id=after.id, disabled_at=after.disabled_at, at=at)
        await record_state(connection, "user", tenant_id=after.tenant_id, id=after.id)
        if after.disabled_at is not None:
            # Behind the user's row, so that nobody else asks for one, or cancels it, meanwhile.
            await _cancel(connection, user_id=after.id, cancels=cancels)
    change = IdentityChange(tenant_id=after.tenant_id, user_id=after.id, kind=kind, at=at)
    await tell_change(connection, change)


async def tell_change(connection: Connection, change: IdentityChange) -> None:
    """Append to the feed, last in the transaction: the next to tell waits for its end."""
    await connection.execute(
        "SELECT tell_identity_change($1, $2, $3, $4, $5, $6)",
        change.tenant_id,
        change.user_id,
        change.session_id,
        change.token_id,
        change.kind.value,
        change.at,
    )


async def _keep_user(
    connection: Connection, *, user_id: UUID, disabled_at: datetime | None, at: datetime
) -> None:
    if disabled_at is None:
        await connection.execute("UPDATE users SET disabled_at = NULL WHERE id = $1", user_id)
        return
    await connection.execute(
        "UPDATE users SET disabled_at = $2, tokens_from = $3 WHERE id = $1",
        user_id,
        disabled_at,
        at,
    )
    await connection.execute(
        "UPDATE sessions SET ended_at = $2, ending = $3 WHERE user_id = $1 AND ended_at IS NULL",
        user_id,
        at,
        SessionEnd.DISABLED.value,
    )
    await connection.execute(
        "UPDATE password_resets SET used_at = $2 WHERE user_id = $1 AND used_at IS NULL",
        user_id,
        at,
    )
    # Else a log-in that was begun before could be finished by whoever is let in again.
    await connection.execute(
        "UPDATE login_challenges SET used_at = $2 WHERE user_id = $1 AND used_at IS NULL",
        user_id,
        at,
    )


async def _cancel(connection: Connection, *, user_id: UUID, cancels: Cancels) -> None:
    """Else the factors could be taken away meanwhile, of whoever is let in again."""
    factors = PostgresFactors(connection)
    recovery = await factors.recovery(user_id)
    if recovery is None:
        return
    done = cancels(recovery)
    await factors.keep_recovery(done.recovery)
    await PostgresUserNotices(connection).add(done.notice)
    for entry in done.entries:
        await add_audit(connection, entry)
