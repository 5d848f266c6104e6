"""What every keeper of risk rules promises."""

import asyncio
from abc import abstractmethod
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from domain.accounts.change import Reply
from domain.audit.entry import AuditEntry
from domain.risk.rule import Action, Rule, RuleScope, RuleType
from domain.shared.notices import Notice
from ports.risk import RiskScope, RuleSets
from ports.storage import ConstraintBroken
from ports.transactions import Conflict, Transactions
from tests.contracts.contract import Contract

AT = datetime(2026, 3, 2, 16, 0, 0, 123_456, tzinfo=UTC)


def make_rule(number: int, *, tenant_id: UUID, **fields: Any) -> Rule:
    """Make a rule that uses every field."""
    plain = Rule(
        id=UUID(int=(7 << 76) | (0b10 << 62) | number),
        tenant_id=tenant_id,
        name=f"Rule {number}",
        rule_type=RuleType.RESTRICTED_SYMBOL,
        threshold=Decimal("0.500000000000000001"),
        action=Action.HALT,
        is_active=False,
        scope=RuleScope(account_id=UUID(int=5), strategy_id="ema", symbol="AAPL"),
        parameters={"symbols": ("GME", "AMC")},
        created_at=AT,
        updated_at=AT,
    )
    return replace(plain, **fields)


def make_notice(number: int, *, tenant_id: UUID, sequence: int) -> Notice:
    """Make a notice on the tenant's risk channel."""
    return Notice(
        id=UUID(int=(7 << 76) | (0b10 << 62) | (10_000 + number)),
        tenant_id=tenant_id,
        account_id=None,
        channel="risk",
        sequence=sequence,
        type="risk_rule.created",
        subject=str(number),
        at=AT,
        market_at=AT,
        body={"rule_id": str(number)},
    )


