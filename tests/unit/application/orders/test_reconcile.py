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
from tests.rig import Rig
from tests.scripted_broker import HORIZON_S, Answer, report_of, venue_fill

_S = OrderState


async def _look(rig: Rig) -> list[str]:
    found = await rig.reconcile(account=rig.book.account, broker=rig.broker)
    return [one.sentence for one in found]


def _wait(rig: Rig) -> None:
    rig.clock.advance(IN_FLIGHT.total_seconds())


def _stranger(rig: Rig, **given: Any) -> VenueOrder:
    fields: dict[str, Any] = {
        "account_id": str(rig.account_id),
        "client_order_id": "theirs",
        "venue_order_id": "v-theirs",
        "terms": builders.terms(),
        "state": VenueState.WORKING,
    }
    return VenueOrder(**(fields | given))


async def test_books_that_agree_are_left_alone() -> None:
    rig = Rig()
    order = await rig.sent()
    _wait(rig)
    version = (await rig.stored()).version
    assert await _look(rig) == []
    assert (await rig.stored()).version == version
    assert (await rig.now(order)).state is _S.WORKING


async def test_an_order_that_others_placed_becomes_external_and_counts() -> None:
    rig = Rig()
    rig.broker.held["theirs"] = _stranger(
        rig, state=VenueState.PARTIALLY_FILLED, fills=(venue_fill(4),)
    )
    rig.broker.holding["AAPL"] = Decimal(4)
    assert await _look(rig) == []
    book = await rig.stored()
    (order,) = book.orders.values()
    assert (order.origin, order.state) == (Origin.EXTERNAL, _S.PARTIALLY_FILLED)
    assert order.venue_order_id == "v-theirs"
    assert book.position("AAPL").quantity == 4
    await rig.cancel.one(asker=rig.asker, order_id=order.id)
    await rig.send(order)
    assert rig.broker.count("cancel") == 1
    assert await _look(rig) == []
    assert len(rig.database.orders) == 1


async def test_an_order_found_by_two_at_once_is_booked_once_and_is_no_mismatch() -> None:
    rig = Rig()
    held = _stranger(rig, state=VenueState.PARTIALLY_FILLED, fills=(venue_fill(4),))
    found = [rig.adopt.adopt(account=rig.book.account, held=held) for _ in range(3)]
    assert await asyncio.gather(*found) == [None] * 3
    (order,) = (await rig.stored()).orders.values()
    assert order.filled_quantity == 4


async def test_another_accounts_orders_do_not_concern_us() -> None:
    rig = Rig()
    rig.broker.held["theirs"] = _stranger(rig, account_id=str(UUID(int=1)))
    assert await _look(rig) == []
    assert rig.database.orders == {}


async def test_what_a_lost_report_would_have_told_is_read_back() -> None:
    rig = Rig()
    order = await rig.sent()
    rig.broker.change(order.client_order_id, state=VenueState.CANCELED, fills=(venue_fill(4),))
    rig.broker.holding["AAPL"] = Decimal(4)
    _wait(rig)
    assert await _look(rig) == []
    after = await rig.now(order)
    assert (after.state, after.filled_quantity) == (_S.CANCELED, Decimal(4))
    assert (await rig.stored()).position("AAPL").quantity == 4


async def test_an_open_order_that_the_broker_does_not_know_is_a_mismatch() -> None:
    rig = Rig()
    order = await rig.sent()
    del rig.broker.held[order.client_order_id]
    assert await _look(rig) == []
    _wait(rig)
    assert await _look(rig) == [f"order {order.id}: ours working, the broker's not found"]
    # It was asked for by its id before the verdict.
    assert f"find {order.client_order_id}" in rig.broker.asked
    assert (await rig.now(order)).state is _S.WORKING


async def test_an_order_that_is_closed_here_and_open_there_is_a_mismatch() -> None:
    rig = Rig()
    order = await rig.sent()
    report = report_of(order, ReportKind.CANCELED)
    await rig.apply(tenant_id=rig.tenant_id, account_id=rig.account_id, report=report, heard=None)
    assert await _look(rig) == []
    _wait(rig)
    assert await _look(rig) == [f"order {order.id}: ours canceled, the broker's working"]


async def test_a_fill_missed_before_the_order_closed_is_read_back_when_positions_differ() -> None:
    rig = Rig()
    order = await rig.sent()
    await rig.apply(
        tenant_id=rig.tenant_id,
        account_id=rig.account_id,
        report=report_of(order, ReportKind.EXPIRED),
        heard=None,
    )
    rig.broker.change(order.client_order_id, state=VenueState.EXPIRED, fills=(venue_fill(4),))
    rig.broker.holding["AAPL"] = Decimal(4)
    assert await _look(rig) == []
    after = await rig.now(order)
    assert (after.state, after.filled_quantity) == (_S.EXPIRED, Decimal(4))
    # What no order explains is no fill.
    rig.broker.holding["AAPL"] = Decimal(5)
    assert await _look(rig) == ["position AAPL: ours 4, the broker's 5"]


