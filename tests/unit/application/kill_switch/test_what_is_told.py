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
from tests.room import Room

LATCH_ID = UUID(int=77)
LATER = builders.AT + timedelta(seconds=2)


def command(room: Room, **given: Any) -> ActivateKill:
    said: dict[str, Any] = {"tenant_id": room.tenant_id, "actor": "user:test", "reason": "a test"}
    return ActivateKill(**{**said, **given})


def told(room: Room) -> list[Notice]:
    return [one for one in room.database.notices if one.channel == "kill_switch"]


def entry(room: Room) -> AuditEntry:
    return room.database.audit[-1]


async def engaged(room: Room, **given: Any) -> Latch:
    fields: dict[str, Any] = {"scope": Scope(tenant_id=room.tenant_id), **given}
    latch = builders.latch(**fields)
    await room.kill_context.engage(
        latch, audit=builders.audit(tenant_id=room.tenant_id, action="kill_switch.activate")
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

    room = Room(clock=clock, pause=slowly)
    done = await room.activate(command(room, trace_id="t1", level=Level.REDUCING))
    assert isinstance(done, Activated)
    # Up to the barrier; what is noted of it afterwards takes its time, too.
    assert 0 < done.ack_ms < (clock.monotonic() - began) * 1000
    first, second = told(room)
    assert (first.type, second.type) == ("kill_switch.engaged", "kill_switch.acknowledged")
    assert (first.subject, first.account_id, first.sequence) == (str(done.latch.id), None, 1)
    assert second.sequence == 2
    assert first.body["level"] == "reducing"
    recorded = next(one for one in room.database.audit if one.action == "kill_switch.activate")
    assert (recorded.actor, recorded.trace_id, recorded.reason) == ("user:test", "t1", "a test")
    assert recorded.market_at == builders.MARKET_AT
    assert dict(recorded.detail)["level"] == "reducing"
    assert dict(recorded.detail)["flatten"] == "false"
    assert dict(recorded.detail)["scope"] == "tenant"


@pytest.mark.parametrize("vouched", [False, True])
async def test_a_reason_has_1_to_500_characters(*, vouched: bool) -> None:
    room = Room()

    async def ask(reason: str) -> Activated:
        asked = command(room, reason=reason)
        if vouched:
            return await room.activate.vouched(asked, latch_id=builders.new_id())
        done = await room.activate(asked)
        assert isinstance(done, Activated)
        return done

    for wrong in ("", "x" * 501):
        with pytest.raises(InvalidValue) as refused:
            await ask(wrong)
        assert refused.value.field == "reason"
    assert (await ask("x" * 500)).latch.reason == "x" * 500
    assert (await ask("x")).latch.reason == "x"


async def test_a_signed_stop_is_engaged_once_under_its_own_id() -> None:
    room = Room()
    asked = command(room, level=Level.REDUCING, trace_id="t2", flatten=True)
    first = await room.activate.vouched(asked, latch_id=LATCH_ID)
    assert (first.latch.id, first.latch.level, first.latch.flatten) == (
        LATCH_ID,
        Level.REDUCING,
        True,
    )
    assert (first.latch.cause, first.latch.actor) == (LatchCause.PERSON, "user:test")
    assert first.not_flattened is None
    again = await room.activate.vouched(asked, latch_id=LATCH_ID)
    assert again.latch.id == LATCH_ID
    assert len(room.database.latches) == 1
    trail = [one for one in room.database.audit if one.action == "kill_switch.activate"]
    assert [one.trace_id for one in trail] == ["t2"]


async def test_positions_are_no_strategys_own_so_a_signed_stop_of_one_flattens_nothing() -> None:
    room = Room()
    asked = command(room, strategy_id="ema", flatten=True)
    done = await room.activate.vouched(asked, latch_id=LATCH_ID)
    assert not done.latch.flatten
    assert "Flatten an account or a symbol" in str(done.not_flattened)
    plain = await room.activate.vouched(replace(asked, flatten=False), latch_id=builders.new_id())
    assert plain.not_flattened is None


async def test_succession_lifts_its_own_stops_and_no_others() -> None:
    room = Room()
    lift = LiftLatches(context=room.kill_context)
    other = Scope(tenant_id=UUID(int=9))
    theirs = await engaged(room, scope=other, cause=LatchCause.SUCCESSION)
    own = await engaged(room, cause=LatchCause.SUCCESSION)
    mine = await engaged(room)
    found = await lift.engaged(tenant_id=room.tenant_id, cause=LatchCause.SUCCESSION)
    assert [one.id for one in found] == [own.id]
    woken = room.woken
    await lift(
        tenant_id=room.tenant_id,
        cause=LatchCause.SUCCESSION,
        actor="user:owner",
        reason="alive",
        trace_id="t3",
    )
    assert [one.id for one in await room.latches.engaged(tenant_id=room.tenant_id)] == [mine.id]
    assert theirs.id in {one.id for one in await room.latches.engaged(tenant_id=other.tenant_id)}
    assert room.woken == woken + 1
    lifted = await room.latches.find(tenant_id=room.tenant_id, latch_id=own.id)
    assert lifted is not None
    assert (lifted.released_by, lifted.released_at) == ("user:owner", room.clock.now())
    said = entry(room)
    assert (said.action, said.actor, said.trace_id) == ("kill_switch.release", "user:owner", "t3")
    assert said.reason == "alive"
    assert dict(said.detail)["release_reason"] == "alive"
    assert (said.before, said.after) == ((("state", "engaged"),), (("state", "released"),))
    assert told(room)[-1].type == "kill_switch.released"
    # A second time there is nothing to lift, and nothing is said.
    entries = len(room.database.audit)
    await lift(tenant_id=room.tenant_id, cause=LatchCause.SUCCESSION, actor="x", reason="x")
    assert (len(room.database.audit), room.woken) == (entries, woken + 1)


async def test_a_stop_that_is_let_down_is_told_as_such() -> None:
    room = Room()
    latch = await engaged(room)
    down = replace(latch, level=Level.REDUCING)
    assert await room.kill_context.release(
        down, audit=builders.audit(tenant_id=room.tenant_id, action="kill_switch.release")
    )
    assert told(room)[-1].type == "kill_switch.reducing"


async def test_what_is_pending_of_a_release_is_told_where_it_is_recorded() -> None:
    room = Room()
    latch = await engaged(room)
    pending = PendingRelease(actor="user:b", reason="well", asked_at=LATER)
    audit = builders.audit(tenant_id=room.tenant_id, action="kill_switch.release_asked")
    count = len(told(room))
    assert await room.kill_context.pend(
        replace(latch, releasing=pending),
        before=None,
        type="kill_switch.release_asked",
        audit=audit,
    )
    assert told(room)[-1].type == "kill_switch.release_asked"
    assert await room.kill_context.pend(
        replace(latch, releasing=None), before=pending, type="", audit=None
    )
    assert len(told(room)) == count + 1


async def test_progress_is_recorded_where_it_is_asked_to_be() -> None:
    room = Room()
    latch = await engaged(room)
    audit = builders.audit(tenant_id=room.tenant_id, action="kill_switch.confirmed")
    done = replace(latch, canceled_at=LATER)
    await room.kill_context.update(done, type="kill_switch.cancelled", audit=audit)
    assert entry(room).action == "kill_switch.confirmed"
    assert told(room)[-1].body["canceled_at"] == LATER.isoformat()


async def test_latches_are_looked_at_newest_first_with_their_venues() -> None:
    room = Room()
    looks = LookAtLatches(latches=room.latches)
    old = await engaged(room, id=UUID(int=1))
    new = await engaged(room, id=UUID(int=2), engaged_at=LATER)
    await engaged(room, scope=Scope(tenant_id=UUID(int=9)))
    venue = LatchVenue(latch_id=old.id, tenant_id=room.tenant_id, broker="paper")
    await room.latches.reach(venue)
    both = await looks.events(tenant_id=room.tenant_id, limit=9)
    assert [one.id for one in both] == [new.id, old.id]
    assert [one.id for one in await looks.events(tenant_id=room.tenant_id, limit=1)] == [new.id]
    after = await looks.events(tenant_id=room.tenant_id, limit=9, after=new.id)
    assert [one.id for one in after] == [old.id]
    report = await looks.one(tenant_id=room.tenant_id, latch_id=old.id)
    assert (report.latch.id, report.venues, report.is_confirmed) == (old.id, (venue,), False)
    assert report.confirmation_ms is None
    confirmed = replace(venue, broker_confirmed_at=LATER)
    assert replace(report, venues=(confirmed,)).confirmation_ms == pytest.approx(2_000)
    for tenant_id, latch_id in ((room.tenant_id, UUID(int=5)), (UUID(int=9), old.id)):
        with pytest.raises(LatchNotFound) as refused:
            await looks.one(tenant_id=tenant_id, latch_id=latch_id)
        assert refused.value.latch_id == latch_id
    # A latch of nobody's account is confirmed by its own word.
    alone = replace(new, canceled_at=LATER + timedelta(seconds=1))
    lonely = replace(report, latch=alone, venues=())
    assert lonely.is_confirmed
    assert lonely.confirmation_ms == pytest.approx(1_000)


async def test_the_checklist_names_what_stands_against_a_release() -> None:
    room = Room()
    looks = LookAtLatches(latches=room.latches)
    scope = Scope(tenant_id=room.tenant_id)
    open_one = await engaged(room)
    await engaged(room, canceled_at=LATER, acknowledged_at=LATER)
    await engaged(room, scope=Scope(tenant_id=room.tenant_id, symbol="AAPL"))
    found = await looks.checklist(tenant_id=room.tenant_id, scope=scope)
    assert len(found.latches) == 2
    assert found.questions == tuple(QUESTIONS.items())
    assert found.open == (f"the activation of {open_one.engaged_at.isoformat()} is not done",)


@pytest.mark.parametrize("digits", ["1234567", "1" * 65, "1234567a", ""])
async def test_a_passcode_is_8_to_64_digits(digits: str) -> None:
    room = Room()
    with pytest.raises(InvalidValue) as refused:
        await room.passcode.set(
            SetPasscode(tenant_id=room.tenant_id, actor="user:test", passcode=digits)
        )
    assert refused.value.field == "passcode"


async def test_a_rule_that_breaks_again_for_another_reason_is_told_again() -> None:
    room = Room()
    activate: Activate = room.activate
    for reason in ("first", "first", "second " + "x" * 600):
        await activate.halt_by_rule(
            tenant_id=room.tenant_id, account_id=room.account_id, reason=reason
        )
        await asyncio.sleep(0)
    assert len(room.database.latches) == 1
    repeats = [one for one in told(room) if one.type == "kill_switch.repeated"]
    assert [one.body["repeated"] for one in repeats] == [("second " + "x" * 600)[:500]]
    said = entry(room)
    assert said.action == "kill_switch.repeat"
    assert dict(said.detail)["repeated"] == ("second " + "x" * 600)[:500]


async def test_what_is_stopped_now_is_shown_with_whether_a_passcode_guards_it() -> None:
    room = Room()
    facade = KillSwitchUseCases(
        latches=room.latches,
        passcodes=room.passcode.passcodes,
        activation=room.activate,
        releasing=Release(
            context=room.kill_context,
            passcode=room.passcode,
            directory=room.directory,
            check_books=no_problem,
            cancel=room.cancel,
            channel=MemoryStopChannel(),
        ),
        checking=room.passcode,
        stopping_away=StopAway(
            files=MemoryStopFiles(),
            channel=MemoryStopChannel(),
            here=None,
            wakeup=room.run_dispatch.wakeup,
            clock=room.clock,
            ids=room.context.ids,
        ),
    )
    whole = await engaged(room)
    own = await engaged(room, scope=Scope(tenant_id=room.tenant_id, account_id=room.account_id))
    other = await engaged(room, scope=Scope(tenant_id=room.tenant_id, account_id=UUID(int=5)))
    state = await facade.state(tenant_id=room.tenant_id)
    assert {one.id for one in state.latches} == {whole.id, own.id, other.id}
    assert state.passcode_set is False
    among = frozenset({room.account_id})
    state = await facade.state(tenant_id=room.tenant_id, among=among)
    assert {one.id for one in state.latches} == {whole.id, own.id}
    await facade.set_passcode(
        SetPasscode(tenant_id=room.tenant_id, actor="user:test", passcode="12345678")
    )
    assert (await facade.state(tenant_id=room.tenant_id)).passcode_set is True
    assert entry(room).trace_id == ""


async def no_problem(_accounts: Sequence[Account]) -> str | None:
    return None


async def test_what_ballast_stops_by_itself_is_recorded_as_its_own() -> None:
    room = Room()
    own: dict[str, Any] = {"tenant_id": room.tenant_id}
    account_id = room.account_id
    await room.activate.halt_by_rule(**own, account_id=account_id, reason="r" * 600)
    await room.activate.halt_account(**own, account_id=account_id, reason="books differ")
    await room.activate.halt_by_link(**own, broker="paper", reason="lost")
    await room.activate.halt_by_link(**own, broker="paper", reason="lost again")
    await room.activate.halt_by_succession(
        **own, latch_id=LATCH_ID, level=Level.REDUCING, reason="silent"
    )
    found = {one.cause: one for one in room.database.latches.values()}
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
    recorded = [one for one in room.database.audit if one.action == "kill_switch.activate"]
    assert {one.actor for one in recorded} == {"ballast"}
    # Released meanwhile, it stays so, and is answered at once.
    off = replace(found[LatchCause.SUCCESSION], released_at=LATER, released_by="user:owner")
    room.database.latches[LATCH_ID] = off
    again = await room.activate.vouched(command(room), latch_id=LATCH_ID)
    assert again == Activated(latch=off, ack_ms=0.0)


async def test_a_passcode_is_recorded_under_who_set_it_and_never_shown() -> None:
    room = Room()
    for given in ({"passcode": "12345678"}, {"passcode": "87654321", "current": "12345678"}):
        await room.passcode.set(
            SetPasscode(tenant_id=room.tenant_id, actor="user:boss", trace_id="t4", **given)
        )
        said = entry(room)
        assert (said.actor, said.trace_id) == ("user:boss", "t4")
        assert given["passcode"] not in str(said)
    assert len({one.id for one in room.database.audit}) == len(room.database.audit)
