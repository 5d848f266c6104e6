"""Whoever may hold a position may leave it, alone, in a group, or by a replace."""

from decimal import Decimal

import pytest

from application.orders.commands import GroupKind, ReplaceOrder, Replacing
from application.orders.replace import Replace
from domain.accounts.positions import Position
from domain.orders.terms import OrderTerms, OrderType, Side
from domain.risk.defaults import default_rules
from domain.risk.rule import RuleType
from tests import builders
from tests.rig import Rig

# Legal under the default limit of 25,000; two percent higher it no longer would be.
UNITS = Decimal(248)
TARGET = builders.terms(side=Side.SELL, quantity=UNITS, limit_price=Decimal(102))
STOP = OrderTerms(
    symbol="AAPL",
    side=Side.SELL,
    type=OrderType.STOP,
    quantity=UNITS,
    stop_price=Decimal(98),
)
# These need what a room's market does not tell: sectors and volumes.
UNTOLD = (RuleType.SECTOR_CONCENTRATION, RuleType.MAX_ADV_PERCENT)


def _limited(rig: Rig, *, without: tuple[RuleType, ...] = ()) -> Rig:
    rules = default_rules(tenant_id=rig.tenant_id, at=builders.AT, new_id=builders.new_id)
    for rule in rules:
        if rule.rule_type not in without:
            rig.database.rules[rule.id] = rule
    rig.database.rules_versions[rig.tenant_id] = 1
    return rig


def _holding() -> Rig:
    held = Position(symbol="AAPL", quantity=UNITS, cost=UNITS * 100)
    return Rig(book=builders.book(positions={"AAPL": held}))


async def test_a_take_profit_above_the_limit_of_orders_is_taken() -> None:
    (order,) = await _limited(_holding()).accepted(TARGET)
    assert order.terms == TARGET


async def test_so_are_two_exits_that_cancel_each_other() -> None:
    assert len(await _limited(_holding()).accepted(TARGET, STOP, group=GroupKind.OCO)) == 2


@pytest.mark.parametrize(("group", "exits"), [("bracket", (TARGET, STOP)), ("oto", (TARGET,))])
async def test_so_are_exits_that_wait_for_their_entry(
    group: str, exits: tuple[OrderTerms, ...]
) -> None:
    entry = builders.terms(quantity=UNITS, limit_price=Decimal(100))
    rig = _limited(Rig(), without=UNTOLD)
    assert len(await rig.accepted(entry, *exits, group=GroupKind(group))) == 1 + len(exits)


async def test_so_is_a_replace_of_an_exit() -> None:
    rig = _limited(_holding())
    (order,) = await rig.accepted(builders.terms(side=Side.SELL, quantity=UNITS))
    replacing = Replace(context=rig.context, gatekeeper=rig.gatekeeper)
    outcome = await replacing(
        ReplaceOrder(asker=rig.asker, order_id=order.id, limit_price=Decimal(105))
    )
    assert isinstance(outcome, Replacing)
