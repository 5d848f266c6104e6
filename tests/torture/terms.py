"""Invariant 22: SIGTERM under load loses nothing, and everybody goes in time and in peace.

Two APIs, two dispatchers, two relays and two consumers of commands share one database, one
Kafka and one venue; or `ballast serve --workers 2` does it all. One process after the other is
told to stop while orders come in over HTTP and Kafka, and another takes its place.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

from tests.integration.brokers.venue_process import VenueProcess
from tests.torture.audit import audit, settle
from tests.torture.ended import EXIT_S, Ended, WatchedContext
from tests.torture.kills import FUNDS
from tests.torture.load import Attendant, LoadReport, traders_of
from tests.torture.processes import free_port
from tests.torture.workers.cluster import Cluster
from tests.torture.workers.commanding import Commander, all_answered, in_order, judge
from tests.torture.workers.events_seen import compare_events
from tests.torture.workers.frame import Frame, open_for_commands
from tests.torture.workers.nursery import Life, WorkerFailed
from tests.torture.workers.trading import drained

JOBS = ("api", "dispatch", "relay", "commands")
ACCOUNTS = 4
ANSWERED_S = 120.0


@dataclass(slots=True, kw_only=True)
class Terms:
    """So many SIGTERMs over one fresh database, one venue and one Kafka."""

    database_url: str
    bootstrap: str
    terms: int
    seed: int
    say: Callable[[str], None]
    pause_s: tuple[float, float] = (0.2, 2.0)

    async def run(self) -> Ended:
        """Run it; a violation keeps the logs for a look."""
        done = Ended()
        frame = Frame(
            database_url=self.database_url, bootstrap=self.bootstrap, seed=self.seed, say=self.say
        )
        async with frame.with_venue(wrongs=done.wrongs) as (cluster, venue):
            await self._torture(cluster, venue, done)
        return done

    async def _torture(self, cluster: Cluster, venue: VenueProcess, done: Ended) -> None:
        random = Random(self.seed)
        lasting = await open_for_commands(cluster, "market", "watch")
        pairs = [
            Pair(job=job, cluster=cluster, random=Random(random.random()), done=done)
            for job in JOBS
        ]
        for pair in pairs:
            await pair.begin()
        urls = [f"http://127.0.0.1:{port}" for port in pairs[0].ports]
        token = cluster.context().token
        async with WatchedContext(url=urls[0], token=token, urls=urls, ended=done) as context:
            await self._trade(cluster, venue, pairs, context=context, done=done, random=random)
        done.wrongs += await drained(cluster)
        for life in (*(life for pair in pairs for life in pair.lives), lasting):
            if status := await life.stop():
                done.wrongs.append(f"{life.name} exits with {status} on SIGTERM")
        seen = await compare_events(
            bootstrap=self.bootstrap,
            journal=await cluster.fetch("SELECT id FROM notices"),
            tenants={await cluster.tenant()},
        )
        done.events = seen.journal
        done.wrongs += seen.wrongs

    async def _trade(
        self,
        cluster: Cluster,
        venue: VenueProcess,
        pairs: "Sequence[Pair]",
        *,
        context: WatchedContext,
        done: Ended,
        random: Random,
    ) -> None:
        """Trade while one after the other ends, then hold every book against every other."""
        await context.drop_rules("ORDER_RATE", "DUPLICATE_ORDER")
        accounts = [
            await context.open_account(f"terms {number}", funds=FUNDS)
            for number in range(2 * ACCOUNTS)
        ]
        told, stopping = LoadReport(), asyncio.Event()
        commander = Commander(
            cluster=cluster,
            tenant=await cluster.tenant(),
            accounts=accounts[ACCOUNTS:],
            random=Random(random.random()),
        )
        traders = traders_of(
            context, accounts=accounts[:ACCOUNTS], told=told, random=random, stopping=stopping
        )
        await commander.start()
        try:
            async with asyncio.TaskGroup() as group:
                for trader in traders:
                    group.create_task(trader.run())
                attendant = Attendant(context=context, venue=venue, stopping=stopping)
                group.create_task(attendant.run())
                group.create_task(commander.trade(stopping, pause_s=lambda: 0.05))
                for number in range(self.terms):
                    await asyncio.sleep(random.uniform(*self.pause_s))
                    await pairs[number % len(pairs)].term()
                    if (number + 1) % 20 == 0:
                        self.say(f"  {number + 1}/{self.terms} SIGTERMs")
                stopping.set()
        finally:
            await commander.stop()
        heard = await all_answered(commander, within_s=ANSWERED_S)
        done.commands = len(commander.sent)
        # One that hands its partitions over may have told some answers that are told again.
        done.wrongs += judge(commander, heard, killed=True)
        done.wrongs += await in_order(commander)
        done.wrongs += told.wrongs
        done.wrongs += await settle(context, account_ids=accounts)
        found = await audit(
            context,
            told=told,
            dump=await asyncio.to_thread(venue.dump),
            account_ids=accounts,
            funds=Decimal(FUNDS),
            random=random,
            deposited=commander.deposited,
        )
        done.orders = found.orders
        done.wrongs += found.wrongs


@dataclass(slots=True, kw_only=True)
class Pair:
    """Two workers of one job; one of them is told to stop while the other goes on."""

    job: str
    cluster: Cluster
    random: Random
    done: Ended
    ports: tuple[int, int] = field(default_factory=lambda: (free_port(), free_port()))
    lives: list[Life] = field(default_factory=list)

    async def begin(self) -> None:
        """Start both."""
        self.lives = [self._started(0), self._started(1)]
        for life in self.lives:
            if not await life.ready():
                raise WorkerFailed(f"{life.name} did not start\n{life.tail()}")

    async def term(self) -> None:
        """End the one that works or, now and then, the other; and start its follower."""
        number = self.random.randrange(2)
        if self.job in ("dispatch", "relay") and self.random.random() < 0.8:
            holder = await self.cluster.holder(self.job)
            number = int(holder == self._holder(1))
        life = self.lives[number]
        await life.ready()
        began = time.monotonic()
        status = await life.stop(within_s=EXIT_S + 10)
        took_s = time.monotonic() - began
        self.done.ended(self.job, status=status, took_s=took_s, tail=life.tail())
        self.lives[number] = self._started(number)

    def _holder(self, number: int) -> str:
        return f"{self.job}-{number}"

    def _started(self, number: int) -> Life:
        return self.cluster.worker(
            self.job,
            name=self._holder(number),
            holder=self._holder(number),
            BALLAST_KAFKA_CLIENT_ID=self._holder(number),
            BALLAST_HTTP_PORT=str(self.ports[number]),
        )
