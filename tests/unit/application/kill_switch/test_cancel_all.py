"""Where the venue cancels all by one request, a stop is that request and one reading."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from application.kill_switch.cancel_at_venue import REPORTS_S
from application.kill_switch.commands import Activated, ActivateKill
from application.kill_switch.finish import FinishKill
from domain.kill_switch.latch import Latch, Level
from domain.kill_switch.venue import LatchVenue
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.orders.terms import OrderType, Side
from ports.broker import (
    Acknowledged,
    BrokerUnavailable,
    Refused,
    ReportKind,
    VenueOrder,
    VenueState,
)
from tests import builders
from tests.room import Room
from tests.scripted_broker import Answer, ScriptedBroker, report_of, venue_fill


def _rooms() -> tuple[Room, Room]:
    """Return two accounts of one tenant at a broker that cancels all by one request."""
    broker = ScriptedBroker()
    broker.traits = replace(broker.traits, cancel_all=True)
    room = Room(broker=broker)
    account = builders.account(tenant_id=room.tenant_id)
    other = Room(
        database=room.database,
        clock=room.clock,
        broker=broker,
        book=builders.book(account),
        seed=9,
    )
    return room, other


async def _kill(room: Room, **given: Any) -> Latch:
    done = await room.activate(
        ActivateKill(tenant_id=room.tenant_id, actor="user:test", reason="a test", **given)
    )
    assert isinstance(done, Activated)
    return done.latch


def _finish(room: Room) -> FinishKill:
    return FinishKill(
        context=room.kill_context,
        directory=room.directory,
        cancel=room.cancel,
        flatten=room.flatten,
        wakeup=room.run_dispatch.wakeup,
        on_failure=lambda _, problem: room.failures.append(problem),
    )


async def _venue(room: Room, latch: Latch) -> LatchVenue:
    (venue,) = await room.latches.venues(tenant_id=room.tenant_id, latch_ids=[latch.id])
    return venue


async def _told(room: Room, order: Order, kind: ReportKind, **given: Any) -> None:
    report = replace(report_of(order, kind), **given)
    await room.apply(
        tenant_id=room.tenant_id, account_id=room.account_id, report=report, heard=None
    )


async def test_all_accounts_are_cancelled_by_one_request_and_read_once_each() -> None:
    room, other = _rooms()
    orders = [await one.sent() for one in (room, room, other)]
    latch = await _kill(room)
    finish = _finish(room)
    read = room.broker.open_orders

    async def slowly(*, account_id: str) -> Sequence[VenueOrder]:
        room.clock.advance(0.125)
        return await read(account_id=account_id)

    room.broker.open_orders = slowly  # type: ignore[method-assign]  # a round trip
    await finish.round()
    assert [one for one in room.broker.asked if one != "submit"].count("cancel_all *") == 1
    assert (room.broker.count("open_orders"), room.broker.count("cancel")) == (2, 0)
    venue = await _venue(room, latch)
    assert venue.round_trip_ms == Decimal("125.000")
    # The venue's own reading shows nothing; our books have yet to hear of it.
    assert venue.acknowledged_at is not None
    assert venue.broker_confirmed_at is not None
    assert venue.canceled_at is None
    for owner, order in zip((room, room, other), orders, strict=True):
        await _told(owner, order, ReportKind.CANCELED)
    await finish.round()
    stored = room.database.latches[latch.id]
    assert (stored.canceled_at is not None, stored.orders_cancelled) == (True, 3)
    assert (await _venue(room, latch)).canceled_at is not None
    assert room.broker.count("cancel_all") == 1


async def test_what_one_request_missed_is_asked_for_by_itself() -> None:
    room, _ = _rooms()
    order = await room.sent()
    room.broker.script.append(Answer.REFUSE)
    latch = await _kill(room)
    finish = _finish(room)
    await finish.round()
    assert (await room.now(order)).state is OrderState.PENDING_CANCEL
    assert (await _venue(room, latch)).broker_confirmed_at is None


@pytest.mark.parametrize("answer", [Answer.UNAVAILABLE, Answer.REFUSE])
async def test_where_the_one_request_fails_it_goes_order_by_order_at_once(answer: Answer) -> None:
    room, _ = _rooms()
    order = await room.sent()
    room.broker.script.append(answer)
    await _kill(room)
    finish = _finish(room)
    await finish.round()
    assert (await room.now(order)).state is OrderState.PENDING_CANCEL
    await finish.round()
    assert room.broker.count("cancel_all") == 1


async def test_a_one_request_that_fails_unheard_of_leaves_no_order_unasked() -> None:
    room, _ = _rooms()
    order = await room.sent()

    async def broken(**_: Any) -> Acknowledged | Refused:
        raise KeyError("result")

    room.broker.cancel_all = broken  # type: ignore[method-assign]  # a reply that cannot be read
    await _kill(room)
    await _finish(room).round()
    assert (await room.now(order)).state is OrderState.PENDING_CANCEL
    assert room.failures == []


async def test_reports_that_do_not_come_are_not_waited_for_for_ever() -> None:
    room, _ = _rooms()
    order = await room.sent()
    await _kill(room)
    finish = _finish(room)
    await finish.round()
    assert (await room.now(order)).state is OrderState.WORKING
    room.clock.advance(REPORTS_S)
    await finish.round()
    assert (await room.now(order)).state is OrderState.PENDING_CANCEL


async def test_what_closes_a_position_is_not_cancelled_with_the_others() -> None:
    room, _ = _rooms()
    room.broker.holding["AAPL"] = Decimal(7)
    await _kill(room, flatten=True)
    finish = _finish(room)
    for _ in range(2):
        await finish.round()
    (closing,) = (await room.stored()).orders.values()
    await room.send(closing)
    await _kill(room)
    await _finish(room).round()
    assert room.broker.count("cancel_all") == 0
    assert room.broker.held[closing.client_order_id].state is VenueState.WORKING


async def test_a_symbol_is_asked_for_by_its_name_and_a_strategy_order_by_order() -> None:
    room, _ = _rooms()
    await room.sent()
    await _kill(room, symbol="AAPL")
    await _finish(room).round()
    assert room.broker.asked.count("cancel_all AAPL") == 1
    room, _ = _rooms()
    await room.sent()
    latch = await _kill(room, strategy_id="none of it")
    await _finish(room).round()
    assert room.broker.count("cancel_all") == 0
    assert room.database.latches[latch.id].canceled_at is not None
    assert room.database.latches[latch.id].orders_cancelled == 0


async def test_at_reducing_an_exit_rests_on_and_an_entry_is_taken_back() -> None:
    room, _ = _rooms()
    entry = await room.sent()
    await _told(room, entry, ReportKind.FILL, fill=venue_fill(10))
    room.broker.change(entry.client_order_id, state=VenueState.FILLED)
    room.broker.holding["AAPL"] = Decimal(10)
    leaving = await room.sent(builders.terms(side=Side.SELL, limit_price=Decimal(200)))
    opening = await room.sent()
    latch = await _kill(room, level=Level.REDUCING)
    finish = _finish(room)
    await finish.round()
    assert (await room.now(leaving)).state is OrderState.WORKING
    assert (await room.now(opening)).state is OrderState.PENDING_CANCEL
    assert room.broker.count("cancel_all") == 0
    await room.send(opening)
    await _told(room, opening, ReportKind.CANCELED)
    await finish.round()
    assert room.database.latches[latch.id].canceled_at is not None
    assert (await room.now(leaving)).state is OrderState.WORKING


async def test_at_reducing_what_was_let_in_before_leaves_only_if_it_reduces() -> None:
    room, _ = _rooms()
    entry = await room.sent()
    await _told(room, entry, ReportKind.FILL, fill=venue_fill(10))
    exits = builders.terms(side=Side.SELL, type=OrderType.MARKET)
    (leaving,), (opening,) = await room.accepted(exits), await room.accepted()
    await _kill(room, level=Level.REDUCING)
    await room.send(leaving)
    await room.send(opening)
    assert (await room.now(leaving)).state is OrderState.WORKING
    assert (await room.now(opening)).state is OrderState.CANCELED


async def test_of_brokers_that_others_work_at_it_waits_for_the_word_that_is_stored() -> None:
    room, _ = _rooms()
    elsewhere = builders.book(builders.account(tenant_id=room.tenant_id, broker="second"))
    room.database.books[elsewhere.account.id] = elsewhere
    latch = await _kill(room)
    finish = replace(_finish(room), mine="paper".__eq__)
    await finish.round()
    assert room.failures == []
    assert room.database.latches[latch.id].canceled_at is None
    await room.latches.reach(
        LatchVenue(
            latch_id=latch.id,
            tenant_id=room.tenant_id,
            broker="second",
            canceled_at=room.clock.now(),
        )
    )
    await finish.round()
    assert room.database.latches[latch.id].canceled_at is not None


async def test_why_a_venue_cannot_be_worked_at_is_kept_until_it_can() -> None:
    room, _ = _rooms()
    latch = await _kill(room)
    room.broker.reads_fail = BrokerUnavailable("it is away")
    finish = _finish(room)
    await finish.round()
    assert (await _venue(room, latch)).problem == "it is away"
    room.broker.reads_fail = None
    await finish.round()
    assert (await _venue(room, latch)).problem == ""
