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
from tests.rig import Rig
from tests.scripted_broker import report_of, venue_fill

EFFECTIVE = builders.MARKET_AT + timedelta(days=1)
HISTORY_BEFORE = builders.MARKET_AT - timedelta(days=1)


def _keep_day(rig: Rig) -> KeepDay:
    return KeepDay(
        book_store=rig.context.book_store,
        directory=rig.directory,
        brokers=("paper",),
        view=rig.market,
        instruments=rig.context.instruments,
        clock=rig.clock,
        market_clock=rig.market,
        ids=rig.context.ids,
        on_unvalued=lambda _account, _symbol: None,
    )


async def _split(rig: Rig, numerator: int, denominator: int) -> None:
    event = SplitEffective(
        split=Split(
            symbol="AAPL",
            ex_date=EFFECTIVE.date(),
            numerator=Decimal(numerator),
            denominator=Decimal(denominator),
        ),
        at=EFFECTIVE,
    )
    rig.market.record(event)
    keep_day = _keep_day(rig)
    # A restart delivers it again.
    for _ in range(2):
        await keep_day(event)


def _fill(order: Order, quantity: int, *, trade_id: str, days: float = 0) -> Report:
    done = replace(
        venue_fill(quantity, trade_id=trade_id), at=builders.MARKET_AT + timedelta(days=days)
    )
    return report_of(order, ReportKind.FILL, fill=done)


async def _apply(rig: Rig, report: Report) -> Applied | Anomalous | TooEarly:
    return await rig.apply(
        tenant_id=rig.tenant_id, account_id=rig.account_id, report=report, heard=None
    )


@pytest.mark.parametrize(("ratio", "units"), [((2, 1), 20), ((1, 5), 2), ((1, 2), 5)])
@pytest.mark.parametrize("in_time", [0, 4, 10])
async def test_fills_before_a_split_are_booked_alike_whenever_they_are_told(
    ratio: tuple[int, int], units: int, in_time: int
) -> None:
    rig = Rig()
    order = await rig.sent()
    if in_time:
        await _apply(rig, _fill(order, in_time, trade_id="a"))
    await _split(rig, *ratio)
    if in_time < 10:
        assert await _apply(rig, _fill(order, 10 - in_time, trade_id="b")) == Applied()
    # The order keeps the units in which it was sent.
    after = await rig.now(order)
    assert (after.state, after.filled_quantity) == (OrderState.FILLED, Decimal(10))
    book = await rig.stored()
    ledger = await rig.ledger.balances(tenant_id=rig.tenant_id, account_id=rig.account_id)
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
    rig = Rig()
    sale = builders.terms(side=Side.SELL, limit_price=Decimal(110))
    exits = (sale, sale) if group is GroupKind.BRACKET else (sale,)
    entry, *children = await rig.accepted(builders.terms(), *exits, group=group)
    await rig.send(entry)
    await _apply(rig, _fill(entry, 4, trade_id="a"))
    await _split(rig, 1, 2)
    await _apply(rig, report_of(await rig.now(entry), ReportKind.CANCELED))
    await rig.run_dispatch.round()
    await rig.run_dispatch.round()
    assert (await rig.stored()).position("AAPL").quantity == 2
    for child in children:
        now = await rig.now(child)
        assert now.state is OrderState.WORKING
        assert (now.terms.quantity, now.terms.limit_price) == builders.decimals(2, 220)
        sent = rig.broker.held[child.client_order_id].terms
        assert sent == now.terms


async def test_a_fraction_is_paid_at_the_price_of_a_new_share() -> None:
    rig = Rig()
    order = await rig.sent()
    await _apply(rig, _fill(order, 9, trade_id="a"))
    await _split(rig, 1, 2)
    book = await rig.stored()
    for posted in rig.database.ledger[-2:]:
        assert (posted.at, posted.market_at) == (builders.AT, EFFECTIVE)
    # 4.5 new shares: the half is worth 100, as a new share is worth 200.
    assert (book.position("AAPL").quantity, book.settled_cash) == builders.decimals(4, 99_200)


async def test_what_was_bought_after_a_split_is_not_split_when_it_is_told_again() -> None:
    rig = Rig()
    order = await rig.sent()
    await _split(rig, 2, 1)
    await _apply(rig, _fill(order, 10, trade_id="a", days=2))
    await _split(rig, 2, 1)
    assert (await rig.stored()).position("AAPL").quantity == 10


async def test_a_fill_from_before_all_known_splits_halts_the_account_and_is_not_booked() -> None:
    rig = Rig()
    order = await rig.sent()
    report = _fill(order, 10, trade_id="a", days=-1)
    said = await _apply(rig, report)
    assert isinstance(said, Anomalous)
    assert said.anomaly is Anomaly.UNITS_UNKNOWN
    assert (await rig.stored()).position("AAPL").quantity == 0
    follow = FollowReports(
        broker=rig.broker,
        books=rig.books,
        directory=rig.directory,
        apply_report=rig.apply,
        adopt_external=rig.adopt,
        halt=rig.activate.halt_account,
        sleeper=rig.sleeper,
    )
    await follow.take(report, mark=Watermark())
    (latch,) = await rig.latches.engaged(tenant_id=rig.tenant_id)
    assert latch.scope.account_id == rig.account_id
    assert "units_unknown" in latch.reason
