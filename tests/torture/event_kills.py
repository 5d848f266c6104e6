"""Invariant 17: what was committed is published at least once, and applied once.

Eight writers fill the journal the hard way: transactions of all sizes side by side, some of
which commit late and some of which are rolled back. Meanwhile the relay, Kafka itself and the
consumer of the events are killed, each by a killer of its own. In the end every event of the
journal is on Kafka, in the order of its account, and was applied exactly once.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

from adapters.system.ids import UuidV7Ids
from tests.services.service import Service
from tests.torture.killer import Killed, Killer, each_place
from tests.torture.kills import AT_RANDOM
from tests.torture.workers.applier import TABLES
from tests.torture.workers.cluster import Cluster
from tests.torture.workers.events_seen import compare_events
from tests.torture.workers.frame import Frame
from tests.torture.workers.nursery import Life, WorkerFailed
from tests.torture.workers.writer import Writer

WRITERS = 8
SETTLE_S = 180.0
_RELAY_PLACES = (
    "journal.read",
    "publish.before",
    "publish.after",
    "journal.cursor.before",
    "journal.cursor.after",
)
_APPLIER_PLACES = ("applied.before", "applied.after", "applied.offsets.after")


@dataclass(slots=True, kw_only=True)
class LoadReport:
    """What the run came to."""

    events: int = 0
    published: int = 0
    rolled_back: int = 0
    applied: int = 0
    kills: dict[str, Counter[str]] = field(default_factory=dict)
    takeovers: int = 0
    wrongs: list[str] = field(default_factory=list)

    def describe(self) -> str:
        """Say it in words."""
        kills = ", ".join(
            f"{who} {names.total()} ({len(names.keys() - {AT_RANDOM})} failpoints,"
            f" {names[AT_RANDOM]} at random)"
            for who, names in self.kills.items()
        )
        return (
            f"killed: {kills}; {self.takeovers} times the relay that stood by took over;"
            f" {self.events} events committed and {self.rolled_back} rolled back,"
            f" published {self.published} times, {self.applied} applied;"
            f" {len(self.wrongs)} violations"
        )


@dataclass(slots=True, kw_only=True)
class ApplierKiller:
    """Kills the consumer of events again and again."""

    cluster: Cluster
    tenant: UUID
    random: Random
    places: Iterator[str]
    names: Counter[str] = field(default_factory=Counter)
    _life: Life | None = None
    _place: str | None = None

    def begin(self, *, armed: bool = True) -> Life:
        """Start the next life."""
        self._place = next(self.places) if armed and self.random.random() < 0.7 else None
        self._life = self.cluster.nursery.fork(
            "applier",
            name="applier",
            environment=self.cluster.environment,
            bootstrap=self.cluster.bootstrap,
            database_url=self.cluster.database_url,
            group=f"torture-{self.cluster.folder.name}.events",
            tenant=str(self.tenant),
            failpoint=f"{self._place}:{self.random.randint(1, 4)}" if self._place else None,
        )
        return self._life

    async def kill(self) -> None:
        """Bring about one death."""
        life = self._life or self.begin()
        if self._place is not None:
            await life.ready()
        reached = await life.died(within_s=self.random.uniform(0.2, 3.0))
        await life.kill()
        self.names[self._place if reached and self._place else AT_RANDOM] += 1
        self.begin()

    async def end(self) -> None:
        """Leave one life without a failpoint running."""
        assert self._life is not None
        await self._life.kill()
        await self.begin(armed=False).ready()


@dataclass(slots=True, kw_only=True)
class EventKills:
    """So many kills of each, over so many events."""

    database_url: str
    kafka: Service
    events: int
    relay_kills: int
    applier_kills: int
    kafka_kills: int
    seed: int
    say: Callable[[str], None]
    kafka_up_s: tuple[float, float] = (1.0, 8.0)

    async def run(self) -> LoadReport:
        """Run it; a violation keeps the logs for a look."""
        told = LoadReport()
        frame = Frame(
            database_url=self.database_url,
            bootstrap=self.kafka.url,
            seed=self.seed,
            say=self.say,
        )
        async with frame.alone(wrongs=told.wrongs) as cluster:
            await self._torture(cluster, told)
        return told

    async def _torture(self, cluster: Cluster, told: LoadReport) -> None:
        random = Random(self.seed)
        for statement in TABLES.split(";"):
            await cluster.fetch(statement)
        tenant, killed = UuidV7Ids().new(), Killed()
        relay = Killer(
            job="relay",
            cluster=cluster,
            random=Random(random.random()),
            places=each_place(_RELAY_PLACES, random=Random(random.random())),
            killed=killed,
        )
        applier = ApplierKiller(
            cluster=cluster,
            tenant=tenant,
            random=Random(random.random()),
            places=each_place(_APPLIER_PLACES, random=Random(random.random())),
        )
        brokers: Counter[str] = Counter()
        killing = [
            self._times(self.relay_kills, relay.kill),
            self._times(self.applier_kills, applier.kill),
            self._times(self.kafka_kills, lambda: self._kill_kafka(random, brokers)),
        ]
        await relay.begin()
        done = False

        writers: list[Writer] = []

        def enough() -> bool:
            return done and sum(writer.committed for writer in writers) >= self.events

        async with asyncio.TaskGroup() as group:
            for _ in range(WRITERS):
                writer = Writer(
                    database_url=self.database_url,
                    tenant=tenant,
                    random=Random(random.random()),
                    enough=enough,
                    hurry=lambda: done,
                    pause_s=0.5,
                )
                writers.append(writer)
                group.create_task(writer.run())
            await asyncio.gather(*killing)
            done = True
        told.events = sum(writer.committed for writer in writers)
        told.rolled_back = sum(writer.rolled_back for writer in writers)
        await relay.end()
        await applier.end()
        told.kills = {"relay": killed.kills["relay"], "consumer": applier.names, "Kafka": brokers}
        told.takeovers = killed.takeovers
        told.wrongs += killed.wrongs
        await self._settled(cluster, told)
        await self._compare(cluster, told, tenant=tenant)
        told.wrongs += await relay.stop()

    async def _times(self, times: int, kill: Callable[[], Any]) -> None:
        for number in range(times):
            await kill()
            if (number + 1) % 50 == 0:
                self.say(f"  {number + 1} of {times} kills")

    async def _kill_kafka(self, random: Random, brokers: Counter[str]) -> None:
        """Kill Kafka, leave it away for a moment, and start it on the same files."""
        await asyncio.sleep(random.uniform(*self.kafka_up_s))
        await asyncio.to_thread(self.kafka.kill)
        brokers[AT_RANDOM] += 1
        await asyncio.sleep(random.uniform(0, 1))
        await asyncio.to_thread(self.kafka.start)

    async def _settled(self, cluster: Cluster, told: LoadReport) -> None:
        """Wait until as many were applied as were committed."""
        loop = asyncio.get_running_loop()
        until = loop.time() + SETTLE_S
        while True:
            ((count,),) = await cluster.fetch(
                "SELECT count(DISTINCT event_id) FROM torture_applied"
            )
            told.applied = int(count)
            if told.applied >= told.events:
                return
            if loop.time() > until:
                told.wrongs.append(f"{told.applied} of {told.events} applied {SETTLE_S:.0f} s on")
                return
            await asyncio.sleep(0.5)

    async def _compare(self, cluster: Cluster, told: LoadReport, *, tenant: UUID) -> None:
        journal = await cluster.fetch("SELECT id FROM notices WHERE tenant_id = $1", tenant)
        if len(journal) != told.events:
            raise WorkerFailed(f"{told.events} were committed, the journal has {len(journal)}")
        seen = await compare_events(bootstrap=self.kafka.url, journal=journal, tenants={tenant})
        told.published = seen.published
        told.wrongs += seen.wrongs
        twice = await cluster.fetch(
            "SELECT event_id FROM torture_applied GROUP BY event_id HAVING count(*) > 1"
        )
        told.wrongs += [f"event {row['event_id']} was applied twice" for row in twice]
        gaps = await cluster.fetch("SELECT * FROM torture_gaps")
        told.wrongs += [f"the consumer met a gap: {tuple(row)}" for row in gaps]
        astray = await cluster.fetch(
            "SELECT a.event_id FROM torture_applied a LEFT JOIN notices n ON n.id = a.event_id"
            " WHERE n.id IS NULL"
        )
        told.wrongs += [f"{row['event_id']} was applied, never committed" for row in astray]
