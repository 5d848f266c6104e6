"""Alarms rise and clear, and consumers are judged, over a real Kafka."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest_asyncio

from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.identity import MemoryUsers
from adapters.memory.stream_monitor import MemoryStandingAlarms
from adapters.system.ids import UuidV7Ids
from adapters.system.time import SystemClock, SystemSleeper
from adapters.telemetry.stream_figures import state_of
from application.streams.watch_streams import WatchStreams
from domain.streams.alarms import AlarmKind, usual_thresholds
from domain.streams.lag import Verdict
from domain.streams.picture import GroupPicture, StreamPicture
from ports.health import ComponentState
from tests import builders
from tests.integration.streams.kafka_log import KafkaLog, kafka_log
from tests.services.service import Service

QUIET = timedelta(seconds=2)
TIMEOUT_S = 120.0
# Machines that run other tests besides are late for reasons that are not Kafka's.
LATENCY_MS_MAX = 10_000.0


@dataclass(slots=True)
class Watched:
    """A log that is watched, and what was told of it."""

    log: KafkaLog
    watch: WatchStreams
    database: MemoryDatabase

    @property
    def group(self) -> GroupPicture | None:
        groups = self.watch.picture.groups
        return next((one for one in groups if one.name == self.log.group), None)

    def verdict(self) -> Verdict | None:
        return None if self.group is None else self.group.verdict

    def told(self) -> list[str]:
        """Return what was told of this group and of the log itself."""
        own = (f"{AlarmKind.LAG}:{self.log.group}", f"{AlarmKind.UNREACHABLE}:log")
        return [
            f"{one.type.removeprefix('stream.')} {one.body['kind']}"
            for one in self.database.notices
            if one.subject in own
        ]

    async def until(self, holds: Callable[[], bool]) -> None:
        """Look until it holds."""
        deadline = time.monotonic() + TIMEOUT_S
        while not holds():
            assert time.monotonic() < deadline, self.watch.picture
            await self.watch.look()
            await asyncio.sleep(0.1)


@pytest_asyncio.fixture
async def watched(own_kafka: Service) -> AsyncIterator[Watched]:
    database = MemoryDatabase()
    tenant = builders.tenant()
    database.tenants[tenant.id] = tenant
    link = MemoryLink(database)
    async with kafka_log(own_kafka.url, service=own_kafka) as log:
        watch = WatchStreams(
            monitor=log.monitor,
            alarms=MemoryStandingAlarms(link),
            users=MemoryUsers(link),
            thresholds=usual_thresholds(latency_ms_max=LATENCY_MS_MAX, lag_max=2_000),
            clock=SystemClock(),
            sleeper=SystemSleeper(),
            ids=UuidV7Ids(),
            quiet_min=QUIET,
        )
        yield Watched(log, watch, database)


def alarms(picture: StreamPicture, kind: AlarmKind) -> list[str]:
    return [one.subject for one in picture.alarms if one.kind is kind]


async def test_a_lag_above_two_thousand_is_told_and_cleared_once_it_is_worked_off(
    watched: Watched,
) -> None:
    log, watch = watched.log, watched.watch
    await log.produce(2_000)
    await log.commit(0)
    await watched.until(lambda: watched.group is not None and watched.group.lag == 2_000)
    assert alarms(watch.picture, AlarmKind.LAG) == []
    await log.produce(1)
    await watched.until(lambda: alarms(watch.picture, AlarmKind.LAG) == [log.group])
    assert watched.told() == ["alarm_raised lag"]
    # Just below the limit is not over yet.
    await log.commit(100)
    await watched.until(lambda: watched.group is not None and watched.group.lag == 1_901)
    assert alarms(watch.picture, AlarmKind.LAG) == [log.group]
    await log.commit(2_001)
    await watched.until(lambda: alarms(watch.picture, AlarmKind.LAG) == [])
    assert watched.told() == ["alarm_raised lag", "alarm_cleared lag"]
    assert watched.verdict() is Verdict.OK
    topic = next(one for one in watch.picture.topics if one.name == log.topic)
    assert topic.messages_per_s is not None
    assert topic.messages_per_s > 0


async def test_a_group_that_commits_and_does_not_go_on_is_stalled_and_one_silent_is_stopped(
    watched: Watched,
) -> None:
    log = watched.log
    await log.produce(50)
    await log.commit(10)
    await watched.watch.look()

    async def keep_committing() -> None:
        while True:
            await log.commit(10)
            await asyncio.sleep(0.1)

    committing = asyncio.create_task(keep_committing())
    try:
        await watched.until(lambda: watched.verdict() is Verdict.STALLED)
        assert alarms(watched.watch.picture, AlarmKind.CONSUMER) == [log.group]
        # It stays so for as long as it commits, whatever the time that passes.
        for _ in range(30):
            await watched.watch.look()
            assert watched.verdict() is Verdict.STALLED
            await asyncio.sleep(0.1)
    finally:
        committing.cancel()
        await asyncio.wait({committing})
    await watched.until(lambda: watched.verdict() is Verdict.STOPPED)
    # It comes back and reads all.
    await log.commit(50)
    await watched.until(lambda: watched.verdict() is Verdict.OK)
    assert alarms(watched.watch.picture, AlarmKind.CONSUMER) == []


async def test_a_group_that_goes_on_and_falls_behind_is_a_warning(watched: Watched) -> None:
    log = watched.log
    await log.produce(10)
    await log.commit(1)
    await watched.until(lambda: watched.group is not None)
    # Every commit further behind than the one before, until the window holds nothing else.
    for offset in range(2, 14):
        await log.produce(3)
        await log.commit(offset)
        await watched.watch.look()
        await asyncio.sleep(0.1)
    await watched.until(lambda: watched.verdict() is Verdict.WARN)


async def test_a_group_that_stopped_before_the_watch_began_is_stopped(watched: Watched) -> None:
    await watched.log.produce(5)
    await watched.log.commit(2)
    await watched.until(lambda: watched.verdict() is Verdict.STOPPED)


async def test_a_killed_broker_degrades_and_a_restarted_one_heals(watched: Watched) -> None:
    log, watch = watched.log, watched.watch
    await log.produce(3)
    await log.commit(3)
    await watched.until(lambda: watched.verdict() is Verdict.OK)
    assert state_of(watch.picture)[0] is ComponentState.UP
    service = log.service
    assert service is not None
    await asyncio.to_thread(service.kill)
    try:
        await watched.until(lambda: "alarm_raised unreachable" in watched.told())
        state, detail = state_of(watch.picture)
        assert state is ComponentState.DEGRADED
        assert detail.startswith("Kafka: ")
        # What was seen last is still there, and said to be old.
        assert watched.verdict() is Verdict.OK
        assert not watch.picture.reachable
    finally:
        await asyncio.to_thread(service.restart)
    await watched.until(lambda: watch.picture.reachable and not watch.picture.alarms)
    assert state_of(watch.picture) == (ComponentState.UP, "")
    assert watched.told() == ["alarm_raised unreachable", "alarm_cleared unreachable"]
