"""What every keeper of whole rule sets promises."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from domain.risk.strategy_stop import StrategyStop
from ports.risk import RULES, STRATEGY_STOPS
from tests.contracts.storage import Storage, StorageContract
from tests.contracts.work.works import STRANGER, TENANT, make_rule, store

# To the microsecond: what is kept must come back as it was.
AT = datetime(2026, 3, 2, 16, 0, tzinfo=UTC) + timedelta(microseconds=123_457)


class RuleSetsContract(StorageContract):
    """Subclasses give a fixture `storage` over an empty database."""

    async def test_a_tenant_starts_without_rules(self, storage: Storage) -> None:
        found = await storage.rule_sets.load(tenant_id=TENANT)
        assert (found.version, found.rules, found.tenant_id) == (0, (), TENANT)

    async def test_a_set_has_all_rules_as_of_its_version(self, storage: Storage) -> None:
        first, second = make_rule(1), make_rule(2)
        await store(storage, second, first)
        loaded = await storage.rule_sets.load(tenant_id=TENANT)
        assert [rule.name for rule in loaded.rules] == ["Rule 1", "Rule 2"]
        async with storage.works.begin(TENANT) as work:
            await work.records(RULES).update(replace(first, version=2, name="New"))
            await work.records(RULES).remove(second.id, version=1)
        after = await storage.rule_sets.load(tenant_id=TENANT)
        assert [rule.name for rule in after.rules] == ["New"]
        assert after.version > loaded.version
        assert (await storage.rule_sets.load(tenant_id=STRANGER)).rules == ()

    async def test_a_set_that_did_not_change_stays_as_it_was(self, storage: Storage) -> None:
        await store(storage, make_rule(1))
        first = await storage.rule_sets.load(tenant_id=TENANT)
        again = await storage.rule_sets.load(tenant_id=TENANT)
        assert (again.version, again.rules) == (first.version, first.rules)

    async def test_a_set_has_the_strategies_that_its_rules_have_stopped(
        self, storage: Storage
    ) -> None:
        rule = make_rule(1)
        await store(storage, rule)
        before = await storage.rule_sets.load(tenant_id=TENANT)
        stop = StrategyStop(
            id=UUID(int=77),
            tenant_id=TENANT,
            rule_id=rule.id,
            strategy="ema",
            executions=20,
            stopped_at=AT,
        )
        async with storage.works.begin(TENANT) as work:
            await work.records(STRATEGY_STOPS).add(stop)
        stopped = await storage.rule_sets.load(tenant_id=TENANT)
        assert stopped.version > before.version
        assert dict(stopped.stops) == {(rule.id, "ema"): stop}
        enabled = replace(
            stop, enabled_at=AT, enabled_by="user:anna", reason="looked at", version=2
        )
        async with storage.works.begin(TENANT) as work:
            assert await work.records(STRATEGY_STOPS).update(enabled)
        after = await storage.rule_sets.load(tenant_id=TENANT)
        assert after.version > stopped.version
        assert dict(after.stops) == {(rule.id, "ema"): enabled}
        assert not (await storage.rule_sets.load(tenant_id=STRANGER)).stops
