"""What agents need of whoever keeps their records, and hands out rule sets."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest

from adapters.memory.ids import SeededIds
from adapters.memory.leases import SoleLease
from adapters.memory.time import ManualClock, ManualSleeper
from application.agents.desire import SetDesiredState, StateRequest
from application.agents.end_agent import end_agent
from application.agents.hear_heartbeat import HearHeartbeat
from application.agents.list_agents import AgentNotFound, ListAgents, agent_named
from application.agents.presences import Presences
from application.agents.watch_agents import WatchAgents
from application.shared.change import Changes
from domain.accounts.book_change import Fences
from domain.agents.agent import Agent, AgentState, DesiredState, Heartbeat, ReportedState, awaited
from domain.risk.rule_set import RuleSet
from ports.accounts import Stale, StaleCause
from ports.agents import AGENT_STATUS, AGENTS
from tests import builders
from tests.contracts.storage import Storage, StorageContract


def agent_of(tenant_id: UUID, name: str = "momentum", **changes: Any) -> Agent:
    """Make an agent that is alive."""
    made = awaited(
        id=builders.new_id(), tenant_id=tenant_id, name=name, account_id=None, now=builders.AT
    )
    return replace(made, state=AgentState.ALIVE, last_sequence=1, **changes)


async def tenant_in(storage: Storage) -> UUID:
    """Store a tenant."""
    tenant = builders.tenant()
    await storage.add_tenant(tenant)
    return tenant.id


async def keep(storage: Storage, *agents: Agent) -> None:
    """Store new agents of one tenant."""
    async with storage.works.begin(agents[0].tenant_id) as work:
        for agent in agents:
            await work.records(AGENTS).add(agent)


async def kept(storage: Storage, tenant_id: UUID, name: str = "momentum") -> Agent | None:
    """Return an agent as it is stored."""
    async with storage.works.look(tenant_id) as look:
        return await agent_named(look, name)


@dataclass(slots=True)
class Process:
    """One process that hears agents of a tenant, watches them and takes wishes."""

    hear: HearHeartbeat
    desire: SetDesiredState
    watch: WatchAgents
    clock: ManualClock
    tenant_id: UUID

    @classmethod
    def over(cls, storage: Storage, tenant_id: UUID, *, seed: int = 1) -> "Process":
        clock, presences = ManualClock(builders.later(60).at), Presences()
        ids = SeededIds(clock=clock, seed=seed)
        changes = Changes(works=storage.works, clock=clock, ids=ids)
        return cls(
            hear=HearHeartbeat(
                changes=changes, presences=presences, lease=SoleLease(), agents_max=10
            ),
            desire=SetDesiredState(changes=changes, presences=presences),
            watch=WatchAgents(changes=changes, presences=presences, sleeper=ManualSleeper(clock)),
            clock=clock,
            tenant_id=tenant_id,
        )

    async def beat(self, name: str = "momentum", *, by_itself: bool = False) -> None:
        self.clock.advance(1)
        await self.hear(
            Heartbeat(
                tenant_id=self.tenant_id,
                agent_id=name,
                account_id=None,
                kind="strategy",
                at=self.clock.now(),
                sequence=2,
                state=ReportedState.RUNNING,
                version="1.0",
            ),
            by_itself=by_itself,
        )

    async def want(self, desired: DesiredState, *, name: str = "momentum") -> Agent:
        wish = StateRequest(tenant_id=self.tenant_id, agent_id=name, actor="user:1", trace_id="t")
        return await self.desire(wish, desired=desired)


async def told(storage: Storage, tenant_id: UUID) -> list[tuple[int, str]]:
    """Return the numbers and types of what was told of the tenant's agents."""
    found = await storage.journal.replay(
        tenant_id=tenant_id, account_id=None, channel="agents", after_sequence=0, limit=10
    )
    return [(one.sequence, one.type) for one in found]


