"""The orders of a group are judged together: none hides behind another."""

from decimal import Decimal

import pytest

from application.orders.commands import (
    Accepted,
    DeniedOrders,
    GroupKind,
    OrderRequest,
    SubmitOrder,
    SubmitOutcome,
)
from domain.accounts.account import AccountKind
from domain.accounts.positions import Position
from domain.orders.terms import OrderTerms, OrderType, Side
from domain.risk.rule import Action, Rule, RuleType
from ports.broker import ReportKind
from tests import builders
from tests.rig import Rig
from tests.scripted_broker import report_of, venue_fill


async def _submitted(*sales: int) -> SubmitOutcome:
    """Buy 100 in a cash account, and sell so many each once that has filled."""
    owner = builders.account(kind=AccountKind.CASH, leverage=Decimal(1))
    rig = Rig(book=builders.book(owner))
    buy = builders.terms(quantity=Decimal(100))
    sell = [builders.terms(side=Side.SELL, quantity=Decimal(one)) for one in sales]
    command = SubmitOrder(
        asker=rig.asker,
        account_id=rig.account_id,
        orders=tuple(OrderRequest(terms=one) for one in (buy, *sell)),
        group=GroupKind.OTO,
    )
    return await rig.submit(command, idempotency=None)


async def test_children_may_share_what_their_entry_opens() -> None:
    assert isinstance(await _submitted(60, 40), Accepted)


@pytest.mark.parametrize("sales", [(100, 100), (60, 41), (25, 25, 25, 26), (101,)])
async def test_children_that_sell_more_than_their_entry_buys_are_denied(
    sales: tuple[int, ...],
) -> None:
    outcome = await _submitted(*sales)
    assert isinstance(outcome, DeniedOrders)
    assert "SHORT_SALE" in [reason.code for reason in outcome.reasons]


def _at_most(rig: Rig, type: RuleType, count: int) -> None:
    rule = Rule(
        id=builders.new_id(),
        tenant_id=rig.tenant_id,
        name="At most",
        rule_type=type,
        threshold=Decimal(count),
        action=Action.BLOCK,
        created_at=builders.AT,
        updated_at=builders.AT,
    )
    rig.database.rules[rule.id] = rule


def _alike(rig: Rig, count: int) -> SubmitOrder:
    """Ask for so many orders of the same content, of which one cancels the others."""
    return SubmitOrder(
        asker=rig.asker,
        account_id=rig.account_id,
        orders=(OrderRequest(terms=builders.terms()),) * count,
        group=GroupKind.OCO,
    )


@pytest.mark.parametrize("type", [RuleType.ORDER_RATE, RuleType.DUPLICATE_ORDER])
async def test_each_order_of_a_group_counts_as_a_message_for_those_behind_it(
    type: RuleType,
) -> None:
    rig = Rig()
    _at_most(rig, type, 3)
    assert (await rig.preview(_alike(rig, 3))).approved
    assert not (await rig.preview(_alike(rig, 4))).approved
    outcome = await rig.submit(_alike(rig, 4), idempotency=None)
    assert isinstance(outcome, DeniedOrders)
    assert [reason.code for reason in outcome.reasons] == [type.value]
    twin = Rig()
    _at_most(twin, type, 3)
    assert isinstance(await twin.submit(_alike(twin, 3), idempotency=None), Accepted)
    assert isinstance(await twin.submit(_alike(twin, 2), idempotency=None), DeniedOrders)


def _cash_rig(**held: int) -> Rig:
    owner = builders.account(kind=AccountKind.CASH, leverage=Decimal(1))
    positions = {
        symbol: Position(symbol=symbol, quantity=Decimal(units), cost=Decimal(100 * units))
        for symbol, units in held.items()
    }
    return Rig(book=builders.book(owner, positions=positions))


async def _peers(rig: Rig, *asked: OrderTerms) -> Accepted | DeniedOrders:
    command = SubmitOrder(
        asker=rig.asker,
        account_id=rig.account_id,
        orders=tuple(OrderRequest(terms=one) for one in asked),
        group=GroupKind.OCO,
    )
    outcome = await rig.submit(command, idempotency=None)
    assert isinstance(outcome, Accepted | DeniedOrders)
    assert (await Rig(book=rig.book).preview(command)).approved == isinstance(outcome, Accepted)
    return outcome


@pytest.mark.parametrize(("quantity", "paid"), [(900, False), (500, True)])
async def test_peers_that_open_are_all_paid_for_as_all_may_fill_at_once(
    quantity: int, paid: bool
) -> None:
    rig = _cash_rig()
    limits = [builders.terms(quantity=Decimal(quantity), limit_price=Decimal(p)) for p in (100, 99)]
    outcome = await _peers(rig, *limits)
    assert isinstance(outcome, Accepted) is paid
    if isinstance(outcome, DeniedOrders):
        assert [reason.code for reason in outcome.reasons] == ["BUYING_POWER"]
        return
    for _ in range(2):
        await rig.run_dispatch.round()
    for order in outcome.orders:
        done = venue_fill(quantity, trade_id=order.client_order_id)
        report = report_of(await rig.now(order), ReportKind.FILL, fill=done)
        await rig.apply(
            tenant_id=rig.tenant_id, account_id=rig.account_id, report=report, heard=None
        )
    assert (await rig.stored()).settled_cash >= 0


@pytest.mark.parametrize(("quantity", "passes"), [(100, True), (101, False)])
async def test_peers_that_leave_a_position_are_reduce_only_and_share_it(
    quantity: int, passes: bool
) -> None:
    rig = _cash_rig(AAPL=100)
    size = Decimal(quantity)
    target = builders.terms(side=Side.SELL, quantity=size, limit_price=Decimal(110))
    stop = builders.terms(
        side=Side.SELL,
        quantity=size,
        type=OrderType.STOP,
        limit_price=None,
        stop_price=Decimal(90),
    )
    outcome = await _peers(rig, target, stop)
    assert isinstance(outcome, Accepted) is passes
    assert all(order.terms.reduce_only is passes for order in outcome.orders)
