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
from tests.succession_rig import DAY, OWNER, TENANT, TRUSTEES, Crash, SuccessionRig

TICK = timedelta(hours=6)
S = SuccessionState


async def _at(state: SuccessionState, *, words: int = 0) -> SuccessionRig:
    """Return a room whose owner has been silent until a state began."""
    rig = SuccessionRig()
    await rig.plan()
    while rig.state is not state:
        await rig.run(DAY / 2)
        if rig.state is S.GRACE:
            for trustee in TRUSTEES[: words or 2]:
                await rig.use.acts.confirm(trustee=trustee, by=rig.by(trustee))
    return rig


async def test_without_a_plan_no_clock_runs() -> None:
    rig = SuccessionRig()
    await rig.run(10 * DAY)
    assert rig.latches() == []
    status = await rig.use.look(tenant_id=TENANT)
    assert (status.state, status.trading) == (None, Trading.ACTIVE)


async def test_silence_leads_from_state_to_state_and_stops_trading() -> None:
    rig = SuccessionRig()
    await rig.plan()
    seen: list[tuple[S, Trading]] = []
    for _ in range(12 * 4):
        await rig.run(TICK)
        if not seen or seen[-1] != (rig.state, rig.trading):
            seen.append((rig.state, rig.trading))
    assert seen == [
        (S.ARMED, Trading.ACTIVE),
        (S.REMINDED, Trading.ACTIVE),
        (S.CONTACT_PING, Trading.REDUCING),
        # Nobody confirmed: it stays here.
        (S.GRACE, Trading.HALTED),
    ]
    assert [(one.kind, one.priority) for one in rig.told(OWNER)] == [
        ("succession.reminded", Priority.HIGH),
        ("succession.contact_ping", Priority.HIGH),
        ("succession.grace", Priority.URGENT),
    ]
    assert [one.kind for one in rig.told(TRUSTEES[0])] == [
        "succession.contact_ping",
        "succession.grace",
    ]
    actions = [one.action for one in rig.database.audit]
    assert [one for one in actions if one.startswith("succession.")] == [
        "succession.plan_written",
        "succession.reminded",
        "succession.contact_ping",
        "succession.grace",
    ]


async def test_enough_trustees_release_and_only_the_owners_veto_takes_it_back() -> None:
    rig = await _at(S.RELEASED)
    assert rig.trading is Trading.HALTED
    with pytest.raises(Released):
        await rig.use.acts.check_in(by=rig.by())
    await rig.use.acts.veto(by=rig.by())
    assert (rig.state, rig.trading) == (S.ARMED, Trading.ACTIVE)
    assert rig.stored.confirmed == frozenset()


async def test_after_72_hours_a_trustee_may_release_trading_and_no_veto_counts() -> None:
    rig = await _at(S.RELEASED)
    await rig.halt_by_person()
    with pytest.raises(Exception, match="no release is final"):
        await rig.use.acts.release_trading(trustee=TRUSTEES[0], by=rig.by(TRUSTEES[0]))
    await rig.run(3 * DAY + 3 * TICK)
    with pytest.raises(TooLate):
        await rig.use.acts.veto(by=rig.by())
    with pytest.raises(Forbidden):
        await rig.use.acts.release_trading(trustee=OWNER, by=rig.by())
    await rig.use.acts.release_trading(trustee=TRUSTEES[0], by=rig.by(TRUSTEES[0]))
    await rig.run(TICK)
    assert [one.cause for one in rig.latches()] == [LatchCause.PERSON]
    assert rig.is_in(S.RELEASED)


@pytest.mark.parametrize("state", [S.REMINDED, S.CONTACT_PING, S.GRACE])
async def test_an_owners_word_begins_anew_and_lifts_only_what_succession_stopped(
    state: SuccessionState,
) -> None:
    rig = await _at(state)
    await rig.halt_by_person()
    await rig.use.acts.check_in(by=rig.by())
    assert (rig.state, rig.trading, rig.stored.silent_us) == (S.ARMED, Trading.ACTIVE, 0)
    assert rig.stored.confirmed == frozenset()
    assert [one.cause for one in rig.latches()] == [LatchCause.PERSON]


