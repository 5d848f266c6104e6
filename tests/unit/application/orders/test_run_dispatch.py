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
from tests.rig import Rig
from tests.scripted_broker import Answer, ScriptedBroker, report_of, venue_fill

_S = OrderState


def _another(rig: Rig, *, broker: str = "paper", at: ScriptedBroker | None = None) -> Rig:
    """Return a room over the same database and clock, with an account of its own."""
    book: AccountBook = builders.book(builders.account(broker=broker))
    other = Rig(
        database=rig.database,
        clock=rig.clock,
        broker=at if at is not None else rig.broker,
        book=book,
        seed=len(rig.database.books) + 7,
    )
    object.__setattr__(other.context, "brokers", {**rig.context.brokers, broker: other.broker})
    object.__setattr__(rig.context, "brokers", other.context.brokers)
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


def _count(rig: Rig, state: OrderState) -> int:
    return sum(one.state is state for one in rig.database.orders.values())


def _state(rig: Rig, order: Order) -> OrderState:
    return rig.database.orders[order.id].state


async def test_a_hanging_call_holds_up_only_what_depends_on_it() -> None:
    rig = Rig()
    other = _another(rig)
    (stuck,) = await rig.accepted()
    (beside,) = await rig.accepted()
    (behind,) = await rig.accepted(builders.terms(side=Side.SELL))
    (elsewhere,) = await rig.accepted(builders.terms(symbol="MSFT", side=Side.SELL))
    (first,) = await other.accepted()
    hanging = _Hanging(rig.broker, when=lambda name: name == stuck.client_order_id)
    loop = rig.run_dispatch
    async with _running(loop):
        await _until(lambda: _state(rig, first) is _S.WORKING)
        # Also what comes in while it hangs goes out.
        (second,) = await other.accepted()
        loop.wakeup.set()
        await _until(lambda: _state(rig, second) is _S.WORKING)
        await _until(lambda: _state(rig, beside) is _S.WORKING)
        await _until(lambda: _state(rig, elsewhere) is _S.WORKING)
        # The sale of what the order may buy holds, and what came after it.
        (after,) = await rig.accepted()
        loop.wakeup.set()
        await asyncio.sleep(0.02)
        assert (_state(rig, stuck), _state(rig, behind)) == (_S.SUBMITTED, _S.ACCEPTED)
        assert _state(rig, after) is _S.ACCEPTED
        hanging.let_go.set()
        await _until(lambda: _state(rig, after) is _S.WORKING)
    asked = [name for name in rig.broker.asked if name.startswith("submit")]
    ours = [f"submit {one.client_order_id}" for one in (stuck, behind, after)]
    assert [name for name in asked if name in ours] == ours


async def test_what_leads_out_waits_for_nothing_that_opens() -> None:
    rig = Rig()
    held = await rig.sent()
    rig.broker.change(held.client_order_id, state=VenueState.FILLED)
    fill = report_of(held, ReportKind.FILL, fill=venue_fill(10))
    await rig.apply(tenant_id=rig.tenant_id, account_id=rig.account_id, report=fill, heard=None)
    resting = await rig.sent()
    stuck = {f"stuck-{place}" for place in range(3)}
    hanging = _Hanging(rig.broker, when=lambda name: name in stuck)
    for name in sorted(stuck):
        await rig.accepted(client_order_id=name)
    loop = replace(rig.run_dispatch, room=in_flight.SendLimits(accounts=1, orders=2))
    async with _running(loop):
        await _until(lambda: rig.broker.count("submit") == 2)
        await _until(lambda: _count(rig, _S.SUBMITTED) == 2)
        # All of the room for what opens is taken, and one more waits for it.
        (leaving,) = await rig.accepted(builders.terms(side=Side.SELL))
        await rig.cancel.one(asker=rig.asker, order_id=resting.id)
        loop.wakeup.set()
        await _until(lambda: _state(rig, leaving) is _S.WORKING)
        await _until(lambda: rig.broker.count("cancel") == 1)
        assert (_count(rig, _S.SUBMITTED), _count(rig, _S.ACCEPTED)) == (2, 1)
        hanging.let_go.set()


async def test_a_broker_that_hangs_takes_its_own_room_and_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(run_dispatch, "BATCH", 3)
    rig = Rig()
    slow = ScriptedBroker(name="slow")
    stuck = [_another(rig, broker="slow", at=slow) for _ in range(4)]
    for one in stuck:
        await one.accepted()
    (order,) = await rig.accepted()
    hanging = _Hanging(slow, when=lambda _: True)
    loop = replace(rig.run_dispatch, room=in_flight.SendLimits(accounts=2))
    async with _running(loop):
        await _until(lambda: _state(rig, order) is _S.WORKING)
        submitted = [one for one in rig.database.orders.values() if one.state is _S.SUBMITTED]
        assert len(submitted) == 2
        hanging.let_go.set()
        await _until(lambda: slow.count("submit") == 4)


