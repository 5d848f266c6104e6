"""The least that restoring a layout can be: Litestar, one SELECT of a mebibyte, 200.

No token, no owner, no version, no check that the bytes are those that were saved. PUT writes
the one row anew, as the other side's saves do.

Run `python -m bench.peers.bare_layout --database-url URL --port PORT`; the table is made anew
at the start and dropped at the end. It serves on loopback until it is told to stop, and in any
case no longer than `--seconds-max`.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import uvicorn
import uvloop
from litestar import Litestar, Request, Response, get, put
from litestar.datastructures import State

from bench.serving import LOOPBACK

TABLE = "bench_bare_layout"
CREATE = f"CREATE TABLE {TABLE} (id integer PRIMARY KEY, layout bytea NOT NULL)"
SELECT = f"SELECT layout FROM {TABLE} WHERE id = 1"
STORE = f"""
INSERT INTO {TABLE} VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET layout = excluded.layout
"""
PATH = "/layout"
BODY_BYTES_MAX = 2_097_152


@get(PATH)
async def restore_layout(state: State) -> Response[bytes]:
    """Answer with the row's bytes."""
    return Response(await state.pool.fetchval(SELECT), media_type="application/json")


@put(PATH, request_max_body_size=BODY_BYTES_MAX)
async def store_layout(request: Request[Any, Any, Any], state: State) -> None:
    """Write the row anew."""
    await state.pool.execute(STORE, await request.body())


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

    return Litestar(
        route_handlers=[restore_layout, store_layout], lifespan=[with_pool], openapi_config=None
    )


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