async def test_a_position_that_the_broker_books_a_moment_later_is_no_mismatch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rig = Rig()
    order = await rig.sent()
    report = report_of(order, ReportKind.FILL, fill=venue_fill(10))
    await rig.apply(tenant_id=rig.tenant_id, account_id=rig.account_id, report=report, heard=None)
    rig.broker.change(order.client_order_id, state=VenueState.FILLED)
    positions = rig.broker.positions
    looks: list[str] = []

    async def late(*, account_id: str) -> object:
        looks.append(account_id)
        rig.broker.holding["AAPL"] = Decimal(4 if len(looks) == 1 else 10)
        return await positions(account_id=account_id)

    monkeypatch.setattr(rig.broker, "positions", late)
    assert await _look(rig) == []
    assert len(looks) == 2


@pytest.mark.parametrize("theirs", [0, 9, -10, 11])
async def test_positions_that_differ_are_a_mismatch_and_nothing_is_booked(theirs: int) -> None:
    rig = Rig()
    order = await rig.sent()
    report = report_of(order, ReportKind.FILL, fill=venue_fill(10))
    await rig.apply(tenant_id=rig.tenant_id, account_id=rig.account_id, report=report, heard=None)
    rig.broker.change(order.client_order_id, state=VenueState.FILLED)
    if theirs:
        rig.broker.holding["AAPL"] = Decimal(theirs)
    assert await _look(rig) == [f"position AAPL: ours 10, the broker's {theirs}"]
    assert (await rig.stored()).position("AAPL").quantity == 10
    rig.broker.holding["AAPL"] = Decimal(10)
    assert await _look(rig) == []


async def test_while_a_send_is_in_doubt_positions_prove_nothing() -> None:
    rig = Rig()
    rig.broker.script.append(Answer.LOSE_REPLY)
    (order,) = await rig.accepted()
    await rig.send(order)
    rig.broker.holding["AAPL"] = Decimal(10)
    assert await _look(rig) == []
    # Once it is parked, a position that it may explain is still a mismatch.
    del rig.broker.held[order.client_order_id]
    rig.clock.advance(HORIZON_S)
    await _look(rig)
    assert (await rig.now(order)).state is _S.PARKED
    assert await _look(rig) == ["position AAPL: ours 0, the broker's 10"]


async def test_a_request_without_an_answer_is_settled() -> None:
    rig = Rig()
    order = await rig.sent()
    await rig.cancel.one(asker=rig.asker, order_id=order.id)
    rig.broker.script.append(Answer.LOSE_REQUEST)
    await rig.send(order)
    _wait(rig)
    assert await _look(rig) == []
    await rig.send(order)
    assert rig.broker.count("cancel") == 2


@pytest.mark.parametrize("problem", [BrokerUnsure("timeout"), BrokerUnavailable("refused")])
async def test_a_read_that_failed_is_not_flat(problem: Exception) -> None:
    rig = Rig()
    rig.broker.reads_fail = problem
    with pytest.raises(type(problem)):
        await _look(rig)


class _Halts:
    """Keeps what was halted, and why."""

    def __init__(self) -> None:
        self.reasons: list[str] = []

    async def __call__(self, *, tenant_id: UUID, account_id: UUID, reason: str) -> None:
        self.reasons.append(reason)


def _running(rig: Rig, halts: _Halts) -> RunReconcile:
    return RunReconcile(
        broker=rig.broker,
        directory=rig.directory,
        reconcile=rig.reconcile,
        halt=halts,
        sleeper=rig.sleeper,
        on_failure=lambda _, problem: rig.failures.append(problem),
    )


async def test_only_a_disagreement_that_stands_halts_the_account_and_once() -> None:
    rig, halts = Rig(), _Halts()
    running = _running(rig, halts)
    rig.broker.holding["AAPL"] = Decimal(1)
    for _ in range(LOOKS - 1):
        assert await running.round()
    del rig.broker.holding["AAPL"]
    assert await running.round()
    rig.broker.holding["AAPL"] = Decimal(1)
    for _ in range(LOOKS - 1):
        await running.round()
    assert halts.reasons == []
    for _ in range(3):
        await running.round()
    assert halts.reasons == ["reconciliation: position AAPL: ours 0, the broker's 1"]


