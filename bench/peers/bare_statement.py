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

from adapters.postgres.change_rows import NOTHING_ALONE
from adapters.postgres.committing import STORE_ONE
from adapters.postgres.link.app_role import app_url
from adapters.postgres.link.quick_codecs import learn_quick_codecs
from adapters.postgres.order_rows import COLUMNS, ORDERS, Maker
from bench.peers.bare_server import Pool, open_pool, serve_over
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.orders.terms import OrderTerms, OrderType, Side, TimeInForce

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
    account_id, actor, subject = data.account_id, f"user:{data.account_id}", str(order_id)
    order = _order(data, id=order_id, tenant_id=book.tenant_id, actor=actor, now=now)
    make: Maker = state.order_row
    key = request.headers["idempotency-key"]
    came = f"{data.symbol}|{data.side}|{data.quantity}|{data.limit_price}"
    stored = await state.pool.fetchval(
        STORE_ONE,
        book.tenant_id,
        (
            *(account_id, version, book.rules, True, [key], None, None, None, None),
            f'{{"orders":{book.sequence}}}',
        ),
        [make(order)],
        None,
        [(order_id, uuid4(), True, _RECORD, _RULES, _RULES_AT)],
        None,
        [
            (
                *(uuid4(), book.tenant_id, account_id, actor, "order.submit", subject, now, now),
                *(order_id.hex, _TOLD, account_id, "127.0.0.1", "", "{}", "{}", "", "1", _RULES),
            )
        ],
        [
            (
                *(uuid4(), book.tenant_id, account_id, "orders", book.sequence),
                *("order.accepted", subject, now, now, _TOLD),
            )
        ],
        [(account_id, now, came, data.symbol)],
        [(book.tenant_id, key, _RULES, 201, _REPLY, now)],
        *NOTHING_ALONE,
    )
    if stored != "committed":
        raise RuntimeError(f"the order of {data.account_id} at version {version}: {stored}")
    return Stored(id=order_id, created=now)


def _order(data: AskedOrder, *, id: UUID, tenant_id: UUID, actor: str, now: datetime) -> Order:
    return Order(
        id=id,
        tenant_id=tenant_id,
        account_id=data.account_id,
        client_order_id=str(id),
        terms=OrderTerms(
            symbol=data.symbol,
            side=Side(data.side),
            type=OrderType(data.type),
            quantity=data.quantity,
            limit_price=data.limit_price,
            time_in_force=TimeInForce(data.time_in_force),
        ),
        accepted_at=now,
        updated_at=now,
        market_at=now,
        state=OrderState.ACCEPTED,
        actor=actor,
        reserved_price=data.limit_price,
    )


@asynccontextmanager
async def over_books(app: Litestar, url: str, size: int) -> AsyncIterator[Pool]:
    """Learn where every account's book stands, then log in as requests do."""
    owner = await asyncpg.connect(url, timeout=10)
    try:
        found = await owner.fetch(_BOOKS)
        columns = [row["attname"] for row in await owner.fetch(COLUMNS)]
    finally:
        await owner.close()
    app.state.books = {
        row["id"]: Book(row["tenant_id"], row["version"], row["rules"], row["sequence"])
        for row in found
    }
    app.state.order_row = ORDERS.maker(columns)
    async with open_pool(app_url(url), size=size, init=learn_quick_codecs) as pool:
        yield pool


if __name__ == "__main__":
    serve_over([store_order], opened=over_books, description=__doc__.splitlines()[0])
