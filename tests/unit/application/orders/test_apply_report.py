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
from ports.accounts import BookCommit, HeardReports, Stale
from ports.broker import Report, ReportKind
from ports.storage import ConstraintBroken
from tests import builders
from tests.room import Room
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


async def _in_state(room: Room, state: OrderState) -> Order:
    """Store an order in a state, as if it had come there."""
    filled = {_S.PARTIALLY_FILLED: 3, _S.FILLED: 10}.get(state, 0)
    order = builders.order(
        room.book.account,
        state=state,
        filled_quantity=Decimal(filled),
        filled_notional=Decimal(filled * 100),
        settled_state=_S.WORKING if state in (_S.PENDING_CANCEL, _S.PENDING_UPDATE) else None,
        pending_terms=LARGER if state is _S.PENDING_UPDATE else None,
    )
    room.database.orders[order.id] = order
    room.database.client_ids[(order.account_id, order.client_order_id)] = order.id
    if not order.is_closed:
        room.database.books[room.account_id] = replace(room.book, orders={order.id: order})
    return order


async def _apply(room: Room, report: Report) -> Applied | Anomalous | TooEarly:
    return await room.apply(
        tenant_id=room.tenant_id, account_id=room.account_id, report=report, heard=None
    )


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("kind", list(MOVES))
async def test_each_report_moves_each_state_as_the_table_says(
    kind: ReportKind, state: OrderState
) -> None:
    room = Room()
    order = await _in_state(room, state)
    terms = LARGER if kind is _K.REPLACED and state is not _S.ACCEPTED else None
    report = report_of(order, kind, terms=terms, reason="because")
    assert await _apply(room, report) == Applied()
    after = await room.now(order)
    assert after.state is MOVES[kind].get(state, state)
    # Told again, it changes nothing.
    version = (await room.stored()).version
    assert await _apply(room, report) == Applied()
    assert (await room.now(order)).state is after.state
    assert (await room.stored()).version == version


@pytest.mark.parametrize("state", STATES)
async def test_a_fill_is_booked_in_every_state_that_a_venue_can_fill(state: OrderState) -> None:
    room = Room()
    order = await _in_state(room, state)
    said = await _apply(room, report_of(order, _K.FILL, fill=venue_fill(4, commission="1")))
    after = await room.now(order)
    impossible = {
        _S.REJECTED: Anomaly.FILL_AFTER_REJECTION,
        _S.DENIED: Anomaly.FILL_AFTER_REJECTION,
        _S.ACCEPTED: Anomaly.FILL_BEFORE_SEND,
    }
    if state in impossible:
        assert isinstance(said, Anomalous)
        assert said.anomaly is impossible[state]
        assert after == order
        assert room.database.fills == []
        return
    assert after.filled_quantity == order.filled_quantity + 4
    assert (await room.stored()).settled_cash == 100_000 - 401
    if state is _S.FILLED:
        assert isinstance(said, Anomalous)
        assert said.anomaly is Anomaly.OVERFILL
        return
    assert said == Applied()
    stays = (_S.PENDING_CANCEL, _S.PENDING_UPDATE, _S.CANCELED, _S.EXPIRED)
    assert after.state is (state if state in stays else _S.PARTIALLY_FILLED)


@pytest.mark.parametrize("quantity", [0, -3])
async def test_a_fill_of_nothing_or_less_is_an_anomaly(quantity: int) -> None:
    room = Room()
    order = await room.sent()
    said = await _apply(room, report_of(order, _K.FILL, fill=venue_fill(quantity)))
    assert isinstance(said, Anomalous)
    assert said.anomaly is Anomaly.IMPOSSIBLE_FILL
    assert (await room.stored()).positions == {}


async def test_a_report_of_an_order_that_is_not_ours_is_an_anomaly() -> None:
    room = Room()
    stranger = builders.order(room.book.account)
    said = await _apply(room, report_of(stranger, _K.WORKING))
    assert said == Anomalous(Anomaly.UNKNOWN_ORDER, stranger.client_order_id)


