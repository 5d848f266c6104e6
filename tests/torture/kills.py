"""Invariant 1: kill the server wherever it can die; no order is lost, none is sent twice.

The venue is a process of its own that outlives every kill and misbehaves by the dice. Clients
trade on through the deaths, repeat what was not answered, stop an account and look that it
stays stopped. After a batch of kills everything that was told, stored and executed is compared.
"""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from random import Random

from ports.broker import Dedup
from tests.integration.brokers.venue_process import VenueProcess, venue_process
from tests.torture.audit import Findings, audit, settle
from tests.torture.context import QUOTES, Context
from tests.torture.failpoint_names import NAMES
from tests.torture.kept import kept_folder
from tests.torture.load import LoadReport, clients_of
from tests.torture.processes import Server

FAULTS = (
    "lost_request=0.02,lost_reply=0.04,hidden=0.2,hidden_s=0.5,duplicate_report=0.1,"
    "reordered_report=0.1,latency_max_s=0.01"
)
HORIZON_S = 1.5
FUNDS = "1000000"
TRADERS = 3
KILLS_PER_BATCH = 25
# A failpoint that nobody reaches in this time is a kill at random.
TIMEOUT_S = 4.0
AT_RANDOM = "at random"


@dataclass(slots=True, kw_only=True)
class Tally:
    """What all batches came to."""

    kills: Counter[str] = field(default_factory=Counter)
    answered: int = 0
    orders: int = 0
    at_venue: int = 0
    parked: int = 0
    fills: int = 0
    latches: int = 0
    repeats: int = 0
    wrongs: list[str] = field(default_factory=list)

    def add(self, *, told: LoadReport, found: Findings, repeats: int) -> None:
        """Count a batch."""
        self.answered += len(told.answers)
        self.latches += told.kills_survived
        self.orders += found.orders
        self.at_venue += found.at_venue
        self.parked += found.parked
        self.fills += found.fills
        self.repeats += repeats
        self.wrongs += told.wrongs + found.wrongs

    @property
    def places(self) -> int:
        """At how many named places a process died."""
        return len(self.kills.keys() - {AT_RANDOM})

    def describe(self) -> str:
        """Say it in words."""
        return (
            f"{self.kills.total()} kills at {self.places} failpoints and"
            f" {self.kills[AT_RANDOM]} at random: {self.answered} submissions answered,"
            f" {self.orders} orders stored, {self.at_venue} at the venue with {self.fills} fills,"
            f" {self.parked} parked, {self.latches} kill-switch latches looked at,"
            f" {self.repeats} requests repeated, {len(self.wrongs)} violations"
        )


