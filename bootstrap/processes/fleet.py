"""Run many processes on one port: several that answer, one for the background.

The parent owns the port's number, the data folder and a Postgres of our own; it answers
nothing itself. Each answering child listens on the port (SO_REUSEPORT: the kernel spreads
connections). A child that dies is started again, ever later when it keeps dying.
"""

import asyncio
import os
import secrets
import sys
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace

import structlog

from adapters.http.server.server import HttpServer
from adapters.postgres.embedded.lock import DataFolderLock
from adapters.postgres.embedded.server import EmbeddedPostgres
from adapters.postgres.migrations.run import upgrade
from adapters.system.child import Child
from adapters.system.data_folder import ServerNote, forget_server, write_server
from bootstrap.binaries import postgres_environment
from bootstrap.installation.file_modes import check_private
from bootstrap.processes.roles import ALL_BUT_API, Role
from bootstrap.processes.serve import give_up, stop_signals
from bootstrap.settings.http import server_settings, url_of
from bootstrap.settings.sections import Settings

log = structlog.get_logger(__name__)

# What a stop may take: those who answer, then the background with its sends, then Postgres.
ANSWERING_S = 7.0
BACKGROUND_S = 12.0
DATABASE_S = 4.0
EXIT_S = 25.0

OnReady = Callable[[str], None]


class FleetUnfit(Exception):
    """These settings allow one process only; the message says why."""


async def serve_many(settings: Settings, *, workers: int, on_ready: OnReady) -> None:
    """Serve with several processes until SIGTERM or SIGINT; raises what kept it from that."""
    if settings.profile == "memory":
        raise FleetUnfit(
            "profile is memory: its data is one process's own; use embedded or cluster"
        )
    stopping = stop_signals()
    async with AsyncExitStack() as stack:
        settings = _with_port(settings, stack=stack)
        url = await _database(settings, stack=stack)
        fleet = Fleet(settings, database_url=url, workers=workers)
        stack.push_async_callback(fleet.stop)
        greeting = await fleet.start(stopping)
        if stopping.is_set():
            return
        address = url_of(settings.http)
        write_server(settings.data_dir, ServerNote(url=address, pid=os.getpid()))
        stack.callback(forget_server, settings.data_dir)
        on_ready(greeting)
        await fleet.watch(stopping)
        log.info("ballast.stopping")
        asyncio.get_running_loop().call_later(EXIT_S, give_up)


class Fleet:
    """The children of one parent."""

    def __init__(self, settings: Settings, *, database_url: str, workers: int) -> None:
        environment = _environment(settings, database_url=database_url)
        # Children that are started again are known by the name of their first life, whose end
        # we have seen: they need not wait until a lease lapses.
        life = secrets.token_hex(8)
        self._background = Child(
            name="background",
            command=_worker([ALL_BUT_API], holder=f"{life}-background"),
            environment=environment,
        )
        self._answering = [
            Child(
                name=f"api-{number + 1}",
                command=_worker([Role.API], holder=f"{life}-api-{number + 1}"),
                environment=environment,
            )
            for number in range(workers)
        ]

    async def start(self, stopping: asyncio.Event) -> str:
        """Start all and return the greeting once they are at work; raises ChildFailed."""
        greeting = await self._background.begin(stopping)
        # Together: each spends a second on its imports alone.
        await asyncio.gather(*(child.begin(stopping) for child in self._answering))
        return greeting

    async def watch(self, stopping: asyncio.Event) -> None:
        """Keep every child alive until it is time to stop."""
        keeping = [
            asyncio.create_task(child.keep(), name=child.name)
            for child in (self._background, *self._answering)
        ]
        waiting = asyncio.create_task(stopping.wait())
        await asyncio.wait({waiting, *keeping}, return_when=asyncio.FIRST_COMPLETED)
        for task in (*keeping, waiting):
            task.cancel()
        ended = await asyncio.gather(*keeping, return_exceptions=True)
        for problem in ended:
            if isinstance(problem, Exception):
                raise problem

    async def stop(self) -> None:
        """End those who answer, then the background: what they took in is still sent."""
        await asyncio.gather(*(child.end(within_s=ANSWERING_S) for child in self._answering))
        await self._background.end(within_s=BACKGROUND_S)


def _worker(roles: Sequence[str], *, holder: str) -> Sequence[str]:
    return (sys.executable, "-m", "bootstrap.cli", "worker", *roles, "--holder", holder)


def _with_port(settings: Settings, *, stack: AsyncExitStack) -> Settings:
    """Make sure that the port is free, take its number, and hold it without listening."""
    probe = HttpServer(settings=server_settings(settings.http))
    port = int(probe.bind().rsplit(":", 1)[1])
    probe.close()
    fixed = replace(settings, http=replace(settings.http, port=port))
    held = HttpServer(settings=server_settings(fixed.http), shares_port=True)
    held.bind()
    stack.callback(held.close)
    return fixed


async def _database(settings: Settings, *, stack: AsyncExitStack) -> str:
    """Return the migrated database's URL; one of our own runs as long as this process."""
    folder = settings.data_dir
    check_private(settings)
    if settings.database_url is not None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = DataFolderLock(folder=folder)
        lock.acquire()
        stack.callback(lock.release)
        url = settings.database_url
    else:
        server = EmbeddedPostgres(
            data_dir=folder,
            environment=postgres_environment(settings.pg_bindir),
            stop_timeout_s=DATABASE_S,
        )
        url = await server.start()
        stack.push_async_callback(server.stop)
    await upgrade(url, requests_url=settings.database_app_url)
    return url


def _environment(settings: Settings, *, database_url: str) -> dict[str, str]:
    """Return what children read their settings from: ours, on the database that we run."""
    asked = settings.secrets.passphrase
    return {
        **postgres_environment(settings.pg_bindir),
        # It may have been typed in: children have no terminal to ask on.
        **({} if asked is None else {"BALLAST_SECRETS_PASSPHRASE": asked}),
        "BALLAST_PROFILE": "cluster",
        "BALLAST_DATABASE_URL": database_url,
        "BALLAST_DATA_DIR": str(settings.data_dir.absolute()),
        "BALLAST_HTTP_PORT": str(settings.http.port),
        "BALLAST_OFFLINE": "true" if settings.offline else "false",
    }