class RiskRulesContract(Contract):
    """Subclasses give `transactions` and `rule_sets` over one storage, and two tenants."""

    @pytest.fixture
    @abstractmethod
    def transactions(self) -> Transactions[RiskScope]: ...

    @pytest.fixture
    @abstractmethod
    def rule_sets(self) -> RuleSets: ...

    @pytest.fixture
    @abstractmethod
    def tenant_id(self) -> UUID: ...

    @pytest.fixture
    @abstractmethod
    def other_tenant_id(self) -> UUID: ...

    async def test_a_tenant_starts_without_rules(
        self, rule_sets: RuleSets, tenant_id: UUID
    ) -> None:
        found = await rule_sets.load(tenant_id=tenant_id)
        assert (found.version, found.rules, found.tenant_id) == (0, (), tenant_id)

    async def test_a_rule_is_kept_whole(
        self, transactions: Transactions[RiskScope], tenant_id: UUID
    ) -> None:
        whole = make_rule(1, tenant_id=tenant_id)
        wide = make_rule(
            2,
            tenant_id=tenant_id,
            rule_type=RuleType.MAX_ORDER_VALUE,
            scope=RuleScope(),
            parameters={},
            is_active=True,
            action=Action.WARN,
        )
        async with transactions.begin() as scope:
            await scope.rules.add(whole)
            await scope.rules.add(wide)
        async with transactions.begin() as scope:
            for rule in (whole, wide):
                found = await scope.rules.get(tenant_id=tenant_id, rule_id=rule.id)
                assert found is not None
                assert dict(found.parameters) == dict(rule.parameters)
                assert replace(found, parameters={}) == replace(rule, parameters={})

    async def test_a_list_among_accounts_shows_theirs_and_the_tenants_own(
        self, transactions: Transactions[RiskScope], tenant_id: UUID
    ) -> None:
        seen, hidden = UUID(int=71), UUID(int=72)
        scopes = (hidden, seen, None, hidden)
        rules = [
            make_rule(number, tenant_id=tenant_id, scope=RuleScope(account_id=account_id))
            for number, account_id in enumerate(scopes, 1)
        ]
        async with transactions.begin() as scope:
            for rule in rules:
                await scope.rules.add(rule)

        async def listed(among: frozenset[UUID] | None, *, after: UUID | None = None) -> list[UUID]:
            async with transactions.begin() as scope:
                found = await scope.rules.list(
                    tenant_id=tenant_id, limit=2, after=after, among=among
                )
            return [rule.id for rule in found]

        assert await listed(frozenset({seen})) == [rules[1].id, rules[2].id]
        assert await listed(frozenset({hidden}), after=rules[0].id) == [rules[2].id, rules[3].id]
        assert await listed(frozenset()) == [rules[2].id]
        assert await listed(None) == [rules[0].id, rules[1].id]

    async def test_every_write_raises_the_version_by_one_transaction(
        self, transactions: Transactions[RiskScope], rule_sets: RuleSets, tenant_id: UUID
    ) -> None:
        first = make_rule(1, tenant_id=tenant_id)
        versions = []
        async with transactions.begin() as scope:
            await scope.rules.add(first)
        versions.append((await rule_sets.load(tenant_id=tenant_id)).version)
        async with transactions.begin() as scope:
            assert await scope.rules.update(replace(first, version=2, name="New"))
        loaded = await rule_sets.load(tenant_id=tenant_id)
        versions.append(loaded.version)
        assert [rule.name for rule in loaded.rules] == ["New"]
        async with transactions.begin() as scope:
            assert await scope.rules.remove(tenant_id=tenant_id, rule_id=first.id)
        loaded = await rule_sets.load(tenant_id=tenant_id)
        versions.append(loaded.version)
        assert loaded.rules == ()
        assert versions == sorted(set(versions))
        assert versions[0] > 0

    async def test_reading_raises_no_version(
        self, transactions: Transactions[RiskScope], rule_sets: RuleSets, tenant_id: UUID
    ) -> None:
        async with transactions.begin() as scope:
            await scope.rules.add(make_rule(1, tenant_id=tenant_id))
        before = await rule_sets.load(tenant_id=tenant_id)
        async with transactions.begin() as scope:
            await scope.rules.list(tenant_id=tenant_id, limit=5)
            assert not await scope.rules.update(make_rule(1, tenant_id=tenant_id, version=9))
            assert not await scope.rules.remove(tenant_id=tenant_id, rule_id=UUID(int=404))
        assert (await rule_sets.load(tenant_id=tenant_id)).version == before.version

    async def test_an_exception_leaves_nothing_behind(
        self, transactions: Transactions[RiskScope], rule_sets: RuleSets, tenant_id: UUID
    ) -> None:

        async def fail() -> None:
            async with transactions.begin() as scope:
                await scope.rules.add(make_rule(1, tenant_id=tenant_id))
                await scope.replies.add(tenant_id=tenant_id, reply=_reply())
                sequence = await scope.notices.next_sequence(tenant_id=tenant_id, channel="risk")
                await scope.notices.add(make_notice(1, tenant_id=tenant_id, sequence=sequence))
                raise RuntimeError("on the way")

        with pytest.raises(RuntimeError, match="on the way"):
            await fail()
        assert (await rule_sets.load(tenant_id=tenant_id)).version == 0
        async with transactions.begin() as scope:
            assert await scope.rules.count(tenant_id=tenant_id) == 0
            assert await scope.replies.find(tenant_id=tenant_id, key="k") is None
            assert await scope.notices.next_sequence(tenant_id=tenant_id, channel="risk") == 1

    async def test_a_transaction_reads_what_it_wrote(
        self, transactions: Transactions[RiskScope], tenant_id: UUID
    ) -> None:
        rule = make_rule(1, tenant_id=tenant_id)
        async with transactions.begin() as scope:
            await scope.rules.add(rule)
            assert await scope.rules.get(tenant_id=tenant_id, rule_id=rule.id) is not None
            assert await scope.rules.count(tenant_id=tenant_id) == 1
            await scope.replies.add(tenant_id=tenant_id, reply=_reply())
            assert await scope.replies.find(tenant_id=tenant_id, key="k") == _reply()
            for sequence in (1, 2):
                found = await scope.notices.next_sequence(tenant_id=tenant_id, channel="risk")
                assert found == sequence
                await scope.notices.add(
                    make_notice(sequence, tenant_id=tenant_id, sequence=sequence)
                )
            await scope.rules.remove(tenant_id=tenant_id, rule_id=rule.id)
            assert await scope.rules.get(tenant_id=tenant_id, rule_id=rule.id) is None

    async def test_pages_follow_each_other_in_the_order_made(
        self, transactions: Transactions[RiskScope], tenant_id: UUID
    ) -> None:
        async with transactions.begin() as scope:
            for number in (3, 1, 5, 2, 4):
                await scope.rules.add(make_rule(number, tenant_id=tenant_id))
        async with transactions.begin() as scope:
            first = await scope.rules.list(tenant_id=tenant_id, limit=3)
            rest = await scope.rules.list(tenant_id=tenant_id, limit=3, after=first[-1].id)
        assert [rule.name for rule in (*first, *rest)] == [f"Rule {n}" for n in range(1, 6)]

    async def test_another_tenants_rules_are_not_there(
        self,
        transactions: Transactions[RiskScope],
        rule_sets: RuleSets,
        tenant_id: UUID,
        other_tenant_id: UUID,
    ) -> None:
        rule = make_rule(1, tenant_id=tenant_id)
        async with transactions.begin() as scope:
            await scope.rules.add(rule)
            await scope.replies.add(tenant_id=tenant_id, reply=_reply())
        async with transactions.begin() as scope:
            stranger: dict[str, Any] = {"tenant_id": other_tenant_id}
            assert await scope.rules.get(**stranger, rule_id=rule.id) is None
            assert await scope.rules.list(**stranger, limit=5) == []
            assert await scope.rules.count(**stranger) == 0
            assert not await scope.rules.remove(**stranger, rule_id=rule.id)
            assert not await scope.rules.update(replace(rule, tenant_id=other_tenant_id, version=2))
            assert await scope.replies.find(**stranger, key="k") is None
        assert (await rule_sets.load(tenant_id=other_tenant_id)).version == 0
        assert len((await rule_sets.load(tenant_id=tenant_id)).rules) == 1

    async def test_the_rule_set_stays_the_same_object_while_its_version_stands(
        self, transactions: Transactions[RiskScope], rule_sets: RuleSets, tenant_id: UUID
    ) -> None:
        async with transactions.begin() as scope:
            await scope.rules.add(make_rule(1, tenant_id=tenant_id))
        first = await rule_sets.load(tenant_id=tenant_id)
        again = await rule_sets.load(tenant_id=tenant_id)
        assert (again.version, again.rules) == (first.version, first.rules)

    async def test_a_key_has_one_answer(
        self, transactions: Transactions[RiskScope], tenant_id: UUID
    ) -> None:
        async with transactions.begin() as scope:
            await scope.replies.add(tenant_id=tenant_id, reply=_reply())

        async def answer_again() -> None:
            async with transactions.begin() as scope:
                await scope.replies.add(tenant_id=tenant_id, reply=_reply(body=b"other"))

        with pytest.raises((ConstraintBroken, Conflict)):
            await answer_again()
        async with transactions.begin() as scope:
            assert await scope.replies.find(tenant_id=tenant_id, key="k") == _reply()

    async def test_audit_entries_are_taken(
        self, transactions: Transactions[RiskScope], tenant_id: UUID
    ) -> None:
        async with transactions.begin() as scope:
            await scope.audit.add(
                AuditEntry(
                    id=UUID(int=(7 << 76) | (0b10 << 62) | 77),
                    tenant_id=tenant_id,
                    actor="user:1",
                    action="risk_rule.created",
                    subject="1",
                    at=AT,
                    detail=(("name", "Rule"),),
                )
            )

    async def test_of_two_at_once_one_wins_or_both_hold(
        self, transactions: Transactions[RiskScope], rule_sets: RuleSets, tenant_id: UUID
    ) -> None:
        """Two updates of one version: never two winners."""
        rule = make_rule(1, tenant_id=tenant_id)
        async with transactions.begin() as scope:
            await scope.rules.add(rule)
        both_read = asyncio.Barrier(2)

        async def change(name: str) -> bool:
            try:
                async with transactions.begin() as scope:
                    await scope.rules.get(tenant_id=tenant_id, rule_id=rule.id)
                    await both_read.wait()
                    return await scope.rules.update(replace(rule, version=2, name=name))
            except Conflict:
                return False

        won = await asyncio.gather(change("first"), change("second"))
        assert sorted(won) == [False, True]
        (kept,) = (await rule_sets.load(tenant_id=tenant_id)).rules
        assert kept.version == 2
        assert kept.name == ("first" if won[0] else "second")


def _reply(body: bytes = b"{}") -> Reply:
    return Reply(key="k", request_hash=b"h" * 32, status=201, body=body)
