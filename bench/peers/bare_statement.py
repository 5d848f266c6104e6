"""The least a durable order can be: Litestar, one decoded Struct, the statement of an order, 201.

What is stored are our rows, in our tables, by the login and under the policies that requests
have: book, order, decision, audit entry, journal, intake and the answer of an idempotency key.
Nothing is decided: no token, no gate, no record, no proof; what those would give is of the
usual length, and always the same. What our route takes beyond this is the cost of deciding, and
what this takes beyond one INSERT is the cost of what an order has to leave behind.

Run `python -m bench.peers.bare_statement --database-url URL --port PORT` over a database with
accounts that nobody else trades in.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID, uuid4

import asyncpg
from litestar import Litestar, Request, post
from litestar.datastructures import State
from msgspec import Meta, Struct

from adapters.postgres.accepting import STORE_ONE
from adapters.postgres.link.app_role import app_url
from bench.peers.bare_server import Pool, open_pool, serve_over

PATH = "/orders"
_RECORD = bytes(range(256)) * 4
_RULES = bytes(32)
_RULES_AT = 200
_REPLY = b'{"as":"long as ours"}' * 32
_TOLD = '{"state":"accepted","symbol":"IBM","side":"buy","type":"limit","filled":"0"}' * 2
_BOOKS = """
SELECT a.id, a.tenant_id, b.version, coalesce(r.version, 0) AS rules,
    coalesce((b.sequences->>'orders')::bigint, 0) AS sequence
FROM accounts a JOIN books b ON b.account_id = a.id
    LEFT JOIN rule_sets r ON r.tenant_id = a.tenant_id"""


class AskedOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """What is posted: the same as to our route."""

    account_id: UUID
    symbol: Annotated[str, Meta(min_length=1, max_length=16)]
    side: Literal["buy", "sell"]
    type: Literal["limit"]
    quantity: Decimal
    limit_price: Decimal
    time_in_force: Literal["gtc"]


class Stored(Struct, frozen=True):
    """What is answered."""

    id: UUID
    created: datetime


@dataclass(slots=True)
class Book:
    """Where an account's book stands; nobody else changes it meanwhile."""

    tenant_id: UUID
    version: int
    rules: int
    sequence: int


@post(PATH)
async def store_order(
    request: Request[None, None, State], data: AskedOrder, state: State
) -> Stored:
    """Store the order and answer with its id."""
    book: Book = state.books[data.account_id]
    version, book.version = book.version, book.version + 1
    book.sequence += 1
    order_id, now = uuid4(), datetime.now(tz=UTC)
    quantity, price = str(data.quantity), str(data.limit_price)
    stored = await state.pool.fetchval(
        STORE_ONE,
        book.tenant_id,
        data.account_id,
        version,
        book.rules,
        True,
        order_id,
        str(order_id),
        data.symbol,
        data.side,
        data.type,
        quantity,
        price,
        data.time_in_force,
        now,
        now,
        None,
        f"user:{data.account_id}",
        price,
        uuid4(),
        _RECORD,
        _RULES,
        _RULES_AT,
        uuid4(),
        "order.submit",
        order_id.hex,
        _TOLD,
        data.account_id,
        "127.0.0.1",
        "",
        "1",
        _RULES,
        uuid4(),
        book.sequence,
        _TOLD,
        f"{data.symbol}|{data.side}|{quantity}|{price}",
        request.headers["idempotency-key"],
        _RULES,
        201,
        _REPLY,
    )
    if not stored:
        raise RuntimeError(f"the book of {data.account_id} is not at version {version}")
    return Stored(id=order_id, created=now)


@asynccontextmanager
async def over_books(app: Litestar, url: str, size: int) -> AsyncIterator[Pool]:
    """Learn where every account's book stands, then log in as requests do."""
    owner = await asyncpg.connect(url, timeout=10)
    try:
        found = await owner.fetch(_BOOKS)
    finally:
        await owner.close()
    app.state.books = {
        row["id"]: Book(row["tenant_id"], row["version"], row["rules"], row["sequence"])
        for row in found
    }
    async with open_pool(app_url(url), size=size) as pool:
        yield pool


if __name__ == "__main__":
    serve_over([store_order], opened=over_books, description=__doc__.splitlines()[0])
