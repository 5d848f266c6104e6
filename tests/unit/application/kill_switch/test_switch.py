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
from tests.rig import Rig
from tests.scripted_broker import HORIZON_S, Answer, report_of, venue_fill

_S = OrderState


async def _activate(rig: Rig, *, flatten: bool = False, whole: bool = True) -> Latch:
    done = await rig.activate(
        ActivateKill(
            tenant_id=rig.tenant_id,
            account_id=None if whole else rig.account_id,
            actor="user:test",
            reason="a test",
            flatten=flatten,
        )
    )
    assert isinstance(done, Activated)
    return done.latch


async def _release(
    rig: Rig,
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
        context=rig.kill_context,
        passcode=rig.passcode,
        directory=rig.directory,
        check_books=check,
        cancel=rig.cancel,
        channel=channel or MemoryStopChannel(),
    )
    return await release(
        ReleaseKill(
            tenant_id=rig.tenant_id,
            account_id=None if whole else rig.account_id,
            broker=broker,
            actor="user:boss",
            reason=reason,
            to=to,
            answers=answers,
            passcode=passcode,
            cancel_flatten=cancel_flatten,
        )
    )


def _finish(rig: Rig) -> FinishKill:
    return FinishKill(
        context=rig.kill_context,
        directory=rig.directory,
        cancel=rig.cancel,
        flatten=rig.flatten,
        wakeup=rig.run_dispatch.wakeup,
        on_failure=lambda _, problem: rig.failures.append(problem),
    )


async def _latch(rig: Rig) -> Latch:
    (latch,) = await rig.latches.engaged(tenant_id=rig.tenant_id)
    return latch


async def _report(rig: Rig, order: Order, kind: ReportKind, **given: Any) -> None:
    report = replace(report_of(order, kind), **given)
    await rig.apply(tenant_id=rig.tenant_id, account_id=rig.account_id, report=report, heard=None)


def _told(rig: Rig) -> list[tuple[int, str]]:
    return [
        (notice.sequence, notice.type.removeprefix("kill_switch."))
        for notice in rig.database.notices
        if notice.channel == "kill_switch"
    ]


async def test_an_activation_is_stored_audited_acknowledged_and_told() -> None:
    rig = Rig()
    latch = await _activate(rig, whole=False)
    assert await _latch(rig) == latch
    assert latch.acknowledged_at is not None
    assert latch.scope.account_id == rig.account_id
    assert [entry.action for entry in rig.database.audit] == ["kill_switch.activate"]
    assert _told(rig) == [(1, "engaged"), (2, "acknowledged")]
    assert rig.woken == 1


async def test_it_is_acknowledged_only_when_the_last_send_has_left() -> None:
    rig = Rig()
    async with rig.barrier.sending(
        builders.target(tenant_id=rig.tenant_id, account_id=rig.account_id)
    ):
        activating = asyncio.create_task(_activate(rig))
        for _ in range(20):
            await asyncio.sleep(0)
        assert not activating.done()
        # Whoever comes now is not let through any more.
        async with rig.barrier.sending(
            builders.target(tenant_id=rig.tenant_id, account_id=rig.account_id)
        ) as passage:
            assert not passage.allowed
        assert (await _latch(rig)).acknowledged_at is None
        rig.clock.advance(0.25)
    latch = await activating
    assert latch.acknowledged_at == rig.clock.now()


async def test_many_activations_at_once_all_hold_and_are_numbered_without_a_gap() -> None:
    rig = Rig()

    async def pause() -> None:
        await asyncio.sleep(0)

    object.__setattr__(rig.link, "pause", pause)
    await asyncio.gather(*(_activate(rig) for _ in range(10)))
    assert len(await rig.latches.engaged(tenant_id=rig.tenant_id)) == 10
    assert [number for number, _ in _told(rig)] == list(range(1, 21))


@pytest.mark.parametrize("reason", ["", "x" * 501])
async def test_a_reason_is_asked_for(reason: str) -> None:
    rig = Rig()
    with pytest.raises(InvalidValue):
        await rig.activate(ActivateKill(tenant_id=rig.tenant_id, actor="user:test", reason=reason))


async def test_a_disagreement_halts_an_account_once() -> None:
    rig = Rig()
    for _ in range(3):
        await rig.activate.halt_account(
            tenant_id=rig.tenant_id, account_id=rig.account_id, reason="x" * 900
        )
    latch = await _latch(rig)
    assert (latch.cause, len(latch.reason)) == (LatchCause.RECONCILIATION, 500)


