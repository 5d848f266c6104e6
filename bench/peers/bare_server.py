"""Serve bare routes with Litestar and uvicorn: what the bare peers of our routes share.

The pool runs no clean-up query between requests. It serves on loopback until it is told to
stop, and in any case no longer than `--seconds-max`.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeAlias

import asyncpg
import uvicorn
import uvloop
from litestar import Litestar
from litestar.types import ControllerRouterHandler

from bench.serving import LOOPBACK

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"


def serve_bare(
    routes: Sequence[ControllerRouterHandler], *, table: str, create: str, description: str
) -> None:
    """Serve the routes over one table, made anew at the start and dropped at the end."""

    @asynccontextmanager
    async def over_table(_: Litestar, url: str, size: int) -> AsyncIterator[Pool]:
        async with open_pool(url, size=size) as pool:
            await pool.execute(f"DROP TABLE IF EXISTS {table}")
            await pool.execute(create)
            yield pool
            await pool.execute(f"DROP TABLE {table}")

    serve_over(routes, opened=over_table, description=description)


def serve_over(
    routes: Sequence[ControllerRouterHandler],
    *,
    opened: Callable[[Litestar, str, int], AbstractAsyncContextManager[Pool]],
    description: str,
) -> None:
    """Serve the routes over a pool until told to stop or until the time is up.

    opened gives the pool for the application, a URL and a size; it can leave more in its state.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--pool-size", type=int, default=32)
    parser.add_argument("--seconds-max", type=float, default=600.0)
    chosen = parser.parse_args()

    @asynccontextmanager
    async def with_pool(app: Litestar) -> AsyncIterator[None]:
        async with opened(app, chosen.database_url, chosen.pool_size) as pool:
            app.state.pool = pool
            yield

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


def open_pool(
    url: str,
    *,
    size: int,
    init: Any = None,
) -> Pool:
    """Open a pool whose connections all stand ready; init makes each what it is to be."""
    return asyncpg.create_pool(url, min_size=size, max_size=size, reset=_no_reset, init=init)


async def _serve(server: uvicorn.Server, *, seconds_max: float) -> None:
    def stop() -> None:
        server.should_exit = True

    asyncio.get_running_loop().call_later(seconds_max, stop)
    await server.serve()


async def _no_reset(_: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Leave the connection as it is: nothing here changes a session."""