class AgentRecordsContract(StorageContract):
    async def test_agents_are_kept_whole_and_by_their_tenants_alone(self, storage: Storage) -> None:
        mine, other = await tenant_in(storage), await tenant_in(storage)
        whole = agent_of(
            mine,
            account_id=builders.new_id(),
            member_id=builders.new_id(),
            desired=DesiredState.PAUSED,
            desired_by="user:1",
            desired_at=builders.AT,
        )
        alike = agent_of(other)
        await keep(storage, whole)
        await keep(storage, alike)
        assert await kept(storage, mine) == whole
        assert await kept(storage, other) == alike
        everyones = await storage.works.everywhere(AGENTS, limit=9)
        assert list(everyones) == sorted((whole, alike), key=lambda one: one.id)
        rest = await storage.works.everywhere(AGENTS, limit=1, after=everyones[0].id)
        paused = {"desired": DesiredState.PAUSED}
        assert list(rest) == [everyones[1]]
        assert list(await storage.works.everywhere(AGENTS, limit=9, where=paused)) == [whole]

    async def test_agents_are_listed_by_their_names_bytes_of_some_accounts_and_page_by_page(
        self, storage: Storage
    ) -> None:
        tenant_id, seen, hidden = await tenant_in(storage), builders.new_id(), builders.new_id()
        accounts = {"b": seen, "B": hidden, "a-1": None, "a.1": seen, "a_1": hidden, "9": None}
        await keep(
            storage, *(agent_of(tenant_id, name, account_id=one) for name, one in accounts.items())
        )
        listing = ListAgents(works=storage.works, presences=Presences())

        async def names(among: frozenset[UUID] | None) -> list[str]:
            listed: list[str] = []
            while page := await listing(
                tenant_id=tenant_id, limit=2, after=listed[-1] if listed else "", among=among
            ):
                listed += [one.name for one in page]
            return listed

        assert await names(None) == sorted(accounts)
        assert await names(frozenset({seen})) == ["9", "a-1", "a.1", "b"]
        assert await names(frozenset()) == ["9", "a-1"]

    async def test_what_is_heard_changes_nothing_that_an_order_must_pass(
        self, storage: Storage
    ) -> None:
        tenant_id, machine = await tenant_in(storage), builders.new_id()
        await keep(storage, agent_of(tenant_id, member_id=machine))
        process = Process.over(storage, tenant_id)
        paused = await process.want(DesiredState.PAUSED)
        rules = await storage.rule_sets.load(tenant_id=tenant_id)
        stale = agent_of(tenant_id, id=paused.id, version=paused.version + 1, release="2")
        async with storage.works.begin(tenant_id) as work:
            assert await work.records(AGENT_STATUS).update(stale)
        await process.beat(by_itself=True)
        found = await kept(storage, tenant_id)
        assert found is not None
        assert (found.desired, found.desired_by, found.member_id) == (
            DesiredState.PAUSED,
            "user:1",
            machine,
        )
        assert (found.last_at, found.release) == (process.clock.now(), "1.0")
        assert (await storage.rule_sets.load(tenant_id=tenant_id)).version == rules.version

    async def test_what_is_desired_is_stored_with_who_and_when_and_told_once(
        self, storage: Storage
    ) -> None:
        tenant_id = await tenant_in(storage)
        agent = agent_of(tenant_id)
        await keep(storage, agent)
        process = Process.over(storage, tenant_id)
        for _ in range(2):
            assert await process.want(DesiredState.PAUSED) == replace(
                agent,
                version=2,
                desired=DesiredState.PAUSED,
                desired_by="user:1",
                desired_at=process.clock.now(),
            )
        assert await told(storage, tenant_id) == [(1, "agent.pause_asked")]
        (entry,) = [
            one for one in await storage.audits(tenant_id) if one.action.startswith("agent.")
        ]
        assert (entry.action, entry.subject, entry.actor) == ("agent.pause", "momentum", "user:1")
        other = Process.over(storage, await tenant_in(storage))
        with pytest.raises(AgentNotFound):
            await other.want(DesiredState.PAUSED)
        assert list(await storage.audits(other.tenant_id)) == []

    async def test_who_appears_and_who_is_paused_is_known_to_the_gate_at_once(
        self, storage: Storage
    ) -> None:
        mine, other = await tenant_in(storage), await tenant_in(storage)
        process, machine = Process.over(storage, mine), builders.new_id()
        await keep(storage, agent_of(other))

        async def rules() -> RuleSet:
            return await storage.rule_sets.load(tenant_id=mine)

        await process.beat("value")
        first = await rules()
        await keep(storage, agent_of(mine, member_id=machine))
        then = await rules()
        assert first.agents == {"value"}
        assert then.agents == {"value", "momentum"}
        await process.want(DesiredState.PAUSED)
        paused = await rules()
        assert first.version < then.version < paused.version
        assert paused.paused == {"momentum"}
        assert dict(paused.paused_actors) == {f"user:{machine}": "momentum"}
        await process.want(DesiredState.PAUSED)
        assert (await rules()).version == paused.version
        await process.want(DesiredState.RUNNING)
        resumed = await rules()
        assert (resumed.version > paused.version, resumed.paused) == (True, frozenset())
        assert (await storage.rule_sets.load(tenant_id=other)).paused == frozenset()

    async def test_an_order_decided_before_a_pause_is_not_stored_after_it(
        self, storage: Storage
    ) -> None:
        book = await storage.opened()
        tenant_id = book.account.tenant_id
        await keep(storage, agent_of(tenant_id))
        rules = await storage.rule_sets.load(tenant_id=tenant_id)
        await Process.over(storage, tenant_id).want(DesiredState.PAUSED)
        change = builders.amended(
            builders.accept(builders.order(book.account), on=book),
            fences=Fences(rules_version=rules.version),
        )
        assert await storage.books.commit(change) == Stale(StaleCause.RULES)

    async def test_of_two_processes_that_hear_and_miss_the_same_one_tells(
        self, storage: Storage
    ) -> None:
        tenant_id = await tenant_in(storage)
        processes = [Process.over(storage, tenant_id, seed=seed) for seed in (1, 2)]
        first, second = processes
        await first.beat()
        for _ in range(3):
            await second.beat(by_itself=True)
        for process in processes:
            process.watch.presences.hears(now_s=process.clock.monotonic())
            process.clock.advance(6)
            process.watch.presences.hears(now_s=process.clock.monotonic())
        # The first missed what the second heard and stored; then nobody hears any more.
        await first.watch.look()
        assert await told(storage, tenant_id) == [(1, "agent.appeared")]
        for process in (second, first):
            process.clock.advance(6)
            process.watch.presences.hears(now_s=process.clock.monotonic())
            await process.watch.look()
        assert await told(storage, tenant_id) == [(1, "agent.appeared"), (2, "agent.became_dead")]
        found = await kept(storage, tenant_id)
        assert found is not None
        assert found.state is AgentState.DEAD

    async def test_agents_heard_together_are_stored_in_one_change_and_each_as_by_itself(
        self, storage: Storage
    ) -> None:
        tenant_id = await tenant_in(storage)
        process, other = (Process.over(storage, tenant_id, seed=seed) for seed in (1, 2))
        await keep(storage, agent_of(tenant_id, "gone", kind="strategy", last_at=builders.AT))
        async with storage.works.begin(tenant_id) as work:
            await end_agent(work, "gone", kind="strategy", changes=process.hear.changes)

        def beats(*names: str) -> list[Heartbeat]:
            return [
                Heartbeat(
                    tenant_id=tenant_id,
                    agent_id=name,
                    account_id=None,
                    kind="strategy",
                    at=process.clock.now(),
                    sequence=2,
                    state=ReportedState.RUNNING,
                    version="1.0",
                )
                for name in names
            ]

        # One that ended at that very moment is not brought back by what it said before.
        first = await process.hear.together(beats("gone", "one", "two"))
        assert [isinstance(one, Agent) for one in first] == [False, True, True]
        process.clock.advance(1)
        again = await process.hear.together(beats("one", "two"))
        assert [one.state for one in again if isinstance(one, Agent)] == [AgentState.ALIVE] * 2
        # Of no use to the others if it were not stored.
        for name in ("one", "two"):
            stored = await kept(storage, tenant_id, name)
            assert stored is not None
            assert stored.last_at == process.clock.now()
        full = await other.hear.together(beats(*(f"a{number}" for number in range(9))))
        assert [isinstance(one, Agent) for one in full] == [True] * 7 + [False] * 2
        types = [kind for _, kind in await told(storage, tenant_id)]
        assert types == ["agent.became_ended", *["agent.appeared"] * 9]
        assert await process.hear.together([]) == []