async def test_a_clock_that_is_set_a_machine_that_sleeps_and_a_restart_add_nothing() -> None:
    rig = SuccessionRig()
    await rig.plan()
    await rig.run(DAY)
    before = rig.stored.silent_us
    for jump in (timedelta(days=366), timedelta(days=-732)):
        rig.clock.set_wall(rig.clock.now() + jump)
        await rig.ticker.tick()
    assert rig.stored.silent_us == before
    rig.clock.advance(400 * 86_400)
    await rig.ticker.tick()
    assert rig.stored.silent_us == before + TICK // timedelta(microseconds=1)
    rig.clock.advance(400 * 86_400)
    rig.restart()
    await rig.ticker.tick()
    assert rig.stored.silent_us == before + TICK // timedelta(microseconds=1)


async def test_two_processes_never_count_a_time_twice() -> None:
    rig = SuccessionRig()
    await rig.plan()
    _, other = rig.process()
    await rig.ticker.tick()
    for _ in range(40):
        rig.clock.advance(rig.tick_s / 2)
        await rig.ticker.tick()
        await other.tick()
    assert timedelta(microseconds=rig.stored.silent_us) <= 20 * TICK


async def test_a_restored_back_up_adds_nothing() -> None:
    rig = SuccessionRig()
    await rig.plan()
    await rig.run(DAY)
    kept = rig.stored
    await rig.run(DAY)
    rig.database.records["succession_clocks"][kept.id] = kept
    rig.clock.advance(rig.tick_s)
    await rig.ticker.tick()
    assert rig.stored.silent_us == kept.silent_us


async def test_the_time_before_an_act_is_not_added_after_it() -> None:
    rig = SuccessionRig()
    await rig.plan()
    await rig.run(DAY)
    rig.clock.advance(rig.tick_s - 1)
    await rig.use.acts.check_in(by=rig.by())
    rig.clock.advance(1)
    await rig.ticker.tick()
    assert rig.stored.silent_us == 0


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
    rig = SuccessionRig(messages=messages)
    await rig.plan()
    await rig.run(40 * DAY)
    assert rig.is_in(S.REMINDED)
    assert "reach each owner" in (await rig.use.look(tenant_id=TENANT)).waits_for
    messages.works = True
    await rig.run(DAY)
    assert rig.is_in(S.REMINDED)
    await rig.run(DAY + 2 * TICK)
    assert rig.is_in(S.CONTACT_PING)


async def test_a_trustees_word_counts_once_and_only_when_asked() -> None:
    rig = await _at(S.REMINDED)
    first = TRUSTEES[0]
    with pytest.raises(NotAsked):
        await rig.use.acts.confirm(trustee=first, by=rig.by(first))
    await rig.run(3 * DAY)
    for _ in range(3):
        await rig.use.acts.confirm(trustee=first, by=rig.by(first))
    with pytest.raises(Forbidden):
        await rig.use.acts.confirm(trustee=OWNER, by=rig.by())
    assert rig.stored.confirmed == {str(first)}
    await rig.run(20 * DAY)
    assert rig.is_in(S.GRACE)


async def test_who_is_no_trustee_any_more_does_not_count() -> None:
    rig = await _at(S.CONTACT_PING)
    for trustee in TRUSTEES[:2]:
        await rig.use.acts.confirm(trustee=trustee, by=rig.by(trustee))
    del rig.database.members[TRUSTEES[0]]
    await rig.run(20 * DAY)
    assert rig.is_in(S.GRACE)


async def test_wherever_a_process_dies_in_a_step_the_next_one_finishes_it() -> None:
    survived = 0
    for place in range(60):
        rig = SuccessionRig()
        await rig.plan()
        await rig.run(6 * DAY - TICK)
        assert rig.is_in(S.REMINDED)
        rig.clock.advance(rig.tick_s)
        await rig.ticker.tick()
        rig.clock.advance(rig.tick_s)
        rig.dies_after = place
        try:
            await rig.ticker.tick()
            survived += 1
        except Crash:
            pass
        rig.restart()
        await rig.run(3 * TICK)
        assert (rig.state, rig.trading) == (S.CONTACT_PING, Trading.REDUCING)
        assert len(rig.latches()) == 1
        assert [one.kind for one in rig.told(TRUSTEES[0])] == ["succession.contact_ping"]
    assert 0 < survived < 60
