"""Splits reach every account once, and executions told late are booked in their own units."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from application.accounts.keep_day import KeepDay
from application.orders.apply_report import Anomalous, Anomaly, Applied, TooEarly
from application.orders.commands import GroupKind
from application.orders.follow_reports import FollowReports
from application.orders.watermark import Watermark
from domain.market.prices import Split, SplitEffective
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.orders.terms import Side
from ports.broker import Report, ReportKind
from tests import builders
from tests.room import Room
from tests.scripted_broker import report_of, venue_fill

EFFECTIVE = builders.MARKET_AT + timedelta(days=1)
HISTORY_BEFORE = builders.MARKET_AT - timedelta(days=1)


def _keep_day(room: Room) -> KeepDay:
    return KeepDay(
        book_store=room.context.book_store,
        directory=room.directory,
        brokers=("paper",),
        view=room.market,
        instruments=room.context.instruments,
        clock=room.clock,
        market_clock=room.market,
        ids=room.context.ids,
        on_unvalued=lambda _account, _symbol: None,
    )


async def _split(room: Room, numerator: int, denominator: int) -> None:
    event = SplitEffective(
        split=Split(
            symbol="AAPL",
            ex_date=EFFECTIVE.date(),
            numerator=Decimal(numerator),
            denominator=Decimal(denominator),
        ),
        at=EFFECTIVE,
    )
    room.market.record(event)
    keep_day = _keep_day(room)
    # A restart delivers it again.
    for _ in range(2):
        await keep_day(event)


def _fill(order: Order, quantity: int, *, trade_id: str, days: float = 0) -> Report:
    done = replace(
        venue_fill(quantity, trade_id=trade_id), at=builders.MARKET_AT + timedelta(days=days)
    )
    return report_of(order, ReportKind.FILL, fill=done)


async def _apply(room: Room, report: Report) -> Applied | Anomalous | TooEarly:
    return await room.apply(
        tenant_id=room.tenant_id, account_id=room.account_id, report=report, heard=None
    )


@pytest.mark.parametrize(("ratio", "units"), [((2, 1), 20), ((1, 5), 2), ((1, 2), 5)])
@pytest.mark.parametrize("in_time", [0, 4, 10])
async def test_fills_before_a_split_are_booked_alike_whenever_they_are_told(
    ratio: tuple[int, int], units: int, in_time: int
) -> None:
    room = Room()
    order = await room.sent()
    if in_time:
        await _apply(room, _fill(order, in_time, trade_id="a"))
    await _split(room, *ratio)
    if in_time < 10:
        assert await _apply(room, _fill(order, 10 - in_time, trade_id="b")) == Applied()
    # The order keeps the units in which it was sent.
    after = await room.now(order)
    assert (after.state, after.filled_quantity) == (OrderState.FILLED, Decimal(10))
    book = await room.stored()
    ledger = await room.ledger.balances(tenant_id=room.tenant_id, account_id=room.account_id)
    assert ledger["unit:AAPL"] == book.position("AAPL").quantity
    assert ledger["cash:USD"] == book.settled_cash
    if not (in_time == 4 and ratio == (1, 5)):
        assert (book.position("AAPL").quantity, book.settled_cash) == builders.decimals(
            units, 99_000
        )


@pytest.mark.parametrize("group", [GroupKind.OTO, GroupKind.BRACKET])
async def test_what_has_not_left_at_a_split_is_sent_in_the_new_units(
    group: GroupKind,
) -> None:
    room = Room()
    sale = builders.terms(side=Side.SELL, limit_price=Decimal(110))
    exits = (sale, sale) if group is GroupKind.BRACKET else (sale,)
    entry, *children = await room.accepted(builders.terms(), *exits, group=group)
    await room.send(entry)
    await _apply(room, _fill(entry, 4, trade_id="a"))
    await _split(room, 1, 2)
    await _apply(room, report_of(await room.now(entry), ReportKind.CANCELED))
    await room.run_dispatch.round()
    await room.run_dispatch.round()
    assert (await room.stored()).position("AAPL").quantity == 2
    for child in children:
        now = await room.now(child)
        assert now.state is OrderState.WORKING
        assert (now.terms.quantity, now.terms.limit_price) == builders.decimals(2, 220)
        sent = room.broker.held[child.client_order_id].terms
        assert sent == now.terms


async def test_a_fraction_is_paid_at_the_price_of_a_new_share() -> None:
    room = Room()
    order = await room.sent()
    await _apply(room, _fill(order, 9, trade_id="a"))
    await _split(room, 1, 2)
    book = await room.stored()
    for posted in room.database.ledger[-2:]:
        assert (posted.at, posted.market_at) == (builders.AT, EFFECTIVE)
    # 4.5 new shares: the half is worth 100, as a new share is worth 200.
    assert (book.position("AAPL").quantity, book.settled_cash) == builders.decimals(4, 99_200)


async def test_what_was_bought_after_a_split_is_not_split_when_it_is_told_again() -> None:
    room = Room()
    order = await room.sent()
    await _split(room, 2, 1)
    await _apply(room, _fill(order, 10, trade_id="a", days=2))
    await _split(room, 2, 1)
    assert (await room.stored()).position("AAPL").quantity == 10


async def test_a_fill_from_before_all_known_splits_halts_the_account_and_is_not_booked() -> None:
    room = Room()
    order = await room.sent()
    report = _fill(order, 10, trade_id="a", days=-1)
    said = await _apply(room, report)
    assert isinstance(said, Anomalous)
    assert said.anomaly is Anomaly.UNITS_UNKNOWN
    assert (await room.stored()).position("AAPL").quantity == 0
    follow = FollowReports(
        broker=room.broker,
        books=room.books,
        directory=room.directory,
        apply_report=room.apply,
        adopt_external=room.adopt,
        halt=room.activate.halt_account,
        sleeper=room.sleeper,
    )
    await follow.take(report, mark=Watermark())
    (latch,) = await room.latches.engaged(tenant_id=room.tenant_id)
    assert latch.scope.account_id == room.account_id
    assert "units_unknown" in latch.reason