async def test_a_limit_and_a_disagreement_halt_an_account_each_under_its_own_cause() -> None:
    rig = Rig()
    activate = rig.activate
    for halt in (activate.halt_by_rule, activate.halt_account, activate.halt_by_rule):
        await halt(tenant_id=rig.tenant_id, account_id=rig.account_id, reason="a test")
    engaged = [one.cause for one in rig.database.latches.values() if one.is_engaged]
    assert sorted(engaged) == [LatchCause.RECONCILIATION, LatchCause.RULE]


async def test_what_halts_an_account_again_is_told_beside_the_one_latch() -> None:
    rig = Rig()
    for reason in ("first", "second", "first"):
        await rig.activate.halt_account(
            tenant_id=rig.tenant_id, account_id=rig.account_id, reason=reason
        )
    latch = await _latch(rig)
    assert latch.reason == "first"
    (told,) = [one for one in rig.database.notices if one.type == "kill_switch.repeated"]
    assert (told.subject, told.body["repeated"]) == (str(latch.id), "second")
    (entry,) = [one for one in rig.database.audit if one.action == "kill_switch.repeat"]
    assert ("repeated", "second") in entry.detail


async def test_a_latch_that_cannot_be_finished_does_not_keep_the_others_from_it() -> None:
    rig = Rig()
    # Such as an account of a broker that is configured no more.
    other = builders.book(builders.account(tenant_id=rig.tenant_id, broker="gone"))
    rig.database.books[other.account.id] = other
    (waiting,) = await rig.accepted()
    for account_id in (other.account.id, rig.account_id):
        await rig.activate.halt_account(
            tenant_id=rig.tenant_id, account_id=account_id, reason="a test"
        )
    await _finish(rig).round()
    assert [str(one) for one in rig.failures] == ["no broker called gone is set here"]
    assert (await rig.now(waiting)).state is _S.CANCELED


async def test_finishing_cancels_until_nothing_rests() -> None:
    rig = Rig()
    working = await rig.sent()
    (waiting,) = await rig.accepted()
    await _activate(rig)
    finish = _finish(rig)
    await finish.round()
    assert (await rig.now(waiting)).state is _S.CANCELED
    assert (await rig.now(working)).state is _S.PENDING_CANCEL
    assert (await _latch(rig)).canceled_at is None
    await rig.send(working)
    await finish.round()
    # The venue has cancelled it; our book has not heard it yet.
    assert (await _latch(rig)).canceled_at is None
    await _report(rig, working, ReportKind.CANCELED)
    await finish.round()
    assert (await _latch(rig)).canceled_at is not None
    assert list(await rig.latches.unfinished()) == []
    assert [name for _, name in _told(rig)][2:] == ["canceling", "canceled"]
    # Once each, however many rounds it took.
    assert (await _latch(rig)).orders_cancelled == 2
    told = [one for one in rig.database.notices if one.channel == "kill_switch"]
    assert told[-1].body["orders_cancelled"] == "2"


async def test_a_parked_order_that_shows_up_after_the_kill_is_cancelled() -> None:
    rig = Rig()
    rig.broker.script.append(Answer.LOSE_REPLY)
    (order,) = await rig.accepted()
    await rig.send(order)
    hidden = rig.broker.held.pop(order.client_order_id)
    rig.clock.advance(HORIZON_S + 1)
    await rig.resolve(tenant_id=rig.tenant_id, order_id=order.id, broker=rig.broker)
    assert (await rig.now(order)).state is _S.PARKED
    await _activate(rig)
    finish = _finish(rig)
    await finish.round()
    assert (await _latch(rig)).canceled_at is not None
    rig.broker.held[order.client_order_id] = hidden
    await rig.resolve(tenant_id=rig.tenant_id, order_id=order.id, broker=rig.broker)
    await rig.run_dispatch.round()
    assert rig.broker.count("cancel") == 1
    assert rig.broker.held[order.client_order_id].state is VenueState.CANCELED


async def test_a_second_kill_leaves_a_flattening_order_in_doubt_to_do_its_work() -> None:
    rig = Rig()
    rig.broker.holding["AAPL"] = Decimal(7)
    await _activate(rig, flatten=True)
    finish = _finish(rig)
    for _ in range(2):
        await finish.round()
    (closing,) = (await rig.stored()).orders.values()
    rig.broker.script.append(Answer.LOSE_REPLY)
    await rig.send(closing)
    await _activate(rig)
    await finish.round()
    await rig.resolve(tenant_id=rig.tenant_id, order_id=closing.id, broker=rig.broker)
    assert (await rig.now(closing)).state is _S.WORKING


