"""Invariant 3 over processes: two take in, one dispatches, one stands by, all may be struck.

Eight clients submit over both APIs without pause. While the switch is turned on, over either API,
the dispatcher is stopped and goes on, sessions of the database are ended amidst sends, processes
are killed and come back.
"""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random

import asyncpg

from tests.integration.brokers.venue_process import VenueProcess
from tests.torture.context import Context
from tests.torture.figures import quantile
from tests.torture.fleet import DISPATCHERS, Fleet
from tests.torture.kill_switch import (
    SENDERS,
    NotAcknowledged,
    late,
    post,
    release,
    send,
    until_trading,
)
from tests.torture.load import Attendant
from tests.torture.tap import Tap

# How long to watch after an acknowledgement: far longer than any send is on its way.
WATCH_S = 0.06
STOPPED_S = 0.3
BACKLOG_MAX = 3 * SENDERS


class Blow(StrEnum):
    """What happens while the switch is turned on."""

    NOTHING = "nothing"
    STOPPED = "dispatcher stopped"
    SESSIONS_ENDED = "sessions of sends ended"
    STOPPED_AND_ENDED = "dispatcher stopped, its sessions ended"
    ALL_SESSIONS_ENDED = "all sessions ended"
    DISPATCHER_KILLED = "dispatcher killed"
    API_KILLED = "API killed"


# Of 1,000; a process that was killed takes seconds to come back.
ODDS = {
    Blow.NOTHING: 640,
    Blow.STOPPED: 120,
    Blow.SESSIONS_ENDED: 110,
    Blow.STOPPED_AND_ENDED: 100,
    Blow.ALL_SESSIONS_ENDED: 22,
    Blow.DISPATCHER_KILLED: 4,
    Blow.API_KILLED: 4,
}
_OF_SENDS = (
    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
    " AND mode = 'ShareLock' AND granted AND database ="
    " (SELECT oid FROM pg_database WHERE datname = current_database())"
)
_OF_ALL = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@dataclass(slots=True, kw_only=True)
class FleetStops:
    """What came of the activations; times in milliseconds, from request to answer."""

    blows: Counter[Blow] = field(default_factory=Counter)
    calm_ms: list[float] = field(default_factory=list)
    all_ms: list[float] = field(default_factory=list)
    repeated: int = 0
    arrivals: int = 0
    wrongs: list[str] = field(default_factory=list)

    def describe(self) -> str:
        """Say it in words."""
        blows = ", ".join(f"{count} {blow}" for blow, count in sorted(self.blows.items()))
        return (
            f"{self.blows.total()} activations over two APIs under {SENDERS} senders ({blows}),"
            f" {self.arrivals} orders at the venue's socket, {len(self.wrongs)} after an"
            f" acknowledgement; undisturbed {quantile(self.calm_ms)}, all {quantile(self.all_ms)};"
            f" {self.repeated} asked again"
        )


@dataclass(slots=True, kw_only=True)
class Arena:
    """The fleet, the venue's socket, the database and the dice."""

    fleet: Fleet
    tap: Tap
    venue: VenueProcess
    database_url: str
    accounts: list[str]
    random: Random
    accepted: int = 0
    _number: int = 0

    def count(self) -> None:
        """Count an order that was accepted."""
        self.accepted += 1

    async def strike(self, blow: Blow) -> None:
        """Strike; what was stopped goes on by itself."""
        fleet, random = self.fleet, self.random
        if blow in (Blow.STOPPED, Blow.STOPPED_AND_ENDED):
            loop = asyncio.get_running_loop()
            for name in DISPATCHERS:
                fleet.servers[name].send(signal.SIGSTOP)
            for name in DISPATCHERS:
                loop.call_later(
                    random.uniform(0.02, STOPPED_S), fleet.servers[name].send, signal.SIGCONT
                )
        match blow:
            case Blow.SESSIONS_ENDED | Blow.STOPPED_AND_ENDED:
                await self._execute(_OF_SENDS)
            case Blow.ALL_SESSIONS_ENDED:
                await self._execute(_OF_ALL)
            case Blow.DISPATCHER_KILLED:
                fleet.servers[random.choice(DISPATCHERS)].kill()
            case Blow.API_KILLED:
                fleet.servers["two"].kill()
            case _:
                pass

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self.database_url, timeout=10)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def attend(self) -> None:
        """Attest what the venue's book proves of orders that were parked: a send was cut off."""
        context = self.context()
        await Attendant(context=context, venue=self.venue, stopping=asyncio.Event()).look()

    def context(self) -> Context:
        """Return the context of an API that runs, each in its turn."""
        self._number += 1
        contexts = zip(self.fleet.apis, self.fleet.contexts, strict=True)
        alive = [context for api, context in contexts if api.is_alive()]
        return alive[self._number % len(alive)]


