"""What goes out long after the gate passed it is decided on again; exits are not held back."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from application.orders.commands import GroupKind, ReplaceOrder, Replacing
from application.orders.decide_again import SPARE
from application.orders.dispatch import SendOutcome
from application.orders.replace import Replace
from domain.accounts.account import AccountKind
from domain.market.prices import Quote
from domain.orders.moves import Move
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.orders.terms import OrderType, Side
from domain.risk.gate import restore
from domain.risk.rule import Action, Rule, RuleType
from ports.broker import ReportKind
from tests import builders
from tests.rig import Rig
from tests.scripted_broker import report_of, venue_fill

_S = OrderState
_BUY_MSFT = builders.terms(symbol="MSFT", type=OrderType.MARKET, quantity=Decimal(900))


def _cash_rig() -> Rig:
    return Rig(book=builders.book(builders.account(kind=AccountKind.CASH, leverage=Decimal(1))))


def _quote(rig: Rig, symbol: str, price: int) -> None:
    last = Decimal(price)
    rig.market.record(Quote(symbol=symbol, bid=last, ask=last, last=last, at=builders.MARKET_AT))


def _restrict(rig: Rig, symbol: str) -> None:
    fields: dict[str, Any] = {"created_at": builders.AT, "updated_at": builders.AT}
    rule = Rule(
        id=builders.new_id(),
        tenant_id=rig.tenant_id,
        name="Not this",
        rule_type=RuleType.RESTRICTED_SYMBOL,
        threshold=Decimal(1),
        action=Action.BLOCK,
        parameters={"symbols": (symbol,)},
        **fields,
    )
    rig.database.rules[rule.id] = rule
    versions = rig.database.rules_versions
    versions[rig.tenant_id] = versions.get(rig.tenant_id, 0) + 1


async def _filled(rig: Rig, entry: Order, quantity: int) -> None:
    await rig.send(entry)
    report = report_of(await rig.now(entry), ReportKind.FILL, fill=venue_fill(quantity))
    await rig.apply(tenant_id=rig.tenant_id, account_id=rig.account_id, report=report, heard=None)
    await rig.run_dispatch.round()


async def test_a_child_that_its_account_can_no_longer_pay_for_is_not_sent() -> None:
    rig = _cash_rig()
    entry, child = await rig.accepted(
        builders.terms(quantity=Decimal(1)), _BUY_MSFT, group=GroupKind.OTO
    )
    _quote(rig, "MSFT", 300)
    await _filled(rig, entry, 1)
    now = await rig.now(child)
    assert (now.state, rig.broker.count("submit")) == (_S.CANCELED, 1)
    assert now.reason.startswith("not sent: cash with this order would be 270000 of 99900")
    denials = [one for one in rig.database.notices if one.type == "risk.denied"]
    assert [one.subject for one in denials] == [str(child.id)]
    decision = await rig.context.archive.decision(tenant_id=rig.tenant_id, order_id=child.id)
    assert decision is not None
    assert not decision.approved


async def test_a_child_is_sent_and_counted_at_the_price_that_it_has_come_to() -> None:
    rig = _cash_rig()
    entry, child = await rig.accepted(
        builders.terms(quantity=Decimal(1)), _BUY_MSFT, group=GroupKind.OTO
    )
    _quote(rig, "MSFT", 110)
    await _filled(rig, entry, 1)
    now = await rig.now(child)
    assert (now.state, now.reserved_price) == (_S.WORKING, Decimal(110))
    decision = await rig.context.archive.decision(tenant_id=rig.tenant_id, order_id=child.id)
    assert decision is not None
    assert restore(now, decision=decision).reserved_price == 110


@pytest.mark.parametrize("group", [GroupKind.OTO, GroupKind.BRACKET])
async def test_what_undoes_its_entry_goes_out_whatever_the_rules_say_by_now(
    group: GroupKind,
) -> None:
    rig = _cash_rig()
    sale = builders.terms(side=Side.SELL, limit_price=Decimal(110))
    exits = (sale, sale) if group is GroupKind.BRACKET else (sale,)
    entry, *children = await rig.accepted(builders.terms(), *exits, group=group)
    await rig.send(entry)
    _restrict(rig, "AAPL")
    await _filled(rig, entry, 10)
    assert [(await rig.now(child)).state for child in children] == [_S.WORKING] * len(children)


@pytest.mark.parametrize(("late", "after"), [(0, _S.WORKING), (1, _S.CANCELED)])
async def test_an_order_that_waited_for_its_dispatcher_is_decided_on_again(
    late: int, after: OrderState
) -> None:
    rig = _cash_rig()
    (order,) = await rig.accepted()
    _restrict(rig, "AAPL")
    rig.clock.advance((rig.dispatch.again.holds - SPARE).total_seconds() + late)
    await rig.run_dispatch.round()
    assert (await rig.now(order)).state is after


async def test_an_order_that_waited_and_is_still_good_goes_out_once() -> None:
    rig = _cash_rig()
    (order,) = await rig.accepted()
    rig.clock.advance(rig.dispatch.again.holds.total_seconds() + 1)
    for _ in range(2):
        await rig.run_dispatch.round()
    assert (await rig.now(order)).state is _S.WORKING
    assert rig.broker.count("submit") == 1


async def test_an_order_from_before_the_clock_was_set_back_is_decided_on_again() -> None:
    rig = _cash_rig()
    (order,) = await rig.accepted()
    rig.clock.set_wall(rig.clock.now() - timedelta(hours=1))
    _restrict(rig, "AAPL")
    await rig.run_dispatch.round()
    assert (await rig.now(order)).state is _S.CANCELED


async def test_an_approval_that_became_too_old_on_the_way_lets_nothing_leave() -> None:
    rig = _cash_rig()
    (order,) = await rig.accepted()
    (leaving,) = await _held_and_leaving(rig)

    async def slowly() -> None:
        # As in a process that was stopped right before its write.
        rig.clock.advance(3.5)

    rig.clock.advance(2)
    rig.broker.before_written = slowly
    assert await rig.send(order) is SendOutcome.SENT
    after = await rig.now(order)
    assert (after.state, after.reason) == (
        _S.REJECTED,
        "not sent: its approval has become too old",
    )
    assert rig.broker.held.get(order.client_order_id) is None
    # What only reduces leaves, however old.
    assert await rig.send(leaving) is SendOutcome.SENT
    assert (await rig.now(leaving)).state is _S.WORKING


async def test_a_replace_that_waited_is_decided_on_again() -> None:
    rig = _cash_rig()
    order = await rig.sent()
    done = await Replace(context=rig.context, gatekeeper=rig.gatekeeper)(
        ReplaceOrder(asker=rig.asker, order_id=order.id, quantity=Decimal(12))
    )
    assert isinstance(done, Replacing)
    _restrict(rig, "AAPL")
    rig.clock.advance(rig.dispatch.again.holds.total_seconds() + 1)
    await rig.run_dispatch.round()
    after = await rig.now(order)
    assert (after.state, after.pending_terms) == (_S.WORKING, None)
    assert after.reason.startswith("not sent: ")
    assert rig.broker.count("replace") == 0


async def test_an_approval_asked_for_again_counts_from_then_on() -> None:
    rig = _cash_rig()
    (order,) = await rig.accepted()
    rig.clock.advance(20)
    again, first = rig.dispatch.again, order.updated_at
    since = await again(order, decided_at=first)
    assert since == rig.clock.now()
    assert (await rig.now(order)).updated_at == since
    assert await again(await rig.now(order), decided_at=since) == since
    assert len(rig.database.decisions[order.id]) == 2


async def test_a_change_that_nobody_decided_on_makes_an_approval_no_younger() -> None:
    rig = _cash_rig()
    (order,) = await rig.accepted()
    rig.clock.advance(20)
    # As at a split, which restates what waits to be sent.
    await rig.context.move(
        order, lambda now, when: Move(order=replace(now, updated_at=when.at), events=())
    )
    _restrict(rig, "AAPL")
    await rig.run_dispatch.round()
    after = await rig.now(order)
    assert (after.state, rig.broker.count("submit")) == (_S.CANCELED, 0)


async def _held_and_leaving(rig: Rig) -> tuple[Order]:
    held = await rig.sent(builders.terms(symbol="MSFT"))
    fill = report_of(held, ReportKind.FILL, fill=venue_fill(10))
    await rig.apply(tenant_id=rig.tenant_id, account_id=rig.account_id, report=fill, heard=None)
    (leaving,) = await rig.accepted(builders.terms(symbol="MSFT", side=Side.SELL))
    return (leaving,)
