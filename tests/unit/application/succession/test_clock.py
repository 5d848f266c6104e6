"""Silence grows by the time that the system ran, and by nothing else; an owner's word stops it."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from application.succession.context import NotAsked, Released, TooLate
from domain.identity.notice import Priority
from domain.kill_switch.latch import LatchCause
from domain.shared.refusals import Forbidden
from domain.succession.plan import SuccessionState, Trading
from tests.succession_room import DAY, OWNER, TENANT, TRUSTEES, Crash, SuccessionRoom

TICK = timedelta(hours=6)
S = SuccessionState


async def _at(state: SuccessionState, *, words: int = 0) -> SuccessionRoom:
    """Return a room whose owner has been silent until a state began."""
    room = SuccessionRoom()
    await room.plan()
    while room.state is not state:
        await room.run(DAY / 2)
        if room.state is S.GRACE:
            for trustee in TRUSTEES[: words or 2]:
                await room.use.acts.confirm(trustee=trustee, by=room.by(trustee))
    return room


async def test_without_a_plan_no_clock_runs() -> None:
    room = SuccessionRoom()
    await room.run(10 * DAY)
    assert room.latches() == []
    status = await room.use.look(tenant_id=TENANT)
    assert (status.state, status.trading) == (None, Trading.ACTIVE)


async def test_silence_leads_from_state_to_state_and_stops_trading() -> None:
    room = SuccessionRoom()
    await room.plan()
    seen: list[tuple[S, Trading]] = []
    for _ in range(12 * 4):
        await room.run(TICK)
        if not seen or seen[-1] != (room.state, room.trading):
            seen.append((room.state, room.trading))
    assert seen == [
        (S.ARMED, Trading.ACTIVE),
        (S.REMINDED, Trading.ACTIVE),
        (S.CONTACT_PING, Trading.REDUCING),
        # Nobody confirmed: it stays here.
        (S.GRACE, Trading.HALTED),
    ]
    assert [(one.kind, one.priority) for one in room.told(OWNER)] == [
        ("succession.reminded", Priority.HIGH),
        ("succession.contact_ping", Priority.HIGH),
        ("succession.grace", Priority.URGENT),
    ]
    assert [one.kind for one in room.told(TRUSTEES[0])] == [
        "succession.contact_ping",
        "succession.grace",
    ]
    actions = [one.action for one in room.database.audit]
    assert [one for one in actions if one.startswith("succession.")] == [
        "succession.plan_written",
        "succession.reminded",
        "succession.contact_ping",
        "succession.grace",
    ]


async def test_enough_trustees_release_and_only_the_owners_veto_takes_it_back() -> None:
    room = await _at(S.RELEASED)
    assert room.trading is Trading.HALTED
    with pytest.raises(Released):
        await room.use.acts.check_in(by=room.by())
    await room.use.acts.veto(by=room.by())
    assert (room.state, room.trading) == (S.ARMED, Trading.ACTIVE)
    assert room.stored.confirmed == frozenset()


async def test_after_72_hours_a_trustee_may_release_trading_and_no_veto_counts() -> None:
    room = await _at(S.RELEASED)
    await room.halt_by_person()
    with pytest.raises(Exception, match="no release is final"):
        await room.use.acts.release_trading(trustee=TRUSTEES[0], by=room.by(TRUSTEES[0]))
    await room.run(3 * DAY + 3 * TICK)
    with pytest.raises(TooLate):
        await room.use.acts.veto(by=room.by())
    with pytest.raises(Forbidden):
        await room.use.acts.release_trading(trustee=OWNER, by=room.by())
    await room.use.acts.release_trading(trustee=TRUSTEES[0], by=room.by(TRUSTEES[0]))
    await room.run(TICK)
    assert [one.cause for one in room.latches()] == [LatchCause.PERSON]
    assert room.is_in(S.RELEASED)


@pytest.mark.parametrize("state", [S.REMINDED, S.CONTACT_PING, S.GRACE])
async def test_an_owners_word_begins_anew_and_lifts_only_what_succession_stopped(
    state: SuccessionState,
) -> None:
    room = await _at(state)
    await room.halt_by_person()
    await room.use.acts.check_in(by=room.by())
    assert (room.state, room.trading, room.stored.silent_us) == (S.ARMED, Trading.ACTIVE, 0)
    assert room.stored.confirmed == frozenset()
    assert [one.cause for one in room.latches()] == [LatchCause.PERSON]


async def test_a_clock_that_is_set_a_machine_that_sleeps_and_a_restart_add_nothing() -> None:
    room = SuccessionRoom()
    await room.plan()
    await room.run(DAY)
    before = room.stored.silent_us
    for jump in (timedelta(days=366), timedelta(days=-732)):
        room.clock.set_wall(room.clock.now() + jump)
        await room.ticker.tick()
    assert room.stored.silent_us == before
    room.clock.advance(400 * 86_400)
    await room.ticker.tick()
    assert room.stored.silent_us == before + TICK // timedelta(microseconds=1)
    room.clock.advance(400 * 86_400)
    room.restart()
    await room.ticker.tick()
    assert room.stored.silent_us == before + TICK // timedelta(microseconds=1)


async def test_two_processes_never_count_a_time_twice() -> None:
    room = SuccessionRoom()
    await room.plan()
    _, other = room.process()
    await room.ticker.tick()
    for _ in range(40):
        room.clock.advance(room.tick_s / 2)
        await room.ticker.tick()
        await other.tick()
    assert timedelta(microseconds=room.stored.silent_us) <= 20 * TICK


async def test_a_restored_back_up_adds_nothing() -> None:
    room = SuccessionRoom()
    await room.plan()
    await room.run(DAY)
    kept = room.stored
    await room.run(DAY)
    room.database.records["succession_clocks"][kept.id] = kept
    room.clock.advance(room.tick_s)
    await room.ticker.tick()
    assert room.stored.silent_us == kept.silent_us


async def test_the_time_before_an_act_is_not_added_after_it() -> None:
    room = SuccessionRoom()
    await room.plan()
    await room.run(DAY)
    room.clock.advance(room.tick_s - 1)
    await room.use.acts.check_in(by=room.by())
    room.clock.advance(1)
    await room.ticker.tick()
    assert room.stored.silent_us == 0


class Undelivered:
    """Nobody gets anything until told otherwise."""

    def __init__(self) -> None:
        self.works = False

    async def reached(
        self, *, tenant_id: UUID, notice_ids: Sequence[UUID], owners: frozenset[UUID]
    ) -> bool:
        """Answer for all of them."""
        assert (tenant_id, owners) == (TENANT, frozenset({OWNER}))
        return self.works and bool(notice_ids)


async def test_while_no_message_of_a_step_was_delivered_the_clock_waits() -> None:
    messages = Undelivered()
    room = SuccessionRoom(messages=messages)
    await room.plan()
    await room.run(40 * DAY)
    assert room.is_in(S.REMINDED)
    assert "reach each owner" in (await room.use.look(tenant_id=TENANT)).waits_for
    messages.works = True
    await room.run(DAY)
    assert room.is_in(S.REMINDED)
    await room.run(DAY + 2 * TICK)
    assert room.is_in(S.CONTACT_PING)


async def test_a_trustees_word_counts_once_and_only_when_asked() -> None:
    room = await _at(S.REMINDED)
    first = TRUSTEES[0]
    with pytest.raises(NotAsked):
        await room.use.acts.confirm(trustee=first, by=room.by(first))
    await room.run(3 * DAY)
    for _ in range(3):
        await room.use.acts.confirm(trustee=first, by=room.by(first))
    with pytest.raises(Forbidden):
        await room.use.acts.confirm(trustee=OWNER, by=room.by())
    assert room.stored.confirmed == {str(first)}
    await room.run(20 * DAY)
    assert room.is_in(S.GRACE)


async def test_who_is_no_trustee_any_more_does_not_count() -> None:
    room = await _at(S.CONTACT_PING)
    for trustee in TRUSTEES[:2]:
        await room.use.acts.confirm(trustee=trustee, by=room.by(trustee))
    del room.database.members[TRUSTEES[0]]
    await room.run(20 * DAY)
    assert room.is_in(S.GRACE)


async def test_wherever_a_process_dies_in_a_step_the_next_one_finishes_it() -> None:
    survived = 0
    for place in range(60):
        room = SuccessionRoom()
        await room.plan()
        await room.run(6 * DAY - TICK)
        assert room.is_in(S.REMINDED)
        room.clock.advance(room.tick_s)
        await room.ticker.tick()
        room.clock.advance(room.tick_s)
        room.dies_after = place
        try:
            await room.ticker.tick()
            survived += 1
        except Crash:
            pass
        room.restart()
        await room.run(3 * TICK)
        assert (room.state, room.trading) == (S.CONTACT_PING, Trading.REDUCING)
        assert len(room.latches()) == 1
        assert [one.kind for one in room.told(TRUSTEES[0])] == ["succession.contact_ping"]
    assert 0 < survived < 60