async def test_an_order_that_only_the_broker_knows_keeps_it_unfinished() -> None:
    rig = Rig()
    await _activate(rig)
    order = builders.order(rig.book.account)
    await rig.broker.submit(
        account_id=str(rig.account_id),
        client_order_id=order.client_order_id,
        terms=order.terms,
        written=lambda: None,
    )
    finish = _finish(rig)
    await finish.round()
    assert (await _latch(rig)).canceled_at is None
    rig.broker.change(order.client_order_id, state=VenueState.CANCELED)
    await finish.round()
    assert (await _latch(rig)).canceled_at is not None


async def test_flattening_closes_what_the_broker_holds_not_what_we_believe() -> None:
    rig = Rig()
    order = await rig.sent()
    await _report(rig, order, ReportKind.FILL, fill=venue_fill(10))
    rig.broker.change(order.client_order_id, state=VenueState.FILLED)
    rig.broker.holding["AAPL"] = Decimal(7)
    await _activate(rig, flatten=True)
    finish = _finish(rig)
    for _ in range(3):
        await finish.round()
    book = await rig.stored()
    (closing,) = book.orders.values()
    assert closing.origin is Origin.KILL_SWITCH
    assert (closing.side, closing.terms.quantity) == ("sell", Decimal(7))
    await rig.send(closing)
    assert rig.broker.urgent == [closing.client_order_id]
    assert (await rig.now(closing)).state is _S.WORKING
    assert (await _latch(rig)).flat_at is None
    rig.broker.holding.clear()
    rig.broker.change(closing.client_order_id, state=VenueState.FILLED)
    await _report(rig, closing, ReportKind.FILL, fill=venue_fill(7, trade_id="t-9"))
    await finish.round()
    latch = await _latch(rig)
    assert latch.flat_at is not None
    assert [name for _, name in _told(rig)] == ["engaged", "acknowledged", "canceled", "flat"]


async def test_an_unreachable_venue_leaves_the_latch_unfinished_and_alarms() -> None:
    rig = Rig()
    await _activate(rig, flatten=True)
    rig.broker.reads_fail = BrokerUnavailable("refused")
    await _finish(rig).round()
    assert (await _latch(rig)).canceled_at is None
    assert [str(problem) for problem in rig.failures] == ["refused"]


async def test_a_rules_halt_is_acknowledged_and_finished_like_a_persons() -> None:
    rig = Rig()
    halt = Halt(latch_id=builders.new_id(), reason="loss", actor="rule", at=builders.AT)
    await rig.books.commit(builders.amended(builders.touch(rig.book), halt=halt))
    await _finish(rig).round()
    latch = await _latch(rig)
    assert latch.acknowledged_at is not None
    assert latch.canceled_at is not None
    assert (latch.flatten, latch.is_unfinished) == (False, False)


async def test_a_release_needs_finished_work_and_books_that_agree() -> None:
    rig = Rig()
    assert await _release(rig) == NothingEngaged()
    working = await rig.sent()
    await _activate(rig)
    unfinished = await _release(rig)
    assert isinstance(unfinished, NotReconciled)
    assert "still being cancelled" in unfinished.problem
    await _finish(rig).round()
    await rig.send(working)
    await _report(rig, working, ReportKind.CANCELED)
    await _finish(rig).round()
    assert await _release(rig, problem="AAPL differs") == NotReconciled(problem="AAPL differs")
    released = await _release(rig)
    assert isinstance(released, Released)
    (latch,) = released.latches
    assert latch.released_by == "user:boss"
    assert list(await rig.latches.engaged(tenant_id=rig.tenant_id)) == []
    assert rig.database.audit[-1].action == "kill_switch.release"
    assert ("release_reason", "all is well") in rig.database.audit[-1].detail
    async with rig.barrier.sending(
        builders.target(tenant_id=rig.tenant_id, account_id=rig.account_id)
    ) as passage:
        assert passage.allowed


async def test_a_release_is_of_exactly_one_scope() -> None:
    rig = Rig()
    await _activate(rig, whole=True)
    await _activate(rig, whole=False)
    await _finish(rig).round()
    assert isinstance(await _release(rig, whole=False), Released)
    left = await _latch(rig)
    assert left.scope.account_id is None
    assert await _release(rig, whole=False) == NothingEngaged()


