"""The memory keeper of risk rules keeps the promises of its port."""

from dataclasses import replace
from uuid import UUID

import pytest

from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.risk import MemoryRiskTransactions, MemoryRuleSets
from ports.storage import ConstraintBroken
from ports.transactions import Conflict
from tests.contracts.risk.rules import RiskRulesContract, make_notice, make_rule

TENANT = UUID(int=1)


class TestMemoryRiskRules(RiskRulesContract):
    """Rules in memory."""

    @pytest.fixture
    def link(self) -> MemoryLink:
        return MemoryLink(database=MemoryDatabase())

    @pytest.fixture
    def transactions(self, link: MemoryLink) -> MemoryRiskTransactions:
        return MemoryRiskTransactions(link)

    @pytest.fixture
    def rule_sets(self, link: MemoryLink) -> MemoryRuleSets:
        return MemoryRuleSets(link=link)

    @pytest.fixture
    def tenant_id(self) -> UUID:
        return TENANT

    @pytest.fixture
    def other_tenant_id(self) -> UUID:
        return UUID(int=2)


async def test_a_commit_that_lost_a_race_changes_nothing() -> None:
    database = MemoryDatabase()
    transactions = MemoryRiskTransactions(MemoryLink(database=database))

    async def race() -> None:
        async with transactions.begin() as outer:
            await outer.rules.add(make_rule(1, tenant_id=TENANT))
            async with transactions.begin() as inner:
                await inner.rules.add(make_rule(2, tenant_id=TENANT))

    with pytest.raises(Conflict):
        await race()
    assert [rule.name for rule in database.rules.values()] == ["Rule 2"]
    assert database.rules_versions == {TENANT: 1}


async def test_a_sequence_that_was_taken_meanwhile_is_a_conflict() -> None:
    database = MemoryDatabase()
    transactions = MemoryRiskTransactions(MemoryLink(database=database))

    async def tell() -> None:
        async with transactions.begin() as scope:
            sequence = await scope.notices.next_sequence(tenant_id=TENANT, channel="risk")
            database.notices.append(make_notice(9, tenant_id=TENANT, sequence=sequence))
            await scope.notices.add(make_notice(1, tenant_id=TENANT, sequence=sequence))

    with pytest.raises(Conflict):
        await tell()
    assert len(database.notices) == 1


async def test_a_rule_is_added_once() -> None:
    transactions = MemoryRiskTransactions(MemoryLink(database=MemoryDatabase()))
    rule = make_rule(1, tenant_id=TENANT)

    async def add_twice() -> None:
        async with transactions.begin() as scope:
            await scope.rules.add(rule)
            await scope.rules.add(replace(rule, name="Again"))

    with pytest.raises(ConstraintBroken):
        await add_twice()


async def test_a_dead_process_writes_nothing() -> None:
    database = MemoryDatabase()

    def dead() -> None:
        raise ConnectionError("the process is gone")

    alive = MemoryRiskTransactions(MemoryLink(database=database))
    async with alive.begin() as scope:
        await scope.rules.add(make_rule(1, tenant_id=TENANT))
    gone = MemoryRiskTransactions(MemoryLink(database=database, check=dead))

    async def write() -> None:
        async with gone.begin() as scope:
            await scope.rules.add(make_rule(2, tenant_id=TENANT))

    with pytest.raises(ConnectionError):
        await write()
    assert len(database.rules) == 1
