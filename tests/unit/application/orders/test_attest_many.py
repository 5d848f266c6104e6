"""A person sees what the broker says of all that is parked, and settles it at one go."""

import asyncio
from uuid import UUID

import pytest

from adapters.memory.book_checks import MemoryBookChecks
from adapters.memory.ids import SeededIds
from adapters.memory.streams import MemoryWakeup
from application.orders.attest_many import (
    ORDERS_MAX,
    AttestedOrder,
    AttestedOutcome,
    AttestMany,
    AttestOrders,
    Settling,
)
from application.orders.list_parked import ListParked
from application.orders.look_at_venue import (
    AskToLook,
    LookAtOrder,
    LookAtVenue,
    VenueAnswer,
)
from application.orders.remote_checks import TIMEOUT_S, AnswerChecks
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.shared.values import InvalidValue
from ports.broker import BrokerUnsure, VenueOrder, VenueState
from ports.orders import OrderFilter
from tests import builders
from tests.room import Room
from tests.scripted_broker import HORIZON_S, Answer, venue_fill
from tests.unit.application.orders.trail import ada

_S = OrderState


async def _parked(room: Room, *, many: int = 2) -> list[Order]:
    room.broker.script.extend([Answer.LOSE_REQUEST] * many)
    orders = [(await room.accepted(builders.terms(symbol="MSFT")))[0] for _ in range(many)]
    for order in orders:
        await room.send(order)
    room.clock.advance(HORIZON_S)
    for order in orders:
        await room.resolve(tenant_id=room.tenant_id, order_id=order.id, broker=room.broker)
    return [await room.now(order) for order in orders]


def _arrived(room: Room, order: Order) -> None:
    room.broker.held[order.client_order_id] = VenueOrder(
        account_id=str(room.account_id),
        client_order_id=order.client_order_id,
        venue_order_id="v-1",
        terms=order.terms,
        state=VenueState.PARTIALLY_FILLED,
        fills=(venue_fill(3), venue_fill(1, trade_id="t-2")),
    )


async def _attest(
    room: Room, *ids: UUID, accounts: frozenset[UUID] | None = None, reason: str = "they said so"
) -> list[AttestedOrder]:
    attesting = AttestOrders(archive=room.context.archive, attest=room.attest)
    command = AttestMany(
        asker=ada(room),
        order_ids=ids,
        outcome=AttestedOutcome.ABSENT,
        reason=reason,
        accounts=accounts,
    )
    return list(await attesting(command))


async def test_parked_orders_are_listed_with_the_brokers_own_answer() -> None:
    room = Room()
    lost, arrived = await _parked(room)
    (working,) = await room.accepted()
    _arrived(room, arrived)
    listing = ListParked(archive=room.context.archive, look=room.attest.look)
    found = {
        one.id: one.answer for one in await listing(tenant_id=room.tenant_id, filter=OrderFilter())
    }
    assert working.id not in found
    assert found[lost.id] == VenueAnswer()
    assert found[arrived.id] == VenueAnswer(
        state=VenueState.PARTIALLY_FILLED, filled=builders.decimals(4)[0], as_before=True
    )
    room.broker.reads_fail = BrokerUnsure("timeout")
    (first, *_) = await listing(tenant_id=room.tenant_id, filter=OrderFilter())
    assert first.answer == VenueAnswer(problem="timeout")
    assert (await room.now(arrived)).state is _S.PARKED


async def test_many_are_settled_at_once_and_each_is_answered_for_itself() -> None:
    room = Room()
    lost, arrived = await _parked(room)
    (working,) = await room.accepted()
    _arrived(room, arrived)
    nobody = builders.new_id()
    said = await _attest(room, lost.id, arrived.id, working.id, nobody, lost.id)
    assert [(one.order_id, one.settling) for one in said] == [
        (lost.id, Settling.SETTLED),
        (arrived.id, Settling.REFUSED),
        (working.id, Settling.REFUSED),
        (nobody, Settling.NOT_FOUND),
    ]
    assert said[1].problem == "the broker has it: partially_filled"
    assert (await room.now(lost)).state is _S.CANCELED
    entries = [one for one in room.database.audit if one.action == "order.attest_absent"]
    assert [one.subject for one in entries] == [str(lost.id)]


async def test_the_same_word_again_changes_nothing() -> None:
    room = Room()
    (lost,) = await _parked(room, many=1)
    await _attest(room, lost.id)
    before = (await room.stored()).version
    assert await _attest(room, lost.id) == [
        AttestedOrder(order_id=lost.id, settling=Settling.WAS_SETTLED, state=_S.CANCELED)
    ]
    assert (await room.stored()).version == before


async def test_another_account_than_the_granted_ones_is_as_good_as_none() -> None:
    room = Room()
    (lost,) = await _parked(room, many=1)
    (said,) = await _attest(room, lost.id, accounts=frozenset({builders.new_id()}))
    assert said.settling is Settling.NOT_FOUND
    assert (await room.now(lost)).state is _S.PARKED


@pytest.mark.parametrize("many", [0, ORDERS_MAX + 1])
async def test_at_most_so_many_at_once(many: int) -> None:
    with pytest.raises(InvalidValue, match="must be 1 to"):
        await _attest(Room(), *(builders.new_id() for _ in range(many)))


async def test_a_word_without_a_reason_settles_nothing() -> None:
    with pytest.raises(InvalidValue, match="reason"):
        await _attest(Room(), builders.new_id(), reason="")


async def test_a_process_without_a_broker_asks_the_one_that_has_it() -> None:
    room = Room()
    lost, arrived = await _parked(room)
    _arrived(room, arrived)
    checks = MemoryBookChecks(clock=room.clock)
    look = LookAtVenue(context=room.context)

    async def agree(_: object) -> None:
        return None

    answering = AnswerChecks(
        directory=room.directory,
        checks=checks,
        check=agree,
        look=LookAtOrder(archive=room.context.archive, look=look),
        wakeup=MemoryWakeup(),
    )
    asking = AskToLook(
        checks=checks,
        ids=SeededIds(clock=room.clock, seed=9),
        clock=room.clock,
        sleeper=room.sleeper,
        wake=lambda: None,
    )
    asked = asyncio.create_task(asking([lost, arrived]))
    while not asked.done():
        await asyncio.sleep(0)
        await answering.round()
        room.clock.advance(0.1)
    assert await asked == await look([lost, arrived])

    unheard = asyncio.create_task(asking([lost]))
    for _ in range(int(TIMEOUT_S / 0.1) + 5):
        for _ in range(4):
            await asyncio.sleep(0)
        room.clock.advance(0.1)
    assert (await unheard)[lost.id].problem == "nobody asked the broker in time"