async def test_no_more_begins_than_the_broker_takes_in_a_second() -> None:
    rig = Rig()
    rig.broker.traits = replace(rig.broker.traits, sends_per_s=10.0)
    for _ in range(12):
        await rig.accepted()
    loop = rig.run_dispatch
    await loop.round()
    assert rig.broker.count("submit") == 9
    rig.clock.advance(0.25)
    await loop.round()
    assert rig.broker.count("submit") == 11
    rig.clock.advance(1)
    await loop.round()
    assert (rig.broker.count("submit"), _count(rig, _S.WORKING)) == (12, 12)


async def test_a_call_without_an_answer_is_given_up_and_read_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(timeouts, "ANSWER_S", 0.001)
    rig = Rig()
    (order,) = await rig.accepted()
    _Hanging(rig.broker, when=lambda _: True)
    assert await rig.send(order) is SendOutcome.UNSURE
    assert _state(rig, order) is _S.UNKNOWN


async def test_orders_in_doubt_starve_neither_new_ones_nor_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(run_dispatch, "BATCH", 4)
    monkeypatch.setattr(run_dispatch, "READ_BACK", 4)
    rig = Rig()
    doubtful = []
    for _ in range(10):
        rig.broker.script.append(Answer.LOSE_REQUEST)
        (order,) = await rig.accepted()
        await rig.send(order)
        doubtful.append(order)
    other = _another(rig)
    (fresh,) = await other.accepted(builders.terms(quantity=Decimal(1)))
    loop = rig.run_dispatch
    await loop.round()
    assert _state(rig, fresh) is _S.WORKING
    for _ in range(2):
        rig.clock.advance(1)
        await loop.round()
    # Page by page every one had its turn.
    looked = {name for name in rig.broker.asked if name.startswith("find")}
    assert looked == {f"find {order.client_order_id}" for order in doubtful}
    # And not at every wake-up.
    await loop.round()
    assert rig.broker.count("find") == 10


async def test_an_account_with_many_orders_does_not_keep_others_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(run_dispatch, "BATCH", 1)
    rig = Rig()
    flood = [(await rig.accepted())[0] for _ in range(8)]
    other = _another(rig)
    (order,) = await other.accepted()
    hanging = _Hanging(rig.broker, when=lambda name: name == flood[0].client_order_id)
    loop = replace(rig.run_dispatch, room=in_flight.SendLimits(orders=1))
    async with _running(loop):
        await _until(lambda: _state(rig, order) is _S.WORKING)
        hanging.let_go.set()
        await _until(lambda: all(_state(rig, one) is _S.WORKING for one in flood))
    sent = [name for name in rig.broker.asked if name.startswith("submit")]
    of_flood = [f"submit {one.client_order_id}" for one in flood]
    assert [name for name in sent if name in of_flood] == of_flood


async def test_an_order_that_fails_by_itself_is_not_tried_over_and_over() -> None:
    rig = Rig()
    (odd,) = await rig.accepted()
    (even,) = await rig.accepted(builders.terms(side=Side.SELL))
    rig.database.decisions[odd.id].clear()
    loop = rig.run_dispatch
    await loop.round()
    # What came after it does not wait for it.
    assert (_state(rig, odd), _state(rig, even)) == (_S.ACCEPTED, _S.WORKING)
    assert len(rig.failures) == 1
    await loop.round()
    assert len(rig.failures) == 1
    rig.clock.advance(run_dispatch.REST_S + 0.1)
    await loop.round()
    assert len(rig.failures) == 2


async def test_finishing_waits_for_the_send_in_hand_and_begins_no_other() -> None:
    rig = Rig()
    first = (await rig.accepted())[0]
    second = (await rig.accepted(builders.terms(side=Side.SELL)))[0]
    hanging = _Hanging(rig.broker, when=lambda name: name == first.client_order_id)
    loop = rig.run_dispatch
    running = asyncio.create_task(loop())
    await _until(lambda: _state(rig, first) is _S.SUBMITTED)
    loop.finish()
    await asyncio.sleep(0.01)
    assert not running.done()
    hanging.let_go.set()
    await running
    assert (_state(rig, first), _state(rig, second)) == (_S.WORKING, _S.ACCEPTED)


async def test_an_account_at_an_unknown_broker_keeps_no_other_from_being_sent() -> None:
    rig = Rig()
    lost = _another(rig, broker="gone")
    (stuck,) = await lost.accepted()
    (order,) = await rig.accepted()
    for context in (rig.context, lost.context):
        object.__setattr__(context, "brokers", {"paper": rig.broker})
    await rig.run_dispatch.round()
    assert (_state(rig, stuck), _state(rig, order)) == (_S.ACCEPTED, _S.WORKING)
    assert [str(one) for one in rig.failures] == ["no broker called gone is set here"]
