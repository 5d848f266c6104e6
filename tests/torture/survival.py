"""Invariant 4: a kill survives every restart, and what cannot be read counts as killed.

Clients submit all the time. The switch is turned on, then any of Postgres, Redis, Kafka and the
product's own processes are killed together and started again: the latch must be there, every
submit be denied, and nothing arrive at the venue's socket until the release. In other rounds the
switch is off and its state made unreadable: Postgres killed or standing still, the table locked or
gone. Then nothing may arrive either, until it can be read again.
"""

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from random import Random

import asyncpg
import httpx

from tests.integration.brokers.venue_process import VenueProcess
from tests.services.service import Service
from tests.torture.context import QUOTES, Context, marketable
from tests.torture.fleet import Fleet
from tests.torture.kill_switch import NotAcknowledged, late, post, release, send, until_trading
from tests.torture.load import Attendant
from tests.torture.tap import Tap

# One answers and plays the market, one speaks to the broker.
PARTS = {"front": ("api", "market", "watch", "relay"), "back": ("dispatch",)}
SENDERS = 4
BACKLOG_MAX = 16
# What had left when the state became unreadable has arrived by then.
ON_ITS_WAY_S = 0.3
UNREADABLE_S = 1.5


class Unreadable(StrEnum):
    """How the state of the switch is made unreadable."""

    KILLED = "Postgres killed"
    PAUSED = "Postgres stands still"
    LOCKED = "latches locked"
    GONE = "latches gone"


@dataclass(slots=True, kw_only=True)
class Survived:
    """What came of the rounds."""

    rounds: int = 0
    killed: Counter[str] = field(default_factory=Counter)
    unreadable: Counter[Unreadable] = field(default_factory=Counter)
    denied: int = 0
    arrivals: int = 0
    wrongs: list[str] = field(default_factory=list)

    def describe(self) -> str:
        """Say it in words."""
        killed = ", ".join(f"{name} {count}" for name, count in sorted(self.killed.items()))
        unread = ", ".join(f"{way} {count}" for way, count in sorted(self.unreadable.items()))
        return (
            f"{self.rounds} rounds; killed with the switch on: {killed or 'nothing'}; state"
            f" unreadable: {unread or 'never'}; {self.denied} submits denied after restarts,"
            f" {self.arrivals} orders at the venue's socket; {len(self.wrongs)} violations"
        )


@dataclass(slots=True, kw_only=True)
class Ruin:
    """The product, its servers, the venue's socket and the dice."""

    fleet: Fleet
    services: Mapping[str, Service]
    database_url: str
    tap: Tap
    venue: VenueProcess
    accounts: list[str]
    random: Random
    accepted: int = 0

    @property
    def context(self) -> Context:
        """The client of the process that answers."""
        return self.fleet.contexts[0]

    def count(self) -> None:
        """Count an order that was accepted."""
        self.accepted += 1

    def has_room(self) -> bool:
        """Tell whether more may be submitted: a backlog would only have to be cancelled."""
        return self.accepted - len(self.tap.seen) < BACKLOG_MAX

    async def kill(self, names: list[str]) -> None:
        """Kill servers and processes as a power cut would."""
        for name in names:
            if name in self.services:
                await asyncio.to_thread(self.services[name].kill)
            else:
                self.fleet.servers[name].kill()

    async def start(self) -> None:
        """Start whatever does not run, servers first, and return when the product is ready."""
        await asyncio.gather(*(asyncio.to_thread(one.start) for one in self.services.values()))
        self.fleet.start_dead()
        await self.fleet.ready()

    async def attend(self) -> None:
        """Attest what the venue's book proves of orders that were parked."""
        look = Attendant(context=self.context, venue=self.venue, stopping=asyncio.Event())
        await look.look()


async def torture(
    ruin: Ruin, *, rounds: int, say: Callable[[str], None], only: Unreadable | None = None
) -> Survived:
    """Take turns: kill with the switch on, make the state unreadable with it off."""
    found, stopping = Survived(), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for number in range(SENDERS):
            account_id = ruin.accounts[number % len(ruin.accounts)]
            group.create_task(
                send(
                    ruin.context,
                    account_id,
                    number,
                    stopping,
                    has_room=ruin.has_room,
                    accepted=ruin.count,
                )
            )
        try:
            for number in range(rounds):
                await until_trading(ruin.context, ruin.tap)
                if number % 3 == 2:
                    way = only or ruin.random.choice(list(Unreadable))
                    await _unreadable(ruin, way=way, found=found)
                else:
                    await _killed(ruin, found=found)
                ruin.accepted = found.arrivals = len(ruin.tap.seen)
                found.rounds += 1
                if found.rounds % 5 == 0:
                    say(found.describe())
        finally:
            stopping.set()
    return found


