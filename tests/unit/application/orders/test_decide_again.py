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
from tests.room import Room
from tests.scripted_broker import report_of, venue_fill

_S = OrderState
_BUY_MSFT = builders.terms(symbol="MSFT", type=OrderType.MARKET, quantity=Decimal(900))


def _cash_room() -> Room:
    return Room(book=builders.book(builders.account(kind=AccountKind.CASH, leverage=Decimal(1))))


def _quote(room: Room, symbol: str, price: int) -> None:
    last = Decimal(price)
    room.market.record(Quote(symbol=symbol, bid=last, ask=last, last=last, at=builders.MARKET_AT))


def _restrict(room: Room, symbol: str) -> None:
    fields: dict[str, Any] = {"created_at": builders.AT, "updated_at": builders.AT}
    rule = Rule(
        id=builders.new_id(),
        tenant_id=room.tenant_id,
        name="Not this",
        rule_type=RuleType.RESTRICTED_SYMBOL,
        threshold=Decimal(1),
        action=Action.BLOCK,
        parameters={"symbols": (symbol,)},
        **fields,
    )
    room.database.rules[rule.id] = rule
    versions = room.database.rules_versions
    versions[room.tenant_id] = versions.get(room.tenant_id, 0) + 1


async def _filled(room: Room, entry: Order, quantity: int) -> None:
    await room.send(entry)
    report = report_of(await room.now(entry), ReportKind.FILL, fill=venue_fill(quantity))
    await room.apply(
        tenant_id=room.tenant_id, account_id=room.account_id, report=report, heard=None
    )
    await room.run_dispatch.round()


async def test_a_child_that_its_account_can_no_longer_pay_for_is_not_sent() -> None:
    room = _cash_room()
    entry, child = await room.accepted(
        builders.terms(quantity=Decimal(1)), _BUY_MSFT, group=GroupKind.OTO
    )
    _quote(room, "MSFT", 300)
    await _filled(room, entry, 1)
    now = await room.now(child)
    assert (now.state, room.broker.count("submit")) == (_S.CANCELED, 1)
    assert now.reason.startswith("not sent: cash with this order would be 270000 of 99900")
    denials = [one for one in room.database.notices if one.type == "risk.denied"]
    assert [one.subject for one in denials] == [str(child.id)]
    decision = await room.context.archive.decision(tenant_id=room.tenant_id, order_id=child.id)
    assert decision is not None
    assert not decision.approved


async def test_a_child_is_sent_and_counted_at_the_price_that_it_has_come_to() -> None:
    room = _cash_room()
    entry, child = await room.accepted(
        builders.terms(quantity=Decimal(1)), _BUY_MSFT, group=GroupKind.OTO
    )
    _quote(room, "MSFT", 110)
    await _filled(room, entry, 1)
    now = await room.now(child)
    assert (now.state, now.reserved_price) == (_S.WORKING, Decimal(110))
    decision = await room.context.archive.decision(tenant_id=room.tenant_id, order_id=child.id)
    assert decision is not None
    assert restore(now, decision=decision).reserved_price == 110


@pytest.mark.parametrize("group", [GroupKind.OTO, GroupKind.BRACKET])
async def test_what_undoes_its_entry_goes_out_whatever_the_rules_say_by_now(
    group: GroupKind,
) -> None:
    room = _cash_room()
    sale = builders.terms(side=Side.SELL, limit_price=Decimal(110))
    exits = (sale, sale) if group is GroupKind.BRACKET else (sale,)
    entry, *children = await room.accepted(builders.terms(), *exits, group=group)
    await room.send(entry)
    _restrict(room, "AAPL")
    await _filled(room, entry, 10)
    assert [(await room.now(child)).state for child in children] == [_S.WORKING] * len(children)


