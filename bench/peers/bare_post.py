"""The least a durable POST can be: Litestar, one decoded Struct, one INSERT, 201.

No token, no risk gate, no audit, no outbox. The pool runs no clean-up query between requests
and asyncpg keeps the statement prepared on each connection, so a request costs exactly one
round trip to Postgres, committed as the server's `synchronous_commit` says.

Run `python -m bench.peers.bare_post --database-url URL --port PORT`; the table is made anew at
the start and dropped at the end. It serves on loopback until it is told to stop, and in any
case no longer than `--seconds-max`.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID, uuid4

from litestar import post
from litestar.datastructures import State
from msgspec import Meta, Struct

from bench.peers.bare_server import serve_bare

TABLE = "bench_bare_post"
CREATE = f"""
CREATE TABLE {TABLE} (
    id uuid PRIMARY KEY,
    account uuid NOT NULL,
    symbol text NOT NULL,
    side text NOT NULL,
    qty numeric NOT NULL,
    price numeric NOT NULL,
    created timestamptz NOT NULL
)
"""
INSERT = f"INSERT INTO {TABLE} VALUES ($1, $2, $3, $4, $5, $6, $7)"  # noqa: S608 - own names; values are parameters
PATH = "/orders"


class BareOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """What is posted."""

    account: UUID
    symbol: Annotated[str, Meta(min_length=1, max_length=16)]
    side: Literal["buy", "sell"]
    qty: Decimal
    price: Decimal


class Stored(Struct, frozen=True):
    """What is answered."""

    id: UUID
    created: datetime


@post(PATH)
async def store_order(data: BareOrder, state: State) -> Stored:
    """Insert the order and answer with its id."""
    stored = Stored(id=uuid4(), created=datetime.now(tz=UTC))
    await state.pool.execute(
        INSERT,
        stored.id,
        data.account,
        data.symbol,
        data.side,
        data.qty,
        data.price,
        stored.created,
    )
    return stored


if __name__ == "__main__":
    serve_bare([store_order], table=TABLE, create=CREATE, description=__doc__.splitlines()[0])