async def test_a_trade_told_again_is_booked_once() -> None:
    room = Room()
    order = await room.sent()
    report = report_of(order, _K.FILL, fill=venue_fill(4))
    for sequence in range(1, 5):
        assert await _apply(room, replace(report, sequence=sequence)) == Applied()
    assert (await room.now(order)).filled_quantity == 4
    assert len(room.database.fills) == 1


async def test_the_same_fills_in_any_order_make_the_same_book() -> None:
    trades = [venue_fill(2, price=99, trade_id="a"), venue_fill(3, price=101, trade_id="b")]
    trades.append(venue_fill(5, price=100, trade_id="c"))
    seen = set()
    for order_of_trades in permutations(trades):
        room = Room()
        order = await room.sent()
        for number, trade in enumerate(order_of_trades, start=1):
            await _apply(room, report_of(order, _K.FILL, sequence=number, fill=trade))
        after, book = await room.now(order), await room.stored()
        held = book.position("AAPL")
        seen.add((after.state, after.average_price, held.quantity, held.cost, book.settled_cash))
    assert seen == {(_S.FILLED, Decimal("100.1"), Decimal(10), Decimal(1001), Decimal(98_999))}


@pytest.mark.parametrize("seed", range(20))
async def test_fills_shuffled_repeated_and_among_other_reports_add_up(seed: int) -> None:
    chance = random.Random(seed)
    room = Room()
    order = await room.sent()
    trades = [venue_fill(1, price=90 + number, trade_id=f"t-{number}") for number in range(10)]
    reports = [report_of(order, _K.FILL, fill=trade) for trade in trades * 2]
    reports += [report_of(order, kind) for kind in (_K.WORKING, _K.WORKING, _K.CANCEL_REFUSED)]
    chance.shuffle(reports)
    for number, report in enumerate(reports, start=1):
        assert await _apply(room, replace(report, sequence=number)) == Applied()
    after = await room.now(order)
    assert (after.state, after.filled_notional) == (_S.FILLED, Decimal(945))
    assert len(room.database.fills) == 10


async def test_a_late_fill_on_a_cancelled_order_is_booked() -> None:
    room = Room()
    order = await room.sent()
    await _apply(room, report_of(order, _K.CANCELED))
    await _apply(room, report_of(order, _K.FILL, fill=venue_fill(4)))
    after = await room.now(order)
    assert (after.state, after.filled_quantity) == (_S.CANCELED, Decimal(4))
    book = await room.stored()
    assert book.position("AAPL").quantity == 4
    assert book.orders == {}


async def test_late_fills_that_race_through_two_processes_all_count() -> None:
    async def pause() -> None:
        await asyncio.sleep(0)

    room = Room(pause=pause)
    rooms = (room, room.twin(seed=2))
    order = await room.sent()
    await _apply(room, report_of(order, _K.CANCELED))
    fills = [venue_fill(1, trade_id=f"t-{number}") for number in range(10)]
    said = await asyncio.gather(
        *(
            _apply(rooms[index % 2], report_of(order, _K.FILL, fill=fill))
            for index, fill in enumerate(fills * 2)
        )
    )
    assert set(said) == {Applied()}
    after = await room.now(order)
    assert (after.filled_quantity, after.state) == (Decimal(10), _S.FILLED)
    assert (await room.stored()).position("AAPL").quantity == 10


async def test_a_fill_that_storage_refuses_is_no_booking_but_an_anomaly() -> None:
    room = Room()
    order = await room.sent()
    refusing = _Refusing(room.link)
    context = replace(room.context, book_store=BookStore(books=refusing))
    said = await ApplyReport(context=context)(
        tenant_id=room.tenant_id,
        account_id=room.account_id,
        report=report_of(order, _K.FILL, fill=venue_fill(1)),
        heard=None,
    )
    assert isinstance(said, Anomalous)
    assert said.anomaly is Anomaly.IMPOSSIBLE_FILL
    assert (await room.stored()).position("AAPL").quantity == 0


