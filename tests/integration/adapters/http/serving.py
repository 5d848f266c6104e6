"""Serve the application on a free loopback port, in a process of its own."""

import asyncio
import sys

import uvicorn

from adapters.http.settings import HttpSettings
from tests.unit.adapters.http.context import open_context
from tests.waiting import eventually


async def serve() -> None:
    """Serve until ended; the first line of output is the port, the token and the account."""
    async with open_context(HttpSettings(access_log=False)) as context:
        config = uvicorn.Config(
            context.app,
            host="127.0.0.1",
            port=0,
            loop="none",
            ws="websockets-sansio",
            lifespan="off",
            log_level="error",
        )
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve())
        await eventually(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        sys.stdout.write(f"{port} {context.token} {context.account_id}\n")
        sys.stdout.flush()
        await running


if __name__ == "__main__":
    asyncio.run(serve())
