"""Each fact that a broker tells changes the books once, in whatever order it comes."""

import asyncio
import random
from dataclasses import replace
from decimal import Decimal
from itertools import permutations

import pytest

from adapters.memory.accounts import MemoryAccountBooks
from application.accounts.book_store import BookStore
from application.orders.apply_report import Anomalous, Anomaly, Applied, ApplyReport, TooEarly
from application.orders.commands import GroupKind
from domain.accounts.book_change import BookChange
from domain.orders.order import Order
from domain.orders.states import CLOSED, OrderState
from domain.orders.terms import OrderType, Side
from ports.accounts import BookCommit, ReportMarks, Stale
from ports.broker import Report, ReportKind
from ports.storage import ConstraintBroken
from tests import builders
from tests.rig import Rig
from tests.scripted_broker import report_of, venue_fill

_S = OrderState
_K = ReportKind

# Where each report leaves an order of each state; a state that is not named stays.
MOVES: dict[ReportKind, dict[OrderState, OrderState]] = {
    _K.WORKING: {_S.SUBMITTED: _S.WORKING, _S.UNKNOWN: _S.WORKING, _S.PARKED: _S.WORKING},
    _K.TRIGGERED: dict.fromkeys((_S.SUBMITTED, _S.WORKING, _S.UNKNOWN, _S.PARKED), _S.TRIGGERED),
    _K.CANCELED: {state: _S.CANCELED for state in _S if state not in CLOSED | {_S.INITIALIZED}},
    _K.EXPIRED: {state: _S.EXPIRED for state in _S if state not in CLOSED | {_S.INITIALIZED}},
    _K.REJECTED: {
        state: _S.REJECTED
        for state in _S
        if state not in CLOSED | {_S.INITIALIZED, _S.PARTIALLY_FILLED}
    },
    _K.CANCEL_REFUSED: {_S.PENDING_CANCEL: _S.WORKING},
    _K.REPLACE_REFUSED: {_S.PENDING_UPDATE: _S.WORKING},
    _K.REPLACED: {
        _S.SUBMITTED: _S.WORKING,
        _S.UNKNOWN: _S.WORKING,
        _S.PARKED: _S.WORKING,
        _S.PENDING_UPDATE: _S.WORKING,
    },
}
STATES = [state for state in _S if state is not _S.INITIALIZED]
LARGER = builders.terms(quantity=Decimal(20))


async def _in_state(rig: Rig, state: OrderState) -> Order:
    """Store an order in a state, as if it had come there."""
    filled = {_S.PARTIALLY_FILLED: 3, _S.FILLED: 10}.get(state, 0)
    order = builders.order(
        rig.book.account,
        state=state,
        filled_quantity=Decimal(filled),
        filled_notional=Decimal(filled * 100),
        settled_state=_S.WORKING if state in (_S.PENDING_CANCEL, _S.PENDING_UPDATE) else None,
        pending_terms=LARGER if state is _S.PENDING_UPDATE else None,
    )
    rig.database.orders[order.id] = order
    rig.database.client_ids[(order.account_id, order.client_order_id)] = order.id
    if not order.is_closed:
        rig.database.books[rig.account_id] = replace(rig.book, orders={order.id: order})
    return order


async def _apply(rig: Rig, report: Report) -> Applied | Anomalous | TooEarly:
    return await rig.apply(
        tenant_id=rig.tenant_id, account_id=rig.account_id, report=report, heard=None
    )


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("kind", list(MOVES))
async def test_each_report_moves_each_state_as_the_table_says(
    kind: ReportKind, state: OrderState
) -> None:
    rig = Rig()
    order = await _in_state(rig, state)
    terms = LARGER if kind is _K.REPLACED and state is not _S.ACCEPTED else None
    report = report_of(order, kind, terms=terms, reason="because")
    assert await _apply(rig, report) == Applied()
    after = await rig.now(order)
    assert after.state is MOVES[kind].get(state, state)
    # Told again, it changes nothing.
    version = (await rig.stored()).version
    assert await _apply(rig, report) == Applied()
    assert (await rig.now(order)).state is after.state
    assert (await rig.stored()).version == version


@pytest.mark.parametrize("state", STATES)
async def test_a_fill_is_booked_in_every_state_that_a_venue_can_fill(state: OrderState) -> None:
    rig = Rig()
    order = await _in_state(rig, state)
    said = await _apply(rig, report_of(order, _K.FILL, fill=venue_fill(4, commission="1")))
    after = await rig.now(order)
    impossible = {
        _S.REJECTED: Anomaly.FILL_AFTER_REJECTION,
        _S.DENIED: Anomaly.FILL_AFTER_REJECTION,
        _S.ACCEPTED: Anomaly.FILL_BEFORE_SEND,
    }
    if state in impossible:
        assert isinstance(said, Anomalous)
        assert said.anomaly is impossible[state]
        assert after == order
        assert rig.database.fills == []
        return
    assert after.filled_quantity == order.filled_quantity + 4
    assert (await rig.stored()).settled_cash == 100_000 - 401
    if state is _S.FILLED:
        assert isinstance(said, Anomalous)
        assert said.anomaly is Anomaly.OVERFILL
        return
    assert said == Applied()
    stays = (_S.PENDING_CANCEL, _S.PENDING_UPDATE, _S.CANCELED, _S.EXPIRED)
    assert after.state is (state if state in stays else _S.PARTIALLY_FILLED)