async def _killed(ruin: Ruin, *, found: Survived) -> None:
    """Turn the switch on, kill some, start them, look."""
    random = ruin.random
    account_id = random.choice((None, ruin.accounts[0]))
    answered_s = await _activated(ruin, account_id)
    # Kafka takes the longest to come back.
    odds = {name: 0.2 if name == "kafka" else 0.45 for name in (*ruin.services, *PARTS)}
    names = [name for name, odd in odds.items() if random.random() < odd]
    names = names or [random.choice(list(odds))]
    await ruin.kill(names)
    found.killed.update(names)
    await asyncio.sleep(random.uniform(0, 0.5))
    await ruin.start()
    said = f"{'+'.join(names)}: "
    state = await ruin.context.read("/api/v1/kill-switch")
    if account_id not in {latch["account_id"] for latch in state["latches"]}:
        found.wrongs.append(f"{said}the latch is gone: {state}")
    reply = await ruin.context.ask("POST", "/api/v1/orders", body=_order(ruin.accounts[0]))
    if reply.status_code != httpx.codes.FORBIDDEN:
        found.wrongs.append(f"{said}a submit was answered {reply.status_code} {reply.text[:200]}")
    found.denied += 1
    found.wrongs += [said + o for o in late(ruin.tap, account_id=account_id, answered_s=answered_s)]
    await release(ruin.context, account_id=account_id, blocked=ruin.attend)


async def _activated(ruin: Ruin, account_id: str | None) -> float:
    body: dict[str, str] = {"scope": "tenant", "reason": "torture"}
    if account_id is not None:
        body |= {"scope": "account", "account_id": account_id}
    async with asyncio.timeout(60):
        while True:
            with suppress(NotAcknowledged, OSError):
                path = "/api/v1/kill-switch/activate"
                _, answered_s, _ = await asyncio.to_thread(post, ruin.context, path, body)
                return answered_s
            await asyncio.sleep(0.05)


async def _unreadable(ruin: Ruin, *, way: Unreadable, found: Survived) -> None:
    """Make the state unreadable for a while; meanwhile nothing may arrive."""
    postgres = ruin.services["postgres"]
    connection: asyncpg.Connection[asyncpg.Record] | None = None
    if way in (Unreadable.LOCKED, Unreadable.GONE):
        connection = await asyncpg.connect(ruin.database_url, timeout=10)
        await connection.execute("BEGIN")
        await connection.execute("LOCK TABLE latches IN ACCESS EXCLUSIVE MODE")
        if way is Unreadable.GONE:
            await connection.execute("ALTER TABLE latches RENAME TO latches_away")
            await connection.execute("COMMIT")
    elif way is Unreadable.KILLED:
        await asyncio.to_thread(postgres.kill)
    else:
        await asyncio.to_thread(_pause_all, postgres)
    began_s = time.time()
    await asyncio.sleep(ON_ITS_WAY_S + UNREADABLE_S)
    ended_s = time.time()
    if connection is not None:
        await connection.execute("ROLLBACK" if way is Unreadable.LOCKED else "BEGIN")
        if way is Unreadable.GONE:
            await connection.execute("ALTER TABLE latches_away RENAME TO latches")
            await connection.execute("COMMIT")
        await connection.close()
    elif way is Unreadable.PAUSED:
        await asyncio.to_thread(_resume_all, postgres)
    found.unreadable[way] += 1
    between = [
        seen for seen in ruin.tap.seen[-1000:] if began_s + ON_ITS_WAY_S < seen.at_s < ended_s
    ]
    found.wrongs += [f"{way}: an order arrived {one.at_s - began_s:.2f} s later" for one in between]
    await ruin.start()


def _pause_all(postgres: Service) -> None:
    """Let the server and its sessions stand still: each is a process of its own."""
    _signal_all(postgres, "STOP")


def _resume_all(postgres: Service) -> None:
    _signal_all(postgres, "CONT")


def _signal_all(postgres: Service, name: str) -> None:
    assert postgres.running is not None
    pid = postgres.running.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for one in (pid, *map(int, children)):
        with suppress(ProcessLookupError):
            os.kill(one, signal.Signals[f"SIG{name}"])


def _order(account_id: str) -> dict[str, str]:
    symbol = min(QUOTES)
    return {
        "account_id": account_id,
        "symbol": symbol,
        "side": "buy",
        **marketable(symbol, "buy"),
        "quantity": "1",
        "time_in_force": "gtc",
    }
