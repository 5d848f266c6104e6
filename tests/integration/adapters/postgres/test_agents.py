"""Agents in Postgres: who let a paused one go on behind our back is found out."""

from collections.abc import AsyncIterator

import pytest

from adapters.memory.ids import SeededIds
from adapters.memory.time import ManualClock, ManualSleeper
from adapters.postgres.backup.verifying import Finding, verify
from adapters.postgres.link.database import Database
from application.agents import watch_agents
from application.agents.presences import Presences
from application.agents.watch_agents import WatchAgents
from application.shared.change import Changes
from domain.agents.agent import Agent, AgentState, DesiredState
from domain.audit.macs import AuditKeys, audit_key
from tests import builders
from tests.contracts.storage import Storage
from tests.contracts.work.agents import Process, agent_of, keep
from tests.integration.contracts.test_postgres import postgres_storage
from tests.postgres_server import execute

KEY = audit_key(bytes(range(32)))
KEYS = AuditKeys(current=KEY, by_id={KEY.id: KEY})


async def _recorded(url: str) -> Finding:
    found = await verify(url=url, keys=KEYS)
    return next(one for one in found if one.subject == "as recorded")


@pytest.fixture
async def proving(database_url: str) -> AsyncIterator[Database]:
    """A database whose audit entries are proven."""
    database = Database()
    database.audit_key = KEY
    await database.start(url=database_url)
    try:
        yield database
    finally:
        await database.stop()


async def test_a_wish_that_was_edited_is_found_by_the_agents_name(
    proving: Database, database_url: str
) -> None:
    storage = postgres_storage(proving, other=proving)
    tenant = builders.tenant()
    await storage.add_tenant(tenant)
    # Of before agents were records: nothing was recorded of one that runs.
    await execute(
        url=database_url,
        statement="INSERT INTO agents (tenant_id, id, kind, version, state, since, last_at,"
        f" last_sequence, heard_at) VALUES ('{tenant.id}', 'older', 'strategy', '1', 'alive',"
        " now(), now(), 1, now())",
    )
    await keep(storage, agent_of(tenant.id))
    process = Process.over(storage, tenant.id)
    for name in ("older", "momentum"):
        await process.want(DesiredState.PAUSED, name=name)
        await process.beat(name)
    assert (await _recorded(database_url)).wrong == 0
    await execute(url=database_url, statement="UPDATE agents SET desired = 'running'")
    harmed = await _recorded(database_url)
    assert harmed.wrong == 2
    assert {name for name in ("older", "momentum") for text in harmed.shown if name in text} == {
        "older",
        "momentum",
    }


@pytest.mark.parametrize("page", [1_000, 1])
async def test_a_row_that_cannot_be_read_keeps_no_other_agent_from_being_missed(
    proving: Database, database_url: str, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(watch_agents, "_PAGE", page)
    storage = postgres_storage(proving, other=proving)
    agents: list[Agent] = []
    for _ in range(2):
        tenant = builders.tenant()
        await storage.add_tenant(tenant)
        mine = [agent_of(tenant.id, name) for name in ("momentum", "carry")]
        await keep(storage, *mine)
        agents += mine
    spoiled, *sound = agents
    told: list[str] = []
    before, clock = _watching(storage, told)
    await before.look()
    assert len(before.presences.by_key) == 4
    await execute(
        url=database_url,
        statement=f"UPDATE agents SET state = 'gone' WHERE record_id = '{spoiled.id}'",
    )
    # One that knew it before, and one that starts with it.
    for watch, ticks in ((before, clock), _watching(storage, told)):
        told.clear()
        for _ in range(8):
            ticks.advance(1)
            watch.presences.hears(now_s=ticks.monotonic())
            await watch.look()
        states = {one.agent.id: one.agent.state for one in watch.presences.by_key.values()}
        assert states == {agent.id: AgentState.DEAD for agent in sound}
        assert told == [str(spoiled.id)]


def _watching(storage: Storage, told: list[str]) -> tuple[WatchAgents, ManualClock]:
    clock = ManualClock(builders.later(60).at)
    changes = Changes(works=storage.works, clock=clock, ids=SeededIds(clock=clock, seed=1))
    watch = WatchAgents(
        changes=changes,
        presences=Presences(),
        sleeper=ManualSleeper(clock),
        on_unreadable=lambda agent, _: told.append(agent),
    )
    return watch, clock
