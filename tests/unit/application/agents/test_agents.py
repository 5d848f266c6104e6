"""Agents are heard, missed and asked to pause, on a clock that only moves when told."""

import json
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from adapters.kafka.heartbeats import HeartbeatContext
from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.ids import SeededIds
from adapters.memory.leases import SoleLease
from adapters.memory.randomness import SeededRandomness
from adapters.memory.time import ManualClock, ManualSleeper
from adapters.memory.work import MemoryWorks
from application.agents.desire import StateRequest
from application.agents.list_agents import AgentNotFound
from bootstrap.areas import agents as agent_area
from bootstrap.container import build_changes
from bootstrap.settings.agents import AgentSettings
from bootstrap.settings.sections import KafkaSettings, Settings
from bootstrap.storage import build_memory
from bootstrap.system import System
from domain.agents.agent import (
    Agent,
    AgentState,
    DesiredState,
    Heartbeat,
    HeartbeatRefusal,
    ReportedState,
)
from ports.storage import StorageUnavailable
from ports.work import Work
from tests import builders
from tests.unit.adapters.kafka.test_heartbeat_wire import KEYS, said, signed

TENANT = UUID(int=1)


@dataclass(slots=True)
class Context:
    """One process over a database that may have others."""

    clock: ManualClock
    database: MemoryDatabase
    parts: agent_area.AgentParts
    works: "CountedWorks"
    count: int = 0

    async def beat(
        self, name: str = "momentum", *, state: ReportedState = ReportedState.RUNNING
    ) -> object:
        self.count += 1
        return await self.parts.facade.hear(
            Heartbeat(
                tenant_id=TENANT,
                agent_id=name,
                account_id=None,
                kind="strategy",
                at=self.clock.now(),
                sequence=self.count,
                state=state,
                version="1.0",
            )
        )

    async def wait(self, seconds: float, *, hearing: bool = True) -> None:
        """Let time pass, look after each quarter of a second."""
        for _ in range(round(seconds * 4)):
            self.clock.advance(0.25)
            if hearing:
                self.parts.facade.presences.hears(now_s=self.clock.monotonic())
            await self.parts.watch.look()

    async def state(self, name: str = "momentum") -> AgentState:
        return (await self.parts.facade.get(tenant_id=TENANT, agent_id=name)).state

    def told(self) -> list[str]:
        return [one.type.removeprefix("agent.") for one in self.database.notices]


@dataclass(slots=True)
class Turn:
    """Whether it is this process's turn to speak for all."""

    held: bool = True

    def is_held(self) -> bool:
        return self.held


@dataclass(frozen=True, slots=True)
class CountedWorks(MemoryWorks):
    """Remembers whose records it was asked to change."""

    asked: list[UUID] = field(default_factory=list)

    def begin(self, tenant_id: UUID) -> AbstractAsyncContextManager[Work]:
        self.asked.append(tenant_id)
        return MemoryWorks.begin(self, tenant_id)


async def test_of_several_who_hear_one_stores_and_another_when_that_one_is_gone() -> None:
    database, clock = MemoryDatabase(), ManualClock(builders.AT)
    turns = [Turn(), Turn(held=False), Turn(held=False)]
    contexts = [
        context_over(database, clock=clock, seed=number + 1, lease=turn)
        for number, turn in enumerate(turns)
    ]

    async def speak(seconds: int) -> list[int]:
        before = [len(context.works.asked) for context in contexts]
        for _ in range(seconds):
            for context in contexts:
                await context.beat()
            await contexts[0].wait(1)
            for context in contexts[1:]:
                context.parts.facade.presences.hears(now_s=clock.monotonic())
                await context.parts.watch.look()
        return [
            len(context.works.asked) - then for context, then in zip(contexts, before, strict=True)
        ]

    first = await speak(60)
    # The others tried to store that it is new, and were told that it is not.
    assert first[0] >= 6
    assert max(first[1:]) <= 1
    assert contexts[0].told() == ["appeared"]
    assert (await speak(60))[1:] == [0, 0]
    turns[0].held, turns[2].held = False, True
    assert (await speak(60))[:2] == [0, 0]
    (stored,) = database.agents.values()
    assert (clock.now() - stored.last_at).total_seconds() <= 12
    assert contexts[0].told() == ["appeared"]


