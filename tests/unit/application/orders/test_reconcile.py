"""Our books and the broker's agree, or someone is told; a fill is never invented."""

import asyncio
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from application.orders.commands import ReplaceOrder
from application.orders.reconcile import IN_FLIGHT
from application.orders.replace import Replace
from application.orders.run_reconcile import LOOKS, LOOKS_MOVING, RunReconcile
from domain.orders.order import Origin
from domain.orders.states import OrderState
from ports.broker import BrokerUnavailable, BrokerUnsure, ReportKind, VenueOrder, VenueState
from tests import builders
from tests.room import Room
from tests.scripted_broker import HORIZON_S, Answer, report_of, venue_fill

_S = OrderState


async def _look(room: Room) -> list[str]:
    found = await room.reconcile(account=room.book.account, broker=room.broker)
    return [one.sentence for one in found]


def _wait(room: Room) -> None:
    room.clock.advance(IN_FLIGHT.total_seconds())


def _stranger(room: Room, **given: Any) -> VenueOrder:
    fields: dict[str, Any] = {
        "account_id": str(room.account_id),
        "client_order_id": "theirs",
        "venue_order_id": "v-theirs",
        "terms": builders.terms(),
        "state": VenueState.WORKING,
    }
    return VenueOrder(**(fields | given))


async def test_books_that_agree_are_left_alone() -> None:
    room = Room()
    order = await room.sent()
    _wait(room)
    version = (await room.stored()).version
    assert await _look(room) == []
    assert (await room.stored()).version == version
    assert (await room.now(order)).state is _S.WORKING


async def test_an_order_that_others_placed_becomes_external_and_counts() -> None:
    room = Room()
    room.broker.held["theirs"] = _stranger(
        room, state=VenueState.PARTIALLY_FILLED, fills=(venue_fill(4),)
    )
    room.broker.holding["AAPL"] = Decimal(4)
    assert await _look(room) == []
    book = await room.stored()
    (order,) = book.orders.values()
    assert (order.origin, order.state) == (Origin.EXTERNAL, _S.PARTIALLY_FILLED)
    assert order.venue_order_id == "v-theirs"
    assert book.position("AAPL").quantity == 4
    await room.cancel.one(asker=room.asker, order_id=order.id)
    await room.send(order)
    assert room.broker.count("cancel") == 1
    assert await _look(room) == []
    assert len(room.database.orders) == 1


async def test_an_order_found_by_two_at_once_is_booked_once_and_is_no_mismatch() -> None:
    room = Room()
    held = _stranger(room, state=VenueState.PARTIALLY_FILLED, fills=(venue_fill(4),))
    found = [room.adopt.adopt(account=room.book.account, held=held) for _ in range(3)]
    assert await asyncio.gather(*found) == [None] * 3
    (order,) = (await room.stored()).orders.values()
    assert order.filled_quantity == 4


async def test_another_accounts_orders_do_not_concern_us() -> None:
    room = Room()
    room.broker.held["theirs"] = _stranger(room, account_id=str(UUID(int=1)))
    assert await _look(room) == []
    assert room.database.orders == {}


async def test_what_a_lost_report_would_have_told_is_read_back() -> None:
    room = Room()
    order = await room.sent()
    room.broker.change(order.client_order_id, state=VenueState.CANCELED, fills=(venue_fill(4),))
    room.broker.holding["AAPL"] = Decimal(4)
    _wait(room)
    assert await _look(room) == []
    after = await room.now(order)
    assert (after.state, after.filled_quantity) == (_S.CANCELED, Decimal(4))
    assert (await room.stored()).position("AAPL").quantity == 4


async def test_an_open_order_that_the_broker_does_not_know_is_a_mismatch() -> None:
    room = Room()
    order = await room.sent()
    del room.broker.held[order.client_order_id]
    assert await _look(room) == []
    _wait(room)
    assert await _look(room) == [f"order {order.id}: ours working, the broker's not found"]
    # It was asked for by its id before the verdict.
    assert f"find {order.client_order_id}" in room.broker.asked
    assert (await room.now(order)).state is _S.WORKING


async def test_an_order_that_is_closed_here_and_open_there_is_a_mismatch() -> None:
    room = Room()
    order = await room.sent()
    report = report_of(order, ReportKind.CANCELED)
    await room.apply(
        tenant_id=room.tenant_id, account_id=room.account_id, report=report, heard=None
    )
    assert await _look(room) == []
    _wait(room)
    assert await _look(room) == [f"order {order.id}: ours canceled, the broker's working"]


