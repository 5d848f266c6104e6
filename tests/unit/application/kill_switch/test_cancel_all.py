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
from tests.rig import Rig
from tests.scripted_broker import Answer, ScriptedBroker, report_of, venue_fill


def _rigs() -> tuple[Rig, Rig]:
    """Return two accounts of one tenant at a broker that cancels all by one request."""
    broker = ScriptedBroker()
    broker.traits = replace(broker.traits, cancel_all=True)
    rig = Rig(broker=broker)
    account = builders.account(tenant_id=rig.tenant_id)
    other = Rig(
        database=rig.database,
        clock=rig.clock,
        broker=broker,
        book=builders.book(account),
        seed=9,
    )
    return rig, other


async def _kill(rig: Rig, **given: Any) -> Latch:
    done = await rig.activate(
        ActivateKill(tenant_id=rig.tenant_id, actor="user:test", reason="a test", **given)
    )
    assert isinstance(done, Activated)
    return done.latch


def _finish(rig: Rig) -> FinishKill:
    return FinishKill(
        context=rig.kill_context,
        directory=rig.directory,
        cancel=rig.cancel,
        flatten=rig.flatten,
        wakeup=rig.run_dispatch.wakeup,
        on_failure=lambda _, problem: rig.failures.append(problem),
    )


async def _venue(rig: Rig, latch: Latch) -> LatchVenue:
    (venue,) = await rig.latches.venues(tenant_id=rig.tenant_id, latch_ids=[latch.id])
    return venue


async def _told(rig: Rig, order: Order, kind: ReportKind, **given: Any) -> None:
    report = replace(report_of(order, kind), **given)
    await rig.apply(tenant_id=rig.tenant_id, account_id=rig.account_id, report=report, heard=None)


async def test_all_accounts_are_cancelled_by_one_request_and_read_once_each() -> None:
    rig, other = _rigs()
    orders = [await one.sent() for one in (rig, rig, other)]
    latch = await _kill(rig)
    finish = _finish(rig)
    read = rig.broker.open_orders

    async def slowly(*, account_id: str) -> Sequence[VenueOrder]:
        rig.clock.advance(0.125)
        return await read(account_id=account_id)

    rig.broker.open_orders = slowly  # type: ignore[method-assign]  # a round trip
    await finish.round()
    assert [one for one in rig.broker.asked if one != "submit"].count("cancel_all *") == 1
    assert (rig.broker.count("open_orders"), rig.broker.count("cancel")) == (2, 0)
    venue = await _venue(rig, latch)
    assert venue.round_trip_ms == Decimal("125.000")
    # The venue's own reading shows nothing; our books have yet to hear of it.
    assert venue.acknowledged_at is not None
    assert venue.broker_confirmed_at is not None
    assert venue.canceled_at is None
    for owner, order in zip((rig, rig, other), orders, strict=True):
        await _told(owner, order, ReportKind.CANCELED)
    await finish.round()
    stored = rig.database.latches[latch.id]
    assert (stored.canceled_at is not None, stored.orders_cancelled) == (True, 3)
    assert (await _venue(rig, latch)).canceled_at is not None
    assert rig.broker.count("cancel_all") == 1


async def test_what_one_request_missed_is_asked_for_by_itself() -> None:
    rig, _ = _rigs()
    order = await rig.sent()
    rig.broker.script.append(Answer.REFUSE)
    latch = await _kill(rig)
    finish = _finish(rig)
    await finish.round()
    assert (await rig.now(order)).state is OrderState.PENDING_CANCEL
    assert (await _venue(rig, latch)).broker_confirmed_at is None


@pytest.mark.parametrize("answer", [Answer.UNAVAILABLE, Answer.REFUSE])
async def test_where_the_one_request_fails_it_goes_order_by_order_at_once(answer: Answer) -> None:
    rig, _ = _rigs()
    order = await rig.sent()
    rig.broker.script.append(answer)
    await _kill(rig)
    finish = _finish(rig)
    await finish.round()
    assert (await rig.now(order)).state is OrderState.PENDING_CANCEL
    await finish.round()
    assert rig.broker.count("cancel_all") == 1


async def test_a_one_request_that_fails_unheard_of_leaves_no_order_unasked() -> None:
    rig, _ = _rigs()
    order = await rig.sent()

    async def broken(**_: Any) -> Acknowledged | Refused:
        raise KeyError("result")

    rig.broker.cancel_all = broken  # type: ignore[method-assign]  # a reply that cannot be read
    await _kill(rig)
    await _finish(rig).round()
    assert (await rig.now(order)).state is OrderState.PENDING_CANCEL
    assert rig.failures == []