@pytest.mark.parametrize("quantity", [0, -3])
async def test_a_fill_of_nothing_or_less_is_an_anomaly(quantity: int) -> None:
    rig = Rig()
    order = await rig.sent()
    said = await _apply(rig, report_of(order, _K.FILL, fill=venue_fill(quantity)))
    assert isinstance(said, Anomalous)
    assert said.anomaly is Anomaly.IMPOSSIBLE_FILL
    assert (await rig.stored()).positions == {}


async def test_a_report_of_an_order_that_is_not_ours_is_an_anomaly() -> None:
    rig = Rig()
    stranger = builders.order(rig.book.account)
    said = await _apply(rig, report_of(stranger, _K.WORKING))
    assert said == Anomalous(Anomaly.UNKNOWN_ORDER, stranger.client_order_id)


async def test_a_trade_told_again_is_booked_once() -> None:
    rig = Rig()
    order = await rig.sent()
    report = report_of(order, _K.FILL, fill=venue_fill(4))
    for sequence in range(1, 5):
        assert await _apply(rig, replace(report, sequence=sequence)) == Applied()
    assert (await rig.now(order)).filled_quantity == 4
    assert len(rig.database.fills) == 1


async def test_the_same_fills_in_any_order_make_the_same_book() -> None:
    trades = [venue_fill(2, price=99, trade_id="a"), venue_fill(3, price=101, trade_id="b")]
    trades.append(venue_fill(5, price=100, trade_id="c"))
    seen = set()
    for order_of_trades in permutations(trades):
        rig = Rig()
        order = await rig.sent()
        for number, trade in enumerate(order_of_trades, start=1):
            await _apply(rig, report_of(order, _K.FILL, sequence=number, fill=trade))
        after, book = await rig.now(order), await rig.stored()
        held = book.position("AAPL")
        seen.add((after.state, after.average_price, held.quantity, held.cost, book.settled_cash))
    assert seen == {(_S.FILLED, Decimal("100.1"), Decimal(10), Decimal(1001), Decimal(98_999))}


@pytest.mark.parametrize("seed", range(20))
async def test_fills_shuffled_repeated_and_among_other_reports_add_up(seed: int) -> None:
    chance = random.Random(seed)
    rig = Rig()
    order = await rig.sent()
    trades = [venue_fill(1, price=90 + number, trade_id=f"t-{number}") for number in range(10)]
    reports = [report_of(order, _K.FILL, fill=trade) for trade in trades * 2]
    reports += [report_of(order, kind) for kind in (_K.WORKING, _K.WORKING, _K.CANCEL_REFUSED)]
    chance.shuffle(reports)
    for number, report in enumerate(reports, start=1):
        assert await _apply(rig, replace(report, sequence=number)) == Applied()
    after = await rig.now(order)
    assert (after.state, after.filled_notional) == (_S.FILLED, Decimal(945))
    assert len(rig.database.fills) == 10


async def test_a_late_fill_on_a_cancelled_order_is_booked() -> None:
    rig = Rig()
    order = await rig.sent()
    await _apply(rig, report_of(order, _K.CANCELED))
    await _apply(rig, report_of(order, _K.FILL, fill=venue_fill(4)))
    after = await rig.now(order)
    assert (after.state, after.filled_quantity) == (_S.CANCELED, Decimal(4))
    book = await rig.stored()
    assert book.position("AAPL").quantity == 4
    assert book.orders == {}


async def test_late_fills_that_race_through_two_processes_all_count() -> None:
    async def pause() -> None:
        await asyncio.sleep(0)

    rig = Rig(pause=pause)
    rigs = (rig, rig.twin(seed=2))
    order = await rig.sent()
    await _apply(rig, report_of(order, _K.CANCELED))
    fills = [venue_fill(1, trade_id=f"t-{number}") for number in range(10)]
    said = await asyncio.gather(
        *(
            _apply(rigs[index % 2], report_of(order, _K.FILL, fill=fill))
            for index, fill in enumerate(fills * 2)
        )
    )
    assert set(said) == {Applied()}
    after = await rig.now(order)
    assert (after.filled_quantity, after.state) == (Decimal(10), _S.FILLED)
    assert (await rig.stored()).position("AAPL").quantity == 10


