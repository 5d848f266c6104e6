"""Kill whoever carries out commands from Kafka: each command is decided once, and answered.

Signed commands stream in, some of them twice, while the processes that carry them out are
killed at failpoints and at random. A dead member is taken out of its group as an operator
would, so that hundreds of kills take minutes; some are left to Kafka, which finds them out
after 30 seconds. Most kills are of a group's only member; for the last fifth there are two.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from aiokafka.protocol.group import LeaveGroupRequest

from tests.integration.brokers.venue_process import VenueProcess
from tests.torture.audit import audit, settle
from tests.torture.failpoint_names import KAFKA_NAMES, NAMES
from tests.torture.killer import each_place
from tests.torture.kills import AT_RANDOM, FUNDS
from tests.torture.load import Attendant, LoadReport
from tests.torture.workers.cluster import Cluster
from tests.torture.workers.commanding import Commander, all_answered, in_order, judge
from tests.torture.workers.frame import Frame, open_for_commands
from tests.torture.workers.nursery import Life, WorkerFailed

ACCOUNTS = 6
TIMEOUT_S = 4.0
ANSWERED_S = 120.0
# One kill of so many is found out by Kafka itself.
LEFT_TO_KAFKA = 60
PLACES = (
    *(name for name in KAFKA_NAMES if name.startswith(("commands.", "inbox.", "answers."))),
    *(name for name in NAMES if name.startswith(("commit.accepted.", "commit.cancel_asked."))),
)


@dataclass(slots=True, kw_only=True)
class Came:
    """What the run came to."""

    names: Counter[str] = field(default_factory=Counter)
    left_to_kafka: int = 0
    commands: int = 0
    replies: int = 0
    orders: int = 0
    at_venue: int = 0
    wrongs: list[str] = field(default_factory=list)

    def describe(self) -> str:
        """Say it in words."""
        places = len(self.names.keys() - {AT_RANDOM})
        return (
            f"{self.names.total()} kills at {places} failpoints and {self.names[AT_RANDOM]} at"
            f" random, {self.left_to_kafka} of them found out by Kafka alone; {self.commands}"
            f" commands sent, {self.replies} replies, {self.orders} orders stored,"
            f" {self.at_venue} at the venue; {len(self.wrongs)} violations"
        )


@dataclass(slots=True, kw_only=True)
class Member:
    """One member of the group, through its deaths."""

    name: str
    cluster: Cluster
    random: Random
    places: Iterator[str]
    came: Came
    _life: Life | None = None
    _place: str | None = None

    @property
    def group(self) -> str:
        """The group of all members."""
        return f"torture-{self.cluster.folder.name}.commands"

    def begin(self, *, armed: bool = True) -> Life:
        """Start the next life."""
        self._place = next(self.places) if armed and self.random.random() < 0.7 else None
        count = self.random.choice((1, 1, 2, 3, 5, 8))
        self._life = self.cluster.worker(
            "commands",
            name=self.name,
            failpoint=f"{self._place}:{count}" if self._place else None,
            BALLAST_KAFKA_CLIENT_ID=self.name,
        )
        return self._life

    async def kill(self) -> None:
        """Bring about one death, and start the follower."""
        life = self._life or self.begin()
        reached = False
        if self._place is not None:
            reached = not await life.ready() or await life.died(within_s=TIMEOUT_S)
        else:
            await asyncio.sleep(self.random.uniform(0, 2.5))
        await life.kill()
        self.came.names[self._place if reached and self._place else AT_RANDOM] += 1
        if self.random.randrange(LEFT_TO_KAFKA):
            await leave(self.cluster.bootstrap, group=self.group, client_id=self.name)
        else:
            self.came.left_to_kafka += 1
        self.begin()

    async def end(self) -> Life:
        """Leave one life without a failpoint running."""
        if self._life is not None:
            await self._life.kill()
            await leave(self.cluster.bootstrap, group=self.group, client_id=self.name)
        life = self.begin(armed=False)
        if not await life.ready():
            raise WorkerFailed(f"{self.name} did not start again\n{life.tail()}")
        return life


async def leave(bootstrap: str, *, group: str, client_id: str) -> None:
    """Take the dead members of a name out of a group, as an operator would."""
    admin: Any = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        node = await admin.find_coordinator(group)
        (told,) = await admin.describe_consumer_groups([group], node)
        for described in told.groups:
            for member in described[5]:
                if member[1] == client_id:
                    await admin._send_request(LeaveGroupRequest(group, member[0]), node)
    except KafkaError:
        # Kafka finds it out by itself then.
        return
    finally:
        await admin.close()


async def joined(bootstrap: str, *, group: str, members: int, within_s: float = 60.0) -> None:
    """Wait until a group has so many members, each with its partitions."""
    admin: Any = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        async with asyncio.timeout(within_s):
            while True:
                # A Kafka that has just started knows no groups yet.
                with suppress(KafkaError):
                    (told,) = await admin.describe_consumer_groups([group])
                    if any(one[2] == "Stable" and len(one[5]) == members for one in told.groups):
                        return
                await asyncio.sleep(0.1)
    finally:
        await admin.close()


@dataclass(slots=True, kw_only=True)
class CommandKills:
    """So many kills over one fresh database, one venue and one Kafka."""

    database_url: str
    bootstrap: str
    kills: int
    seed: int
    say: Callable[[str], None]
    pause_s: float = 0.05

    async def run(self) -> Came:
        """Run it; a violation keeps the logs for a look."""
        came = Came()
        frame = Frame(
            database_url=self.database_url, bootstrap=self.bootstrap, seed=self.seed, say=self.say
        )
        async with frame.with_venue(wrongs=came.wrongs) as (cluster, venue):
            await self._torture(cluster, venue, came)
        return came

    async def _torture(self, cluster: Cluster, venue: VenueProcess, came: Came) -> None:
        random = Random(self.seed)
        lasting = await open_for_commands(
            cluster, "market", "watch", "api", "dispatch", name="lasting"
        )
        async with cluster.context() as context:
            await context.drop_rules("ORDER_RATE", "DUPLICATE_ORDER")
            accounts = [
                await context.open_account(f"commands {number}", funds=FUNDS)
                for number in range(ACCOUNTS)
            ]
            commander = Commander(
                cluster=cluster,
                tenant=await cluster.tenant(),
                accounts=accounts,
                random=Random(random.random()),
            )
            stopping = asyncio.Event()
            attendant = Attendant(context=context, venue=venue, stopping=stopping)
            await commander.start()
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(attendant.run())
                    group.create_task(commander.trade(stopping, pause_s=lambda: self.pause_s))
                    members = await self._kill(cluster, random, came)
                    stopping.set()
            finally:
                await commander.stop()
            heard = await all_answered(commander, within_s=ANSWERED_S)
            came.commands = len(commander.sent)
            came.replies = sum(map(len, heard.replies.values()))
            came.wrongs += judge(commander, heard, killed=True)
            came.wrongs += await in_order(commander)
            came.wrongs += await settle(context, account_ids=accounts)
            found = await audit(
                context,
                told=LoadReport(),
                dump=await asyncio.to_thread(venue.dump),
                account_ids=accounts,
                funds=Decimal(FUNDS),
                random=random,
                deposited=commander.deposited,
            )
            came.orders, came.at_venue = found.orders, found.at_venue
            came.wrongs += found.wrongs
        for life in (*members, lasting):
            if status := await life.stop():
                came.wrongs.append(f"{life.name} exits with {status} on SIGTERM")

    async def _kill(self, cluster: Cluster, random: Random, came: Came) -> list[Life]:
        """Kill the only member, then one of two in turn; return those that go on."""
        members = [
            Member(
                name=name,
                cluster=cluster,
                random=Random(random.random()),
                places=each_place(PLACES, random=Random(random.random())),
                came=came,
            )
            for name in ("commands-1", "commands-2")
        ]
        for number in range(self.kills):
            together = number >= self.kills * 4 // 5
            await members[number % 2 if together else 0].kill()
            if (number + 1) % 25 == 0:
                self.say(f"  {number + 1}/{self.kills} kills")
        return [await member.end() for member in members]
