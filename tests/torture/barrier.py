"""Invariant 3, at the barrier itself: two sending processes, one Postgres, no late order.

Each process has four busy senders. Between its barrier and its write a sender is stopped and let
go on, its session is ended, its whole process is killed; meanwhile the switch is turned on from
here. What reaches the venue's socket is stamped by the kernel.
"""

import asyncio
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from random import Random
from uuid import UUID

from adapters.postgres.kill_barrier import PostgresKillBarrier
from adapters.postgres.kill_switch import PostgresLatches
from adapters.postgres.link.database import Database
from domain.kill_switch.latch import Latch, Scope
from ports.storage import StorageUnavailable
from tests import builders
from tests.integration.brokers.venue_process import venue_process
from tests.torture.figures import quantile
from tests.torture.processes import ROOT
from tests.torture.tap import Tap
from tests.waiting import eventually

PROCESSES = 2
SENDERS_EACH = 4
ACCOUNTS = 3
# How long to watch after an acknowledgement: far longer than any send is on its way.
WATCH_S = 0.05
START_S = 60.0


class Blow(StrEnum):
    """What happens to the senders while the switch is turned on."""

    NOTHING = "nothing"
    SESSIONS_ENDED = "sessions ended"
    STOPPED = "stopped"
    STOPPED_AND_ENDED = "stopped, sessions ended"
    STOPPED_LONG = "stopped beyond every patience"
    KILLED = "killed"


_ODDS = {
    Blow.NOTHING: 55,
    Blow.SESSIONS_ENDED: 20,
    Blow.STOPPED: 10,
    Blow.STOPPED_AND_ENDED: 11,
    Blow.STOPPED_LONG: 1,
    Blow.KILLED: 3,
}


@dataclass(slots=True, kw_only=True)
class Barred:
    """What came of the activations."""

    activations: int = 0
    arrivals: int = 0
    blows: Counter[Blow] = field(default_factory=Counter)
    # Of activations without a blow, and of all, in milliseconds.
    calm_ms: list[float] = field(default_factory=list)
    all_ms: list[float] = field(default_factory=list)
    repeated: int = 0
    wrongs: list[str] = field(default_factory=list)

    def describe(self) -> str:
        """Say it in words."""
        blows = ", ".join(f"{count} {blow}" for blow, count in sorted(self.blows.items()))
        return (
            f"{self.activations} activations against {PROCESSES} processes of {SENDERS_EACH}"
            f" senders ({blows}), {self.arrivals} orders at the venue's socket,"
            f" {len(self.wrongs)} after an acknowledgement; undisturbed"
            f" {quantile(self.calm_ms)}, all {quantile(self.all_ms)};"
            f" {self.repeated} asked again while a sender stood still"
        )


@dataclass(slots=True, kw_only=True)
class Ring:
    """The senders, the venue's socket, and the switch."""

    database_url: str
    database: Database
    tap: Tap
    folder: Path
    random: Random
    careless: bool
    tenant_id: UUID = field(default_factory=builders.new_id)
    accounts: tuple[UUID, ...] = field(
        default_factory=lambda: tuple(builders.new_id() for _ in range(ACCOUNTS))
    )
    _processes: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    def start(self) -> None:
        """Start what is missing of the senders."""
        self._processes = [one for one in self._processes if one.poll() is None]
        while len(self._processes) < PROCESSES:
            with (self.folder / "senders.log").open("ab") as log:
                self._processes.append(
                    subprocess.Popen(self._command(), cwd=ROOT, stdout=log, stderr=log)
                )

    def _command(self) -> list[str]:
        return [
            *(sys.executable, "-m", "tests.torture.barrier_sender"),
            *("--database", self.database_url, "--venue", self.tap.url),
            *("--tenant", str(self.tenant_id)),
            *("--accounts", json.dumps([str(one) for one in self.accounts])),
            *("--senders", str(SENDERS_EACH), "--seed", str(self.random.getrandbits(32))),
            *(("--careless",) if self.careless else ()),
        ]

    def end(self) -> None:
        """Kill every sender."""
        for one in self._processes:
            one.kill()
            one.wait(timeout=10)

    async def busy(self) -> None:
        """Return once orders arrive again; raises when nobody sends."""
        self.start()
        before = len(self.tap.seen)
        await eventually(
            lambda: len(self.tap.seen) >= before + PROCESSES * SENDERS_EACH,
            within_s=START_S,
            every_s=0.002,
        )

    async def strike(self, blow: Blow) -> "subprocess.Popen[bytes] | None":
        """Strike; return the process that stands still."""
        one = self.random.choice(self._processes)
        match blow:
            case Blow.NOTHING:
                return None
            case Blow.SESSIONS_ENDED:
                await self._end_sessions()
                return None
            case Blow.KILLED:
                one.kill()
                return None
            case Blow.STOPPED | Blow.STOPPED_LONG:
                one.send_signal(signal.SIGSTOP)
            case Blow.STOPPED_AND_ENDED:
                one.send_signal(signal.SIGSTOP)
                await self._end_sessions()
        return one

    async def _end_sessions(self) -> None:
        """End the sessions of all who are inside."""
        with suppress(StorageUnavailable):
            async with self.database.system.connection() as connection:
                await connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
                    " AND mode = 'ShareLock' AND granted AND database ="
                    " (SELECT oid FROM pg_database WHERE datname = current_database())"
                )


