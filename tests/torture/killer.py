"""Kill the worker that does one job, again and again, and see that another follows it."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

from tests.torture.failpoint_names import NAMES
from tests.torture.kills import AT_RANDOM, Tally
from tests.torture.workers.cluster import Cluster
from tests.torture.workers.nursery import Life, WorkerFailed

JOBS = ("api", "dispatch", "relay")
TIMEOUT_S = 3.5
TAKEOVER_S = 20.0
# So many of a hundred kills are followed by the one that stands by.
TAKEOVERS = 6
_BY_API = (
    "commit.accepted.",
    "commit.denied.",
    "commit.cancel_asked.",
    "commit.replace_asked.",
    "barrier.clos",
    "latch.engage.",
    "key.",
)
_BY_RELAY = ("journal.read", "journal.cursor.")


def places_of(job: str) -> tuple[str, ...]:
    """Return the failpoints that a job's process can reach."""
    if job == "relay":
        own = [name for name in NAMES if name.startswith(_BY_RELAY)]
        return (*own, "publish.before", "publish.after")
    if job == "api":
        return tuple(name for name in NAMES if name.startswith(_BY_API))
    return tuple(name for name in NAMES if not name.startswith((*_BY_API, *_BY_RELAY)))


def each_place(places: Sequence[str], *, random: Random) -> Iterator[str]:
    """Give every failpoint in turn, each round in another order."""
    while True:
        yield from random.sample(places, len(places))


@dataclass(slots=True, kw_only=True)
class Killed:
    """What all batches came to."""

    tally: Tally = field(default_factory=Tally)
    kills: dict[str, Counter[str]] = field(default_factory=lambda: {job: Counter() for job in JOBS})
    takeovers: int = 0
    events: int = 0
    published: int = 0

    @property
    def wrongs(self) -> list[str]:
        """What broke a promise."""
        return self.tally.wrongs

    def describe(self) -> str:
        """Say it in words."""
        told = ", ".join(
            f"{job} {names.total()} ({len(names.keys() - {AT_RANDOM})} failpoints,"
            f" {names[AT_RANDOM]} at random)"
            for job, names in self.kills.items()
        )
        tally = self.tally
        return (
            f"killed: {told}; {self.takeovers} times the one that stood by took over;"
            f" {tally.answered} submissions answered, {tally.orders} orders stored,"
            f" {tally.at_venue} at the venue with {tally.fills} fills, {tally.parked} parked,"
            f" {tally.latches} latches looked at, {tally.repeats} requests repeated;"
            f" {self.events} events, published {self.published} times;"
            f" {len(self.wrongs)} violations"
        )


@dataclass(slots=True, kw_only=True)
class Killer:
    """Kills the worker that does one job, again and again."""

    job: str
    cluster: Cluster
    random: Random
    places: Iterator[str]
    killed: Killed
    _holder: str = ""
    _life: Life = field(init=False)
    _place: str | None = None
    _spare: Life | None = None
    _spare_holder: str = ""
    _spare_place: str | None = None
    _lives: int = 0

    async def begin(self) -> None:
        """Start the first worker, and one that stands by where only one may work."""
        # Without a failpoint: until the killing begins nobody would start the next life.
        self._holder, self._life, self._place = self._started(armed=False)
        if not await self._life.ready():
            raise WorkerFailed(f"{self.job} did not start\n{self._life.tail()}")
        if self.job == "api":
            return
        # The lease tells nobody of its own that it was taken.
        while (  # noqa: ASYNC110
            await self.cluster.holder(self.job) != self._holder and not self._life.is_over
        ):
            await asyncio.sleep(0.05)
        self._spare_holder, self._spare, self._spare_place = self._started()

    async def kill(self) -> None:
        """Bring about one death, and start or promote the follower."""
        await self._look_at_spare()
        reached = False
        if self._place is not None:
            reached = not await self._life.ready() or await self._life.died(within_s=TIMEOUT_S)
        else:
            await asyncio.sleep(self.random.uniform(0, 1.5))
        await self._life.kill()
        self.killed.kills[self.job][self._place if reached and self._place else AT_RANDOM] += 1
        if self._spare is not None and self.random.randrange(100) < TAKEOVERS:
            await self._promote()
        else:
            self._holder, self._life, self._place = self._started(holder=self._holder)

    async def end(self) -> None:
        """Leave one life without a failpoint running."""
        await self._life.kill()
        if self._spare is not None and not self._spare.is_over:
            await self._spare.kill()
        self._life = self.cluster.worker(self.job, name=f"{self.job}-last", holder=self._holder)
        if not await self._life.ready():
            raise WorkerFailed(f"{self.job} did not start again\n{self._life.tail()}")

    async def stop(self) -> list[str]:
        """End it with SIGTERM and say what was wrong with that."""
        status = await self._life.stop()
        return [f"{self.job} exits with {status} on SIGTERM"] if status else []

    async def _look_at_spare(self) -> None:
        """Change places with the one that stands by where it was quicker than the follower."""
        if self._spare is None:
            return
        if self._spare.is_over:
            # It took over by itself, and died of it.
            await self._spare.kill()
            self.killed.kills[self.job][self._spare_place or AT_RANDOM] += 1
            self._spare_holder, self._spare, self._spare_place = self._started()
        elif await self.cluster.holder(self.job) == self._spare_holder:
            self.killed.takeovers += 1
            self._holder, self._spare_holder = self._spare_holder, self._holder
            self._life, self._spare = self._spare, self._life
            self._place, self._spare_place = self._spare_place, self._place

    async def _promote(self) -> None:
        """Wait until the one that stands by has the job, or dies of having it."""
        assert self._spare is not None
        until = time.monotonic() + TAKEOVER_S
        while not self._spare.is_over and await self.cluster.holder(self.job) != self._spare_holder:
            if time.monotonic() > until:
                self.killed.wrongs.append(f"nobody took over {self.job} in {TAKEOVER_S:.0f} s")
                break
            await asyncio.sleep(0.1)
        self.killed.takeovers += 1
        self._holder, self._life = self._spare_holder, self._spare
        self._place = self._spare_place
        self._spare_holder, self._spare, self._spare_place = self._started()

    def _started(
        self, *, holder: str | None = None, armed: bool = True
    ) -> tuple[str, Life, str | None]:
        self._lives += 1
        holder = holder or f"{self.job}-{self._lives}"
        place = next(self.places) if armed and self.random.random() < 0.7 else None
        count = self.random.choice((1, 1, 1, 2, 3, 5))
        failpoint = f"{place}:{count}" if place is not None else None
        life = self.cluster.worker(self.job, holder=holder, failpoint=failpoint)
        return holder, life, place
