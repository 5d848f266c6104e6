"""Write latches and their venues as rows, and read them back."""

from dataclasses import fields
from typing import Any
from uuid import UUID

import msgspec

from adapters.postgres import rows
from domain.kill_switch.latch import (
    Latch,
    LatchCause,
    Level,
    PendingRelease,
    Scope,
)
from domain.kill_switch.venue import LatchVenue

VENUE = tuple(one.name for one in fields(LatchVenue))
_PENDING = msgspec.json.Decoder(PendingRelease)


def latch_row(latch: Latch) -> tuple[Any, ...]:
    return (
        latch.id,
        latch.scope.tenant_id,
        latch.scope.account_id,
        latch.cause,
        latch.reason,
        latch.actor,
        latch.engaged_at,
        latch.flatten,
        latch.acknowledged_at,
        latch.canceled_at,
        latch.flat_at,
        latch.released_at,
        latch.released_by,
        latch.orders_cancelled,
        latch.scope.strategy_id,
        latch.scope.broker,
        latch.scope.symbol,
        latch.level,
        pending_text(latch.releasing),
    )


def latch_of(row: rows.Row) -> Latch:
    """Return the latch of a row."""
    account_id = row["account_id"]
    return Latch(
        id=UUID(int=row["id"].int),
        scope=Scope(
            tenant_id=UUID(int=row["tenant_id"].int),
            account_id=UUID(int=account_id.int) if account_id is not None else None,
            strategy_id=row["strategy_id"],
            broker=row["broker"],
            symbol=row["symbol"],
        ),
        cause=LatchCause(row["cause"]),
        reason=row["reason"],
        actor=row["actor"],
        engaged_at=row["engaged_at"],
        flatten=row["flatten"],
        acknowledged_at=row["acknowledged_at"],
        canceled_at=row["canceled_at"],
        flat_at=row["flat_at"],
        released_at=row["released_at"],
        released_by=row["released_by"],
        orders_cancelled=row["orders_cancelled"],
        level=Level(row["level"]),
        releasing=None if row["releasing"] is None else _PENDING.decode(row["releasing"]),
    )


def pending_text(pending: PendingRelease | None) -> str | None:
    """Return a pending release as it is kept: the same text for the same one."""
    return None if pending is None else msgspec.json.encode(pending).decode()


def venue_of(row: rows.Row) -> LatchVenue:
    given = {name: row[name] for name in VENUE}
    ids = {name: UUID(int=given[name].int) for name in ("latch_id", "tenant_id")}
    return LatchVenue(**(given | ids))
