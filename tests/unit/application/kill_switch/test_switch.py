"""Stopping is certain when it is told, finished when venues say so, and released with care."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from adapters.memory.stops import MemoryPeer, MemoryStopChannel
from application.kill_switch.commands import (
    Activated,
    ActivateKill,
    ChecklistOpen,
    NothingEngaged,
    NotReconciled,
    PasscodeRefused,
    Released,
    ReleaseKill,
    Releasing,
    SetPasscode,
)
from application.kill_switch.finish import FinishKill
from application.kill_switch.release import Release
from domain.accounts.account import Account
from domain.accounts.book_change import Halt
from domain.kill_switch.checklist import QUESTIONS
from domain.kill_switch.latch import Latch, LatchCause, Level, Scope
from domain.orders.order import Order, Origin
from domain.orders.states import OrderState
from domain.shared.values import InvalidValue
from ports.broker import BrokerUnavailable, ReportKind, VenueState
from tests import builders
from tests.room import Room
from tests.scripted_broker import HORIZON_S, Answer, report_of, venue_fill

_S = OrderState


async def _activate(room: Room, *, flatten: bool = False, whole: bool = True) -> Latch:
    done = await room.activate(
        ActivateKill(
            tenant_id=room.tenant_id,
            account_id=None if whole else room.account_id,
            actor="user:test",
            reason="a test",
            flatten=flatten,
        )
    )
    assert isinstance(done, Activated)
    return done.latch


async def _release(
    room: Room,
    *,
    whole: bool = True,
    problem: str | None = None,
    passcode: str | None = None,
    cancel_flatten: bool = False,
    broker: str | None = None,
    reason: str = "all is well",
    to: Level | None = None,
    answers: dict[str, bool] | None = None,
    channel: MemoryStopChannel | None = None,
) -> Released | Releasing | PasscodeRefused | NotReconciled | NothingEngaged | ChecklistOpen:
    async def check(_accounts: Sequence[Account]) -> str | None:
        return problem

    release = Release(
        context=room.kill_context,
        passcode=room.passcode,
        directory=room.directory,
        check_books=check,
        cancel=room.cancel,
        channel=channel or MemoryStopChannel(),
    )
    return await release(
        ReleaseKill(
            tenant_id=room.tenant_id,
            account_id=None if whole else room.account_id,
            broker=broker,
            actor="user:boss",
            reason=reason,
            to=to,
            answers=answers,
            passcode=passcode,
            cancel_flatten=cancel_flatten,
        )
    )


def _finish(room: Room) -> FinishKill:
    return FinishKill(
        context=room.kill_context,
        directory=room.directory,
        cancel=room.cancel,
        flatten=room.flatten,
        wakeup=room.run_dispatch.wakeup,
        on_failure=lambda _, problem: room.failures.append(problem),
    )


async def _latch(room: Room) -> Latch:
    (latch,) = await room.latches.engaged(tenant_id=room.tenant_id)
    return latch


async def _report(room: Room, order: Order, kind: ReportKind, **given: Any) -> None:
    report = replace(report_of(order, kind), **given)
    await room.apply(
        tenant_id=room.tenant_id, account_id=room.account_id, report=report, heard=None
    )


def _told(room: Room) -> list[tuple[int, str]]:
    return [
        (notice.sequence, notice.type.removeprefix("kill_switch."))
        for notice in room.database.notices
        if notice.channel == "kill_switch"
    ]


async def test_an_activation_is_stored_audited_acknowledged_and_told() -> None:
    room = Room()
    latch = await _activate(room, whole=False)
    assert await _latch(room) == latch
    assert latch.acknowledged_at is not None
    assert latch.scope.account_id == room.account_id
    assert [entry.action for entry in room.database.audit] == ["kill_switch.activate"]
    assert _told(room) == [(1, "engaged"), (2, "acknowledged")]
    assert room.woken == 1


async def test_it_is_acknowledged_only_when_the_last_send_has_left() -> None:
    room = Room()
    async with room.barrier.sending(
        builders.target(tenant_id=room.tenant_id, account_id=room.account_id)
    ):
        activating = asyncio.create_task(_activate(room))
        for _ in range(20):
            await asyncio.sleep(0)
        assert not activating.done()
        # Whoever comes now is not let through any more.
        async with room.barrier.sending(
            builders.target(tenant_id=room.tenant_id, account_id=room.account_id)
        ) as passage:
            assert not passage.allowed
        assert (await _latch(room)).acknowledged_at is None
        room.clock.advance(0.25)
    latch = await activating
    assert latch.acknowledged_at == room.clock.now()


async def test_many_activations_at_once_all_hold_and_are_numbered_without_a_gap() -> None:
    room = Room()

    async def pause() -> None:
        await asyncio.sleep(0)

    object.__setattr__(room.link, "pause", pause)
    await asyncio.gather(*(_activate(room) for _ in range(10)))
    assert len(await room.latches.engaged(tenant_id=room.tenant_id)) == 10
    assert [number for number, _ in _told(room)] == list(range(1, 21))


@pytest.mark.parametrize("reason", ["", "x" * 501])
async def test_a_reason_is_asked_for(reason: str) -> None:
    room = Room()
    with pytest.raises(InvalidValue):
        await room.activate(
            ActivateKill(tenant_id=room.tenant_id, actor="user:test", reason=reason)
        )


async def test_a_disagreement_halts_an_account_once() -> None:
    room = Room()
    for _ in range(3):
        await room.activate.halt_account(
            tenant_id=room.tenant_id, account_id=room.account_id, reason="x" * 900
        )
    latch = await _latch(room)
    assert (latch.cause, len(latch.reason)) == (LatchCause.RECONCILIATION, 500)


async def test_a_limit_and_a_disagreement_halt_an_account_each_under_its_own_cause() -> None:
    room = Room()
    activate = room.activate
    for halt in (activate.halt_by_rule, activate.halt_account, activate.halt_by_rule):
        await halt(tenant_id=room.tenant_id, account_id=room.account_id, reason="a test")
    engaged = [one.cause for one in room.database.latches.values() if one.is_engaged]
    assert sorted(engaged) == [LatchCause.RECONCILIATION, LatchCause.RULE]


async def test_what_halts_an_account_again_is_told_beside_the_one_latch() -> None:
    room = Room()
    for reason in ("first", "second", "first"):
        await room.activate.halt_account(
            tenant_id=room.tenant_id, account_id=room.account_id, reason=reason
        )
    latch = await _latch(room)
    assert latch.reason == "first"
    (told,) = [one for one in room.database.notices if one.type == "kill_switch.repeated"]
    assert (told.subject, told.body["repeated"]) == (str(latch.id), "second")
    (entry,) = [one for one in room.database.audit if one.action == "kill_switch.repeat"]
    assert ("repeated", "second") in entry.detail


async def test_a_latch_that_cannot_be_finished_does_not_keep_the_others_from_it() -> None:
    room = Room()
    # Such as an account of a broker that is configured no more.
    other = builders.book(builders.account(tenant_id=room.tenant_id, broker="gone"))
    room.database.books[other.account.id] = other
    (waiting,) = await room.accepted()
    for account_id in (other.account.id, room.account_id):
        await room.activate.halt_account(
            tenant_id=room.tenant_id, account_id=account_id, reason="a test"
        )
    await _finish(room).round()
    assert [str(one) for one in room.failures] == ["no broker called gone is set here"]
    assert (await room.now(waiting)).state is _S.CANCELED


async def test_finishing_cancels_until_nothing_rests() -> None:
    room = Room()
    working = await room.sent()
    (waiting,) = await room.accepted()
    await _activate(room)
    finish = _finish(room)
    await finish.round()
    assert (await room.now(waiting)).state is _S.CANCELED
    assert (await room.now(working)).state is _S.PENDING_CANCEL
    assert (await _latch(room)).canceled_at is None
    await room.send(working)
    await finish.round()
    # The venue has cancelled it; our book has not heard it yet.
    assert (await _latch(room)).canceled_at is None
    await _report(room, working, ReportKind.CANCELED)
    await finish.round()
    assert (await _latch(room)).canceled_at is not None
    assert list(await room.latches.unfinished()) == []
    assert [name for _, name in _told(room)][2:] == ["canceling", "canceled"]
    # Once each, however many rounds it took.
    assert (await _latch(room)).orders_cancelled == 2
    told = [one for one in room.database.notices if one.channel == "kill_switch"]
    assert told[-1].body["orders_cancelled"] == "2"


async def test_a_parked_order_that_shows_up_after_the_kill_is_cancelled() -> None:
    room = Room()
    room.broker.script.append(Answer.LOSE_REPLY)
    (order,) = await room.accepted()
    await room.send(order)
    hidden = room.broker.held.pop(order.client_order_id)
    room.clock.advance(HORIZON_S + 1)
    await room.resolve(tenant_id=room.tenant_id, order_id=order.id, broker=room.broker)
    assert (await room.now(order)).state is _S.PARKED
    await _activate(room)
    finish = _finish(room)
    await finish.round()
    assert (await _latch(room)).canceled_at is not None
    room.broker.held[order.client_order_id] = hidden
    await room.resolve(tenant_id=room.tenant_id, order_id=order.id, broker=room.broker)
    await room.run_dispatch.round()
    assert room.broker.count("cancel") == 1
    assert room.broker.held[order.client_order_id].state is VenueState.CANCELED


async def test_a_second_kill_leaves_a_flattening_order_in_doubt_to_do_its_work() -> None:
    room = Room()
    room.broker.holding["AAPL"] = Decimal(7)
    await _activate(room, flatten=True)
    finish = _finish(room)
    for _ in range(2):
        await finish.round()
    (closing,) = (await room.stored()).orders.values()
    room.broker.script.append(Answer.LOSE_REPLY)
    await room.send(closing)
    await _activate(room)
    await finish.round()
    await room.resolve(tenant_id=room.tenant_id, order_id=closing.id, broker=room.broker)
    assert (await room.now(closing)).state is _S.WORKING


async def test_an_order_that_only_the_broker_knows_keeps_it_unfinished() -> None:
    room = Room()
    await _activate(room)
    order = builders.order(room.book.account)
    await room.broker.submit(
        account_id=str(room.account_id),
        client_order_id=order.client_order_id,
        terms=order.terms,
        written=lambda: None,
    )
    finish = _finish(room)
    await finish.round()
    assert (await _latch(room)).canceled_at is None
    room.broker.change(order.client_order_id, state=VenueState.CANCELED)
    await finish.round()
    assert (await _latch(room)).canceled_at is not None


async def test_flattening_closes_what_the_broker_holds_not_what_we_believe() -> None:
    room = Room()
    order = await room.sent()
    await _report(room, order, ReportKind.FILL, fill=venue_fill(10))
    room.broker.change(order.client_order_id, state=VenueState.FILLED)
    room.broker.holding["AAPL"] = Decimal(7)
    await _activate(room, flatten=True)
    finish = _finish(room)
    for _ in range(3):
        await finish.round()
    book = await room.stored()
    (closing,) = book.orders.values()
    assert closing.origin is Origin.KILL_SWITCH
    assert (closing.side, closing.terms.quantity) == ("sell", Decimal(7))
    await room.send(closing)
    assert room.broker.urgent == [closing.client_order_id]
    assert (await room.now(closing)).state is _S.WORKING
    assert (await _latch(room)).flat_at is None
    room.broker.holding.clear()
    room.broker.change(closing.client_order_id, state=VenueState.FILLED)
    await _report(room, closing, ReportKind.FILL, fill=venue_fill(7, trade_id="t-9"))
    await finish.round()
    latch = await _latch(room)
    assert latch.flat_at is not None
    assert [name for _, name in _told(room)] == ["engaged", "acknowledged", "canceled", "flat"]


async def test_an_unreachable_venue_leaves_the_latch_unfinished_and_alarms() -> None:
    room = Room()
    await _activate(room, flatten=True)
    room.broker.reads_fail = BrokerUnavailable("refused")
    await _finish(room).round()
    assert (await _latch(room)).canceled_at is None
    assert [str(problem) for problem in room.failures] == ["refused"]


async def test_a_rules_halt_is_acknowledged_and_finished_like_a_persons() -> None:
    room = Room()
    halt = Halt(latch_id=builders.new_id(), reason="loss", actor="rule", at=builders.AT)
    await room.books.commit(builders.amended(builders.touch(room.book), halt=halt))
    await _finish(room).round()
    latch = await _latch(room)
    assert latch.acknowledged_at is not None
    assert latch.canceled_at is not None
    assert (latch.flatten, latch.is_unfinished) == (False, False)


async def test_a_release_needs_finished_work_and_books_that_agree() -> None:
    room = Room()
    assert await _release(room) == NothingEngaged()
    working = await room.sent()
    await _activate(room)
    unfinished = await _release(room)
    assert isinstance(unfinished, NotReconciled)
    assert "still being cancelled" in unfinished.problem
    await _finish(room).round()
    await room.send(working)
    await _report(room, working, ReportKind.CANCELED)
    await _finish(room).round()
    assert await _release(room, problem="AAPL differs") == NotReconciled(problem="AAPL differs")
    released = await _release(room)
    assert isinstance(released, Released)
    (latch,) = released.latches
    assert latch.released_by == "user:boss"
    assert list(await room.latches.engaged(tenant_id=room.tenant_id)) == []
    assert room.database.audit[-1].action == "kill_switch.release"
    assert ("release_reason", "all is well") in room.database.audit[-1].detail
    async with room.barrier.sending(
        builders.target(tenant_id=room.tenant_id, account_id=room.account_id)
    ) as passage:
        assert passage.allowed


async def test_a_release_is_of_exactly_one_scope() -> None:
    room = Room()
    await _activate(room, whole=True)
    await _activate(room, whole=False)
    await _finish(room).round()
    assert isinstance(await _release(room, whole=False), Released)
    left = await _latch(room)
    assert left.scope.account_id is None
    assert await _release(room, whole=False) == NothingEngaged()


async def test_a_release_needs_the_passcode_when_there_is_one() -> None:
    room = Room()
    await room.passcode.set(
        SetPasscode(tenant_id=room.tenant_id, actor="user:test", passcode="13572468")
    )
    await room.activate.engage(
        scope=Scope(tenant_id=room.tenant_id),
        cause=LatchCause.PERSON,
        reason="a test",
        actor="user:test",
    )
    await _finish(room).round()
    assert isinstance(await _release(room), PasscodeRefused)
    assert isinstance(await _release(room, passcode="00000000"), PasscodeRefused)
    assert isinstance(await _release(room, passcode="13572468"), Released)


async def test_a_symbol_that_is_flattened_leaves_the_others_as_they_are() -> None:
    room = Room()
    room.broker.holding = {"AAPL": Decimal(10), "MSFT": Decimal(5)}
    done = await room.activate(
        ActivateKill(
            tenant_id=room.tenant_id,
            actor="user:test",
            reason="a test",
            symbol="AAPL",
            flatten=True,
        )
    )
    assert isinstance(done, Activated)
    await _finish(room).round()
    orders = (await room.stored()).orders.values()
    assert [(one.terms.symbol, one.terms.quantity) for one in orders] == [("AAPL", Decimal(10))]


async def test_a_stop_that_is_let_down_goes_on_flattening_unless_that_is_called_off() -> None:
    for cancel_flatten in (False, True):
        room = Room()
        latch = await _activate(room, flatten=True)
        done = replace(latch, canceled_at=room.clock.now(), flat_at=room.clock.now())
        room.database.latches[latch.id] = done
        said = await _release(
            room,
            to=Level.REDUCING,
            answers=dict.fromkeys(QUESTIONS, True),
            cancel_flatten=cancel_flatten,
        )
        assert isinstance(said, Released)
        stored = room.database.latches[latch.id]
        assert (stored.level, stored.flatten) == (Level.REDUCING, not cancel_flatten)
        assert stored.is_engaged
        released = [one for one in room.database.audit if one.action == "kill_switch.release"]
        assert released[-1].before == (("state", "engaged"),)
        assert released[-1].actor == "user:boss"


@pytest.mark.parametrize("reason", ["", "x" * 501])
async def test_a_release_has_a_reason_of_1_to_500_characters(reason: str) -> None:
    room = Room()
    await _activate(room)
    with pytest.raises(InvalidValue) as refused:
        await _release(room, reason=reason)
    assert refused.value.field == "reason"
    latch = await _latch(room)
    room.database.latches[latch.id] = replace(latch, canceled_at=room.clock.now())
    assert isinstance(await _release(room, reason="x"), Released)


async def test_a_stop_of_the_watchdog_is_held_while_it_hears_nobody() -> None:
    room = Room()
    scope = Scope(tenant_id=room.tenant_id, broker="paper")
    done = builders.later(1).at
    latch = replace(
        builders.latch(scope=scope, cause=LatchCause.WATCHDOG),
        acknowledged_at=done,
        canceled_at=done,
    )
    await room.kill_context.engage(
        latch, audit=builders.audit(tenant_id=room.tenant_id, action="kill_switch.activate")
    )
    unwatched = ["other"]
    watchdog = MemoryPeer(unwatched=lambda: unwatched)
    channel = MemoryStopChannel({"watchdog-1": watchdog})
    unwatched.append("paper")
    held = await _release(room, broker="paper", channel=channel)
    assert isinstance(held, NotReconciled)
    assert "hears nobody who sends to paper" in held.problem
    assert (await _latch(room)).is_engaged
    # Another broker's silence is none of this one's.
    unwatched.remove("paper")
    assert isinstance(await _release(room, broker="paper", channel=channel), Released)


async def test_a_watchdog_that_is_gone_holds_no_release() -> None:
    room = Room()
    scope = Scope(tenant_id=room.tenant_id, broker="paper")
    latch = replace(
        builders.latch(scope=scope, cause=LatchCause.WATCHDOG), canceled_at=builders.later(1).at
    )
    await room.kill_context.engage(
        latch, audit=builders.audit(tenant_id=room.tenant_id, action="kill_switch.activate")
    )
    gone = MemoryStopChannel({"watchdog-1": MemoryPeer(unwatched=lambda: ["paper"], answers=False)})
    assert isinstance(await _release(room, broker="paper", channel=gone), Released)
