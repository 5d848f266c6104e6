"""What waits is sent in turn, and neither a flood, a doubt nor a hanging call starves others."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from application.orders import in_flight, run_dispatch
from application.orders import timeouts as timeouts
from application.orders.dispatch import SendOutcome
from application.orders.run_dispatch import RunDispatch
from domain.accounts.book import AccountBook
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.orders.terms import Side
from ports.broker import ReportKind, VenueState
from tests import builders
from tests.room import Room
from tests.scripted_broker import Answer, ScriptedBroker, report_of, venue_fill

_S = OrderState


def _another(room: Room, *, broker: str = "paper", at: ScriptedBroker | None = None) -> Room:
    """Return a room over the same database and clock, with an account of its own."""
    book: AccountBook = builders.book(builders.account(broker=broker))
    other = Room(
        database=room.database,
        clock=room.clock,
        broker=at if at is not None else room.broker,
        book=book,
        seed=len(room.database.books) + 7,
    )
    object.__setattr__(other.context, "brokers", {**room.context.brokers, broker: other.broker})
    object.__setattr__(room.context, "brokers", other.context.brokers)
    return other


class _Hanging:
    """Hangs the first send of chosen orders until it is let go."""

    def __init__(self, broker: ScriptedBroker, *, when: Callable[[str], bool]) -> None:
        self.let_go = asyncio.Event()
        self._submit = broker.submit
        self._when = when
        object.__setattr__(broker, "submit", self)

    async def __call__(self, **given: Any) -> object:
        if self._when(str(given["client_order_id"])):
            given["written"]()
            await self.let_go.wait()
        return await self._submit(**given)


@asynccontextmanager
async def _running(loop: RunDispatch) -> AsyncIterator[asyncio.Task[None]]:
    running = asyncio.create_task(loop())
    try:
        yield running
    finally:
        loop.finish()
        async with asyncio.timeout(5):
            await running


async def _until(holds: Callable[[], bool]) -> None:
    for _ in range(100_000):
        if holds():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to hold")


def _count(room: Room, state: OrderState) -> int:
    return sum(one.state is state for one in room.database.orders.values())


def _state(room: Room, order: Order) -> OrderState:
    return room.database.orders[order.id].state


async def test_a_hanging_call_holds_up_only_what_depends_on_it() -> None:
    room = Room()
    other = _another(room)
    (stuck,) = await room.accepted()
    (beside,) = await room.accepted()
    (behind,) = await room.accepted(builders.terms(side=Side.SELL))
    (elsewhere,) = await room.accepted(builders.terms(symbol="MSFT", side=Side.SELL))
    (first,) = await other.accepted()
    hanging = _Hanging(room.broker, when=lambda name: name == stuck.client_order_id)
    loop = room.run_dispatch
    async with _running(loop):
        await _until(lambda: _state(room, first) is _S.WORKING)
        # Also what comes in while it hangs goes out.
        (second,) = await other.accepted()
        loop.wakeup.set()
        await _until(lambda: _state(room, second) is _S.WORKING)
        await _until(lambda: _state(room, beside) is _S.WORKING)
        await _until(lambda: _state(room, elsewhere) is _S.WORKING)
        # The sale of what the order may buy holds, and what came after it.
        (after,) = await room.accepted()
        loop.wakeup.set()
        await asyncio.sleep(0.02)
        assert (_state(room, stuck), _state(room, behind)) == (_S.SUBMITTED, _S.ACCEPTED)
        assert _state(room, after) is _S.ACCEPTED
        hanging.let_go.set()
        await _until(lambda: _state(room, after) is _S.WORKING)
    asked = [name for name in room.broker.asked if name.startswith("submit")]
    ours = [f"submit {one.client_order_id}" for one in (stuck, behind, after)]
    assert [name for name in asked if name in ours] == ours


async def test_what_leads_out_waits_for_nothing_that_opens() -> None:
    room = Room()
    held = await room.sent()
    room.broker.change(held.client_order_id, state=VenueState.FILLED)
    fill = report_of(held, ReportKind.FILL, fill=venue_fill(10))
    await room.apply(tenant_id=room.tenant_id, account_id=room.account_id, report=fill, heard=None)
    resting = await room.sent()
    stuck = {f"stuck-{place}" for place in range(3)}
    hanging = _Hanging(room.broker, when=lambda name: name in stuck)
    for name in sorted(stuck):
        await room.accepted(client_order_id=name)
    loop = replace(room.run_dispatch, room=in_flight.Room(accounts=1, orders=2))
    async with _running(loop):
        await _until(lambda: room.broker.count("submit") == 2)
        await _until(lambda: _count(room, _S.SUBMITTED) == 2)
        # All of the room for what opens is taken, and one more waits for it.
        (leaving,) = await room.accepted(builders.terms(side=Side.SELL))
        await room.cancel.one(asker=room.asker, order_id=resting.id)
        loop.wakeup.set()
        await _until(lambda: _state(room, leaving) is _S.WORKING)
        await _until(lambda: room.broker.count("cancel") == 1)
        assert (_count(room, _S.SUBMITTED), _count(room, _S.ACCEPTED)) == (2, 1)
        hanging.let_go.set()


async def test_a_broker_that_hangs_takes_its_own_room_and_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(run_dispatch, "BATCH", 3)
    room = Room()
    slow = ScriptedBroker(name="slow")
    stuck = [_another(room, broker="slow", at=slow) for _ in range(4)]
    for one in stuck:
        await one.accepted()
    (order,) = await room.accepted()
    hanging = _Hanging(slow, when=lambda _: True)
    loop = replace(room.run_dispatch, room=in_flight.Room(accounts=2))
    async with _running(loop):
        await _until(lambda: _state(room, order) is _S.WORKING)
        submitted = [one for one in room.database.orders.values() if one.state is _S.SUBMITTED]
        assert len(submitted) == 2
        hanging.let_go.set()
        await _until(lambda: slow.count("submit") == 4)


async def test_no_more_begins_than_the_broker_takes_in_a_second() -> None:
    room = Room()
    room.broker.traits = replace(room.broker.traits, sends_per_s=10.0)
    for _ in range(12):
        await room.accepted()
    loop = room.run_dispatch
    await loop.round()
    assert room.broker.count("submit") == 9
    room.clock.advance(0.25)
    await loop.round()
    assert room.broker.count("submit") == 11
    room.clock.advance(1)
    await loop.round()
    assert (room.broker.count("submit"), _count(room, _S.WORKING)) == (12, 12)


async def test_a_call_without_an_answer_is_given_up_and_read_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(timeouts, "ANSWER_S", 0.001)
    room = Room()
    (order,) = await room.accepted()
    _Hanging(room.broker, when=lambda _: True)
    assert await room.send(order) is SendOutcome.UNSURE
    assert _state(room, order) is _S.UNKNOWN


async def test_orders_in_doubt_starve_neither_new_ones_nor_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(run_dispatch, "BATCH", 4)
    monkeypatch.setattr(run_dispatch, "READ_BACK", 4)
    room = Room()
    doubtful = []
    for _ in range(10):
        room.broker.script.append(Answer.LOSE_REQUEST)
        (order,) = await room.accepted()
        await room.send(order)
        doubtful.append(order)
    other = _another(room)
    (fresh,) = await other.accepted(builders.terms(quantity=Decimal(1)))
    loop = room.run_dispatch
    await loop.round()
    assert _state(room, fresh) is _S.WORKING
    for _ in range(2):
        room.clock.advance(1)
        await loop.round()
    # Page by page every one had its turn.
    looked = {name for name in room.broker.asked if name.startswith("find")}
    assert looked == {f"find {order.client_order_id}" for order in doubtful}
    # And not at every wake-up.
    await loop.round()
    assert room.broker.count("find") == 10


async def test_an_account_with_many_orders_does_not_keep_others_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(run_dispatch, "BATCH", 1)
    room = Room()
    flood = [(await room.accepted())[0] for _ in range(8)]
    other = _another(room)
    (order,) = await other.accepted()
    hanging = _Hanging(room.broker, when=lambda name: name == flood[0].client_order_id)
    loop = replace(room.run_dispatch, room=in_flight.Room(orders=1))
    async with _running(loop):
        await _until(lambda: _state(room, order) is _S.WORKING)
        hanging.let_go.set()
        await _until(lambda: all(_state(room, one) is _S.WORKING for one in flood))
    sent = [name for name in room.broker.asked if name.startswith("submit")]
    of_flood = [f"submit {one.client_order_id}" for one in flood]
    assert [name for name in sent if name in of_flood] == of_flood


async def test_an_order_that_fails_by_itself_is_not_tried_over_and_over() -> None:
    room = Room()
    (odd,) = await room.accepted()
    (even,) = await room.accepted(builders.terms(side=Side.SELL))
    room.database.decisions[odd.id].clear()
    loop = room.run_dispatch
    await loop.round()
    # What came after it does not wait for it.
    assert (_state(room, odd), _state(room, even)) == (_S.ACCEPTED, _S.WORKING)
    assert len(room.failures) == 1
    await loop.round()
    assert len(room.failures) == 1
    room.clock.advance(run_dispatch.REST_S + 0.1)
    await loop.round()
    assert len(room.failures) == 2


async def test_finishing_waits_for_the_send_in_hand_and_begins_no_other() -> None:
    room = Room()
    first = (await room.accepted())[0]
    second = (await room.accepted(builders.terms(side=Side.SELL)))[0]
    hanging = _Hanging(room.broker, when=lambda name: name == first.client_order_id)
    loop = room.run_dispatch
    running = asyncio.create_task(loop())
    await _until(lambda: _state(room, first) is _S.SUBMITTED)
    loop.finish()
    await asyncio.sleep(0.01)
    assert not running.done()
    hanging.let_go.set()
    await running
    assert (_state(room, first), _state(room, second)) == (_S.WORKING, _S.ACCEPTED)


async def test_an_account_at_an_unknown_broker_keeps_no_other_from_being_sent() -> None:
    room = Room()
    lost = _another(room, broker="gone")
    (stuck,) = await lost.accepted()
    (order,) = await room.accepted()
    for context in (room.context, lost.context):
        object.__setattr__(context, "brokers", {"paper": room.broker})
    await room.run_dispatch.round()
    assert (_state(room, stuck), _state(room, order)) == (_S.ACCEPTED, _S.WORKING)
    assert [str(one) for one in room.failures] == ["no broker called gone is set here"]
