"""The unit of work in memory loses races and dies as a database's client does."""

import pytest

from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.work import MemoryWorks
from ports.risk import RULES
from ports.transactions import Conflict
from tests.contracts.work.works import TENANT, make_rule


async def test_a_commit_that_lost_a_race_changes_nothing() -> None:
    database = MemoryDatabase()
    works = MemoryWorks(MemoryLink(database=database))

    async def race() -> None:
        async with works.begin(TENANT) as outer:
            await outer.records(RULES).add(make_rule(1))
            async with works.begin(TENANT) as inner:
                await inner.records(RULES).add(make_rule(2))

    with pytest.raises(Conflict):
        await race()
    assert [rule.name for rule in database.rules.values()] == ["Rule 2"]
    assert database.rules_versions == {TENANT: 1}


async def test_a_dead_process_writes_nothing() -> None:
    database = MemoryDatabase()
    dead = False

    def check() -> None:
        if dead:
            raise ConnectionError("the process is gone")

    works = MemoryWorks(MemoryLink(database=database, check=check))

    async def die() -> None:
        nonlocal dead
        async with works.begin(TENANT) as work:
            await work.records(RULES).add(make_rule(1))
            dead = True

    with pytest.raises(ConnectionError):
        await die()
    assert not database.rules