async def test_a_fill_missed_before_the_order_closed_is_read_back_when_positions_differ() -> None:
    room = Room()
    order = await room.sent()
    await room.apply(
        tenant_id=room.tenant_id,
        account_id=room.account_id,
        report=report_of(order, ReportKind.EXPIRED),
        heard=None,
    )
    room.broker.change(order.client_order_id, state=VenueState.EXPIRED, fills=(venue_fill(4),))
    room.broker.holding["AAPL"] = Decimal(4)
    assert await _look(room) == []
    after = await room.now(order)
    assert (after.state, after.filled_quantity) == (_S.EXPIRED, Decimal(4))
    # What no order explains is no fill.
    room.broker.holding["AAPL"] = Decimal(5)
    assert await _look(room) == ["position AAPL: ours 4, the broker's 5"]


async def test_a_position_that_the_broker_books_a_moment_later_is_no_mismatch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    room = Room()
    order = await room.sent()
    report = report_of(order, ReportKind.FILL, fill=venue_fill(10))
    await room.apply(
        tenant_id=room.tenant_id, account_id=room.account_id, report=report, heard=None
    )
    room.broker.change(order.client_order_id, state=VenueState.FILLED)
    positions = room.broker.positions
    looks: list[str] = []

    async def late(*, account_id: str) -> object:
        looks.append(account_id)
        room.broker.holding["AAPL"] = Decimal(4 if len(looks) == 1 else 10)
        return await positions(account_id=account_id)

    monkeypatch.setattr(room.broker, "positions", late)
    assert await _look(room) == []
    assert len(looks) == 2


@pytest.mark.parametrize("theirs", [0, 9, -10, 11])
async def test_positions_that_differ_are_a_mismatch_and_nothing_is_booked(theirs: int) -> None:
    room = Room()
    order = await room.sent()
    report = report_of(order, ReportKind.FILL, fill=venue_fill(10))
    await room.apply(
        tenant_id=room.tenant_id, account_id=room.account_id, report=report, heard=None
    )
    room.broker.change(order.client_order_id, state=VenueState.FILLED)
    if theirs:
        room.broker.holding["AAPL"] = Decimal(theirs)
    assert await _look(room) == [f"position AAPL: ours 10, the broker's {theirs}"]
    assert (await room.stored()).position("AAPL").quantity == 10
    room.broker.holding["AAPL"] = Decimal(10)
    assert await _look(room) == []


async def test_while_a_send_is_in_doubt_positions_prove_nothing() -> None:
    room = Room()
    room.broker.script.append(Answer.LOSE_REPLY)
    (order,) = await room.accepted()
    await room.send(order)
    room.broker.holding["AAPL"] = Decimal(10)
    assert await _look(room) == []
    # Once it is parked, a position that it may explain is still a mismatch.
    del room.broker.held[order.client_order_id]
    room.clock.advance(HORIZON_S)
    await _look(room)
    assert (await room.now(order)).state is _S.PARKED
    assert await _look(room) == ["position AAPL: ours 0, the broker's 10"]


async def test_a_request_without_an_answer_is_settled() -> None:
    room = Room()
    order = await room.sent()
    await room.cancel.one(asker=room.asker, order_id=order.id)
    room.broker.script.append(Answer.LOSE_REQUEST)
    await room.send(order)
    _wait(room)
    assert await _look(room) == []
    await room.send(order)
    assert room.broker.count("cancel") == 2


@pytest.mark.parametrize("problem", [BrokerUnsure("timeout"), BrokerUnavailable("refused")])
async def test_a_read_that_failed_is_not_flat(problem: Exception) -> None:
    room = Room()
    room.broker.reads_fail = problem
    with pytest.raises(type(problem)):
        await _look(room)


class _Halts:
    """Keeps what was halted, and why."""

    def __init__(self) -> None:
        self.reasons: list[str] = []

    async def __call__(self, *, tenant_id: UUID, account_id: UUID, reason: str) -> None:
        self.reasons.append(reason)


def _running(room: Room, halts: _Halts) -> RunReconcile:
    return RunReconcile(
        broker=room.broker,
        directory=room.directory,
        reconcile=room.reconcile,
        halt=halts,
        sleeper=room.sleeper,
        on_failure=lambda _, problem: room.failures.append(problem),
    )


async def test_only_a_disagreement_that_stands_halts_the_account_and_once() -> None:
    room, halts = Room(), _Halts()
    running = _running(room, halts)
    room.broker.holding["AAPL"] = Decimal(1)
    for _ in range(LOOKS - 1):
        assert await running.round()
    del room.broker.holding["AAPL"]
    assert await running.round()
    room.broker.holding["AAPL"] = Decimal(1)
    for _ in range(LOOKS - 1):
        await running.round()
    assert halts.reasons == []
    for _ in range(3):
        await running.round()
    assert halts.reasons == ["reconciliation: position AAPL: ours 0, the broker's 1"]