def context_over(
    database: MemoryDatabase,
    *,
    clock: ManualClock,
    seed: int = 1,
    lease: Turn | None = None,
    agents_max: int = 10,
) -> Context:
    system = System(
        clock=clock,
        sleeper=ManualSleeper(clock),
        ids=SeededIds(clock=clock, seed=seed),
        randomness=SeededRandomness(seed),
    )
    works = CountedWorks(MemoryLink(database))
    storage = replace(build_memory(system), works=works)
    # Nothing is asked of it: what is heard there is said here.
    settings = Settings(
        kafka=KafkaSettings(bootstrap="127.0.0.1:9"),
        agents=AgentSettings(per_tenant_max=agents_max),
    )
    jobs: Any = SimpleNamespace(hearing=lambda: lease or SoleLease())
    parts = agent_area.build(
        settings=settings,
        storage=storage,
        system=system,
        jobs=jobs,
        changes=build_changes(storage, system),
    )
    parts.facade.presences.hears(now_s=clock.monotonic())
    return Context(clock, database, parts, works)


@pytest.fixture
def context() -> Context:
    return context_over(MemoryDatabase(), clock=ManualClock(builders.AT))


async def test_an_agent_is_dead_after_five_seconds_of_silence(context: Context) -> None:
    await context.beat()
    await context.wait(4.75)
    assert await context.state() is AgentState.LATE
    await context.wait(0.25)
    assert await context.state() is AgentState.DEAD
    await context.wait(60)
    assert context.told() == ["appeared", "became_late", "became_dead"]
    await context.beat()
    assert await context.state() is AgentState.ALIVE
    assert context.told()[-1] == "became_alive"


async def test_one_that_keeps_speaking_is_told_of_once(context: Context) -> None:
    for _ in range(60):
        await context.beat()
        await context.wait(1)
    assert context.told() == ["appeared"]


async def test_what_is_heard_is_seen_although_it_is_stored_seldom(context: Context) -> None:
    for _ in range(4):
        await context.beat()
        await context.wait(1)
    (listed,) = await context.parts.facade.list(tenant_id=TENANT, limit=10)
    assert listed.last_sequence == 4
    (stored,) = context.database.agents.values()
    assert stored.last_sequence == 1


async def test_our_own_deafness_makes_nobody_late(context: Context) -> None:
    await context.beat()
    await context.wait(1)
    # The log is gone, at first without our knowing it.
    await context.wait(30, hearing=False)
    assert await context.state() is AgentState.ALIVE
    context.parts.facade.presences.deaf()
    await context.wait(30, hearing=False)
    assert await context.state() is AgentState.ALIVE
    # Silence begins when we hear again.
    context.clock.advance(0.25)
    context.parts.facade.presences.hears(now_s=context.clock.monotonic())
    await context.wait(4.75)
    assert await context.state() is AgentState.LATE
    await context.wait(0.25)
    assert await context.state() is AgentState.DEAD


async def test_a_restart_forgets_no_agent_and_gives_it_time(context: Context) -> None:
    await context.beat()
    context.clock.advance(600)
    again = context_over(context.database, clock=context.clock, seed=2)
    await again.wait(1)
    assert await again.state() is AgentState.ALIVE
    await again.wait(5)
    assert await again.state() is AgentState.DEAD


async def test_of_two_processes_one_tells(context: Context) -> None:
    other = context_over(context.database, clock=context.clock, seed=2)
    await context.beat()
    other.count = context.count - 1
    await other.beat()
    for _ in range(24):
        await context.wait(0.25)
        other.parts.facade.presences.hears(now_s=context.clock.monotonic())
        await other.parts.watch.look()
    assert context.told() == ["appeared", "became_late", "became_dead"]
    for one in (context, other):
        assert await one.state() is AgentState.DEAD