async def test_a_fill_that_storage_refuses_is_no_booking_but_an_anomaly() -> None:
    rig = Rig()
    order = await rig.sent()
    refusing = _Refusing(rig.link)
    context = replace(rig.context, book_store=BookStore(books=refusing))
    said = await ApplyReport(context=context)(
        tenant_id=rig.tenant_id,
        account_id=rig.account_id,
        report=report_of(order, _K.FILL, fill=venue_fill(1)),
        heard=None,
    )
    assert isinstance(said, Anomalous)
    assert said.anomaly is Anomaly.IMPOSSIBLE_FILL
    assert (await rig.stored()).position("AAPL").quantity == 0


class _Refusing(MemoryAccountBooks):
    """Breaks a constraint that has nothing to do with trades booked twice."""

    async def commit(self, change: BookChange) -> BookCommit | Stale:
        raise ConstraintBroken("fills_quantity_check", constraint="fills_quantity_check")


async def test_a_report_is_stored_as_applied_with_its_change() -> None:
    rig = Rig()
    order = await rig.sent()
    report = report_of(order, _K.CANCELED, sequence=8)
    await rig.apply(tenant_id=rig.tenant_id, account_id=rig.account_id, report=report, heard=8)
    assert await rig.books.heard(broker="paper") == ReportMarks(above=frozenset({8}))


async def test_what_speaks_of_a_moment_counts_as_applied_even_when_it_changes_nothing() -> None:
    rig = Rig()
    order = await rig.sent()
    for sequence, kind in enumerate(_K, start=1):
        if kind is _K.FILL or kind in (_K.CANCELED, _K.EXPIRED, _K.REJECTED, _K.TRIGGERED):
            continue
        terms = order.terms if kind is _K.REPLACED else None
        report = report_of(order, kind, sequence=sequence, terms=terms)
        before = await rig.now(order)
        said = await rig.apply(
            tenant_id=rig.tenant_id, account_id=rig.account_id, report=report, heard=sequence
        )
        assert (said, await rig.now(order)) == (Applied(), before)
        stored = (await rig.books.heard(broker="paper")).above
        # That an order works is as true later, and costs no write.
        assert (sequence in stored) is (kind is not _K.WORKING)


async def test_a_report_that_another_follower_has_applied_is_applied() -> None:
    rig = Rig()
    order = await rig.sent()
    twin = rig.twin(seed=2)
    told = [
        report_of(
            order, _K.REPLACED, sequence=sequence, terms=builders.terms(quantity=Decimal(size))
        )
        for sequence, size in ((1, 20), (2, 12))
    ]
    for report in told:
        await twin.apply(
            tenant_id=rig.tenant_id,
            account_id=rig.account_id,
            report=report,
            heard=report.sequence,
        )
    said = await rig.apply(
        tenant_id=rig.tenant_id, account_id=rig.account_id, report=told[0], heard=1
    )
    assert said == Applied()
    assert (await rig.now(order)).terms == told[1].terms


async def test_one_of_two_peers_that_fills_cancels_the_other_even_while_in_doubt() -> None:
    rig = Rig()
    stop = builders.terms(type=OrderType.STOP, limit_price=None, stop_price=Decimal(120))
    first, second = await rig.accepted(builders.terms(), stop, group=GroupKind.OCO)
    await rig.send(first)

    async def fill_first() -> None:
        await _apply(rig, report_of(first, _K.FILL, fill=venue_fill(10)))

    # The peer's send is on its way when the first one fills.
    rig.broker.after_written = fill_first
    await rig.send(second)
    after = await rig.now(second)
    assert after.state is _S.PENDING_CANCEL
    await rig.send(second)
    assert rig.broker.count("cancel") == 1


async def test_an_entry_that_fills_releases_its_exits_to_the_dispatcher() -> None:
    rig = Rig()
    entry, target, stop = await rig.accepted(
        builders.terms(),
        builders.terms(side=Side.SELL, limit_price=Decimal(110)),
        builders.terms(
            side=Side.SELL, type=OrderType.STOP, limit_price=None, stop_price=Decimal(90)
        ),
        group=GroupKind.BRACKET,
    )
    await rig.send(entry)
    await _apply(rig, report_of(entry, _K.FILL, fill=venue_fill(10)))
    woken = rig.woken
    assert woken > 0
    for leg in (target, stop):
        assert not (await rig.now(leg)).waiting
        await rig.send(leg)
        assert (await rig.now(leg)).state is _S.WORKING
    await _apply(rig, report_of(stop, _K.FILL, fill=venue_fill(10, price=90, trade_id="t-2")))
    assert (await rig.now(target)).state is _S.PENDING_CANCEL
    assert (await rig.stored()).position("AAPL").realised_pnl == -100
