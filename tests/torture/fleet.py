"""Run the product as several processes over given servers, and let each die on its own."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.torture.context import Context
from tests.torture.processes import Server, ServerFailed

# Two take in, one dispatches, one stands by.
PARTS = {
    "one": ("api", "market", "watch", "relay", "commands"),
    "two": ("api",),
    "dispatch": ("dispatch",),
    "standby": ("dispatch",),
}
APIS = ("one", "two")
DISPATCHERS = ("dispatch", "standby")
START_S = 120.0


@dataclass(slots=True, kw_only=True)
class Fleet:
    """Processes by name; those of APIS answer HTTP, each at its own context."""

    folder: Path
    settings: Mapping[str, str]
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: PARTS)
    servers: dict[str, Server] = field(default_factory=dict, init=False)
    contexts: list[Context] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        for name, parts in self.parts.items():
            self.servers[name] = Server(
                folder=self.folder,
                settings=self.settings,
                arguments=("worker", *parts),
                name=name,
            )

    @property
    def apis(self) -> list[Server]:
        """Those who answer HTTP."""
        return [one for name, one in self.servers.items() if "api" in self.parts[name]]

    async def ready(self, *, timeout_s: float = START_S) -> None:
        """Return once every API is ready; raises ServerFailed, with the log of a dead one."""
        for name, one in self.servers.items():
            if not one.is_alive():
                raise ServerFailed(f"{name} ended\n{one.log_tail()}")
        for one in self.apis:
            if not await one.ready(timeout_s=timeout_s):
                raise ServerFailed(f"{one.name} ended\n{one.log_tail()}")

    def start_dead(self) -> list[str]:
        """Start what does not run, and name it."""
        dead = [name for name, one in self.servers.items() if not one.is_alive()]
        for name in dead:
            self.servers[name].start()
        return dead

    def logs(self, *, lines: int = 8) -> str:
        """Return the ends of all logs."""
        return "\n".join(f"--- {n}\n{one.log_tail(lines=lines)}" for n, one in self.servers.items())

    def kill(self) -> None:
        """End all that was started."""
        for one in self.servers.values():
            if one.is_alive():
                one.kill()


@asynccontextmanager
async def fleet_running(
    folder: Path, settings: Mapping[str, str], *, parts: Mapping[str, tuple[str, ...]] = PARTS
) -> AsyncIterator[Fleet]:
    """Start a fleet on a migrated database, and give it with a context at each API."""
    fleet = Fleet(
        folder=folder,
        settings={
            "BALLAST_PROFILE": "cluster",
            "BALLAST_REPLAY_PAUSED": "true",
            **settings,
        },
        parts=parts,
    )
    async with AsyncExitStack() as stack:
        stack.callback(fleet.kill)
        # Founding comes before the others look for the tenant.
        first = fleet.apis[0]
        first.start()
        await _answers(first)
        fleet.start_dead()
        await fleet.ready()
        for one in fleet.apis:
            context = Context(url=one.url, token=one.token())
            fleet.contexts.append(await stack.enter_async_context(context))
        try:
            yield fleet
        except BaseException as problem:
            problem.add_note(fleet.logs())
            raise


async def _answers(one: Server) -> None:
    """Return once it answers at all; without a dispatcher it is not ready."""
    async with (
        httpx.AsyncClient(base_url=one.url, trust_env=False, timeout=2.0) as http,
        asyncio.timeout(START_S),
    ):
        while True:
            if not one.is_alive():
                raise ServerFailed(f"{one.name} ended\n{one.log_tail()}")
            try:
                if (await http.get("/health/live")).status_code == httpx.codes.OK:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.1)
