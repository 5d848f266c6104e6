"""Start every part in order, keep it running, and stop it in the opposite order."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import structlog

from adapters.postgres.embedded.lock import DataFolderLock
from adapters.system.data_folder import OwnerNote, write_owner, write_secrets
from adapters.system.supervisor import RestartPolicy, Supervisor
from adapters.telemetry.database_watch import DatabaseWatch
from adapters.telemetry.stream_figures import state_of
from application.identity.found_tenant import FoundBefore, Founded
from bootstrap.areas import agents, identity, market, secrets, stream_monitor, streams
from bootstrap.brokers.health import (
    declare_brokers,
    look_at_brokers,
    look_at_reconciliation,
    start_brokers,
)
from bootstrap.choices import build_events
from bootstrap.container import build_hasher, build_kill_hasher
from bootstrap.identity.access_tokens import build_tokens
from bootstrap.installation.file_modes import check_private
from bootstrap.market.prices import made_up
from bootstrap.parts import Parts
from bootstrap.processes.roles import Role
from bootstrap.streams.command_keys import note_command_keys
from bootstrap.tasks import finish_tasks, start_tasks
from ports.health import ComponentState
from ports.market import ReplayState

log = structlog.get_logger(__name__)

MONITOR_EVERY_S = 1.0
# Its share of the 25 seconds in which the process must be gone.
TASKS_S = 4.0


class Lifecycle:
    """One process: `start` returns when orders can be taken in, `stop` when all is given back."""

    def __init__(self, parts: Parts, *, restart_policy: RestartPolicy | None = None) -> None:
        self._parts = parts
        self._stack = AsyncExitStack()
        self._founded: Founded | FoundBefore | None = None
        self._why_sealed: str | None = None
        self._supervisor = Supervisor(
            health=parts.health,
            on_restart=parts.metrics.restarted,
            restart_policy=restart_policy or RestartPolicy(),
        )

    @property
    def founded(self) -> Founded | FoundBefore:
        """What founding brought: the one-time password is in it at the first start only."""
        if self._founded is None:
            raise RuntimeError("nothing was founded here: await start() of a market's process")
        return self._founded

    async def start(self) -> None:
        """Start every part; a failure stops what was started and is raised as it is."""
        try:
            await self._open()
            self._run()
        except BaseException:
            await self.stop()
            raise
        log.info("ballast.started", profile=self._parts.settings.profile)

    def unready(self) -> None:
        """Tell that no more orders should be brought here; what runs goes on."""
        self._parts.health.stop()

    async def stop(self) -> None:
        """Stop every part, whatever state it is in; sends in hand get ten seconds."""
        self.unready()
        await self._stack.aclose()
        log.info("ballast.stopped")

    async def _open(self) -> None:
        parts, stack = self._parts, self._stack
        health = parts.health
        health.declare("database")
        health.declare("market", required=Role.MARKET in parts.plan.roles)
        declare_brokers(parts)
        stack.callback(parts.of(build_hasher).close)
        stack.callback(parts.of(build_kill_hasher).close)
        stack.callback(parts.of(identity.build).logins.stop)
        if parts.tracing is not None:
            parts.tracing.start()
            # Its last spans wait for a collector that may be gone: not on the loop.
            stack.push_async_callback(asyncio.to_thread, parts.tracing.stop)
        self._lock(parts.settings.data_dir)
        # Prices and calendar take seconds, in a thread: the database starts meanwhile.
        prices = asyncio.create_task(parts.of(market.build).history.start())
        stack.push_async_callback(_ended, prices)
        await parts.storage.server.start()
        stack.push_async_callback(parts.storage.server.stop)
        health.set("database", ComponentState.UP)
        await self._share()
        parts.of(build_tokens).start()
        await note_command_keys(parts)
        await self._unseal()
        if Role.API in parts.plan.roles:
            parts.of(identity.build).breached.start()
            await asyncio.to_thread(parts.of(identity.build).logins.geo_lookup.start)
        await prices
        if Role.MARKET in parts.plan.roles:
            stack.push_async_callback(self._give_back)
            await parts.jobs.take(Role.MARKET)
        await parts.of(market.build).start()
        if Role.MARKET in parts.plan.roles:
            health.set("market", ComponentState.UP)
            await self._found()
        await start_brokers(parts, stack=stack)
        if (events := parts.of(build_events)) is not None:
            stack.push_async_callback(events.stop)

    async def _unseal(self) -> None:
        """Read the keys of secrets; without them the process starts sealed, and says so."""
        parts = self._parts
        if Role.API not in parts.plan.roles:
            return
        parts.health.declare("secrets")
        self._stack.push_async_callback(parts.of(secrets.build).stop)
        await parts.of(secrets.build).vault.refresh()
        self._look_at_secrets()
        if parts.of(secrets.build).vault.why_sealed is None:
            write_secrets(parts.settings.data_dir, source=parts.settings.secrets.source)

    def _look_at_secrets(self) -> None:
        if Role.API not in self._parts.plan.roles:
            return
        why = self._parts.of(secrets.build).vault.why_sealed
        if why != self._why_sealed:
            self._why_sealed = why
            if why is None:
                log.info("secrets.unsealed")
            else:
                log.error("secrets.sealed", why=why)
        state = ComponentState.UP if why is None else ComponentState.DOWN
        self._parts.health.set("secrets", state, detail=why or "")

    async def _share(self) -> None:
        """Meet the other processes; one that is met later is no reason to wait."""
        parts = self._parts
        server, fanout = parts.sharing.server, parts.of(streams.build).fanout
        if server is not None:
            parts.health.declare("redis", required=False)
            await server.start()
            self._stack.push_async_callback(server.stop)
            self._look_at_sharing()
        if fanout.join is not None and Role.API in parts.plan.roles:
            await fanout.join()

    def _look_at_sharing(self) -> None:
        server = self._parts.sharing.server
        if server is not None:
            why = server.why_away
            state = ComponentState.UP if why is None else ComponentState.DEGRADED
            self._parts.health.set("redis", state, detail=why or "")

    def _lock(self, folder: Path) -> None:
        """Take the data folder; our own Postgres takes it itself."""
        check_private(self._parts.settings)
        if self._parts.settings.profile != "embedded":
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._parts.settings.profile != "embedded" and self._parts.plan.owns_folder:
            lock = DataFolderLock(folder=folder)
            lock.acquire()
            self._stack.callback(lock.release)

    async def _found(self) -> None:
        parts = self._parts
        own = parts.settings.owner
        self._founded = await parts.of(identity.build).found(name=own.name, email=own.email)
        owner = self._founded.owner
        if owner is not None:
            note = OwnerNote(user_id=owner.id, tenant_id=owner.tenant_id, email=owner.email)
            write_owner(parts.settings.data_dir, note)

    def _run(self) -> None:
        supervisor = self._supervisor
        # Once nothing works under them any more, and while there still is a database.
        self._stack.push_async_callback(self._give_back)
        self._stack.push_async_callback(supervisor.stop, timeout_s=TASKS_S)
        start_tasks(self._parts, supervisor=supervisor)
        self._stack.push_async_callback(finish_tasks, self._parts, supervisor=supervisor)
        supervisor.start("monitor", self._monitor)

    async def _give_back(self) -> None:
        for kept in self._parts.jobs.kept():
            await kept.give_back()

    def _look_at_kafka(self) -> None:
        parts = self._parts
        watch, listener = parts.of(stream_monitor.build).watch, parts.of(agents.build).listener
        if watch is None or listener is None or Role.API not in parts.plan.roles:
            return
        state, detail = state_of(watch.picture)
        parts.reach.tell("kafka", state, detail=detail)
        deaf = ComponentState.DEGRADED if listener.problem else ComponentState.UP
        parts.reach.tell("heartbeats", deaf, detail=listener.problem)

    async def _monitor(self) -> None:
        """Look at what does not speak up by itself."""
        database = DatabaseWatch(server=self._parts.storage.server, health=self._parts.health)
        try:
            await self._look_around(database)
        finally:
            database.stop()

    async def _look_around(self, database: DatabaseWatch) -> None:
        parts = self._parts
        clock = parts.system.clock
        look_at = clock.monotonic()
        while True:
            if clock.monotonic() >= look_at:
                look_at = clock.monotonic() + MONITOR_EVERY_S
                await database.look()
                self._look_at_sharing()
                self._look_at_kafka()
                self._look_at_secrets()
            waits = Role.DISPATCH in parts.plan.roles and look_at_reconciliation(parts)
            self._look_at_market()
            look_at_brokers(parts)
            wait_s = 0.02 if waits else MONITOR_EVERY_S
            await parts.system.sleeper.sleep(wait_s)

    def _look_at_market(self) -> None:
        feed, health = self._parts.of(market.build).feed, self._parts.health
        if problem := feed.problem():
            health.set("market", ComponentState.DOWN, detail=problem)
            return
        state = "" if feed.state() is ReplayState.RUNNING else feed.state()
        detail = "; ".join(one for one in (state, made_up(self._parts.settings)) if one)
        health.set("market", ComponentState.UP, detail=detail)


async def _ended(task: asyncio.Task[None]) -> None:
    """End a task that is of no use any more, whatever came of it."""
    task.cancel()
    await asyncio.wait({task})
