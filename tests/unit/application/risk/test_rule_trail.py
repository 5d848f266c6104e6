"""What changes of rules leave behind, and what is said where a figure is missing."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from application.risk.calculate_position_size import FixedRisk, SizeBase, VolatilityTarget
from application.risk.commands import RuleFields, RuleNotFound, RuleStored
from domain.accounts.book_change import Reply
from domain.approvals.change import PendingChange
from domain.orders.states import OrderState
from domain.risk.portfolio import Exposure
from domain.risk.rule import Action, Rule, RuleScope, RuleType
from domain.shared.values import InvalidValue
from ports.idempotency import AlreadyAnswered
from tests import builders
from tests.unit.application.risk.context import (
    ACCOUNT,
    ASKER,
    START,
    TENANT,
    Context,
    D,
    add_history,
    make_book,
    make_context,
)

STRANGER = UUID(int=20)
FIELDS = RuleFields(
    name="Rate",
    rule_type=RuleType.ORDER_RATE,
    threshold=D("5.0"),
    action=Action.HALT,
    scope=RuleScope(account_id=ACCOUNT, strategy_id="ema", symbol="AAPL"),
    parameters={"window_s": "2", "per": "symbol"},
)
SAID = {
    "name": "Rate",
    "rule_type": "ORDER_RATE",
    "threshold": "5",
    "action": "HALT",
    "is_active": "true",
    "scope.account_id": str(ACCOUNT),
    "scope.strategy_id": "ema",
    "scope.symbol": "AAPL",
    "parameters": "per=symbol; window_s=2",
    "override": "",
    "version": "1",
}


async def made(context: Context, fields: RuleFields = FIELDS) -> Rule:
    """Store a rule."""
    outcome = await context.risk.create(fields, asker=ASKER)
    assert isinstance(outcome, RuleStored)
    return outcome.rule


async def test_each_change_says_the_whole_rule_before_and_after() -> None:
    context = make_context()
    rule = await made(context)
    first = {"rule_id": str(rule.id), **SAID}
    await context.risk.update(
        replace(FIELDS, is_active=False, scope=RuleScope(), parameters={}),
        rule_id=rule.id,
        asker=ASKER,
        reason="quiet week",
    )
    second = first | {
        "is_active": "false",
        "scope.account_id": "",
        "scope.strategy_id": "",
        "scope.symbol": "",
        "parameters": "",
        "override": "",
        "version": "2",
    }
    await context.risk.delete(rule_id=rule.id, asker=ASKER)
    created, updated, deleted = context.database.audit
    assert [one.action for one in context.database.audit] == [
        "risk_rule.created",
        "risk_rule.updated",
        "risk_rule.deleted",
    ]
    assert (created.before, dict(created.after)) == ((), first)
    assert (dict(updated.before), dict(updated.after)) == (first, second)
    assert (dict(deleted.before), deleted.after) == (second, ())
    assert [one.account_id for one in context.database.audit] == [ACCOUNT, None, None]
    changed = {name for name in second if second[name] != first[name]}
    was = {f"before.{name}": first[name] for name in changed}
    assert dict(updated.detail) == second | was | {"reason": "quiet week"}
    for entry, notice in zip(context.database.audit, context.database.notices, strict=True):
        assert (entry.tenant_id, entry.actor, entry.trace_id) == (TENANT, "user:1", "t-1")
        assert (entry.subject, entry.at, entry.market_at) == (str(rule.id), START, START)
        assert (notice.tenant_id, notice.account_id, notice.channel) == (TENANT, None, "risk")
        assert (notice.type, notice.subject) == (entry.action, str(rule.id))
        assert (notice.at, notice.market_at) == (START, START)
    assert [one.body for one in context.database.notices] == [first, second, second]


@pytest.mark.parametrize("what", ["update", "delete"])
async def test_an_answer_is_stored_with_the_change_and_only_once(what: str) -> None:
    context = make_context()
    rule = await made(context)

    def answer(told: Rule | PendingChange) -> Reply:
        return Reply(key="k", request_hash=b"h", status=200, body=str(told.version).encode())

    async def change(rule_id: Any) -> object:
        if what == "delete":
            return await context.risk.delete(
                rule_id=rule_id, asker=ASKER, reason="unused", answer=answer
            )
        return await context.risk.update(FIELDS, rule_id=rule_id, asker=ASKER, answer=answer)

    await change(rule.id)
    stored = context.database.replies[(TENANT, "k")]
    assert stored.body == (b"2" if what == "update" else b"1")
    other = await made(context)
    before = len(context.database.audit)
    with pytest.raises(AlreadyAnswered) as told:
        await change(other.id)
    assert str(told.value) == "the change of the rule was answered before"
    assert len(context.database.audit) == before
    assert context.database.rules[other.id] == other


async def test_what_is_not_there_is_said_by_its_id() -> None:
    context = make_context()
    with pytest.raises(RuleNotFound) as missing:
        await context.risk.get(tenant_id=TENANT, rule_id=ACCOUNT)
    assert str(missing.value) == f"risk rule {ACCOUNT} does not exist"


BASE = SizeBase(tenant_id=TENANT, symbol="AAPL", account_id=ACCOUNT)


@pytest.mark.parametrize(
    ("base", "held", "field", "problem"),
    [
        ({"symbol": "NONE"}, "AAPL", "symbol", "NONE is not known"),
        ({"account_id": None}, "AAPL", "equity", "is required without an account_id"),
        ({}, "TSLA", "equity", "is required: a position of the account has no price"),
        ({}, "", "price", "is required: AAPL has no quote"),
    ],
)
async def test_a_figure_that_is_missing_is_asked_for_in_words(
    base: dict[str, Any], held: str, field: str, problem: str
) -> None:
    context = make_context(make_book(positions={held: 1} if held else None))
    if field == "price":
        context.market._latest._quotes.clear()
    command = FixedRisk(base=replace(BASE, **base), stop=D(90), risk=D("0.01"))
    with pytest.raises(InvalidValue) as refused:
        await context.risk.calculate_position_size(command)
    assert (refused.value.field, refused.value.problem) == (field, problem)


async def test_too_few_prices_are_said_by_their_symbol() -> None:
    context = make_context()
    with pytest.raises(InvalidValue) as refused:
        await context.risk.calculate_position_size(VolatilityTarget(base=BASE, target=D("0.01")))
    assert refused.value.problem == "is required: AAPL has too few daily prices"


async def test_tails_are_measured_over_the_days_and_at_the_confidence_asked_for() -> None:
    context = make_context(make_book(positions={"AAPL": 100}))
    add_history(context, "AAPL", [100.0, 101.0, 99.0] * 10)
    usual = await context.risk.portfolio_risk(tenant_id=TENANT)
    asked = await context.risk.portfolio_risk(
        tenant_id=TENANT, confidence=D("0.95"), horizon_days=4
    )
    assert usual.value_at_risk is not None
    assert asked.value_at_risk is not None
    assert (usual.value_at_risk.confidence, usual.value_at_risk.horizon_days) == (D("0.99"), 1)
    assert (asked.value_at_risk.confidence, asked.value_at_risk.horizon_days) == (D("0.95"), 4)
    assert asked.value_at_risk.parametric > usual.value_at_risk.parametric


async def test_a_portfolio_may_be_of_some_accounts_and_counts_what_rests() -> None:
    context = make_context(make_book(positions={"AAPL": 10}))
    second = make_book(account_id=STRANGER)
    resting = builders.order(
        second.account, state=OrderState.WORKING, reserved_price=D(100), filled_quantity=D(2)
    )
    context.put(replace(second, orders={resting.id: resting}))
    some = await context.risk.portfolio_risk(tenant_id=TENANT, among=frozenset({STRANGER}))
    assert some.accounts == (STRANGER,)
    assert some.total == Exposure(net=D(0), gross=D(0), gross_with_resting=D(800))
    assert [name for name, _ in some.by_symbol] == ["AAPL"]
    assert some.leverage == D(800) / D(100_000)


async def test_a_rule_set_that_was_known_is_known_anew_after_each_change() -> None:
    context = make_context()
    assert (await context.gatekeeper.rules(tenant_id=TENANT)).rules == ()
    rule = await made(context)
    assert (await context.gatekeeper.rules(tenant_id=TENANT)).rules == (rule,)
    outcome = await context.risk.update(replace(FIELDS, name="New"), rule_id=rule.id, asker=ASKER)
    assert isinstance(outcome, RuleStored)
    assert (await context.gatekeeper.rules(tenant_id=TENANT)).rules == (outcome.rule,)
    await context.risk.delete(rule_id=rule.id, asker=ASKER, reason="unused")
    assert (await context.gatekeeper.rules(tenant_id=TENANT)).rules == ()


async def test_what_two_accounts_hold_of_one_symbol_is_one_position_to_the_tail() -> None:
    context = make_context(make_book(positions={"AAPL": 10}))
    context.put(make_book(account_id=STRANGER, positions={"AAPL": 5}))
    add_history(context, "AAPL", [100.0, 101.0, 99.0] * 10)
    both = (await context.risk.portfolio_risk(tenant_id=TENANT)).value_at_risk
    one = (await context.risk.portfolio_risk(tenant_id=TENANT, account_id=STRANGER)).value_at_risk
    assert both is not None
    assert one is not None
    assert abs(both.historical - 3 * one.historical) <= D("0.03")
    assert both.historical > one.historical > 0
