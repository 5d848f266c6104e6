"""A flattening that waits for the open can be called off, and nothing of it leaves after."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from adapters.memory.stops import MemoryStopChannel
from application.kill_switch.commands import (
    Activated,
    ActivateKill,
    NotReconciled,
    Released,
    ReleaseKill,
)
from application.kill_switch.finish import FinishKill
from application.kill_switch.release import Release
from application.orders.dispatch import SendOutcome
from application.orders.flatten import Flatten
from domain.accounts.account import Account
from domain.kill_switch.latch import Latch
from domain.market.prices import Session
from domain.market.sessions import always_open_session
from domain.orders.order import Order
from domain.orders.states import OrderState
from tests import builders
from tests.rig import Rig
from tests.scripted_broker import Answer

_S = OrderState


class _Hours:
    """A market that a test opens and closes."""

    def __init__(self) -> None:
        self.is_open = False

    def session(self, calendar: str, *, at: datetime) -> Session:
        del calendar
        return replace(always_open_session(at=at), is_open=self.is_open)


async def _stopped(rig: Rig, hours: _Hours) -> FinishKill:
    """Ask for a flattening while the market is closed; return what works on it."""
    rig.broker.holding = {"AAPL": Decimal(10)}
    done = await rig.activate(
        ActivateKill(
            tenant_id=rig.tenant_id,
            account_id=rig.account_id,
            actor="user:test",
            reason="a test",
            flatten=True,
        )
    )
    assert isinstance(done, Activated)
    finish = FinishKill(
        context=rig.kill_context,
        directory=rig.directory,
        cancel=rig.cancel,
        flatten=Flatten(context=rig.context, calendars=hours),
        wakeup=rig.run_dispatch.wakeup,
        on_failure=lambda _, problem: rig.failures.append(problem),
    )
    await finish.round()
    return finish


async def _release(rig: Rig, *, cancel_flatten: bool = True) -> Latch | str:
    async def agree(_accounts: Sequence[Account]) -> str | None:
        return None

    release = Release(
        context=rig.kill_context,
        passcode=rig.passcode,
        directory=rig.directory,
        check_books=agree,
        cancel=rig.cancel,
        channel=MemoryStopChannel(),
    )
    said = await release(
        ReleaseKill(
            tenant_id=rig.tenant_id,
            account_id=rig.account_id,
            actor="user:boss",
            reason="keep them",
            cancel_flatten=cancel_flatten,
        )
    )
    if isinstance(said, NotReconciled):
        return said.problem
    assert isinstance(said, Released)
    return said.latches[0]


async def _closing(rig: Rig) -> Order:
    (order,) = (await rig.stored()).orders.values()
    assert order.may_pass_halt
    return order


async def test_it_is_called_off_only_by_who_says_so_and_that_is_kept() -> None:
    rig, hours = Rig(), _Hours()
    await _stopped(rig, hours)
    said = await _release(rig, cancel_flatten=False)
    assert isinstance(said, str)
    assert said.endswith("positions are still being flattened; cancel_flatten calls that off")
    latch = await _release(rig)
    assert isinstance(latch, Latch)
    assert (latch.is_engaged, latch.flatten_canceled) == (False, True)
    entry = rig.database.audit[-1]
    assert (entry.action, dict(entry.detail)["flatten_canceled"]) == ("kill_switch.release", "true")
    assert rig.database.notices[-1].body["flatten_canceled"] == "true"


async def test_at_the_open_nothing_is_closed_any_more() -> None:
    rig, hours = Rig(), _Hours()
    finish = await _stopped(rig, hours)
    await _release(rig)
    hours.is_open = True
    await finish.round()
    await rig.run_dispatch.round()
    assert rig.broker.count("submit") == 0
    assert rig.failures == []


async def test_what_waits_to_be_sent_is_cancelled_with_it() -> None:
    rig, hours = Rig(), _Hours()
    finish = await _stopped(rig, hours)
    hours.is_open = True
    await finish.round()
    order = await _closing(rig)
    assert isinstance(await _release(rig), Latch)
    assert (await rig.now(order)).state is _S.CANCELED
    await rig.run_dispatch.round()
    assert rig.broker.count("submit") == 0


async def test_while_a_closing_order_is_out_it_is_refused() -> None:
    rig, hours = Rig(), _Hours()
    finish = await _stopped(rig, hours)
    hours.is_open = True
    await finish.round()
    order = await _closing(rig)
    await rig.send(order)
    said = await _release(rig)
    assert said == (
        f"1 closing order(s) are out, the first is {order.id}: cancel them, or wait for their end"
    )
    (latch,) = await rig.latches.engaged(tenant_id=rig.tenant_id)
    assert latch.is_unfinished


async def test_one_made_by_a_process_that_saw_the_old_latch_does_not_leave() -> None:
    rig, hours = Rig(), _Hours()
    await _stopped(rig, hours)
    assert isinstance(await _release(rig), Latch)
    hours.is_open = True
    twin = rig.twin(seed=2)
    await Flatten(context=twin.context, calendars=hours)(account=rig.book.account)
    order = await _closing(rig)
    assert await twin.send(order) is SendOutcome.STOPPED
    after = await rig.now(order)
    assert (after.state, after.reason) == (_S.CANCELED, "the flattening was called off")
    assert rig.broker.count("submit") == 0


async def test_orders_that_are_still_being_cancelled_hold_the_release_up_all_the_same() -> None:
    rig, hours = Rig(), _Hours()
    await rig.sent()
    rig.broker.script.append(Answer.LOSE_REQUEST)
    await _stopped(rig, hours)
    said = await _release(rig)
    assert isinstance(said, str)
    assert said.endswith("orders are still being cancelled")


async def test_another_stop_of_the_account_lets_no_closing_order_pass() -> None:
    rig, hours = Rig(), _Hours()
    finish = await _stopped(rig, hours)
    hours.is_open = True
    await finish.round()
    order = await _closing(rig)
    (latch,) = await rig.latches.engaged(tenant_id=rig.tenant_id)
    rig.database.latches[latch.id] = replace(latch, released_at=builders.AT, released_by="x")
    await rig.activate.halt_account(
        tenant_id=rig.tenant_id, account_id=rig.account_id, reason="something else"
    )
    assert await rig.send(order) is SendOutcome.STOPPED
    assert rig.broker.count("submit") == 0