async def torture(arena: Arena, *, blows: list[Blow], say: Callable[[str], None]) -> FleetStops:
    """Activate and release while clients submit over both APIs."""
    found, stopping = FleetStops(), asyncio.Event()

    # Two take in faster than one can send: what waits would only have to be cancelled.
    def has_room() -> bool:
        return arena.accepted - len(arena.tap.seen) < BACKLOG_MAX

    async with asyncio.TaskGroup() as group:
        for number in range(SENDERS):
            context = arena.fleet.contexts[number % len(arena.fleet.contexts)]
            account_id = arena.accounts[number % len(arena.accounts)]
            group.create_task(
                send(
                    context,
                    account_id,
                    number,
                    stopping,
                    has_room=has_room,
                    accepted=arena.count,
                )
            )
        try:
            for number, blow in enumerate(blows, start=1):
                await _once(arena, blow=blow, found=found)
                if number % 50 == 0:
                    say(found.describe())
        finally:
            stopping.set()
    return found


def drawn(random: Random, *, activations: int) -> list[Blow]:
    """Draw what happens at each activation, of each kind about as many as its odds."""
    return random.choices(list(ODDS), weights=list(ODDS.values()), k=activations)


async def _once(arena: Arena, *, blow: Blow, found: FleetStops) -> None:
    """Bring everything up, activate under a blow, watch, release."""
    random, tap = arena.random, arena.tap
    if arena.fleet.start_dead():
        await arena.fleet.ready()
    await until_trading(arena.fleet.contexts[0], tap)
    await asyncio.sleep(random.uniform(0, 0.03))
    account_id = random.choice((None, arena.accounts[0]))
    await arena.strike(blow)
    answered_s, took_ms = await _activated(arena, account_id, found=found)
    found.blows[blow] += 1
    found.all_ms.append(took_ms)
    if blow is Blow.NOTHING:
        found.calm_ms.append(took_ms)
    await asyncio.sleep(WATCH_S if blow is Blow.NOTHING else WATCH_S + STOPPED_S)
    found.wrongs += [
        f"{blow}: {wrong}" for wrong in late(tap, account_id=account_id, answered_s=answered_s)
    ]
    found.arrivals = len(tap.seen)
    await release(arena.context(), account_id=account_id, blocked=arena.attend)
    # What waited was cancelled: none of it is on its way any more.
    arena.accepted = len(tap.seen)


async def _activated(
    arena: Arena, account_id: str | None, *, found: FleetStops
) -> tuple[float, float]:
    """Return when a stop was acknowledged and how long that took in all, as a client asks."""
    body: dict[str, str] = {"scope": "tenant", "reason": "torture"}
    if account_id is not None:
        body |= {"scope": "account", "account_id": account_id}
    first_s: float | None = None
    async with asyncio.timeout(90):
        while True:
            asked_s = time.time()
            with suppress(NotAcknowledged, OSError):
                began_s, answered_s, _ = await asyncio.to_thread(
                    post, arena.context(), "/api/v1/kill-switch/activate", body
                )
                return answered_s, (answered_s - (first_s or began_s)) * 1000
            if first_s is None:
                first_s = asked_s
            found.repeated += 1
            await asyncio.sleep(0.02)
