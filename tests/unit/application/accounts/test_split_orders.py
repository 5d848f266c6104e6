"""Orders of ours are restated for a split once, wherever they are, and keep what they protect."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from application.orders.commands import GroupKind
from application.orders.dispatch import SendOutcome
from domain.accounts.positions import Position
from domain.market.prices import Split, SplitEffective
from domain.orders.order import Order
from domain.orders.splits import restated
from domain.orders.states import OrderState
from domain.orders.terms import OrderType, Side, TimeInForce
from ports.broker import ReportKind
from tests import builders
from tests.rig import Rig
from tests.scripted_broker import report_of, venue_fill
from tests.unit.application.accounts.test_keep_day import EFFECTIVE, _apply, _split

_S = OrderState
AFTER = EFFECTIVE + timedelta(hours=1)
_SALE = builders.terms(side=Side.SELL, limit_price=Decimal(110))
_STOP = builders.terms(
    side=Side.SELL, type=OrderType.STOP, limit_price=None, stop_price=Decimal(90)
)


def _of(numerator: int, denominator: int) -> Split:
    return Split(
        symbol="AAPL",
        ex_date=EFFECTIVE.date(),
        numerator=Decimal(numerator),
        denominator=Decimal(denominator),
    )


async def _told(rig: Rig, order: Order, split: Split) -> None:
    """Let the venue tell that it has restated an order."""
    now = await rig.now(order)
    instrument = rig.context.instruments.find("AAPL")
    assert instrument is not None
    after = restated(now.terms, filled=now.filled_quantity, split=split, instrument=instrument)
    assert after is not None
    report = report_of(now, ReportKind.REPLACED, terms=after.terms, reason="adjusted for it")
    await _apply(rig, replace(report, split=split, at=EFFECTIVE))


async def test_the_venues_word_is_taken_over_with_what_is_reserved() -> None:
    rig = Rig()
    order = await rig.sent(builders.terms(limit_price=Decimal(99)))
    await _told(rig, order, _of(2, 1))
    now = await rig.now(order)
    assert (now.state, now.terms.quantity, now.terms.limit_price) == (
        _S.WORKING,
        Decimal(20),
        Decimal("49.5"),
    )
    assert (now.reserved_price, now.reason) == (Decimal("49.50"), "adjusted for it")
    told = (await rig.events(order))[-1]
    assert (told.type, told.body["quantity"], told.body["reason"]) == (
        "order.replaced",
        "20",
        "adjusted for it",
    )
    version = (await rig.stored()).version
    await _told_again(rig, now, _of(2, 1))
    assert (await rig.stored()).version == version


async def _told_again(rig: Rig, order: Order, split: Split) -> None:
    report = report_of(order, ReportKind.REPLACED, terms=order.terms)
    await _apply(rig, replace(report, split=split, at=EFFECTIVE))


async def test_what_waits_for_its_entry_is_restated_with_it_and_once() -> None:
    rig = Rig()
    entry, target, stop = await rig.accepted(
        builders.terms(), _SALE, _STOP, group=GroupKind.BRACKET
    )
    await rig.send(entry)
    await _split(rig, 2, 1)
    await _split(rig, 2, 1)
    await _told(rig, entry, _of(2, 1))
    exits = [await rig.now(one) for one in (target, stop)]
    assert [one.terms.quantity for one in exits] == [20, 20]
    assert (exits[0].terms.limit_price, exits[1].terms.stop_price) == builders.decimals(55, 45)
    assert all(one.waiting and one.reason.startswith("adjusted for the 2:1") for one in exits)


async def test_the_exits_of_a_restated_entry_go_out_as_restated() -> None:
    rig = Rig()
    entry, target, stop = await rig.accepted(
        builders.terms(), _SALE, _STOP, group=GroupKind.BRACKET
    )
    await rig.send(entry)
    await _split(rig, 2, 1)
    await _told(rig, entry, _of(2, 1))
    fill = replace(venue_fill(20, price=50), at=AFTER)
    await _apply(rig, report_of(await rig.now(entry), ReportKind.FILL, fill=fill))
    await rig.run_dispatch.round()
    assert rig.failures == []
    sent = [rig.broker.held[one.client_order_id].terms for one in (target, stop)]
    assert [one.quantity for one in sent] == [20, 20]
    assert (sent[0].limit_price, sent[1].stop_price) == builders.decimals(55, 45)


@pytest.mark.parametrize("told_first", [True, False])
async def test_an_entry_that_had_filled_in_part_ends_and_its_exits_protect_that(
    told_first: bool,
) -> None:
    rig = Rig()
    entry, target, stop = await rig.accepted(
        builders.terms(), _SALE, _STOP, group=GroupKind.BRACKET
    )
    await rig.send(entry)
    await _apply(rig, report_of(await rig.now(entry), ReportKind.FILL, fill=venue_fill(4)))
    if told_first:
        await _told(rig, entry, _of(2, 1))
        await _split(rig, 2, 1)
    else:
        await _split(rig, 2, 1)
        await _told(rig, entry, _of(2, 1))
    now = await rig.now(entry)
    assert now.state is _S.PENDING_CANCEL
    assert "its exits go out for what it had filled" in now.reason
    exits = [await rig.now(one) for one in (target, stop)]
    assert [(one.waiting, one.terms.quantity) for one in exits] == [(False, Decimal(8))] * 2
    assert (exits[0].terms.limit_price, exits[1].terms.stop_price) == builders.decimals(55, 45)
    assert (await rig.stored()).position("AAPL").quantity == 8


async def test_an_exit_of_which_nothing_is_left_ends_and_says_so() -> None:
    rig = Rig()
    entry, _, stop = await rig.accepted(builders.terms(), _SALE, _STOP, group=GroupKind.BRACKET)
    await rig.send(entry)
    await _split(rig, 1, 20)
    now = await rig.now(stop)
    assert now.state is _S.CANCELED
    assert "its position is not protected by it any more" in now.reason


async def test_a_replace_that_was_asked_for_in_old_shares_is_over() -> None:
    rig = Rig()
    order = await rig.sent(builders.terms(limit_price=Decimal(99)))
    book = await rig.stored()
    asked = replace(
        book.orders[order.id],
        state=_S.PENDING_UPDATE,
        settled_state=_S.WORKING,
        pending_terms=builders.terms(limit_price=Decimal(98)),
        request_sent=True,
    )
    rig.database.books[rig.account_id] = replace(
        book, version=book.version + 1, orders={order.id: asked}
    )
    rig.database.orders[order.id] = asked
    await _told(rig, order, _of(2, 1))
    now = await rig.now(order)
    assert (now.state, now.pending_terms, now.terms.limit_price) == (
        _S.WORKING,
        None,
        Decimal("49.5"),
    )


async def test_an_unsent_order_is_restated_by_its_dispatcher_before_it_leaves() -> None:
    held = Position(symbol="AAPL", quantity=Decimal(10), cost=Decimal(1000))
    rig = Rig(book=builders.book(positions={"AAPL": held}))
    (order,) = await rig.accepted(replace(_SALE, time_in_force=TimeInForce.GTC))
    rig.market.record(SplitEffective(at=EFFECTIVE, split=_of(1, 2)))
    assert await rig.send(order) is SendOutcome.NOTHING
    now = await rig.now(order)
    assert (now.state, now.terms.quantity, now.terms.limit_price) == (
        _S.ACCEPTED,
        *builders.decimals(5, 220),
    )
    assert await rig.send(order) is SendOutcome.SENT
    assert rig.broker.held[order.client_order_id].terms == now.terms