async def test_reports_that_do_not_come_are_not_waited_for_for_ever() -> None:
    rig, _ = _rigs()
    order = await rig.sent()
    await _kill(rig)
    finish = _finish(rig)
    await finish.round()
    assert (await rig.now(order)).state is OrderState.WORKING
    rig.clock.advance(REPORTS_S)
    await finish.round()
    assert (await rig.now(order)).state is OrderState.PENDING_CANCEL


async def test_what_closes_a_position_is_not_cancelled_with_the_others() -> None:
    rig, _ = _rigs()
    rig.broker.holding["AAPL"] = Decimal(7)
    await _kill(rig, flatten=True)
    finish = _finish(rig)
    for _ in range(2):
        await finish.round()
    (closing,) = (await rig.stored()).orders.values()
    await rig.send(closing)
    await _kill(rig)
    await _finish(rig).round()
    assert rig.broker.count("cancel_all") == 0
    assert rig.broker.held[closing.client_order_id].state is VenueState.WORKING


async def test_a_symbol_is_asked_for_by_its_name_and_a_strategy_order_by_order() -> None:
    rig, _ = _rigs()
    await rig.sent()
    await _kill(rig, symbol="AAPL")
    await _finish(rig).round()
    assert rig.broker.asked.count("cancel_all AAPL") == 1
    rig, _ = _rigs()
    await rig.sent()
    latch = await _kill(rig, strategy_id="none of it")
    await _finish(rig).round()
    assert rig.broker.count("cancel_all") == 0
    assert rig.database.latches[latch.id].canceled_at is not None
    assert rig.database.latches[latch.id].orders_cancelled == 0


async def test_at_reducing_an_exit_rests_on_and_an_entry_is_taken_back() -> None:
    rig, _ = _rigs()
    entry = await rig.sent()
    await _told(rig, entry, ReportKind.FILL, fill=venue_fill(10))
    rig.broker.change(entry.client_order_id, state=VenueState.FILLED)
    rig.broker.holding["AAPL"] = Decimal(10)
    leaving = await rig.sent(builders.terms(side=Side.SELL, limit_price=Decimal(200)))
    opening = await rig.sent()
    latch = await _kill(rig, level=Level.REDUCING)
    finish = _finish(rig)
    await finish.round()
    assert (await rig.now(leaving)).state is OrderState.WORKING
    assert (await rig.now(opening)).state is OrderState.PENDING_CANCEL
    assert rig.broker.count("cancel_all") == 0
    await rig.send(opening)
    await _told(rig, opening, ReportKind.CANCELED)
    await finish.round()
    assert rig.database.latches[latch.id].canceled_at is not None
    assert (await rig.now(leaving)).state is OrderState.WORKING


async def test_at_reducing_what_was_let_in_before_leaves_only_if_it_reduces() -> None:
    rig, _ = _rigs()
    entry = await rig.sent()
    await _told(rig, entry, ReportKind.FILL, fill=venue_fill(10))
    exits = builders.terms(side=Side.SELL, type=OrderType.MARKET)
    (leaving,), (opening,) = await rig.accepted(exits), await rig.accepted()
    await _kill(rig, level=Level.REDUCING)
    await rig.send(leaving)
    await rig.send(opening)
    assert (await rig.now(leaving)).state is OrderState.WORKING
    assert (await rig.now(opening)).state is OrderState.CANCELED


async def test_of_brokers_that_others_work_at_it_waits_for_the_word_that_is_stored() -> None:
    rig, _ = _rigs()
    elsewhere = builders.book(builders.account(tenant_id=rig.tenant_id, broker="second"))
    rig.database.books[elsewhere.account.id] = elsewhere
    latch = await _kill(rig)
    finish = replace(_finish(rig), mine="paper".__eq__)
    await finish.round()
    assert rig.failures == []
    assert rig.database.latches[latch.id].canceled_at is None
    await rig.latches.reach(
        LatchVenue(
            latch_id=latch.id,
            tenant_id=rig.tenant_id,
            broker="second",
            canceled_at=rig.clock.now(),
        )
    )
    await finish.round()
    assert rig.database.latches[latch.id].canceled_at is not None


async def test_why_a_venue_cannot_be_worked_at_is_kept_until_it_can() -> None:
    rig, _ = _rigs()
    latch = await _kill(rig)
    rig.broker.reads_fail = BrokerUnavailable("it is away")
    finish = _finish(rig)
    await finish.round()
    assert (await _venue(rig, latch)).problem == "it is away"
    rig.broker.reads_fail = None
    await finish.round()
    assert (await _venue(rig, latch)).problem == ""