@pytest.mark.parametrize(("late", "after"), [(0, _S.WORKING), (1, _S.CANCELED)])
async def test_an_order_that_waited_for_its_dispatcher_is_decided_on_again(
    late: int, after: OrderState
) -> None:
    room = _cash_room()
    (order,) = await room.accepted()
    _restrict(room, "AAPL")
    room.clock.advance((room.dispatch.again.holds - SPARE).total_seconds() + late)
    await room.run_dispatch.round()
    assert (await room.now(order)).state is after


async def test_an_order_that_waited_and_is_still_good_goes_out_once() -> None:
    room = _cash_room()
    (order,) = await room.accepted()
    room.clock.advance(room.dispatch.again.holds.total_seconds() + 1)
    for _ in range(2):
        await room.run_dispatch.round()
    assert (await room.now(order)).state is _S.WORKING
    assert room.broker.count("submit") == 1


async def test_an_order_from_before_the_clock_was_set_back_is_decided_on_again() -> None:
    room = _cash_room()
    (order,) = await room.accepted()
    room.clock.set_wall(room.clock.now() - timedelta(hours=1))
    _restrict(room, "AAPL")
    await room.run_dispatch.round()
    assert (await room.now(order)).state is _S.CANCELED


async def test_an_approval_that_became_too_old_on_the_way_lets_nothing_leave() -> None:
    room = _cash_room()
    (order,) = await room.accepted()
    (leaving,) = await _held_and_leaving(room)

    async def slowly() -> None:
        # As in a process that was stopped right before its write.
        room.clock.advance(3.5)

    room.clock.advance(2)
    room.broker.before_written = slowly
    assert await room.send(order) is SendOutcome.SENT
    after = await room.now(order)
    assert (after.state, after.reason) == (
        _S.REJECTED,
        "not sent: its approval has become too old",
    )
    assert room.broker.held.get(order.client_order_id) is None
    # What only reduces leaves, however old.
    assert await room.send(leaving) is SendOutcome.SENT
    assert (await room.now(leaving)).state is _S.WORKING


async def test_a_replace_that_waited_is_decided_on_again() -> None:
    room = _cash_room()
    order = await room.sent()
    done = await Replace(context=room.context, gatekeeper=room.gatekeeper)(
        ReplaceOrder(asker=room.asker, order_id=order.id, quantity=Decimal(12))
    )
    assert isinstance(done, Replacing)
    _restrict(room, "AAPL")
    room.clock.advance(room.dispatch.again.holds.total_seconds() + 1)
    await room.run_dispatch.round()
    after = await room.now(order)
    assert (after.state, after.pending_terms) == (_S.WORKING, None)
    assert after.reason.startswith("not sent: ")
    assert room.broker.count("replace") == 0


async def test_an_approval_asked_for_again_counts_from_then_on() -> None:
    room = _cash_room()
    (order,) = await room.accepted()
    room.clock.advance(20)
    again, first = room.dispatch.again, order.updated_at
    since = await again(order, decided_at=first)
    assert since == room.clock.now()
    assert (await room.now(order)).updated_at == since
    assert await again(await room.now(order), decided_at=since) == since
    assert len(room.database.decisions[order.id]) == 2


async def test_a_change_that_nobody_decided_on_makes_an_approval_no_younger() -> None:
    room = _cash_room()
    (order,) = await room.accepted()
    room.clock.advance(20)
    # As at a split, which restates what waits to be sent.
    await room.context.move(
        order, lambda now, when: Move(order=replace(now, updated_at=when.at), events=())
    )
    _restrict(room, "AAPL")
    await room.run_dispatch.round()
    after = await room.now(order)
    assert (after.state, room.broker.count("submit")) == (_S.CANCELED, 0)


async def _held_and_leaving(room: Room) -> tuple[Order]:
    held = await room.sent(builders.terms(symbol="MSFT"))
    fill = report_of(held, ReportKind.FILL, fill=venue_fill(10))
    await room.apply(tenant_id=room.tenant_id, account_id=room.account_id, report=fill, heard=None)
    (leaving,) = await room.accepted(builders.terms(symbol="MSFT", side=Side.SELL))
    return (leaving,)
