"""Agents in Postgres: who let a paused one go on behind our back is found out."""

from collections.abc import AsyncIterator

import pytest

from adapters.postgres.backup.verifying import Finding, verify
from adapters.postgres.link.database import Database
from domain.agents.agent import Desired
from domain.audit.macs import AuditKeys, audit_key
from tests import builders
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
        await process.want(Desired.PAUSED, name=name)
        await process.beat(name)
    assert (await _recorded(database_url)).wrong == 0
    await execute(url=database_url, statement="UPDATE agents SET desired = 'running'")
    harmed = await _recorded(database_url)
    assert harmed.wrong == 2
    assert {name for name in ("older", "momentum") for text in harmed.shown if name in text} == {
        "older",
        "momentum",
    }