async def test_a_release_needs_the_passcode_when_there_is_one() -> None:
    rig = Rig()
    await rig.passcode.set(
        SetPasscode(tenant_id=rig.tenant_id, actor="user:test", passcode="13572468")
    )
    await rig.activate.engage(
        scope=Scope(tenant_id=rig.tenant_id),
        cause=LatchCause.PERSON,
        reason="a test",
        actor="user:test",
    )
    await _finish(rig).round()
    assert isinstance(await _release(rig), PasscodeRefused)
    assert isinstance(await _release(rig, passcode="00000000"), PasscodeRefused)
    assert isinstance(await _release(rig, passcode="13572468"), Released)


async def test_a_symbol_that_is_flattened_leaves_the_others_as_they_are() -> None:
    rig = Rig()
    rig.broker.holding = {"AAPL": Decimal(10), "MSFT": Decimal(5)}
    done = await rig.activate(
        ActivateKill(
            tenant_id=rig.tenant_id,
            actor="user:test",
            reason="a test",
            symbol="AAPL",
            flatten=True,
        )
    )
    assert isinstance(done, Activated)
    await _finish(rig).round()
    orders = (await rig.stored()).orders.values()
    assert [(one.terms.symbol, one.terms.quantity) for one in orders] == [("AAPL", Decimal(10))]


async def test_a_stop_that_is_let_down_goes_on_flattening_unless_that_is_called_off() -> None:
    for cancel_flatten in (False, True):
        rig = Rig()
        latch = await _activate(rig, flatten=True)
        done = replace(latch, canceled_at=rig.clock.now(), flat_at=rig.clock.now())
        rig.database.latches[latch.id] = done
        said = await _release(
            rig,
            to=Level.REDUCING,
            answers=dict.fromkeys(QUESTIONS, True),
            cancel_flatten=cancel_flatten,
        )
        assert isinstance(said, Released)
        stored = rig.database.latches[latch.id]
        assert (stored.level, stored.flatten) == (Level.REDUCING, not cancel_flatten)
        assert stored.is_engaged
        released = [one for one in rig.database.audit if one.action == "kill_switch.release"]
        assert released[-1].before == (("state", "engaged"),)
        assert released[-1].actor == "user:boss"


@pytest.mark.parametrize("reason", ["", "x" * 501])
async def test_a_release_has_a_reason_of_1_to_500_characters(reason: str) -> None:
    rig = Rig()
    await _activate(rig)
    with pytest.raises(InvalidValue) as refused:
        await _release(rig, reason=reason)
    assert refused.value.field == "reason"
    latch = await _latch(rig)
    rig.database.latches[latch.id] = replace(latch, canceled_at=rig.clock.now())
    assert isinstance(await _release(rig, reason="x"), Released)


async def test_a_stop_of_the_watchdog_is_held_while_it_hears_nobody() -> None:
    rig = Rig()
    scope = Scope(tenant_id=rig.tenant_id, broker="paper")
    done = builders.later(1).at
    latch = replace(
        builders.latch(scope=scope, cause=LatchCause.WATCHDOG),
        acknowledged_at=done,
        canceled_at=done,
    )
    await rig.kill_context.engage(
        latch, audit=builders.audit(tenant_id=rig.tenant_id, action="kill_switch.activate")
    )
    unwatched = ["other"]
    watchdog = MemoryPeer(unwatched=lambda: unwatched)
    channel = MemoryStopChannel({"watchdog-1": watchdog})
    unwatched.append("paper")
    held = await _release(rig, broker="paper", channel=channel)
    assert isinstance(held, NotReconciled)
    assert "hears nobody who sends to paper" in held.problem
    assert (await _latch(rig)).is_engaged
    # Another broker's silence is none of this one's.
    unwatched.remove("paper")
    assert isinstance(await _release(rig, broker="paper", channel=channel), Released)


async def test_a_watchdog_that_is_gone_holds_no_release() -> None:
    rig = Rig()
    scope = Scope(tenant_id=rig.tenant_id, broker="paper")
    latch = replace(
        builders.latch(scope=scope, cause=LatchCause.WATCHDOG), canceled_at=builders.later(1).at
    )
    await rig.kill_context.engage(
        latch, audit=builders.audit(tenant_id=rig.tenant_id, action="kill_switch.activate")
    )
    gone = MemoryStopChannel({"watchdog-1": MemoryPeer(unwatched=lambda: ["paper"], answers=False)})
    assert isinstance(await _release(rig, broker="paper", channel=gone), Released)