async def test_a_disagreement_is_found_on_an_account_that_trades_on_between_the_looks() -> None:
    room, halts = Room(), _Halts()
    running = _running(room, halts)
    room.broker.holding["AAPL"] = Decimal(5)
    order = await room.sent(builders.terms(quantity=Decimal(100)))
    for look in range(1, LOOKS_MOVING + 4):
        done = venue_fill(1, trade_id=f"t-{look}")
        await room.apply(
            tenant_id=room.tenant_id,
            account_id=room.account_id,
            report=report_of(order, ReportKind.FILL, fill=done),
            heard=None,
        )
        room.broker.holding["AAPL"] += 1
        room.broker.change(
            order.client_order_id,
            state=VenueState.PARTIALLY_FILLED,
            fills=(*room.broker.held[order.client_order_id].fills, done),
        )
        await running.round()
        assert bool(halts.reasons) == (look >= LOOKS_MOVING)
    assert halts.reasons == ["reconciliation: position AAPL: ours 10, the broker's 15"]


async def test_a_round_that_could_not_ask_everyone_is_not_a_pass() -> None:
    room, halts = Room(), _Halts()
    running = _running(room, halts)
    room.broker.reads_fail = BrokerUnavailable("refused")
    assert not await running.round()
    assert len(room.failures) == 1
    room.broker.reads_fail = None
    assert await running.round()


async def test_a_broker_out_of_reach_is_not_asked_for_every_account_each_time() -> None:
    room = Room()
    for _ in range(4):
        other = builders.book()
        room.database.books[other.account.id] = other
    accounts = await room.directory.at_broker(broker=room.broker.traits.name)
    running = _running(room, _Halts())
    asked: list[UUID] = []
    running.on_failure = lambda account, _: asked.append(account.id)
    room.broker.reads_fail = BrokerUnavailable("refused")
    for _ in range(2):
        assert not await running.round()
    expected = [account.id for account in accounts]
    # The second time begins where the first one ended, and so all have their turn.
    assert asked == [*expected[:3], *expected[2:]]
    room.broker.reads_fail = BrokerUnsure("timeout")
    asked.clear()
    assert not await running.round()
    assert sorted(asked) == sorted(expected)
    room.broker.reads_fail = None
    assert await running.round()


async def test_an_order_at_the_broker_that_cannot_be_booked_halts_its_account_alone() -> None:
    room, halts = Room(), _Halts()
    other = builders.book()
    room.database.books[other.account.id] = other
    for account_id, name in ((room.account_id, "x" * 65), (other.account.id, "theirs")):
        room.broker.held[name] = _stranger(
            room, account_id=str(account_id), client_order_id=name, venue_order_id=name
        )
    running = _running(room, halts)
    for _ in range(LOOKS):
        assert await running.round()
    assert halts.reasons == [
        (
            f"reconciliation: order {'x' * 65}: ours not known (it cannot be booked:"
            " client_order_id: must be 1 to 64 ASCII characters), the broker's working"
        )
    ]
    assert len(room.database.books[other.account.id].orders) == 1


async def test_a_check_says_what_disagrees_or_that_nobody_could_be_asked() -> None:
    room = Room()
    running = _running(room, _Halts())
    account = room.book.account
    assert await running.check(account=account) is None
    room.broker.holding["MSFT"] = Decimal(-2)
    assert await running.check(account=account) == "position MSFT: ours 0, the broker's -2"
    room.broker.reads_fail = BrokerUnsure("timeout")
    assert await running.check(account=account) == "the broker could not be asked: timeout"


async def test_an_order_in_the_book_that_is_new_is_not_missed_yet() -> None:
    room = Room()
    (order,) = await room.accepted()
    _wait(room)
    assert await _look(room) == []
    assert (await room.now(order)).state is _S.ACCEPTED


async def test_cancels_refused_again_and_again_keep_no_replace_in_doubt() -> None:
    room = Room()
    order = await room.sent()
    replace = Replace(context=room.context, gatekeeper=room.gatekeeper)
    await replace(ReplaceOrder(asker=room.asker, order_id=order.id, quantity=Decimal(12)))
    room.broker.script.append(Answer.LOSE_REQUEST)
    await room.send(order)
    room.broker.change(order.client_order_id, state=VenueState.FILLED, fills=(venue_fill(10),))
    room.broker.holding["AAPL"] = Decimal(10)
    for _ in range(int(IN_FLIGHT.total_seconds())):
        room.clock.advance(IN_FLIGHT.total_seconds() / 5)
        await room.cancel.one(asker=room.asker, order_id=order.id)
        room.broker.script.append(Answer.REFUSE)
        await room.send(order)
        await _look(room)
    assert (await room.now(order)).state is _S.FILLED
