"""Making, changing, deleting and trying rules."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from application.accounts.book_store import AccountNotFound
from application.risk.commands import (
    RuleDeleted,
    RuleFields,
    RuleNotFound,
    RulePending,
    RuleStored,
    TooManyRules,
    TryRule,
)
from application.risk.create_rule import Created, CreateOutcome
from application.shared.change import KeyReused, Once, Replayed
from domain.orders.terms import OrderTerms, OrderType, Side
from domain.risk.rule import Action, Rule, RuleScope, RuleType
from domain.risk.rule_set import RULES_MAX
from domain.shared.refusals import Outdated
from domain.shared.values import InvalidValue
from tests.unit.application.risk.context import ACCOUNT, ASKER, TENANT, D, make_context

FIELDS = RuleFields(name="Max Daily Loss", rule_type=RuleType.MAX_DAILY_LOSS, threshold=D("500.00"))
STRANGER = UUID(int=99)


def stored(outcome: CreateOutcome | RulePending) -> Rule:
    """Take the rule out of a good outcome."""
    assert isinstance(outcome, RuleStored)
    return outcome.rule


async def test_a_rule_is_stored_audited_told_and_obeyed_at_once() -> None:
    context = make_context()
    rule = stored(await context.risk.create(FIELDS, asker=ASKER))
    assert (rule.name, rule.threshold, rule.action) == ("Max Daily Loss", D(500), Action.BLOCK)
    assert (rule.version, rule.is_active, rule.tenant_id) == (1, True, TENANT)
    assert await context.risk.get(tenant_id=TENANT, rule_id=rule.id) == rule
    (entry,) = context.database.audit
    assert (entry.actor, entry.action, entry.subject) == (
        "user:1",
        "risk_rule.created",
        str(rule.id),
    )
    assert entry.trace_id == "t-1"
    assert dict(entry.detail)["threshold"] == "500"
    (notice,) = context.database.notices
    assert (notice.channel, notice.sequence, notice.type) == ("risk", 1, "risk_rule.created")
    assert (notice.account_id, notice.body["rule_type"]) == (None, "MAX_DAILY_LOSS")
    known = await context.gatekeeper.rules(tenant_id=TENANT)
    assert (known.version, known.rules) == (1, (rule,))


async def test_a_rule_that_makes_no_sense_is_not_stored() -> None:
    context = make_context()
    for fields in (
        replace(FIELDS, threshold=D(0)),
        replace(FIELDS, parameters={"window": "1"}),
        replace(FIELDS, name=""),
    ):
        with pytest.raises(InvalidValue):
            await context.risk.create(fields, asker=ASKER)
    assert not context.database.rules
    assert not context.database.audit


def _key(key: str = "k", request_hash: bytes = b"h") -> Once[Created]:
    return Once(
        key=key,
        request_hash=request_hash,
        render=lambda made: (201, made.rule.id.bytes) if isinstance(made, RuleStored) else None,
    )


async def test_a_repeated_request_gets_the_first_answer() -> None:
    context = make_context()
    rule = stored(await context.risk.create(FIELDS, asker=ASKER, once=_key()))
    again = await context.risk.create(FIELDS, asker=ASKER, once=_key())
    assert again == Replayed(status=201, body=rule.id.bytes)
    other = await context.risk.create(FIELDS, asker=ASKER, once=_key(request_hash=b"x"))
    assert other == KeyReused()
    assert len(context.database.rules) == 1
    assert len(context.database.audit) == 1


async def test_a_request_sent_many_times_at_once_makes_one_rule() -> None:
    context = make_context()
    outcomes = await asyncio.gather(
        *(context.risk.create(FIELDS, asker=ASKER, once=_key()) for _ in range(5))
    )
    assert len(context.database.rules) == 1
    assert sum(isinstance(outcome, RuleStored) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, Replayed) for outcome in outcomes) == 4


async def test_rules_have_an_end() -> None:
    context = make_context()
    first = stored(await context.risk.create(FIELDS, asker=ASKER))
    for number in range(1, RULES_MAX):
        another = replace(first, id=UUID(int=number))
        context.database.rules[another.id] = another
    assert await context.risk.create(FIELDS, asker=ASKER) == TooManyRules(RULES_MAX)


async def test_a_change_raises_the_versions_and_tells_what_it_was() -> None:
    context = make_context()
    rule = stored(await context.risk.create(FIELDS, asker=ASKER))
    context.clock.advance(5)
    lower = replace(FIELDS, threshold=D(250), scope=RuleScope(symbol="AAPL"))
    changed = stored(
        await context.risk.update(
            lower, rule_id=rule.id, asker=ASKER, reason="by strategy", expected_version=1
        )
    )
    assert (changed.version, changed.threshold, changed.id) == (2, D(250), rule.id)
    assert changed.created_at == rule.created_at
    assert changed.updated_at > rule.updated_at
    detail = dict(context.database.audit[-1].detail)
    assert (detail["threshold"], detail["before.threshold"]) == ("250", "500")
    assert "before.name" not in detail
    assert [notice.sequence for notice in context.database.notices] == [1, 2]
    known = await context.gatekeeper.rules(tenant_id=TENANT)
    assert (known.version, known.rules) == (2, (changed,))


async def test_a_change_of_another_version_is_refused() -> None:
    context = make_context()
    rule = stored(await context.risk.create(FIELDS, asker=ASKER))
    for refused in (
        context.risk.update(FIELDS, rule_id=rule.id, asker=ASKER, expected_version=7),
        context.risk.delete(rule_id=rule.id, asker=ASKER, expected_version=7),
    ):
        with pytest.raises(Outdated) as outdated:
            await refused
        assert outdated.value.version == rule.version
    assert len(context.database.audit) == 1


async def test_without_a_version_the_last_writer_wins() -> None:
    context = make_context()
    rule = stored(await context.risk.create(FIELDS, asker=ASKER))
    names = [f"Name {number}" for number in range(4)]
    outcomes = await asyncio.gather(
        *(
            context.risk.update(replace(FIELDS, name=name), rule_id=rule.id, asker=ASKER)
            for name in names
        )
    )
    assert sorted(stored(outcome).version for outcome in outcomes) == [2, 3, 4, 5]


async def test_a_deleted_rule_is_gone() -> None:
    context = make_context()
    rule = stored(await context.risk.create(FIELDS, asker=ASKER))
    gone = await context.risk.delete(rule_id=rule.id, asker=ASKER, reason="unused")
    assert gone == RuleDeleted()
    assert context.database.audit[-1].action == "risk_rule.deleted"
    assert (await context.gatekeeper.rules(tenant_id=TENANT)).rules == ()
    for call in (
        context.risk.get(tenant_id=TENANT, rule_id=rule.id),
        context.risk.delete(rule_id=rule.id, asker=ASKER),
        context.risk.update(FIELDS, rule_id=rule.id, asker=ASKER),
    ):
        with pytest.raises(RuleNotFound):
            await call


async def test_another_tenants_rule_is_not_found() -> None:
    context = make_context()
    rule = stored(await context.risk.create(FIELDS, asker=ASKER))
    stranger = replace(ASKER, tenant_id=STRANGER)
    for call in (
        context.risk.get(tenant_id=STRANGER, rule_id=rule.id),
        context.risk.delete(rule_id=rule.id, asker=stranger),
        context.risk.update(FIELDS, rule_id=rule.id, asker=stranger),
    ):
        with pytest.raises(RuleNotFound):
            await call
    assert await context.risk.list(tenant_id=STRANGER) == []


async def test_rules_are_listed_in_pages() -> None:
    context = make_context()
    for number in range(5):
        await context.risk.create(replace(FIELDS, name=f"Rule {number}"), asker=ASKER)
    first = await context.risk.list(tenant_id=TENANT, limit=3)
    rest = await context.risk.list(tenant_id=TENANT, limit=3, after=first[-1].id)
    assert [rule.name for rule in (*first, *rest)] == [f"Rule {n}" for n in range(5)]


async def test_default_rules_are_added_once() -> None:
    context = make_context()
    added = await context.risk.add_default_rules(asker=ASKER)
    assert len(added) == 12
    assert len(context.database.audit) == 12
    assert await context.risk.add_default_rules(asker=ASKER) == ()
    assert len((await context.gatekeeper.rules(tenant_id=TENANT)).rules) == 12


def _try(fields: RuleFields, **changes: Any) -> TryRule:
    terms = OrderTerms(
        symbol="AAPL",
        side=Side.BUY,
        type=OrderType.LIMIT,
        quantity=D(10),
        limit_price=D(100),
    )
    plain = TryRule(tenant_id=TENANT, account_id=ACCOUNT, terms=terms, fields=fields)
    return replace(plain, **changes)


VALUE = RuleFields(name="Small", rule_type=RuleType.MAX_ORDER_VALUE, threshold=D(999))


@pytest.mark.parametrize(
    ("threshold", "action", "approved", "halts"),
    [
        ("1000", Action.BLOCK, True, False),
        ("999", Action.BLOCK, False, False),
        ("999", Action.HALT, False, True),
        ("1000", Action.HALT, True, False),
        ("999", Action.WARN, True, False),
    ],
)
async def test_a_rule_says_what_it_would_do(
    threshold: str, action: Action, approved: bool, halts: bool
) -> None:
    context = make_context()
    fields = replace(VALUE, threshold=D(threshold), action=action)
    told = await context.risk.test(_try(fields))
    assert (told.applies, told.approved, told.halts) == (True, approved, halts)
    assert [reason.code for reason in told.reasons] == ([] if approved else ["MAX_ORDER_VALUE"])
    assert told.headroom is not None
    assert (told.headroom.value, told.headroom.limit) == (D(1_000), D(threshold))
    assert not context.database.rules
    assert not context.database.audit


async def test_a_tried_rule_answers_for_itself_alone() -> None:
    """The order has no buying power; the rule does not mind."""
    context = make_context()
    big = _try(VALUE).terms
    told = await context.risk.test(
        _try(replace(VALUE, threshold=D(10_000_000)), terms=replace(big, quantity=D(9_000)))
    )
    assert told.approved
    assert told.reasons == ()


async def test_a_rule_for_something_else_does_not_apply() -> None:
    context = make_context()
    told = await context.risk.test(_try(replace(VALUE, scope=RuleScope(symbol="XOM"))))
    assert (told.applies, told.approved, told.headroom) == (False, True, None)
    named = await context.risk.test(
        _try(replace(VALUE, scope=RuleScope(strategy_id="ema")), strategy_id="ema")
    )
    assert named.applies


async def test_trying_needs_an_account_and_a_rule_that_makes_sense() -> None:
    context = make_context()
    with pytest.raises(AccountNotFound):
        await context.risk.test(_try(VALUE, account_id=STRANGER))
    with pytest.raises(InvalidValue):
        await context.risk.test(_try(replace(VALUE, threshold=D(0))))
