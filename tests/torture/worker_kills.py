"""Invariant 1 with separate processes: kill the API, the dispatcher and the relay, all at once.

Three killers share one system: one Postgres, one Kafka, one venue, the market and the limits
in a process that lives. Each has its own worker to kill, at failpoints in turn and at random,
and starts another: most times one of the same name, which is known to be its follower; now
and then the one that stands by takes over when the lease of the dead one lapses.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from ports.broker import Dedup
from tests.integration.brokers.venue_process import VenueProcess
from tests.postgres_server import TestServer
from tests.torture.audit import audit, settle
from tests.torture.context import Context
from tests.torture.killer import JOBS, Killed, Killer, each_place, places_of
from tests.torture.kills import FUNDS
from tests.torture.load import LoadReport, clients_of
from tests.torture.workers.cluster import Cluster
from tests.torture.workers.events_seen import compare_events
from tests.torture.workers.frame import Frame
from tests.torture.workers.nursery import WorkerFailed
from tests.torture.workers.trading import drained

TRADERS = 5
KILLS_PER_BATCH = 50


@dataclass(slots=True, kw_only=True)
class Batch:
    """Kills over one fresh database and one venue: so many of each job's worker."""

    database_url: str
    bootstrap: str
    dedup: Dedup
    seed: int
    kills: int
    say: Callable[[str], None]

    async def run(self, killed: Killed) -> None:
        """Run it; a violation keeps the logs for a look."""
        frame = Frame(
            database_url=self.database_url, bootstrap=self.bootstrap, seed=self.seed, say=self.say
        )
        async with frame.with_venue(wrongs=killed.wrongs, dedup=self.dedup) as (cluster, venue):
            await self._torture(cluster, venue, killed)

    async def _torture(self, cluster: Cluster, venue: VenueProcess, killed: Killed) -> None:
        random = Random(self.seed)
        lasting = cluster.worker("market", "watch")
        if not await lasting.ready():
            raise WorkerFailed(f"the market did not start\n{lasting.tail()}")
        killers = [
            Killer(
                job=job,
                cluster=cluster,
                random=Random(random.random()),
                places=each_place(places_of(job), random=Random(random.random())),
                killed=killed,
            )
            for job in JOBS
        ]
        await asyncio.gather(*(killer.begin() for killer in killers))
        async with cluster.context() as context:
            await self._trade(context, venue, killers, killed=killed, random=random)
        # The relay goes last: whoever is told to stop may still have something to tell.
        relays = [killer for killer in killers if killer.job == "relay"]
        for killer in killers:
            if killer not in relays:
                killed.wrongs.extend(await killer.stop())
        if status := await lasting.stop():
            killed.wrongs.append(f"the market exits with {status} on SIGTERM")
        killed.wrongs.extend(await drained(cluster))
        for relay in relays:
            killed.wrongs.extend(await relay.stop())
        seen = await compare_events(
            bootstrap=self.bootstrap,
            journal=await cluster.fetch("SELECT id FROM notices"),
            tenants={await cluster.tenant()},
        )
        killed.events += seen.journal
        killed.published += seen.published
        killed.wrongs.extend(seen.wrongs)

    async def _trade(
        self,
        context: Context,
        venue: VenueProcess,
        killers: list[Killer],
        *,
        killed: Killed,
        random: Random,
    ) -> None:
        """Trade while the killers kill, then hold every book against every other."""
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
            await asyncio.gather(*(self._kill(killer) for killer in killers))
            stopping.set()
        told.wrongs += await settle(context, account_ids=accounts)
        found = await audit(
            context,
            told=told,
            dump=await asyncio.to_thread(venue.dump),
            account_ids=accounts,
            funds=Decimal(FUNDS),
            random=random,
            dedup=self.dedup,
        )
        killed.tally.add(told=told, found=found, repeats=context.repeats)

    async def _kill(self, killer: Killer) -> None:
        for number in range(self.kills):
            await killer.kill()
            if (number + 1) % 25 == 0:
                self.say(f"  {self.dedup} {killer.job}: {number + 1}/{self.kills} kills")
        await killer.end()


def torture(
    server: TestServer,
    *,
    bootstrap: str,
    kills: int,
    seed: int,
    say: Callable[[str], None],
) -> Killed:
    """Kill each job's worker that many times, over all dedup modes."""
    random, killed, modes, number = Random(seed), Killed(), list(Dedup), 0
    while (left := kills - killed.kills["api"].total()) > 0:
        began = time.monotonic()
        # At least one batch of each mode.
        size = min(KILLS_PER_BATCH, left, -(-kills // len(modes)))
        with server.fresh_database() as url:
            batch = Batch(
                database_url=url,
                bootstrap=bootstrap,
                dedup=modes[number % len(modes)],
                seed=random.getrandbits(32),
                kills=size,
                say=say,
            )
            asyncio.run(batch.run(killed))
        number += 1
        took_s = time.monotonic() - began
        say(f"{batch.dedup} (seed {batch.seed}, {took_s:.0f} s): {killed.describe()}")
        for wrong in killed.wrongs[:50]:
            say(f"  VIOLATION {wrong}")
    return killed
