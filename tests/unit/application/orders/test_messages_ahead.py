"""What came while the clock was ahead counts once, for one window, and locks nobody out."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from application.orders.commands import Accepted, DeniedOrders, OrderRequest, SubmitOrder
from application.orders.preview import ExplainOrder
from domain.accounts.positions import Position
from domain.orders.terms import OrderTerms, Side
from domain.risk.order_rules import WINDOW_MAX
from domain.risk.rule import Action, Rule, RuleType
from tests import builders
from tests.rig import Rig

WINDOW_S = 60
HOUR = timedelta(hours=1)
SALE = builders.terms(side=Side.SELL, quantity=Decimal(1))
KINDS = [RuleType.ORDER_RATE, RuleType.DUPLICATE_ORDER]


def _limited(rig: Rig, rule_type: RuleType, count: int = 1) -> Rig:
    rule = Rule(
        id=UUID(int=1),
        tenant_id=rig.tenant_id,
        name="Few",
        rule_type=rule_type,
        threshold=Decimal(count),
        action=Action.BLOCK,
        parameters={"window_s": str(WINDOW_S)},
        created_at=builders.AT,
        updated_at=builders.AT,
    )
    rig.database.rules[rule.id] = rule
    rig.database.rules_versions[rig.tenant_id] = 1
    return rig


def _holding(units: int) -> Rig:
    held = Position(symbol="AAPL", quantity=Decimal(units), cost=Decimal(units) * 100)
    return Rig(book=builders.book(positions={"AAPL": held}))


def _step(rig: Rig, by: timedelta) -> None:
    rig.clock.set_wall(rig.clock.now() + by)


async def _asked(rig: Rig, terms: OrderTerms | None = None) -> Accepted | DeniedOrders:
    request = OrderRequest(terms=terms if terms is not None else builders.terms())
    command = SubmitOrder(asker=rig.asker, account_id=rig.account_id, orders=(request,))
    outcome = await rig.submit(command, idempotency=None)
    assert isinstance(outcome, Accepted | DeniedOrders)
    return outcome


@pytest.mark.parametrize("rule_type", KINDS)
@pytest.mark.parametrize("restarted", [False, True])
async def test_an_order_of_a_clock_ahead_counts_for_one_window(
    rule_type: RuleType, restarted: bool
) -> None:
    rig = _limited(Rig(), rule_type)
    _step(rig, HOUR)
    assert isinstance(await _asked(rig), Accepted)
    _step(rig, -HOUR)
    if restarted:
        rig = rig.twin(seed=2)
    denied = await _asked(rig)
    assert isinstance(denied, DeniedOrders)
    assert [reason.code for reason in denied.reasons] == [rule_type]
    assert "1 came while the clock was ahead" in denied.reasons[0].message
    rig.clock.advance(WINDOW_S)
    # The refused one counts by its own time, and the window is over for both.
    assert isinstance(await _asked(rig), Accepted)


@pytest.mark.parametrize("rule_type", KINDS)
async def test_what_has_counted_does_not_count_again_when_its_time_comes(
    rule_type: RuleType,
) -> None:
    rig = _limited(Rig(), rule_type)
    _step(rig, HOUR)
    await _asked(rig)
    _step(rig, -HOUR)
    assert isinstance(await _asked(rig), DeniedOrders)
    rig.clock.advance(HOUR.total_seconds() + 1)
    assert isinstance(await _asked(rig), Accepted)


@pytest.mark.parametrize("rule_type", KINDS)
async def test_closing_sells_go_at_once(rule_type: RuleType) -> None:
    rig = _limited(_holding(10), rule_type)
    _step(rig, HOUR)
    await _asked(rig, builders.terms(quantity=Decimal(1)))
    _step(rig, -HOUR)
    assert isinstance(await _asked(rig, builders.terms(quantity=Decimal(1))), DeniedOrders)
    assert isinstance(await _asked(rig, SALE), Accepted)


async def test_a_whole_book_of_a_clock_ahead_locks_nobody_out() -> None:
    rig = _limited(Rig(), RuleType.ORDER_RATE, count=3)
    _step(rig, HOUR)
    for _ in range(5):
        await _asked(rig)
    _step(rig, -HOUR)
    assert isinstance(await _asked(rig), DeniedOrders)
    rig.clock.advance(WINDOW_S)
    for _ in range(3):
        assert isinstance(await _asked(rig), Accepted)
    assert isinstance(await _asked(rig), DeniedOrders)


async def test_it_is_told_once_and_stands_in_the_explanation() -> None:
    rig = _limited(Rig(), RuleType.ORDER_RATE)
    _step(rig, HOUR)
    await _asked(rig)
    assert rig.told_ahead == []
    _step(rig, -HOUR)
    denied = await _asked(rig)
    again = await _asked(rig)
    assert isinstance(denied, DeniedOrders)
    assert isinstance(again, DeniedOrders)
    assert rig.told_ahead == [(rig.account_id, 1, builders.AT + HOUR)]
    explained = await ExplainOrder(context=rig.context)(
        tenant_id=rig.tenant_id, order_id=denied.orders[0].id
    )
    assert explained.inputs["ahead"] == "1"
    # Once it is no longer ahead of anything, nothing is kept of it.
    rig.clock.advance((HOUR + WINDOW_MAX).total_seconds() + 1)
    assert isinstance(await _asked(rig), Accepted)
    assert len(rig.told_ahead) == 1


async def test_clocks_that_differ_a_little_are_no_word() -> None:
    rig = _limited(Rig(), RuleType.ORDER_RATE)
    _step(rig, timedelta(milliseconds=900))
    await _asked(rig)
    _step(rig, timedelta(milliseconds=-900))
    denied = await _asked(rig)
    assert isinstance(denied, DeniedOrders)
    assert "ahead" not in denied.reasons[0].message
    assert rig.told_ahead == []


async def test_exits_have_a_budget_of_their_own_and_a_runaway_loop_of_them_is_stopped() -> None:
    rig = _limited(_holding(10), RuleType.ORDER_RATE, count=2)
    buy = builders.terms(quantity=Decimal(1))
    taken = [isinstance(await _asked(rig, one), Accepted) for one in (*[buy] * 3, *[SALE] * 3)]
    assert taken == [True, True, False, True, True, False]
    restarted = rig.twin(seed=2)
    for one in (buy, SALE):
        denied = await _asked(restarted, one)
        assert isinstance(denied, DeniedOrders)
        assert [reason.code for reason in denied.reasons] == ["ORDER_RATE"]
