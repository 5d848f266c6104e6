"""Notices reach every process without a gap, whatever becomes of Redis."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import pytest

from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.streams import MemoryJournal, MemoryWakeup
from adapters.redis.client import RedisLink
from adapters.redis.streams import POLL_S, STREAM, RedisEventStream
from adapters.system.time import SystemSleeper
from application.streams.relay import Relay
from domain.shared.notices import Notice
from ports.streams import Subscriber
from tests import builders
from tests.integration.redis.links import QUICK, link_to
from tests.services.proxy import FaultProxy, Way
from tests.services.service import Service
from tests.waiting import eventually

ACCOUNTS = 3


@dataclass(slots=True)
class House:
    """A journal, the relay that publishes it, and two processes that follow."""

    database: MemoryDatabase = field(default_factory=MemoryDatabase)
    tenant_id: UUID = field(default_factory=builders.new_id)
    accounts: list[UUID] = field(
        default_factory=lambda: [builders.new_id() for _ in range(ACCOUNTS)]
    )
    heard: list[list[Notice]] = field(default_factory=lambda: [[], []])
    streams: list[RedisEventStream] = field(default_factory=list)
    wakeup: MemoryWakeup = field(default_factory=MemoryWakeup)

    def commit(self, count: int) -> None:
        """Let so many notices be committed, of all accounts in turn."""
        for _ in range(count):
            number = len(self.database.notices)
            self.database.notices.append(
                builders.notice(
                    tenant_id=self.tenant_id,
                    account_id=self.accounts[number % ACCOUNTS],
                    channel="orders",
                    sequence=number // ACCOUNTS + 1,
                )
            )
        self.wakeup.set()

    def all_heard(self) -> bool:
        """Tell whether every process heard every notice."""
        wanted = {notice.id for notice in self.database.notices}
        return all({notice.id for notice in heard} == wanted for heard in self.heard)

    def disorder(self) -> list[Notice]:
        """Return each notice that was first heard after a later one of its account."""
        late = []
        for heard in self.heard:
            highest: dict[UUID | None, int] = {}
            seen = set()
            for notice in heard:
                if notice.id not in seen and notice.sequence < highest.get(notice.account_id, 0):
                    late.append(notice)
                seen.add(notice.id)
                highest[notice.account_id] = max(highest.get(notice.account_id, 0), notice.sequence)
        return late

    async def all_told(self) -> None:
        """Return once everyone heard everything; in order."""
        await eventually(self.all_heard)
        assert self.disorder() == []

    def doubles(self) -> int:
        """Return how many notices were heard again."""
        return sum(len(heard) - len({one.id for one in heard}) for heard in self.heard)


@asynccontextmanager
async def living(url: str, *, space: str, length_max: int = 100_000) -> AsyncIterator[House]:
    """Run the relay and both followers, each with a link of its own."""
    house = House()
    journal = MemoryJournal(MemoryLink(house.database))
    async with (
        link_to(url, space=space, limits=QUICK, watched=True) as first,
        link_to(url, space=space, limits=QUICK, watched=True) as second,
    ):
        for link, heard in zip((first, second), house.heard, strict=True):
            stream = RedisEventStream(
                link=link, journal=journal, sleeper=SystemSleeper(), length_max=length_max
            )
            stream.subscribe(name="test", subscriber=_into(heard))
            house.streams.append(stream)
            await stream.join()
        relay = Relay(
            journal=journal,
            stream=house.streams[0],
            wakeup=house.wakeup,
            sleeper=SystemSleeper(),
        )
        tasks = [asyncio.ensure_future(relay())]
        tasks += [asyncio.ensure_future(stream.follow()) for stream in house.streams]
        try:
            yield house
            assert [task for task in tasks if task.done()] == []
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def _into(heard: list[Notice]) -> Subscriber:
    async def take(notice: Notice) -> None:
        heard.append(notice)

    return take


async def test_every_process_hears_every_notice_once(broken: Service, space: str) -> None:
    async with living(broken.url, space=space) as house:
        for _ in range(10):
            house.commit(130)
            await asyncio.sleep(0.01)
        await house.all_told()
        assert house.doubles() == 0


async def test_a_process_that_joins_hears_what_follows_only(broken: Service, space: str) -> None:
    async with living(broken.url, space=space) as house:
        house.commit(20)
        await house.all_told()
        journal = MemoryJournal(MemoryLink(house.database))
        async with link_to(broken.url, space=space) as link:
            late: list[Notice] = []
            stream = RedisEventStream(link=link, journal=journal, sleeper=SystemSleeper())
            stream.subscribe(name="late", subscriber=_into(late))
            await stream.join()
            following = asyncio.create_task(stream.follow())
            house.commit(5)
            await house.all_told()
            await eventually(lambda: len(late) >= 5)
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
        assert late == house.database.notices[-5:]


async def test_a_kill_and_a_restart_leave_no_gap(broken: Service, space: str) -> None:
    async with living(broken.url, space=space) as house:
        house.commit(50)
        await house.all_told()
        await asyncio.to_thread(broken.kill)
        house.commit(50)
        # Without Redis they read the journal.
        await house.all_told()
        await asyncio.to_thread(broken.start)
        house.commit(50)
        await house.all_told()
        await asyncio.sleep(2 * POLL_S)
        house.commit(50)
        await house.all_told()


async def test_a_redis_that_comes_back_empty_leaves_no_gap(broken: Service, space: str) -> None:
    async with living(broken.url, space=space) as house:
        house.commit(50)
        await house.all_told()
        await asyncio.to_thread(broken.kill)
        house.commit(20)
        await asyncio.to_thread(broken.remove)
        await asyncio.to_thread(broken.start)
        house.commit(50)
        await house.all_told()
        house.commit(50)
        await house.all_told()


async def test_a_redis_that_stands_still_holds_nobody_up(broken: Service, space: str) -> None:
    async with living(broken.url, space=space) as house:
        house.commit(20)
        await house.all_told()
        await asyncio.to_thread(broken.pause)
        house.commit(50)
        await house.all_told()
        broken.resume()
        house.commit(50)
        await house.all_told()


@pytest.mark.parametrize("lost", ["flushed", "trimmed", "cut short"])
async def test_what_the_stream_lost_is_read_from_the_journal(
    broken: Service, space: str, lost: str
) -> None:
    async with living(broken.url, space=space) as house, link_to(broken.url, space=space) as link:
        key = link.key(STREAM)
        for _ in range(15):
            house.commit(40)
            await asyncio.sleep(0.005)
            match lost:
                case "flushed":
                    await link.ask("DEL", key)
                case "trimmed":
                    await link.ask("XTRIM", key, "MAXLEN", 1)
                case _:
                    # As a server does that takes over without having had the last entries.
                    for entry, _ in await link.ask("XREVRANGE", key, "+", "-", "COUNT", 3):
                        await link.ask("XDEL", key, entry)
        await house.all_told()


@asynccontextmanager
async def one_follower(link: RedisLink) -> AsyncIterator[tuple[House, RedisEventStream]]:
    """Give a process that has joined, and follows when it is told to."""
    house = House(heard=[[]])
    journal = MemoryJournal(MemoryLink(house.database))
    stream = RedisEventStream(link=link, journal=journal, sleeper=SystemSleeper())
    stream.subscribe(name="test", subscriber=_into(house.heard[0]))
    await stream.join()
    yield house, stream


@asynccontextmanager
async def following(stream: RedisEventStream) -> AsyncIterator[None]:
    """Follow until the block ends."""
    task = asyncio.create_task(stream.follow())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_what_was_lost_from_a_stream_before_anyone_read_it_is_noticed(
    link: RedisLink,
) -> None:
    async with one_follower(link) as (house, stream):
        house.commit(3)
        await stream.publish(house.database.notices[:2])
        await link.ask("DEL", link.key(STREAM))
        await stream.publish(house.database.notices[2:])
        async with following(stream):
            await house.all_told()
        assert house.heard == [house.database.notices]


@pytest.mark.parametrize("left", ["nothing", "an older one"])
async def test_a_loss_is_noticed_without_anything_new(link: RedisLink, left: str) -> None:
    async with one_follower(link) as (house, stream):
        house.commit(2)
        await stream.publish(house.database.notices)
        async with following(stream):
            await house.all_told()
        house.commit(2)
        await stream.publish(house.database.notices[2:])
        await link.ask("DEL", link.key(STREAM))
        if left == "an older one":
            await link.ask("XADD", link.key(STREAM), "5-1", "before", "", "notice", "{}")
        async with following(stream):
            await house.all_told()
            house.commit(1)
            await stream.publish(house.database.notices[4:])
            await house.all_told()
        assert house.heard == [house.database.notices]


async def test_only_what_was_missed_is_read_again(link: RedisLink) -> None:
    async with one_follower(link) as (house, stream):
        async with following(stream):
            for start in (0, 25):
                house.commit(25)
                await stream.publish(house.database.notices[start:])
                await house.all_told()
            await link.ask("DEL", link.key(STREAM))
            house.commit(10)
            await stream.publish(house.database.notices[50:])
            await house.all_told()
        assert house.heard == [house.database.notices]


async def test_a_stream_that_begins_anew_in_the_past_is_followed(
    broken: Service, space: str
) -> None:
    async with living(broken.url, space=space) as house, link_to(broken.url, space=space) as link:
        house.commit(10)
        await house.all_told()
        key = link.key(STREAM)
        await link.ask("DEL", key)
        await link.ask("XADD", key, "5-1", "before", "", "notice", "{}")
        house.commit(10)
        await house.all_told()
        for _ in range(3):
            house.commit(10)
            await house.all_told()


async def test_a_stream_shorter_than_the_backlog_loses_nothing(broken: Service, space: str) -> None:
    async with living(broken.url, space=space, length_max=100) as house:
        house.commit(3_000)
        await house.all_told()


@pytest.mark.parametrize("fault", ["cut", "cut_after", "drop_after", "blackhole", "refuse"])
async def test_faults_of_the_network_leave_no_gap(
    proxied_url: str, proxy: FaultProxy, space: str, fault: str
) -> None:
    async with living(proxied_url, space=space) as house:
        house.commit(30)
        await house.all_told()
        for _ in range(3):
            match fault:
                case "cut":
                    proxy.cut()
                case "cut_after":
                    proxy.cut_after(20_000, way=Way.REPLIES)
                case "drop_after":
                    proxy.drop_after(10_000, way=Way.REQUESTS)
                case "blackhole":
                    proxy.blackhole()
                case _:
                    await proxy.refuse()
                    proxy.cut()
            house.commit(60)
            await asyncio.sleep(0.3)
            await proxy.heal()
            # What a fault had swallowed never comes.
            proxy.cut()
            house.commit(30)
            await house.all_told()


async def test_an_entry_that_cannot_be_read_is_read_from_the_journal(
    broken: Service, space: str
) -> None:
    async with living(broken.url, space=space) as house, link_to(broken.url, space=space) as link:
        house.commit(5)
        await house.all_told()
        await link.ask("XADD", link.key(STREAM), "*", "before", "x", "notice", "no notice")
        await link.ask("XADD", link.key(STREAM), "*", "other", "shape")
        house.commit(5)
        await house.all_told()


async def test_the_stream_stays_bounded(link: RedisLink) -> None:
    journal = MemoryJournal(MemoryLink(MemoryDatabase()))
    stream = RedisEventStream(link=link, journal=journal, sleeper=SystemSleeper(), length_max=500)
    tenant_id = builders.new_id()
    for _ in range(5):
        await stream.publish(
            [builders.notice(tenant_id=tenant_id, sequence=one) for one in range(1, 401)]
        )
    assert 500 <= await link.ask("XLEN", link.key(STREAM)) <= 600
