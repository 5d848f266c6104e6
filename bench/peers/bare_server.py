"""Serve one bare table with Litestar and uvicorn: what the bare peers of our routes share.

The table is made anew at the start and dropped at the end. The pool runs no clean-up query
between requests. It serves on loopback until it is told to stop, and in any case no longer than
`--seconds-max`.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg
import uvicorn
import uvloop
from litestar import Litestar
from litestar.types import ControllerRouterHandler

from bench.serving import LOOPBACK


def serve_bare(
    routes: Sequence[ControllerRouterHandler], *, table: str, create: str, description: str
) -> None:
    """Serve the routes over one table until told to stop or until the time is up."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--pool-size", type=int, default=32)
    parser.add_argument("--seconds-max", type=float, default=600.0)
    chosen = parser.parse_args()

    @asynccontextmanager
    async def with_pool(app: Litestar) -> AsyncIterator[None]:
        size = chosen.pool_size
        async with asyncpg.create_pool(
            chosen.database_url, min_size=size, max_size=size, reset=_no_reset
        ) as pool:
            await pool.execute(f"DROP TABLE IF EXISTS {table}")
            await pool.execute(create)
            app.state.pool = pool
            yield
            await pool.execute(f"DROP TABLE {table}")

    config = uvicorn.Config(
        Litestar(route_handlers=routes, lifespan=[with_pool], openapi_config=None),
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