async def test_a_disagreement_is_found_on_an_account_that_trades_on_between_the_looks() -> None:
    rig, halts = Rig(), _Halts()
    running = _running(rig, halts)
    rig.broker.holding["AAPL"] = Decimal(5)
    order = await rig.sent(builders.terms(quantity=Decimal(100)))
    for look in range(1, LOOKS_MOVING + 4):
        done = venue_fill(1, trade_id=f"t-{look}")
        await rig.apply(
            tenant_id=rig.tenant_id,
            account_id=rig.account_id,
            report=report_of(order, ReportKind.FILL, fill=done),
            heard=None,
        )
        rig.broker.holding["AAPL"] += 1
        rig.broker.change(
            order.client_order_id,
            state=VenueState.PARTIALLY_FILLED,
            fills=(*rig.broker.held[order.client_order_id].fills, done),
        )
        await running.round()
        assert bool(halts.reasons) == (look >= LOOKS_MOVING)
    assert halts.reasons == ["reconciliation: position AAPL: ours 10, the broker's 15"]


async def test_a_round_that_could_not_ask_everyone_is_not_a_pass() -> None:
    rig, halts = Rig(), _Halts()
    running = _running(rig, halts)
    rig.broker.reads_fail = BrokerUnavailable("refused")
    assert not await running.round()
    assert len(rig.failures) == 1
    rig.broker.reads_fail = None
    assert await running.round()


async def test_a_broker_out_of_reach_is_not_asked_for_every_account_each_time() -> None:
    rig = Rig()
    for _ in range(4):
        other = builders.book()
        rig.database.books[other.account.id] = other
    accounts = await rig.directory.at_broker(broker=rig.broker.traits.name)
    running = _running(rig, _Halts())
    asked: list[UUID] = []
    running.on_failure = lambda account, _: asked.append(account.id)
    rig.broker.reads_fail = BrokerUnavailable("refused")
    for _ in range(2):
        assert not await running.round()
    expected = [account.id for account in accounts]
    # The second time begins where the first one ended, and so all have their turn.
    assert asked == [*expected[:3], *expected[2:]]
    rig.broker.reads_fail = BrokerUnsure("timeout")
    asked.clear()
    assert not await running.round()
    assert sorted(asked) == sorted(expected)
    rig.broker.reads_fail = None
    assert await running.round()


async def test_an_order_at_the_broker_that_cannot_be_booked_halts_its_account_alone() -> None:
    rig, halts = Rig(), _Halts()
    other = builders.book()
    rig.database.books[other.account.id] = other
    for account_id, name in ((rig.account_id, "x" * 65), (other.account.id, "theirs")):
        rig.broker.held[name] = _stranger(
            rig, account_id=str(account_id), client_order_id=name, venue_order_id=name
        )
    running = _running(rig, halts)
    for _ in range(LOOKS):
        assert await running.round()
    assert halts.reasons == [
        (
            f"reconciliation: order {'x' * 65}: ours not known (it cannot be booked:"
            " client_order_id: must be 1 to 64 ASCII characters), the broker's working"
        )
    ]
    assert len(rig.database.books[other.account.id].orders) == 1


async def test_a_check_says_what_disagrees_or_that_nobody_could_be_asked() -> None:
    rig = Rig()
    running = _running(rig, _Halts())
    account = rig.book.account
    assert await running.check(account=account) is None
    rig.broker.holding["MSFT"] = Decimal(-2)
    assert await running.check(account=account) == "position MSFT: ours 0, the broker's -2"
    rig.broker.reads_fail = BrokerUnsure("timeout")
    assert await running.check(account=account) == "the broker could not be asked: timeout"


async def test_an_order_in_the_book_that_is_new_is_not_missed_yet() -> None:
    rig = Rig()
    (order,) = await rig.accepted()
    _wait(rig)
    assert await _look(rig) == []
    assert (await rig.now(order)).state is _S.ACCEPTED


async def test_cancels_refused_again_and_again_keep_no_replace_in_doubt() -> None:
    rig = Rig()
    order = await rig.sent()
    replace = Replace(context=rig.context, gatekeeper=rig.gatekeeper)
    await replace(ReplaceOrder(asker=rig.asker, order_id=order.id, quantity=Decimal(12)))
    rig.broker.script.append(Answer.LOSE_REQUEST)
    await rig.send(order)
    rig.broker.change(order.client_order_id, state=VenueState.FILLED, fills=(venue_fill(10),))
    rig.broker.holding["AAPL"] = Decimal(10)
    for _ in range(int(IN_FLIGHT.total_seconds())):
        rig.clock.advance(IN_FLIGHT.total_seconds() / 5)
        await rig.cancel.one(asker=rig.asker, order_id=order.id)
        rig.broker.script.append(Answer.REFUSE)
        await rig.send(order)
        await _look(rig)
    assert (await rig.now(order)).state is _S.FILLED