class _Refusing(MemoryAccountBooks):
    """Breaks a constraint that has nothing to do with trades booked twice."""

    async def commit(self, change: BookChange) -> BookCommit | Stale:
        raise ConstraintBroken("fills_quantity_check", constraint="fills_quantity_check")


async def test_a_report_is_stored_as_applied_with_its_change() -> None:
    room = Room()
    order = await room.sent()
    report = report_of(order, _K.CANCELED, sequence=8)
    await room.apply(tenant_id=room.tenant_id, account_id=room.account_id, report=report, heard=8)
    assert await room.books.heard(broker="paper") == HeardReports(above=frozenset({8}))


async def test_what_speaks_of_a_moment_counts_as_applied_even_when_it_changes_nothing() -> None:
    room = Room()
    order = await room.sent()
    for sequence, kind in enumerate(_K, start=1):
        if kind is _K.FILL or kind in (_K.CANCELED, _K.EXPIRED, _K.REJECTED, _K.TRIGGERED):
            continue
        terms = order.terms if kind is _K.REPLACED else None
        report = report_of(order, kind, sequence=sequence, terms=terms)
        before = await room.now(order)
        said = await room.apply(
            tenant_id=room.tenant_id, account_id=room.account_id, report=report, heard=sequence
        )
        assert (said, await room.now(order)) == (Applied(), before)
        stored = (await room.books.heard(broker="paper")).above
        # That an order works is as true later, and costs no write.
        assert (sequence in stored) is (kind is not _K.WORKING)


async def test_a_report_that_another_follower_has_applied_is_applied() -> None:
    room = Room()
    order = await room.sent()
    twin = room.twin(seed=2)
    told = [
        report_of(
            order, _K.REPLACED, sequence=sequence, terms=builders.terms(quantity=Decimal(size))
        )
        for sequence, size in ((1, 20), (2, 12))
    ]
    for report in told:
        await twin.apply(
            tenant_id=room.tenant_id,
            account_id=room.account_id,
            report=report,
            heard=report.sequence,
        )
    said = await room.apply(
        tenant_id=room.tenant_id, account_id=room.account_id, report=told[0], heard=1
    )
    assert said == Applied()
    assert (await room.now(order)).terms == told[1].terms


async def test_one_of_two_peers_that_fills_cancels_the_other_even_while_in_doubt() -> None:
    room = Room()
    stop = builders.terms(type=OrderType.STOP, limit_price=None, stop_price=Decimal(120))
    first, second = await room.accepted(builders.terms(), stop, group=GroupKind.OCO)
    await room.send(first)

    async def fill_first() -> None:
        await _apply(room, report_of(first, _K.FILL, fill=venue_fill(10)))

    # The peer's send is on its way when the first one fills.
    room.broker.after_written = fill_first
    await room.send(second)
    after = await room.now(second)
    assert after.state is _S.PENDING_CANCEL
    await room.send(second)
    assert room.broker.count("cancel") == 1


async def test_an_entry_that_fills_releases_its_exits_to_the_dispatcher() -> None:
    room = Room()
    entry, target, stop = await room.accepted(
        builders.terms(),
        builders.terms(side=Side.SELL, limit_price=Decimal(110)),
        builders.terms(
            side=Side.SELL, type=OrderType.STOP, limit_price=None, stop_price=Decimal(90)
        ),
        group=GroupKind.BRACKET,
    )
    await room.send(entry)
    await _apply(room, report_of(entry, _K.FILL, fill=venue_fill(10)))
    woken = room.woken
    assert woken > 0
    for leg in (target, stop):
        assert not (await room.now(leg)).waiting
        await room.send(leg)
        assert (await room.now(leg)).state is _S.WORKING
    await _apply(room, report_of(stop, _K.FILL, fill=venue_fill(10, price=90, trade_id="t-2")))
    assert (await room.now(target)).state is _S.PENDING_CANCEL
    assert (await room.stored()).position("AAPL").realised_pnl == -100