async def torture(
    ring: Ring, *, activations: int, blows: Callable[[Random], Blow], say: Callable[[str], None]
) -> Barred:
    """Turn the switch on and off while all send."""
    found = Barred()
    for number in range(activations):
        await ring.busy()
        await asyncio.sleep(ring.random.uniform(0, 0.02))
        await _once(ring, blow=blows(ring.random), found=found)
        if (number + 1) % 100 == 0:
            say(found.describe())
    found.arrivals = len(ring.tap.seen)
    return found


def drawn(random: Random) -> Blow:
    """Draw a blow."""
    return random.choices(list(_ODDS), weights=list(_ODDS.values()))[0]


async def _once(ring: Ring, *, blow: Blow, found: Barred) -> None:
    """Activate under a blow, watch, release."""
    account_id = ring.random.choice((None, *ring.accounts))
    scope = Scope(tenant_id=ring.tenant_id, account_id=account_id)
    still = await ring.strike(blow)
    waking = None
    if still is not None:
        stopped_s = 5.0 if blow is Blow.STOPPED_LONG else ring.random.uniform(0.01, 0.3)
        waking = asyncio.create_task(_wake(still, after_s=stopped_s))
    began = time.monotonic()
    latch = await _engaged(ring, scope)
    await _closed(ring, scope, found=found)
    acknowledged_s, took_ms = time.time(), (time.monotonic() - began) * 1000
    found.activations += 1
    found.blows[blow] += 1
    found.all_ms.append(took_ms)
    if blow is Blow.NOTHING:
        found.calm_ms.append(took_ms)
    if waking is not None:
        await waking
    await asyncio.sleep(WATCH_S)
    for seen in ring.tap.seen[-1000:]:
        whose = UUID(json.loads(seen.body)["account_id"])
        if seen.at_s > acknowledged_s and account_id in (None, whose):
            late_ms = (seen.at_s - acknowledged_s) * 1000
            found.wrongs.append(f"{blow}: an order arrived {late_ms:.2f} ms after")
    await _updated(ring, replace(latch, released_at=builders.AT))


async def _wake(still: "subprocess.Popen[bytes]", *, after_s: float) -> None:
    await asyncio.sleep(after_s)
    still.send_signal(signal.SIGCONT)


async def _engaged(ring: Ring, scope: Scope) -> Latch:
    latch = builders.latch(scope=scope)
    await _updated(ring, latch)
    return latch


async def _updated(ring: Ring, latch: Latch) -> None:
    latches, tenant_id = PostgresLatches(database=ring.database), latch.scope.tenant_id
    told = builders.notice(tenant_id=tenant_id, sequence=0)
    await latches.update(latch=latch, audit=builders.audit(tenant_id=tenant_id), notice=told)


async def _closed(ring: Ring, scope: Scope, *, found: Barred) -> None:
    """Close the barrier; one that a stopped sender holds up is asked again, as clients do."""
    barrier = PostgresKillBarrier(database=ring.database)
    async with asyncio.timeout(60):
        while True:
            try:
                return await barrier.close(scope)
            except StorageUnavailable:
                found.repeated += 1


async def run(
    database_url: str,
    *,
    activations: int,
    seed: int,
    say: Callable[[str], None],
    blows: Callable[[Random], Blow] = drawn,
    careless: bool = False,
) -> Barred:
    """Start the senders and a venue, and torture."""
    database = Database()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ballast-torture-")))
        venue = stack.enter_context(venue_process("--quote=IBM=98/98"))
        tap = Tap(venue.url)
        stack.callback(tap.close)
        ring = Ring(
            database_url=database_url,
            database=database,
            tap=tap,
            folder=folder,
            random=Random(seed),
            careless=careless,
        )
        stack.callback(ring.end)
        await database.start(url=database_url)
        try:
            return await torture(ring, activations=activations, blows=blows, say=say)
        finally:
            await database.stop()
