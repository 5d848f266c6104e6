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
from tests.rig import Rig
from tests.scripted_broker import HORIZON_S, Answer, venue_fill
from tests.unit.application.orders.trail import ada

_S = OrderState


async def _parked(rig: Rig, *, many: int = 2) -> list[Order]:
    rig.broker.script.extend([Answer.LOSE_REQUEST] * many)
    orders = [(await rig.accepted(builders.terms(symbol="MSFT")))[0] for _ in range(many)]
    for order in orders:
        await rig.send(order)
    rig.clock.advance(HORIZON_S)
    for order in orders:
        await rig.resolve(tenant_id=rig.tenant_id, order_id=order.id, broker=rig.broker)
    return [await rig.now(order) for order in orders]


def _arrived(rig: Rig, order: Order) -> None:
    rig.broker.held[order.client_order_id] = VenueOrder(
        account_id=str(rig.account_id),
        client_order_id=order.client_order_id,
        venue_order_id="v-1",
        terms=order.terms,
        state=VenueState.PARTIALLY_FILLED,
        fills=(venue_fill(3), venue_fill(1, trade_id="t-2")),
    )


async def _attest(
    rig: Rig, *ids: UUID, accounts: frozenset[UUID] | None = None, reason: str = "they said so"
) -> list[AttestedOrder]:
    attesting = AttestOrders(archive=rig.context.archive, attest=rig.attest)
    command = AttestMany(
        asker=ada(rig),
        order_ids=ids,
        outcome=AttestedOutcome.ABSENT,
        reason=reason,
        accounts=accounts,
    )
    return list(await attesting(command))


async def test_parked_orders_are_listed_with_the_brokers_own_answer() -> None:
    rig = Rig()
    lost, arrived = await _parked(rig)
    (working,) = await rig.accepted()
    _arrived(rig, arrived)
    listing = ListParked(archive=rig.context.archive, look=rig.attest.look)
    found = {
        one.id: one.answer for one in await listing(tenant_id=rig.tenant_id, filter=OrderFilter())
    }
    assert working.id not in found
    assert found[lost.id] == VenueAnswer()
    assert found[arrived.id] == VenueAnswer(
        state=VenueState.PARTIALLY_FILLED, filled=builders.decimals(4)[0], as_before=True
    )
    rig.broker.reads_fail = BrokerUnsure("timeout")
    (first, *_) = await listing(tenant_id=rig.tenant_id, filter=OrderFilter())
    assert first.answer == VenueAnswer(problem="timeout")
    assert (await rig.now(arrived)).state is _S.PARKED


async def test_many_are_settled_at_once_and_each_is_answered_for_itself() -> None:
    rig = Rig()
    lost, arrived = await _parked(rig)
    (working,) = await rig.accepted()
    _arrived(rig, arrived)
    nobody = builders.new_id()
    said = await _attest(rig, lost.id, arrived.id, working.id, nobody, lost.id)
    assert [(one.order_id, one.settling) for one in said] == [
        (lost.id, Settling.SETTLED),
        (arrived.id, Settling.REFUSED),
        (working.id, Settling.REFUSED),
        (nobody, Settling.NOT_FOUND),
    ]
    assert said[1].problem == "the broker has it: partially_filled"
    assert (await rig.now(lost)).state is _S.CANCELED
    entries = [one for one in rig.database.audit if one.action == "order.attest_absent"]
    assert [one.subject for one in entries] == [str(lost.id)]


async def test_the_same_word_again_changes_nothing() -> None:
    rig = Rig()
    (lost,) = await _parked(rig, many=1)
    await _attest(rig, lost.id)
    before = (await rig.stored()).version
    assert await _attest(rig, lost.id) == [
        AttestedOrder(order_id=lost.id, settling=Settling.WAS_SETTLED, state=_S.CANCELED)
    ]
    assert (await rig.stored()).version == before


async def test_another_account_than_the_granted_ones_is_as_good_as_none() -> None:
    rig = Rig()
    (lost,) = await _parked(rig, many=1)
    (said,) = await _attest(rig, lost.id, accounts=frozenset({builders.new_id()}))
    assert said.settling is Settling.NOT_FOUND
    assert (await rig.now(lost)).state is _S.PARKED


@pytest.mark.parametrize("many", [0, ORDERS_MAX + 1])
async def test_at_most_so_many_at_once(many: int) -> None:
    with pytest.raises(InvalidValue, match="must be 1 to"):
        await _attest(Rig(), *(builders.new_id() for _ in range(many)))


async def test_a_word_without_a_reason_settles_nothing() -> None:
    with pytest.raises(InvalidValue, match="reason"):
        await _attest(Rig(), builders.new_id(), reason="")


async def test_a_process_without_a_broker_asks_the_one_that_has_it() -> None:
    rig = Rig()
    lost, arrived = await _parked(rig)
    _arrived(rig, arrived)
    checks = MemoryBookChecks(clock=rig.clock)
    look = LookAtVenue(context=rig.context)

    async def agree(_: object) -> None:
        return None

    answering = AnswerChecks(
        directory=rig.directory,
        checks=checks,
        check=agree,
        look=LookAtOrder(archive=rig.context.archive, look=look),
        wakeup=MemoryWakeup(),
    )
    asking = AskToLook(
        checks=checks,
        ids=SeededIds(clock=rig.clock, seed=9),
        clock=rig.clock,
        sleeper=rig.sleeper,
        wake=lambda: None,
    )
    asked = asyncio.create_task(asking([lost, arrived]))
    while not asked.done():
        await asyncio.sleep(0)
        await answering.round()
        rig.clock.advance(0.1)
    assert await asked == await look([lost, arrived])

    unheard = asyncio.create_task(asking([lost]))
    for _ in range(int(TIMEOUT_S / 0.1) + 5):
        for _ in range(4):
            await asyncio.sleep(0)
        rig.clock.advance(0.1)
    assert (await unheard)[lost.id].problem == "nobody asked the broker in time"
