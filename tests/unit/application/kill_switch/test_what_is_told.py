"""Each step of a stop is told and recorded by name: who, what, how far, and why."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from adapters.memory.stops import MemoryStopChannel, MemoryStopFiles
from adapters.memory.time import ManualClock
from application.kill_switch.activate import Activate
from application.kill_switch.commands import Activated, ActivateKill, SetPasscode
from application.kill_switch.deps import describe_latch
from application.kill_switch.facade import KillSwitchUseCases
from application.kill_switch.lift import LiftLatches
from application.kill_switch.looks import LatchNotFound, LookAtLatches
from application.kill_switch.release import Release
from application.kill_switch.stop_away import StopAway
from domain.accounts.account import Account
from domain.audit.entry import AuditEntry
from domain.kill_switch.checklist import QUESTIONS
from domain.kill_switch.latch import Latch, LatchCause, Level, PendingRelease, Scope
from domain.kill_switch.venue import LatchVenue
from domain.shared.notices import Notice
from domain.shared.values import InvalidValue
from tests import builders
from tests.rig import Rig

LATCH_ID = UUID(int=77)
LATER = builders.AT + timedelta(seconds=2)


def command(rig: Rig, **given: Any) -> ActivateKill:
    said: dict[str, Any] = {"tenant_id": rig.tenant_id, "actor": "user:test", "reason": "a test"}
    return ActivateKill(**{**said, **given})


def told(rig: Rig) -> list[Notice]:
    return [one for one in rig.database.notices if one.channel == "kill_switch"]


def entry(rig: Rig) -> AuditEntry:
    return rig.database.audit[-1]


async def engaged(rig: Rig, **given: Any) -> Latch:
    fields: dict[str, Any] = {"scope": Scope(tenant_id=rig.tenant_id), **given}
    latch = builders.latch(**fields)
    await rig.kill_context.engage(
        latch, audit=builders.audit(tenant_id=rig.tenant_id, action="kill_switch.activate")
    )
    return latch


def test_a_latch_is_described_with_all_that_a_reader_needs() -> None:
    scope = Scope(tenant_id=builders.new_id(), symbol="AAPL")
    latch = builders.latch(scope=scope, flatten=True, orders_cancelled=3)
    plain = {
        "latch_id": str(latch.id),
        "scope": "symbol",
        "symbol": "AAPL",
        "level": "halted",
        "cause": "person",
        "reason": "a test",
        "actor": "user:test",
        "flatten": "true",
        "engaged_at": builders.AT.isoformat(),
        "orders_cancelled": "3",
    }
    assert describe_latch(latch) == plain
    pending = PendingRelease(actor="user:b", reason="well", asked_at=LATER)
    whole = replace(
        latch,
        acknowledged_at=LATER,
        canceled_at=LATER,
        flat_at=LATER,
        released_at=LATER,
        releasing=pending,
    )
    more = {
        name: LATER.isoformat()
        for name in ("acknowledged_at", "canceled_at", "flat_at", "released_at", "release_asked_at")
    }
    assert describe_latch(whole) == {**plain, **more}


async def test_a_stop_is_told_as_it_is_engaged_and_as_it_is_certain() -> None:
    clock = ManualClock(builders.AT)
    clock.advance(100)
    began = clock.monotonic()

    async def slowly() -> None:
        clock.advance(0.005)

    rig = Rig(clock=clock, pause=slowly)
    done = await rig.activate(command(rig, trace_id="t1", level=Level.REDUCING))
    assert isinstance(done, Activated)
    # Up to the barrier; what is noted of it afterwards takes its time, too.
    assert 0 < done.ack_ms < (clock.monotonic() - began) * 1000
    first, second = told(rig)
    assert (first.type, second.type) == ("kill_switch.engaged", "kill_switch.acknowledged")
    assert (first.subject, first.account_id, first.sequence) == (str(done.latch.id), None, 1)
    assert second.sequence == 2
    assert first.body["level"] == "reducing"
    recorded = next(one for one in rig.database.audit if one.action == "kill_switch.activate")
    assert (recorded.actor, recorded.trace_id, recorded.reason) == ("user:test", "t1", "a test")
    assert recorded.market_at == builders.MARKET_AT
    assert dict(recorded.detail)["level"] == "reducing"
    assert dict(recorded.detail)["flatten"] == "false"
    assert dict(recorded.detail)["scope"] == "tenant"


@pytest.mark.parametrize("vouched", [False, True])
async def test_a_reason_has_1_to_500_characters(*, vouched: bool) -> None:
    rig = Rig()

    async def ask(reason: str) -> Activated:
        asked = command(rig, reason=reason)
        if vouched:
            return await rig.activate.vouched(asked, latch_id=builders.new_id())
        done = await rig.activate(asked)
        assert isinstance(done, Activated)
        return done

    for wrong in ("", "x" * 501):
        with pytest.raises(InvalidValue) as refused:
            await ask(wrong)
        assert refused.value.field == "reason"
    assert (await ask("x" * 500)).latch.reason == "x" * 500
    assert (await ask("x")).latch.reason == "x"


async def test_a_signed_stop_is_engaged_once_under_its_own_id() -> None:
    rig = Rig()
    asked = command(rig, level=Level.REDUCING, trace_id="t2", flatten=True)
    first = await rig.activate.vouched(asked, latch_id=LATCH_ID)
    assert (first.latch.id, first.latch.level, first.latch.flatten) == (
        LATCH_ID,
        Level.REDUCING,
        True,
    )
    assert (first.latch.cause, first.latch.actor) == (LatchCause.PERSON, "user:test")
    assert first.not_flattened is None
    again = await rig.activate.vouched(asked, latch_id=LATCH_ID)
    assert again.latch.id == LATCH_ID
    assert len(rig.database.latches) == 1
    trail = [one for one in rig.database.audit if one.action == "kill_switch.activate"]
    assert [one.trace_id for one in trail] == ["t2"]


async def test_positions_are_no_strategys_own_so_a_signed_stop_of_one_flattens_nothing() -> None:
    rig = Rig()
    asked = command(rig, strategy_id="ema", flatten=True)
    done = await rig.activate.vouched(asked, latch_id=LATCH_ID)
    assert not done.latch.flatten
    assert "Flatten an account or a symbol" in str(done.not_flattened)
    plain = await rig.activate.vouched(replace(asked, flatten=False), latch_id=builders.new_id())
    assert plain.not_flattened is None


async def test_succession_lifts_its_own_stops_and_no_others() -> None:
    rig = Rig()
    lift = LiftLatches(context=rig.kill_context)
    other = Scope(tenant_id=UUID(int=9))
    theirs = await engaged(rig, scope=other, cause=LatchCause.SUCCESSION)
    own = await engaged(rig, cause=LatchCause.SUCCESSION)
    mine = await engaged(rig)
    found = await lift.engaged(tenant_id=rig.tenant_id, cause=LatchCause.SUCCESSION)
    assert [one.id for one in found] == [own.id]
    woken = rig.woken
    await lift(
        tenant_id=rig.tenant_id,
        cause=LatchCause.SUCCESSION,
        actor="user:owner",
        reason="alive",
        trace_id="t3",
    )
    assert [one.id for one in await rig.latches.engaged(tenant_id=rig.tenant_id)] == [mine.id]
    assert theirs.id in {one.id for one in await rig.latches.engaged(tenant_id=other.tenant_id)}
    assert rig.woken == woken + 1
    lifted = await rig.latches.find(tenant_id=rig.tenant_id, latch_id=own.id)
    assert lifted is not None
    assert (lifted.released_by, lifted.released_at) == ("user:owner", rig.clock.now())
    said = entry(rig)
    assert (said.action, said.actor, said.trace_id) == ("kill_switch.release", "user:owner", "t3")
    assert said.reason == "alive"
    assert dict(said.detail)["release_reason"] == "alive"
    assert (said.before, said.after) == ((("state", "engaged"),), (("state", "released"),))
    assert told(rig)[-1].type == "kill_switch.released"
    # A second time there is nothing to lift, and nothing is said.
    entries = len(rig.database.audit)
    await lift(tenant_id=rig.tenant_id, cause=LatchCause.SUCCESSION, actor="x", reason="x")
    assert (len(rig.database.audit), rig.woken) == (entries, woken + 1)


async def test_a_stop_that_is_let_down_is_told_as_such() -> None:
    rig = Rig()
    latch = await engaged(rig)
    down = replace(latch, level=Level.REDUCING)
    assert await rig.kill_context.release(
        down, audit=builders.audit(tenant_id=rig.tenant_id, action="kill_switch.release")
    )
    assert told(rig)[-1].type == "kill_switch.reducing"


async def test_what_is_pending_of_a_release_is_told_where_it_is_recorded() -> None:
    rig = Rig()
    latch = await engaged(rig)
    pending = PendingRelease(actor="user:b", reason="well", asked_at=LATER)
    audit = builders.audit(tenant_id=rig.tenant_id, action="kill_switch.release_asked")
    count = len(told(rig))
    assert await rig.kill_context.pend(
        replace(latch, releasing=pending),
        before=None,
        type="kill_switch.release_asked",
        audit=audit,
    )
    assert told(rig)[-1].type == "kill_switch.release_asked"
    assert await rig.kill_context.pend(
        replace(latch, releasing=None), before=pending, type="", audit=None
    )
    assert len(told(rig)) == count + 1


async def test_progress_is_recorded_where_it_is_asked_to_be() -> None:
    rig = Rig()
    latch = await engaged(rig)
    audit = builders.audit(tenant_id=rig.tenant_id, action="kill_switch.confirmed")
    done = replace(latch, canceled_at=LATER)
    await rig.kill_context.update(done, type="kill_switch.cancelled", audit=audit)
    assert entry(rig).action == "kill_switch.confirmed"
    assert told(rig)[-1].body["canceled_at"] == LATER.isoformat()


async def test_latches_are_looked_at_newest_first_with_their_venues() -> None:
    rig = Rig()
    looks = LookAtLatches(latches=rig.latches)
    old = await engaged(rig, id=UUID(int=1))
    new = await engaged(rig, id=UUID(int=2), engaged_at=LATER)
    await engaged(rig, scope=Scope(tenant_id=UUID(int=9)))
    venue = LatchVenue(latch_id=old.id, tenant_id=rig.tenant_id, broker="paper")
    await rig.latches.reach(venue)
    both = await looks.events(tenant_id=rig.tenant_id, limit=9)
    assert [one.id for one in both] == [new.id, old.id]
    assert [one.id for one in await looks.events(tenant_id=rig.tenant_id, limit=1)] == [new.id]
    after = await looks.events(tenant_id=rig.tenant_id, limit=9, after=new.id)
    assert [one.id for one in after] == [old.id]
    report = await looks.one(tenant_id=rig.tenant_id, latch_id=old.id)
    assert (report.latch.id, report.venues, report.is_confirmed) == (old.id, (venue,), False)
    assert report.confirmation_ms is None
    confirmed = replace(venue, broker_confirmed_at=LATER)
    assert replace(report, venues=(confirmed,)).confirmation_ms == pytest.approx(2_000)
    for tenant_id, latch_id in ((rig.tenant_id, UUID(int=5)), (UUID(int=9), old.id)):
        with pytest.raises(LatchNotFound) as refused:
            await looks.one(tenant_id=tenant_id, latch_id=latch_id)
        assert refused.value.latch_id == latch_id
    # A latch of nobody's account is confirmed by its own word.
    alone = replace(new, canceled_at=LATER + timedelta(seconds=1))
    lonely = replace(report, latch=alone, venues=())
    assert lonely.is_confirmed
    assert lonely.confirmation_ms == pytest.approx(1_000)


async def test_the_checklist_names_what_stands_against_a_release() -> None:
    rig = Rig()
    looks = LookAtLatches(latches=rig.latches)
    scope = Scope(tenant_id=rig.tenant_id)
    open_one = await engaged(rig)
    await engaged(rig, canceled_at=LATER, acknowledged_at=LATER)
    await engaged(rig, scope=Scope(tenant_id=rig.tenant_id, symbol="AAPL"))
    found = await looks.checklist(tenant_id=rig.tenant_id, scope=scope)
    assert len(found.latches) == 2
    assert found.questions == tuple(QUESTIONS.items())
    assert found.open == (f"the activation of {open_one.engaged_at.isoformat()} is not done",)


@pytest.mark.parametrize("digits", ["1234567", "1" * 65, "1234567a", ""])
async def test_a_passcode_is_8_to_64_digits(digits: str) -> None:
    rig = Rig()
    with pytest.raises(InvalidValue) as refused:
        await rig.passcode.set(
            SetPasscode(tenant_id=rig.tenant_id, actor="user:test", passcode=digits)
        )
    assert refused.value.field == "passcode"


async def test_a_rule_that_breaks_again_for_another_reason_is_told_again() -> None:
    rig = Rig()
    activate: Activate = rig.activate
    for reason in ("first", "first", "second " + "x" * 600):
        await activate.halt_by_rule(
            tenant_id=rig.tenant_id, account_id=rig.account_id, reason=reason
        )
        await asyncio.sleep(0)
    assert len(rig.database.latches) == 1
    repeats = [one for one in told(rig) if one.type == "kill_switch.repeated"]
    assert [one.body["repeated"] for one in repeats] == [("second " + "x" * 600)[:500]]
    said = entry(rig)
    assert said.action == "kill_switch.repeat"
    assert dict(said.detail)["repeated"] == ("second " + "x" * 600)[:500]


async def test_what_is_stopped_now_is_shown_with_whether_a_passcode_guards_it() -> None:
    rig = Rig()
    facade = KillSwitchUseCases(
        latches=rig.latches,
        passcodes=rig.passcode.passcodes,
        activation=rig.activate,
        releasing=Release(
            context=rig.kill_context,
            passcode=rig.passcode,
            directory=rig.directory,
            check_books=no_problem,
            cancel=rig.cancel,
            channel=MemoryStopChannel(),
        ),
        checking=rig.passcode,
        stopping_away=StopAway(
            files=MemoryStopFiles(),
            channel=MemoryStopChannel(),
            here=None,
            wakeup=rig.run_dispatch.wakeup,
            clock=rig.clock,
            ids=rig.context.ids,
        ),
    )
    whole = await engaged(rig)
    own = await engaged(rig, scope=Scope(tenant_id=rig.tenant_id, account_id=rig.account_id))
    other = await engaged(rig, scope=Scope(tenant_id=rig.tenant_id, account_id=UUID(int=5)))
    state = await facade.state(tenant_id=rig.tenant_id)
    assert {one.id for one in state.latches} == {whole.id, own.id, other.id}
    assert state.passcode_set is False
    among = frozenset({rig.account_id})
    state = await facade.state(tenant_id=rig.tenant_id, among=among)
    assert {one.id for one in state.latches} == {whole.id, own.id}
    await facade.set_passcode(
        SetPasscode(tenant_id=rig.tenant_id, actor="user:test", passcode="12345678")
    )
    assert (await facade.state(tenant_id=rig.tenant_id)).passcode_set is True
    assert entry(rig).trace_id == ""


async def no_problem(_accounts: Sequence[Account]) -> str | None:
    return None


async def test_what_ballast_stops_by_itself_is_recorded_as_its_own() -> None:
    rig = Rig()
    own: dict[str, Any] = {"tenant_id": rig.tenant_id}
    account_id = rig.account_id
    await rig.activate.halt_by_rule(**own, account_id=account_id, reason="r" * 600)
    await rig.activate.halt_account(**own, account_id=account_id, reason="books differ")
    await rig.activate.halt_by_link(**own, broker="paper", reason="lost")
    await rig.activate.halt_by_link(**own, broker="paper", reason="lost again")
    await rig.activate.halt_by_succession(
        **own, latch_id=LATCH_ID, level=Level.REDUCING, reason="silent"
    )
    found = {one.cause: one for one in rig.database.latches.values()}
    assert set(found) == {
        LatchCause.RULE,
        LatchCause.RECONCILIATION,
        LatchCause.BROKER_LINK,
        LatchCause.SUCCESSION,
    }
    assert {one.actor for one in found.values()} == {"ballast"}
    assert found[LatchCause.RULE].reason == "r" * 500
    assert found[LatchCause.RULE].scope == Scope(**own, account_id=account_id)
    assert found[LatchCause.BROKER_LINK].level is Level.REDUCING
    assert found[LatchCause.BROKER_LINK].reason == "lost"
    assert (found[LatchCause.SUCCESSION].id, found[LatchCause.SUCCESSION].level) == (
        LATCH_ID,
        Level.REDUCING,
    )
    recorded = [one for one in rig.database.audit if one.action == "kill_switch.activate"]
    assert {one.actor for one in recorded} == {"ballast"}
    # Released meanwhile, it stays so, and is answered at once.
    off = replace(found[LatchCause.SUCCESSION], released_at=LATER, released_by="user:owner")
    rig.database.latches[LATCH_ID] = off
    again = await rig.activate.vouched(command(rig), latch_id=LATCH_ID)
    assert again == Activated(latch=off, ack_ms=0.0)


async def test_a_passcode_is_recorded_under_who_set_it_and_never_shown() -> None:
    rig = Rig()
    for given in ({"passcode": "12345678"}, {"passcode": "87654321", "current": "12345678"}):
        await rig.passcode.set(
            SetPasscode(tenant_id=rig.tenant_id, actor="user:boss", trace_id="t4", **given)
        )
        said = entry(rig)
        assert (said.actor, said.trace_id) == ("user:boss", "t4")
        assert given["passcode"] not in str(said)
    assert len({one.id for one in rig.database.audit}) == len(rig.database.audit)
