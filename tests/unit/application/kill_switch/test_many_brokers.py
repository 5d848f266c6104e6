"""A broker that does not answer holds up its own accounts, and no other broker's."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from decimal import Decimal
from uuid import UUID

from application.kill_switch.commands import Activated, ActivateKill
from application.kill_switch.finish import FinishKill
from domain.kill_switch.latch import Latch
from domain.orders.order import Order, Origin
from domain.orders.states import OrderState
from ports.broker import BrokerUnavailable, ReportKind, VenueOrder, VenuePosition, VenueState
from tests import builders
from tests.rig import Rig
from tests.scripted_broker import ScriptedBroker, report_of

TURNS = 400


class FrozenBroker(ScriptedBroker):
    """Does not answer where it is asked what it holds, until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = asyncio.Event()

    async def positions(self, *, account_id: str) -> Sequence[VenuePosition]:
        await self.let_go.wait()
        return await super().positions(account_id=account_id)

    async def open_orders(self, *, account_id: str) -> Sequence[VenueOrder]:
        await self.let_go.wait()
        return await super().open_orders(account_id=account_id)


def rigs() -> tuple[Rig, Rig, FrozenBroker]:
    """Return one tenant's accounts at a broker that is frozen, and at one that is not."""
    frozen = FrozenBroker()
    rig = Rig(broker=frozen)
    account = builders.account(tenant_id=rig.tenant_id, broker="second")
    other = Rig(
        database=rig.database,
        clock=rig.clock,
        broker=ScriptedBroker(name="second"),
        book=builders.book(account),
        seed=9,
    )
    brokers = {"paper": frozen, "second": other.broker}
    for one in (rig, other):
        object.__setattr__(one.context, "brokers", brokers)
    return rig, other, frozen


def finisher(rig: Rig) -> FinishKill:
    return FinishKill(
        context=rig.kill_context,
        directory=rig.directory,
        cancel=rig.cancel,
        flatten=rig.flatten,
        wakeup=rig.run_dispatch.wakeup,
        on_failure=lambda _, problem: rig.failures.append(problem),
    )


async def kill(rig: Rig, *, whole: bool) -> Latch:
    done = await rig.activate(
        ActivateKill(
            tenant_id=rig.tenant_id,
            account_id=None if whole else rig.account_id,
            actor="user:test",
            reason="a test",
            flatten=True,
        )
    )
    assert isinstance(done, Activated)
    return done.latch


async def until(holds: Callable[[], bool], finish: FinishKill) -> None:
    """Let the others have their turns; a hint stands for the time that passes."""
    for _ in range(TURNS):
        if holds():
            return
        finish.wakeup.set()
        await asyncio.sleep(0)
    raise AssertionError("it did not come to hold")


def closing(rig: Rig) -> list[Decimal]:
    orders = rig.database.books[rig.account_id].orders.values()
    return [one.terms.quantity for one in orders if one.origin is Origin.KILL_SWITCH]


async def test_a_frozen_broker_holds_up_no_flattening_at_another() -> None:
    rig, other, frozen = rigs()
    frozen.holding["AAPL"] = Decimal(3)
    other.broker.holding["AAPL"] = Decimal(7)
    (waiting,) = await rig.accepted()
    latch = await kill(rig, whole=True)
    finish = finisher(rig)
    running = asyncio.create_task(finish())
    await until(lambda: bool(closing(other)), finish)
    assert (closing(other), closing(rig)) == ([Decimal(7)], [])
    assert rig.database.latches[latch.id].canceled_at is None
    # A second stop, of the account that is elsewhere, is finished meanwhile.
    (order,) = _orders(other).values()
    await other.send(order)
    report = report_of(order, ReportKind.CANCELED)
    other.broker.holding.clear()
    other.broker.change(order.client_order_id, state=VenueState.CANCELED)
    await other.apply(
        tenant_id=other.tenant_id, account_id=other.account_id, report=report, heard=None
    )
    own = await kill(other, whole=False)
    await until(lambda: rig.database.latches[own.id].flat_at is not None, finish)
    assert rig.database.latches[latch.id].canceled_at is None
    assert rig.failures == []
    # The order of the frozen broker's account was called back at once all the same.
    assert (await rig.now(waiting)).state is OrderState.CANCELED
    frozen.let_go.set()
    frozen.holding.clear()
    await until(lambda: rig.database.latches[latch.id].flat_at is not None, finish)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_a_round_goes_on_where_another_broker_cannot_be_reached() -> None:
    rig, other, frozen = rigs()
    frozen.let_go.set()
    frozen.reads_fail = BrokerUnavailable("it is away")
    other.broker.holding["AAPL"] = Decimal(7)
    latch = await kill(rig, whole=True)
    finish = finisher(rig)
    await finish.round()
    assert closing(other) == [Decimal(7)]
    assert [str(problem) for problem in rig.failures] == ["it is away"]
    # Whatever closes a position is not taken back by the stop that it is of.
    await finish.round()
    assert closing(other) == [Decimal(7)]
    assert (await other.now(next(iter(_orders(other).values())))).state is OrderState.ACCEPTED
    assert rig.database.latches[latch.id].canceled_at is None
    frozen.reads_fail = None
    await finish.round()
    stored = rig.database.latches[latch.id]
    assert (stored.canceled_at is not None, stored.flat_at) == (True, None)


def _orders(rig: Rig) -> dict[UUID, Order]:
    return dict(rig.database.books[rig.account_id].orders)
