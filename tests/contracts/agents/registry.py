"""What every adapter of AgentRegistry promises."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from domain.accounts.change import Fences
from domain.agents.agent import Agent, AgentState, Desired
from domain.risk.rule_set import RuleSet
from domain.shared.notices import Notice
from ports.accounts import Stale, StaleCause
from tests import builders
from tests.contracts.storage import Storage, StorageContract

PAGE = 10


def agent_of(tenant_id: UUID, name: str = "momentum", **changes: Any) -> Agent:
    """Make an agent that is alive."""
    made = Agent(
        tenant_id=tenant_id,
        id=name,
        account_id=None,
        kind="strategy",
        version="1.0",
        state=AgentState.ALIVE,
        since=builders.AT,
        last_at=builders.AT,
        last_sequence=1,
        heard_at=builders.AT,
    )
    return replace(made, **changes)


def told_of(tenant_id: UUID, type: str) -> Notice:
    """Make a notice whose number is yet to be given."""
    return builders.notice(tenant_id=tenant_id, sequence=0, channel="agents", type=type)


async def tenant_in(storage: Storage) -> UUID:
    """Store a tenant."""
    tenant = builders.tenant()
    await storage.add_tenant(tenant)
    return tenant.id


class AgentRegistryContract(StorageContract):
    async def test_an_agent_is_found_by_its_tenant_only(self, storage: Storage) -> None:
        mine, other = await tenant_in(storage), await tenant_in(storage)
        agent = agent_of(mine, account_id=builders.new_id())
        assert await storage.agents.store(agent, before=None, notice=None)
        assert await storage.agents.get(tenant_id=mine, agent_id=agent.id) == agent
        assert await storage.agents.get(tenant_id=other, agent_id=agent.id) is None
        assert await storage.agents.list(tenant_id=other, limit=PAGE) == []
        assert list(await storage.agents.all()) == [agent]

    async def test_two_tenants_may_call_their_agents_alike(self, storage: Storage) -> None:
        mine, other = await tenant_in(storage), await tenant_in(storage)
        for tenant_id in (mine, other):
            assert await storage.agents.store(agent_of(tenant_id), before=None, notice=None)
        found = await storage.agents.get(tenant_id=other, agent_id="momentum")
        assert found is not None
        assert found.tenant_id == other

    async def test_agents_are_listed_by_their_ids_bytes_and_page_by_page(
        self, storage: Storage
    ) -> None:
        tenant_id = await tenant_in(storage)
        names = ["b", "B", "a-1", "a.1", "a_1", "a1", "9"]
        for name in names:
            await storage.agents.store(agent_of(tenant_id, name), before=None, notice=None)
        listed: list[str] = []
        while page := await storage.agents.list(
            tenant_id=tenant_id, limit=2, after=listed[-1] if listed else ""
        ):
            listed += [one.id for one in page]
        assert listed == sorted(names)

    async def test_a_list_among_accounts_shows_theirs_and_the_tenants_own(
        self, storage: Storage
    ) -> None:
        tenant_id = await tenant_in(storage)
        seen, hidden = builders.new_id(), builders.new_id()
        for name, account_id in (("a", seen), ("b", hidden), ("c", None), ("d", hidden)):
            agent = agent_of(tenant_id, name, account_id=account_id)
            assert await storage.agents.store(agent, before=None, notice=None)

        async def names(among: frozenset[UUID] | None, **more: str) -> list[str]:
            found = await storage.agents.list(tenant_id=tenant_id, limit=2, among=among, **more)
            return [one.id for one in found]

        assert await names(frozenset({seen})) == ["a", "c"]
        assert await names(frozenset({hidden}), after="b") == ["c", "d"]
        assert await names(frozenset()) == ["c"]
        assert await names(None) == ["a", "b"]

    async def test_of_two_who_conclude_the_same_one_stores_and_tells(
        self, storage: Storage
    ) -> None:
        tenant_id = await tenant_in(storage)
        agent = agent_of(tenant_id)
        await storage.agents.store(agent, before=None, notice=None)
        dead = replace(agent, state=AgentState.DEAD, since=builders.later(5).at)
        stored = [
            await storage.agents.store(
                dead,
                before=AgentState.ALIVE,
                notice=told_of(tenant_id, "agent.died"),
            )
            for _ in range(2)
        ]
        assert stored == [True, False]
        told = await storage.journal.replay(
            tenant_id=tenant_id, account_id=None, channel="agents", after_sequence=0, limit=PAGE
        )
        assert [(one.sequence, one.type) for one in told] == [(1, "agent.died")]

    async def test_an_agent_is_new_once(self, storage: Storage) -> None:
        tenant_id = await tenant_in(storage)
        stored = [
            await storage.agents.store(agent_of(tenant_id), before=None, notice=None)
            for _ in range(2)
        ]
        assert stored == [True, False]

    async def test_a_later_heartbeats_time_outlives_an_earlier_one(self, storage: Storage) -> None:
        tenant_id = await tenant_in(storage)
        late = agent_of(
            tenant_id, last_at=builders.later(9).at, heard_at=builders.later(9).at, last_sequence=9
        )
        await storage.agents.store(late, before=None, notice=None)
        assert await storage.agents.store(
            agent_of(tenant_id, version="0.9"), before=AgentState.ALIVE, notice=None
        )
        found = await storage.agents.get(tenant_id=tenant_id, agent_id="momentum")
        assert found is not None
        assert (found.last_at, found.heard_at, found.last_sequence) == (
            late.last_at,
            late.heard_at,
            9,
        )

    async def test_what_is_desired_is_stored_with_who_and_when_and_told(
        self, storage: Storage
    ) -> None:
        tenant_id = await tenant_in(storage)
        agent = agent_of(tenant_id)
        await storage.agents.store(agent, before=None, notice=None)
        audit = builders.audit(tenant_id=tenant_id, action="agent.pause")
        notice = told_of(tenant_id, "agent.pause_asked")
        wanted = await storage.agents.desire(
            agent=agent, desired=Desired.PAUSED, audit=audit, notice=notice
        )
        assert wanted == replace(
            agent, desired=Desired.PAUSED, desired_by=audit.actor, desired_at=audit.at
        )
        assert await storage.agents.get(tenant_id=tenant_id, agent_id=agent.id) == wanted
        assert [one.action for one in await storage.audits(tenant_id)] == ["agent.pause"]

    async def test_desiring_it_again_stores_nothing(self, storage: Storage) -> None:
        tenant_id = await tenant_in(storage)
        agent = agent_of(tenant_id)
        await storage.agents.store(agent, before=None, notice=None)
        for expected in (True, False):
            audit = builders.audit(tenant_id=tenant_id, action="agent.pause")
            notice = told_of(tenant_id, "x.y")
            wanted = await storage.agents.desire(
                agent=agent, desired=Desired.PAUSED, audit=audit, notice=notice
            )
            assert (wanted is not None) is expected
        assert len(await storage.audits(tenant_id)) == 1

    async def test_nothing_is_desired_of_an_agent_that_is_not_there(self, storage: Storage) -> None:
        tenant_id = await tenant_in(storage)
        audit = builders.audit(tenant_id=tenant_id, action="agent.pause")
        notice = told_of(tenant_id, "x.y")
        assert (
            await storage.agents.desire(
                agent=agent_of(tenant_id), desired=Desired.PAUSED, audit=audit, notice=notice
            )
            is None
        )
        assert await storage.audits(tenant_id) == []

    async def test_who_is_paused_is_part_of_the_rule_set_and_raises_its_version(
        self, storage: Storage
    ) -> None:
        mine, other = await tenant_in(storage), await tenant_in(storage)
        for tenant_id in (mine, other):
            for name in ("momentum", "value"):
                await storage.agents.store(agent_of(tenant_id, name), before=None, notice=None)
        before = await storage.rule_sets.load(tenant_id=mine)
        assert before.paused == frozenset()
        paused = await self._desire(storage, mine, Desired.PAUSED)
        assert (paused.version, paused.paused) == (before.version + 1, frozenset({"momentum"}))
        again = await self._desire(storage, mine, Desired.PAUSED)
        assert again.version == paused.version
        assert (await storage.rule_sets.load(tenant_id=other)).paused == frozenset()
        resumed = await self._desire(storage, mine, Desired.RUNNING)
        assert (resumed.version, resumed.paused) == (paused.version + 1, frozenset())

    async def _desire(self, storage: Storage, tenant_id: UUID, desired: Desired) -> RuleSet:
        await storage.agents.desire(
            agent=agent_of(tenant_id),
            desired=desired,
            audit=builders.audit(tenant_id=tenant_id, action="agent.pause"),
            notice=told_of(tenant_id, "x.y"),
        )
        return await storage.rule_sets.load(tenant_id=tenant_id)

    async def test_an_order_decided_before_a_pause_is_not_stored_after_it(
        self, storage: Storage
    ) -> None:
        book = await storage.opened()
        tenant_id = book.account.tenant_id
        await storage.agents.store(agent_of(tenant_id), before=None, notice=None)
        rules = await storage.rule_sets.load(tenant_id=tenant_id)
        await self._desire(storage, tenant_id, Desired.PAUSED)
        change = builders.amended(
            builders.accept(builders.order(book.account), on=book),
            fences=Fences(rules_version=rules.version),
        )
        assert await storage.books.commit(change) == Stale(StaleCause.RULES)

    async def test_hearing_an_agent_leaves_what_is_desired_of_it(self, storage: Storage) -> None:
        tenant_id = await tenant_in(storage)
        agent = agent_of(tenant_id)
        await storage.agents.store(agent, before=None, notice=None)
        await storage.agents.desire(
            agent=agent,
            desired=Desired.PAUSED,
            audit=builders.audit(tenant_id=tenant_id, action="agent.pause"),
            notice=told_of(tenant_id, "x.y"),
        )
        heard = replace(agent, last_at=agent.last_at + timedelta(seconds=1), last_sequence=2)
        assert await storage.agents.store(heard, before=AgentState.ALIVE, notice=None)
        found = await storage.agents.get(tenant_id=tenant_id, agent_id=agent.id)
        assert found is not None
        assert (found.desired, found.last_sequence) == (Desired.PAUSED, 2)

    async def test_a_registered_agent_is_a_machine_and_keeps_what_was_heard(
        self, storage: Storage
    ) -> None:
        tenant_id, machine = await tenant_in(storage), builders.new_id()

        async def register(name: str, member_id: UUID) -> Agent | None:
            return await storage.agents.register(
                agent_of(tenant_id, name, member_id=member_id, state=AgentState.AWAITED),
                audit=builders.audit(tenant_id=tenant_id, action="agent.register"),
                notice=told_of(tenant_id, "agent.registered"),
            )

        assert await storage.agents.store(agent_of(tenant_id), before=None, notice=None)
        found = await register("momentum", machine)
        assert found == agent_of(tenant_id, member_id=machine)
        assert await storage.agents.get(tenant_id=tenant_id, agent_id="momentum") == found
        # Another machine is not that agent, and the machine is no other agent.
        assert await register("momentum", builders.new_id()) is None
        assert await register("another", machine) is None
        fresh = await register("fresh", builders.new_id())
        assert fresh is not None
        assert fresh.state is AgentState.AWAITED
        # What is heard later leaves the machine as it is.
        heard = agent_of(tenant_id, "fresh", last_sequence=9)
        assert await storage.agents.store(heard, before=AgentState.AWAITED, notice=None)
        after = await storage.agents.get(tenant_id=tenant_id, agent_id="fresh")
        assert after == replace(heard, member_id=fresh.member_id)

    async def test_who_appears_or_is_registered_is_known_to_the_gate_at_once(
        self, storage: Storage
    ) -> None:
        tenant_id, machine = await tenant_in(storage), builders.new_id()
        await storage.agents.store(agent_of(tenant_id, "heard"), before=None, notice=None)
        first = await storage.rule_sets.load(tenant_id=tenant_id)
        assert first.agents == {"heard"}
        stored = await storage.agents.register(
            agent_of(tenant_id, member_id=machine),
            audit=builders.audit(tenant_id=tenant_id, action="agent.register"),
            notice=told_of(tenant_id, "agent.registered"),
        )
        assert stored is not None
        then = await storage.rule_sets.load(tenant_id=tenant_id)
        assert then.version > first.version
        assert then.agents == {"heard", "momentum"}
        await storage.agents.desire(
            agent=stored,
            desired=Desired.PAUSED,
            audit=builders.audit(tenant_id=tenant_id, action="agent.pause"),
            notice=told_of(tenant_id, "agent.pause_asked"),
        )
        paused = await storage.rule_sets.load(tenant_id=tenant_id)
        assert paused.paused == {"momentum"}
        assert dict(paused.paused_actors) == {f"user:{machine}": "momentum"}