@dataclass(slots=True, kw_only=True)
class Batch:
    """Kills of one server on one data folder, with one venue."""

    dedup: Dedup
    seed: int
    kills: int
    places: Iterator[str]
    say: Callable[[str], None]
    names: Counter[str] = field(default_factory=Counter)

    async def run(self, tally: Tally) -> None:
        """Run it and add what came of it; a violation keeps the folder for a look."""
        label = f"seed {self.seed}, {self.dedup}"
        with (
            kept_folder(wrongs=tally.wrongs, label=label, say=self.say) as folder,
            venue_process(*self._venue_arguments()) as venue,
        ):
            await self._with_venue(folder, venue, tally)

    async def _with_venue(self, folder: Path, venue: VenueProcess, tally: Tally) -> None:
        server = Server(folder=folder, settings=self._settings(venue))
        try:
            server.start()
            if not await server.ready():
                raise RuntimeError(f"the first start failed\n{server.log_tail()}")
            async with Context(url=server.url, token=server.token()) as context:
                await self._torture(server, venue, context, tally)
            server.stop()
        finally:
            server.kill()

    async def _torture(
        self, server: Server, venue: VenueProcess, context: Context, tally: Tally
    ) -> None:
        random = Random(self.seed)
        await context.drop_rules("ORDER_RATE", "DUPLICATE_ORDER")
        accounts = [
            await context.open_account(f"torture {number}", funds=FUNDS)
            for number in range(TRADERS + 1)
        ]
        told, stopping = LoadReport(), asyncio.Event()
        clients = clients_of(
            context, venue, accounts=accounts, told=told, random=random, stopping=stopping
        )
        async with asyncio.TaskGroup() as group:
            for run in clients:
                group.create_task(run())
            for _ in range(self.kills):
                await self._kill(server, random=random)
            server.start()
            if not await server.ready():
                raise RuntimeError(f"the last start failed\n{server.log_tail()}")
            stopping.set()
        told.wrongs += await settle(context, account_ids=accounts)
        found = await audit(
            context,
            told=told,
            dump=venue.dump(),
            account_ids=accounts,
            funds=Decimal(FUNDS),
            random=random,
            dedup=self.dedup,
        )
        tally.kills += self.names
        tally.add(told=told, found=found, repeats=context.repeats)

    async def _kill(self, server: Server, *, random: Random) -> None:
        """End the life that runs, if one does, and bring about the next death."""
        if server.is_alive():
            await asyncio.sleep(random.uniform(0, 1))
            server.kill()
            self._count(server, at=AT_RANDOM)
            return
        if random.random() < 0.2:
            server.start()
            # Starting takes some seconds: half of these deaths come before it is ready.
            await server.died(within_s=random.uniform(0, 10))
            server.kill()
            self._count(server, at=AT_RANDOM)
            return
        name = next(self.places)
        server.start(failpoint=f"{name}:{random.choice((1, 1, 1, 2, 3, 5))}")
        reached = not await server.ready() or await server.died(within_s=TIMEOUT_S)
        server.kill()
        self._count(server, at=name if reached else AT_RANDOM)

    def _count(self, server: Server, *, at: str) -> None:
        status = server.kill()
        if status != -signal.SIGKILL:
            raise RuntimeError(f"the server ended with {status}\n{server.log_tail()}")
        self.names[at] += 1
        self.say(f"  {self.dedup} kill {self.names.total()}/{self.kills}: {at}")

    def _venue_arguments(self) -> list[str]:
        quotes = [f"--quote={symbol}={price}/{price}" for symbol, price in QUOTES.items()]
        return [
            f"--dedup={self.dedup}",
            f"--faults={FAULTS}",
            f"--seed={self.seed}",
            f"--settle-horizon-s={HORIZON_S}",
            *quotes,
        ]

    def _settings(self, venue: VenueProcess) -> dict[str, str]:
        return {
            "BALLAST_PROFILE": "embedded",
            "BALLAST_PAPER_URL": venue.url,
            "BALLAST_PAPER_DEDUP": self.dedup,
            "BALLAST_PAPER_SETTLE_HORIZON_S": str(HORIZON_S),
            "BALLAST_REPLAY_PAUSED": "true",
        }


def each_place(random: Random) -> Iterator[str]:
    """Give every failpoint in turn, each round in another order."""
    while True:
        yield from random.sample(NAMES, len(NAMES))


async def torture(
    *, kills: int, seed: int, say: Callable[[str], None], batch: int = KILLS_PER_BATCH
) -> Tally:
    """Kill that many times, over all dedup modes, and return what came of it."""
    random, tally = Random(seed), Tally()
    places, modes = each_place(random), list(Dedup)
    number = 0
    while tally.kills.total() < kills:
        began = time.monotonic()
        left = kills - tally.kills.total()
        one = Batch(
            dedup=modes[number % len(modes)],
            seed=random.getrandbits(32),
            kills=min(batch, left),
            places=places,
            say=say,
        )
        await one.run(tally)
        number += 1
        say(f"{one.dedup} (seed {one.seed}, {time.monotonic() - began:.0f} s): {tally.describe()}")
        for wrong in tally.wrongs[:50]:
            say(f"  VIOLATION {wrong}")
    return tally
