"""Run one whole process: bind, start, answer until told to stop, stop within 25 seconds."""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import structlog

from adapters.http.server.server import HttpServer
from adapters.system.data_folder import ServerNote, forget_server, write_server
from adapters.telemetry.requests import TraceRequests
from application.identity.found_tenant import FoundBefore, Founded
from bootstrap.container import compose
from bootstrap.http import HttpParts, build_http
from bootstrap.lifecycle import Lifecycle
from bootstrap.parts import Parts
from bootstrap.processes.garbage import settle
from bootstrap.settings.http import server_settings
from bootstrap.settings.sections import Settings

log = structlog.get_logger(__name__)

# SIGTERM to exit. The parts' own limits add up to less; this one is for what hangs.
EXIT_S = 25.0

OnReady = Callable[[str, Founded | FoundBefore], None]


async def serve(
    settings: Settings,
    *,
    on_ready: OnReady,
    parts: Parts | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT; raises what kept it from starting.

    parts: those of another composition, instead of the settings' own.
    """
    parts = (parts or compose(settings)).make()
    server = HttpServer(settings=server_settings(settings.http), registry=parts.metrics.registry)
    stopping = stop_signals()
    async with AsyncExitStack() as stack:
        url = server.bind()
        stack.push_async_callback(server.stop)
        lifecycle = Lifecycle(parts)
        await lifecycle.start()
        stack.push_async_callback(lifecycle.stop)
        http = build_http(parts)
        # Run first, being pushed last: unready, then no intake, then the parts.
        stack.push_async_callback(stop_intake, lifecycle, server, http)
        await server.start(traced(http.app, parts))
        write_server(settings.data_dir, ServerNote(url=url, pid=os.getpid()))
        stack.callback(forget_server, settings.data_dir)
        settle()
        on_ready(url, lifecycle.founded)
        await first_of(stopping, server)
        log.info("ballast.stopping")
        # Whatever hangs from here on must not keep the process alive.
        asyncio.get_running_loop().call_later(EXIT_S, give_up)


def stop_signals() -> asyncio.Event:
    """Return an event that SIGTERM and SIGINT set; the second one ends the process at once."""
    stopping = asyncio.Event()

    def told() -> None:
        if stopping.is_set():
            give_up()
        stopping.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told)
    return stopping


def give_up() -> None:
    """End the process at once."""
    log.error("ballast.cut_off")
    # Postgres of our own ends with us (its parent-death signal), its files in order.
    os._exit(1)


def traced(app: Any, parts: Parts) -> Any:
    """Return the application with its requests traced, where tracing is on."""
    return TraceRequests(app, tracing=parts.tracing) if parts.tracing is not None else app


async def first_of(stopping: asyncio.Event, server: HttpServer | None) -> None:
    """Wait for the signal; a server that ends by itself is raised."""
    if server is None:
        await stopping.wait()
        return
    waiting = asyncio.create_task(stopping.wait())
    ended = asyncio.create_task(server.ended())
    done, pending = await asyncio.wait({waiting, ended}, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    if ended in done:
        await ended


async def stop_intake(lifecycle: Lifecycle, server: HttpServer, http: HttpParts) -> None:
    """Take nothing in any more: unready, live readers let go, requests in hand finished."""
    lifecycle.unready()
    await http.close_streams()
    await server.stop()
