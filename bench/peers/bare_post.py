"""The least a durable POST can be: Litestar, one decoded Struct, one INSERT, 201.

No token, no risk gate, no audit, no outbox. The pool runs no clean-up query between requests
and asyncpg keeps the statement prepared on each connection, so a request costs exactly one
round trip to Postgres, committed as the server's `synchronous_commit` says.

Run `python -m bench.peers.bare_post --database-url URL --port PORT`; the table is made anew at
the start and dropped at the end. It serves on loopback until it is told to stop, and in any
case no longer than `--seconds-max`.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID, uuid4

import asyncpg
import uvicorn
import uvloop
from litestar import Litestar, post
from litestar.datastructures import State
from msgspec import Meta, Struct

from bench.serving import LOOPBACK

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
INSERT = f"INSERT INTO {TABLE} VALUES ($1, $2, $3, $4, $5, $6, $7)"
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


def build_app(*, database_url: str, pool_size: int) -> Litestar:
    """Build the application; its table lives as long as it does."""

    @asynccontextmanager
    async def with_pool(app: Litestar) -> AsyncIterator[None]:
        async with asyncpg.create_pool(
            database_url, min_size=pool_size, max_size=pool_size, reset=_no_reset
        ) as pool:
            await pool.execute(f"DROP TABLE IF EXISTS {TABLE}")
            await pool.execute(CREATE)
            app.state.pool = pool
            yield
            await pool.execute(f"DROP TABLE {TABLE}")

    return Litestar(route_handlers=[store_order], lifespan=[with_pool], openapi_config=None)


def main() -> None:
    """Serve until told to stop or until the time is up."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--pool-size", type=int, default=32)
    parser.add_argument("--seconds-max", type=float, default=600.0)
    chosen = parser.parse_args()
    config = uvicorn.Config(
        build_app(database_url=chosen.database_url, pool_size=chosen.pool_size),
        host=LOOPBACK,
        port=chosen.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,
        log_level="warning",
    )
    uvloop.run(_serve(uvicorn.Server(config), seconds_max=chosen.seconds_max))


async def _serve(server: uvicorn.Server, *, seconds_max: float) -> None:
    def stop() -> None:
        server.should_exit = True

    asyncio.get_running_loop().call_later(seconds_max, stop)
    await server.serve()


async def _no_reset(_: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Leave the connection as it is: nothing here changes a session."""


if __name__ == "__main__":
    main()
