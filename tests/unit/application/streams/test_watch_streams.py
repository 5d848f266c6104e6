"""Streams are looked at, judged and told of; what cannot be told waits."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.identity import MemoryUsers
from adapters.memory.ids import SeededIds
from adapters.memory.stream_monitor import MemoryStandingAlarms, MemoryStreamMonitor
from adapters.memory.time import ManualClock, ManualSleeper
from adapters.telemetry.stream_figures import state_of, stream_collector
from application.streams.watch_streams import WatchStreams
from domain.streams.alarms import usual_thresholds
from domain.streams.lag import Verdict
from ports.health import ComponentState
from ports.storage import StorageUnavailable
from tests import builders

TOPIC, GROUP = "ballast.commands.v1", "ballast.commands"


@dataclass(slots=True)
class Context:
    """A watch over a log of numbers."""

    clock: ManualClock
    database: MemoryDatabase
    log: MemoryStreamMonitor
    watch: WatchStreams

    async def look(self, *, after_s: float = 1.0) -> None:
        self.clock.advance(after_s)
        await self.watch.look()

    def verdict(self) -> Verdict:
        (group,) = self.watch.picture.groups
        return group.verdict

    def told(self) -> list[str]:
        return [f"{one.type.split('_')[1]} {one.subject}" for one in self.database.notices]

    def standing(self) -> list[str]:
        return [f"{one.kind}:{one.subject}" for one in self.watch.picture.alarms]


def watch_over(database: MemoryDatabase, log: MemoryStreamMonitor, clock: ManualClock) -> Context:
    link = MemoryLink(database)
    watch = WatchStreams(
        monitor=log,
        alarms=MemoryStandingAlarms(link),
        users=MemoryUsers(link),
        thresholds=usual_thresholds(latency_ms_max=200, lag_max=2_000),
        clock=clock,
        sleeper=ManualSleeper(clock),
        ids=SeededIds(clock=clock, seed=len(database.notices)),
        quiet_min=timedelta(seconds=10),
    )
    return Context(clock, database, log, watch)


@pytest.fixture
def context() -> Context:
    clock = ManualClock(builders.AT)
    log = MemoryStreamMonitor(clock=clock)
    log.make_topic(TOPIC)
    database = MemoryDatabase()
    tenant = builders.tenant()
    database.tenants[tenant.id] = tenant
    return watch_over(database, log, clock)


async def test_figures_of_a_topic_are_those_of_the_last_seconds(context: Context) -> None:
    await context.look()
    for _ in range(20):
        context.log.produce(TOPIC, count=50, delay_ms=10)
        await context.look()
    (topic,) = context.watch.picture.topics
    assert topic.messages_per_s == 50.0
    assert topic.latency is not None
    assert topic.latency.p99_ms == 10.0
    for _ in range(11):
        await context.look()
    (topic,) = context.watch.picture.topics
    assert topic.messages_per_s == 0.0
    assert topic.latency is None


async def test_a_latency_above_200_ms_is_an_alarm_until_it_is_well_below(context: Context) -> None:
    context.log.produce(TOPIC, count=10, delay_ms=200)
    await context.look()
    assert context.standing() == []
    context.log.produce(TOPIC, count=10, delay_ms=201)
    await context.look()
    assert context.standing() == [f"latency_ms:{TOPIC}"]
    for _ in range(11):
        context.log.produce(TOPIC, count=10, delay_ms=20)
        await context.look()
    assert context.told() == [f"raised latency_ms:{TOPIC}", f"cleared latency_ms:{TOPIC}"]


async def test_a_lag_above_2000_is_an_alarm(context: Context) -> None:
    context.log.produce(TOPIC, count=2_001)
    context.log.commit(GROUP, topic=TOPIC, offset=1)
    await context.look()
    assert context.standing() == []
    context.log.produce(TOPIC, count=1)
    await context.look()
    assert context.standing() == [f"lag:{GROUP}"]
    (group,) = context.watch.picture.groups
    assert group.lag == 2_001


async def test_a_stalled_group_and_a_stopped_one_are_told_apart(context: Context) -> None:
    context.log.produce(TOPIC, count=10)
    for _ in range(12):
        context.log.commit(GROUP, topic=TOPIC, offset=4)
        await context.look()
    assert context.verdict() is Verdict.STALLED
    assert context.standing() == [f"consumer:{GROUP}"]
    for _ in range(13):
        await context.look()
    assert context.verdict() is Verdict.STOPPED
    context.log.commit(GROUP, topic=TOPIC, offset=10)
    await context.look()
    assert context.verdict() is Verdict.OK
    assert context.told() == [f"raised consumer:{GROUP}", f"cleared consumer:{GROUP}"]


async def test_a_partition_that_lacks_a_replica_is_an_alarm(context: Context) -> None:
    context.log.replicas = 3
    context.log.in_sync[(TOPIC, 0)] = 2
    await context.look()
    assert context.standing() == [f"under_replicated:{TOPIC}"]


async def test_one_look_without_an_answer_tells_nobody_and_a_second_does(context: Context) -> None:
    await context.look()
    context.log.reachable = False
    await context.look()
    assert state_of(context.watch.picture)[0] is ComponentState.DEGRADED
    assert context.told() == []
    await context.look()
    assert context.told() == ["raised unreachable:log"]
    context.log.reachable = True
    await context.look()
    assert context.told() == ["raised unreachable:log", "cleared unreachable:log"]
    assert state_of(context.watch.picture) == (ComponentState.UP, "")


async def test_while_the_log_is_away_other_alarms_stand_still(context: Context) -> None:
    context.log.produce(TOPIC, count=3_000)
    context.log.commit(GROUP, topic=TOPIC, offset=0)
    await context.look()
    context.log.reachable = False
    for _ in range(5):
        await context.look()
    assert sorted(context.standing()) == [f"lag:{GROUP}", "unreachable:log"]
    assert context.told() == [f"raised lag:{GROUP}", "raised unreachable:log"]


async def test_a_restart_repeats_no_alarm_and_clears_what_is_over(context: Context) -> None:
    context.log.produce(TOPIC, count=3_000)
    context.log.commit(GROUP, topic=TOPIC, offset=0)
    await context.look()
    raised_at = context.watch.picture.alarms[0].raised_at
    again = watch_over(context.database, context.log, context.clock)
    await again.look()
    assert again.standing() == [f"lag:{GROUP}"]
    assert again.watch.picture.alarms[0].raised_at == raised_at
    context.log.commit(GROUP, topic=TOPIC, offset=3_000)
    third = watch_over(context.database, context.log, context.clock)
    await third.look()
    assert third.standing() == []
    assert context.told() == [f"raised lag:{GROUP}", f"cleared lag:{GROUP}"]


async def test_of_two_who_watch_one_tells(context: Context) -> None:
    other = watch_over(context.database, context.log, context.clock)
    context.log.replicas = 2
    context.log.in_sync[(TOPIC, 0)] = 1
    for one in (context, other):
        await one.look()
    assert len(context.told()) == 1
    assert context.standing() == other.standing()


async def test_every_tenant_is_told(context: Context) -> None:
    other = builders.tenant()
    context.database.tenants[other.id] = other
    context.log.replicas = 2
    context.log.in_sync[(TOPIC, 0)] = 1
    await context.look()
    assert {one.tenant_id for one in context.database.notices} == set(context.database.tenants)


async def test_what_cannot_be_stored_is_told_once_it_can(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(self: MemoryUsers) -> None:
        raise StorageUnavailable("away")

    context.log.replicas = 2
    context.log.in_sync[(TOPIC, 0)] = 1
    with monkeypatch.context() as patched:
        patched.setattr(MemoryUsers, "tenants", away)
        await context.look()
    assert context.told() == []
    assert context.standing() == [f"under_replicated:{TOPIC}"]
    await context.look()
    await context.look()
    assert context.told() == [f"raised under_replicated:{TOPIC}"]


async def test_a_group_that_is_gone_is_forgotten(context: Context) -> None:
    context.log.produce(TOPIC, count=3_000)
    context.log.commit(GROUP, topic=TOPIC, offset=0)
    await context.look()
    context.log.forget(GROUP)
    await context.look()
    assert context.watch.picture.groups == ()
    assert context.standing() == []


async def test_prometheus_is_told_the_picture_and_nothing_old(context: Context) -> None:
    context.log.produce(TOPIC, count=5)
    context.log.commit(GROUP, topic=TOPIC, offset=1)
    await context.look()
    await context.look()
    collector = stream_collector(context.watch)
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for metric in collector.collect()
        for sample in metric.samples
    }
    assert found[("ballast_stream_reachable",)] == 1.0
    assert found[("ballast_stream_consumer_lag", GROUP, TOPIC)] == 4.0
    assert found[("ballast_stream_consumer_status", GROUP, "OK")] == 1.0
    assert found[("ballast_stream_under_replicated_partitions", TOPIC)] == 0.0
    context.log.reachable = False
    await context.look()
    names = {metric.name for metric in collector.collect()}
    assert names == {"ballast_stream_reachable", "ballast_stream_alarm"}
