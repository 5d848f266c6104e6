"""Invariants 8 and 10 below the application: what the database itself refuses.

Every pair of order states is tried by a direct UPDATE, every immutable table by UPDATE,
DELETE and TRUNCATE, and the ledger by postings that do not balance.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import asyncpg

from application.identity.found_tenant import Founded
from application.orders.commands import Accepted, Asker
from bootstrap.areas import identity
from domain.orders.states import OrderState, is_legal
from tests.torture.intakes import intake, submit_limit

# Each with a column to set to itself.
IMMUTABLE = {
    "ledger": "id",
    "postings": "line",
    "fills": "id",
    "audit": "id",
    "decisions": "id",
    "notices": "id",
}
_ILLEGAL_MOVE = "BL003"
_IMMUTABLE_ROWS = "BL004"
_UNBALANCED = "BL005"


@dataclass(slots=True, kw_only=True)
class Guards:
    """What came of the attempts."""

    refused: int = 0
    allowed: int = 0
    wrongs: list[str] = field(default_factory=list)

    def describe(self) -> str:
        """Say it in words."""
        return (
            f"{self.refused} attempts refused by the database, {self.allowed} legal moves taken,"
            f" {len(self.wrongs)} violations"
        )


async def torture(url: str, folder: Path) -> Guards:
    """Try everything that must not work on a database with one order in it."""
    order_id = await _one_order(url, folder)
    found = Guards()
    connection = await asyncpg.connect(url, timeout=10)
    try:
        for before in OrderState:
            for after in OrderState:
                await _move(connection, order_id, before=before, after=after, found=found)
        for table, column in IMMUTABLE.items():
            for statement in (
                f"UPDATE {table} SET {column} = {column}",
                f"DELETE FROM {table}",
                f"TRUNCATE {table} CASCADE",
            ):
                await _refused(connection, statement, code=_IMMUTABLE_ROWS, found=found)
        await _refused(
            connection,
            "INSERT INTO postings SELECT transaction_id, line + 100, ledger, asset, 1, tenant_id"
            " FROM postings LIMIT 1",
            code=_UNBALANCED,
            found=found,
        )
    finally:
        await connection.close()
    return found


async def _one_order(url: str, folder: Path) -> UUID:
    async with intake(url, folder) as parts:
        founded = await parts.of(identity.build).found(name="Guards", email="owner@localhost")
        assert isinstance(founded, Founded)
        asker = Asker(tenant_id=founded.tenant.id, actor="torture")
        said = await submit_limit(parts, asker, account_id=founded.account.id, price=Decimal(95))
        assert isinstance(said, Accepted), said
        return said.orders[0].id


async def _move(
    connection: "asyncpg.Connection[asyncpg.Record]",
    order_id: UUID,
    *,
    before: OrderState,
    after: OrderState,
    found: Guards,
) -> None:
    """Try one move by hand; a move to the same state is none."""
    if before is after:
        return
    transaction = connection.transaction()
    await transaction.start()
    refused = ""
    try:
        # Only so can a row be brought into any state to begin with.
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute("UPDATE orders SET state = $2 WHERE id = $1", order_id, before)
        await connection.execute("SET LOCAL session_replication_role = origin")
        await connection.execute("UPDATE orders SET state = $2 WHERE id = $1", order_id, after)
    except asyncpg.PostgresError as problem:
        refused = problem.sqlstate or "?"
    finally:
        await transaction.rollback()
    if refused not in ("", _ILLEGAL_MOVE):
        found.wrongs.append(f"{before} -> {after} failed with {refused}")
    elif bool(refused) is is_legal(before, after):
        word = "refused" if refused else "taken"
        found.wrongs.append(f"{before} -> {after} is {word} by the database")
    elif refused:
        found.refused += 1
    else:
        found.allowed += 1


async def _refused(
    connection: "asyncpg.Connection[asyncpg.Record]", statement: str, *, code: str, found: Guards
) -> None:
    transaction = connection.transaction()
    await transaction.start()
    said = "nothing"
    try:
        await connection.execute(statement)
    except asyncpg.PostgresError as problem:
        said = problem.sqlstate or "?"
    finally:
        await transaction.rollback()
    if said == code:
        found.refused += 1
    else:
        found.wrongs.append(f"{statement!r} was answered with {said}, not {code}")