async def test_a_pause_is_wanted_until_the_agent_says_that_it_is_paused(context: Context) -> None:
    await context.beat()
    wish = StateRequest(tenant_id=TENANT, agent_id="momentum", actor="user:1", trace_id="t")
    wanted = await context.parts.facade.pause(wish)
    assert (wanted.state, wanted.desired) == (AgentState.ALIVE, DesiredState.PAUSED)
    assert (wanted.desired_by, wanted.desired_at) == ("user:1", context.clock.now())
    await context.wait(1)
    heard = await context.beat()
    assert isinstance(heard, Agent)
    assert heard.desired is DesiredState.PAUSED
    await context.wait(1)
    await context.beat(state=ReportedState.PAUSED)
    assert await context.state() is AgentState.PAUSED
    assert [one.action for one in context.database.audit] == ["agent.pause"]
    # Once more changes and tells nothing.
    await context.parts.facade.pause(wish)
    assert len(context.database.audit) == 1
    resumed = await context.parts.facade.resume(wish)
    assert resumed.desired is DesiredState.RUNNING
    assert context.told() == ["appeared", "pause_asked", "became_paused", "resume_asked"]


async def test_what_one_process_is_asked_the_one_that_hears_answers_within_a_second(
    context: Context,
) -> None:
    asked = context_over(context.database, clock=context.clock, seed=2)
    await context.beat()
    await asked.parts.facade.pause(
        StateRequest(tenant_id=TENANT, agent_id="momentum", actor="user:1", trace_id="t")
    )
    await context.wait(1)
    heard = await context.beat()
    assert isinstance(heard, Agent)
    assert heard.desired is DesiredState.PAUSED


async def test_anothers_agent_is_not_there(context: Context) -> None:
    await context.beat()
    wish = StateRequest(tenant_id=UUID(int=2), agent_id="momentum", actor="user:2", trace_id="t")
    for ask in (context.parts.facade.pause, context.parts.facade.resume):
        with pytest.raises(AgentNotFound):
            await ask(wish)
    assert await context.parts.facade.list(tenant_id=UUID(int=2), limit=10) == []


async def test_a_tenant_has_room_for_so_many_agents() -> None:
    context = context_over(MemoryDatabase(), clock=ManualClock(builders.AT), agents_max=2)
    for name in ("a", "b"):
        assert isinstance(await context.beat(name), Agent)
    assert await context.beat("c") == HeartbeatRefusal(problem="the tenant has 2 agents already")
    context.clock.advance(1)
    assert isinstance(await context.beat("a"), Agent)


class FailingWorks(MemoryWorks):
    """Storage that does not answer."""

    def begin(self, tenant_id: UUID) -> AbstractAsyncContextManager[Work]:
        raise StorageUnavailable("away")


async def test_a_death_that_cannot_be_stored_is_told_once_it_can(context: Context) -> None:
    await context.beat()
    away = FailingWorks(MemoryLink(context.database))
    watch = context.parts.watch
    whole = watch.changes
    watch.changes = replace(whole, works=away)
    context.clock.advance(6)
    context.parts.facade.presences.hears(now_s=context.clock.monotonic())
    with pytest.raises(StorageUnavailable):
        await watch.look()
    watch.changes = whole
    await context.wait(0.25)
    assert context.told() == ["appeared", "became_dead"]


async def test_all_hear_a_heartbeat_and_the_one_whose_turn_it_is_answers() -> None:
    database, clock = MemoryDatabase(), ManualClock(builders.AT)
    answers = []
    for number, held in enumerate((False, True, False)):
        context = context_over(database, clock=clock, seed=number + 1, lease=Turn(held=held))
        spoken = signed(said(at=clock.now().isoformat()))
        taker = HeartbeatContext(agents=context.parts.facade, keys=KEYS, lease=Turn(held=held))
        answers.append(await taker.take(json.dumps(spoken).encode()))
        assert await context.state() is AgentState.ALIVE
        assert taker.unheard == {}
        clock.advance(0.01)
    assert [answer is not None for answer in answers] == [False, True, False]
