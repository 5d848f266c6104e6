"""Silence leads from step to step, never early; the owner's word always leads back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.shared.values import InvalidValue
from domain.succession.plan import VETO_LASTS, SuccessionPlan, SuccessionState
from domain.succession.timeline import Act, ActKind, Outage, play

START = datetime(2026, 1, 1, tzinfo=UTC)
PLAN = SuccessionPlan(trustees=("ann", "bob", "cyd"), confirmations_needed=2)
# Days until each state under the plan's 30, 14, 14, 14.
REMINDED, ASKED, GRACE, RELEASED = 30, 44, 58, 72
TICK = timedelta(hours=6)


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def confirm(at: float, who: str) -> Act:
    return Act(at=day(at), kind=ActKind.CONFIRM, who=who)


def veto(at: float) -> Act:
    return Act(at=day(at), kind=ActKind.VETO)


def check_in(at: float) -> Act:
    return Act(at=day(at), kind=ActKind.CHECK_IN)


def played(
    *acts: Act, days: float = 200, outages: tuple[Outage, ...] = ()
) -> list[tuple[float, str, str]]:
    steps = play(PLAN, start=START, lasts=timedelta(days=days), outages=outages, acts=acts)
    return [((step.at - START) / timedelta(days=1), step.state, step.trading) for step in steps]


def test_silence_alone_halts_and_hands_nothing_over() -> None:
    assert played() == [
        (0, "ARMED", "ACTIVE"),
        (REMINDED, "REMINDED", "ACTIVE"),
        (ASKED, "CONTACT_PING", "REDUCING"),
        (GRACE, "GRACE", "HALTED"),
    ]


@pytest.mark.parametrize(
    ("acts", "released"),
    [
        ([confirm(45, "ann"), confirm(60, "bob")], RELEASED),
        ([confirm(45, "ann"), confirm(90, "cyd")], 90),
        # At the very moment that they are asked a word counts.
        ([confirm(ASKED, "ann"), confirm(RELEASED, "bob")], RELEASED),
        ([confirm(45, "ann"), confirm(46, "ann")], None),
        ([confirm(45, "ann"), confirm(46, "eve")], None),
        ([confirm(43.9, "ann"), confirm(45, "bob")], None),
        # What was confirmed of an earlier silence says nothing of this one.
        ([confirm(45, "ann"), check_in(50), confirm(96, "bob")], None),
    ],
)
def test_it_takes_so_many_different_trustees_since_they_were_asked(
    acts: list[Act], released: float | None
) -> None:
    steps = {state: at for at, state, _ in played(*acts)}
    assert steps.get("RELEASED") == released


@pytest.mark.parametrize("act", [check_in, veto])
@pytest.mark.parametrize("at", [10, REMINDED, 50, 60, RELEASED])
def test_the_owner_leads_it_back_up_to_the_moment_of_release(act: object, at: float) -> None:
    assert callable(act)
    steps = played(confirm(45, "ann"), confirm(46, "bob"), act(at), days=at + REMINDED)
    assert not [one for one in steps if one[1] == "RELEASED"]
    assert steps[-1] == (at + REMINDED, "REMINDED", "ACTIVE")


@pytest.mark.parametrize(("after", "state"), [(3, "ARMED"), (3.001, "RELEASED")])
def test_a_veto_undoes_a_release_for_72_hours(after: float, state: str) -> None:
    acts = [confirm(45, "ann"), confirm(46, "bob"), veto(RELEASED + after)]
    assert played(*acts, days=RELEASED + 5)[-1][1] == state


def test_a_check_in_comes_too_late_after_a_release() -> None:
    acts = [confirm(45, "ann"), confirm(46, "bob"), check_in(RELEASED + 1)]
    assert played(*acts)[-1] == (RELEASED, "RELEASED", "HALTED")


def test_the_time_that_the_system_is_away_is_no_silence() -> None:
    # Two that overlap, and one over the moment at which the trustees would be asked.
    outages = (
        Outage(start=day(5), end=day(8)),
        Outage(start=day(7), end=day(10)),
        Outage(start=day(ASKED + 5), end=day(ASKED + 7)),
    )
    assert [one[0] for one in played(outages=outages)] == [
        0,
        REMINDED + 5,
        ASKED + 7,
        GRACE + 7,
    ]


def test_what_is_said_while_the_system_is_away_reaches_nobody() -> None:
    outage = Outage(start=day(44), end=day(47))
    acts = (confirm(45, "ann"), confirm(46, "bob"), confirm(48, "cyd"))
    assert "RELEASED" not in [one[1] for one in played(*acts, outages=(outage,))]


def test_an_outage_over_the_veto_s_72_hours_does_not_shorten_them() -> None:
    outage = Outage(start=day(RELEASED + 1), end=day(RELEASED + 11))
    acts = (confirm(45, "ann"), confirm(46, "bob"), veto(RELEASED + 12.5))
    assert played(*acts, outages=(outage,), days=90)[-1][:2] == (RELEASED + 12.5, "ARMED")


MOMENTS = st.integers(min_value=0, max_value=800).map(lambda ticks: START + ticks * TICK)
ACTS = st.builds(
    Act,
    at=MOMENTS,
    kind=st.sampled_from(ActKind),
    who=st.sampled_from(["ann", "bob", "cyd", "eve"]),
)
OUTAGES = st.tuples(MOMENTS, st.integers(min_value=0, max_value=150)).map(
    lambda one: Outage(start=one[0], end=one[0] + one[1] * TICK)
)


def tick_by_tick(outages: list[Outage], acts: list[Act]) -> list[tuple[datetime, SuccessionState]]:
    """Play the plan tick by tick, by nothing but the words of the rule."""
    state, silent, words, since = SuccessionState.ARMED, timedelta(0), set[str](), timedelta(0)
    steps = [(START, state)]
    for ticks in range(801):
        at = START + ticks * TICK
        here = [act for act in acts if act.at == at]
        away = any(one.start <= at < one.end for one in outages)
        for act in sorted(here, key=lambda act: act.kind is ActKind.CONFIRM):
            late = state is SuccessionState.RELEASED and (
                act.kind is ActKind.CHECK_IN or since > VETO_LASTS
            )
            if not away and act.kind is not ActKind.CONFIRM and not late:
                state, silent, words = SuccessionState.ARMED, timedelta(0), set()
        if steps[-1][1] is not state:
            steps.append((at, state))
        for due in (False, True):
            names = {"ann", "bob", "cyd"} & {
                act.who for act in here if due and act.kind is ActKind.CONFIRM and not away
            }
            asked = state in {SuccessionState.CONTACT_PING, SuccessionState.GRACE}
            words |= names if asked else set()
            order = list(SuccessionState)
            limits = (REMINDED, ASKED, GRACE, RELEASED)
            while not away and state is not SuccessionState.RELEASED:
                limit = timedelta(days=limits[order.index(state)])
                if silent < limit or (state is SuccessionState.GRACE and len(words) < 2):
                    break
                state, since = order[order.index(state) + 1], timedelta(0)
                steps.append((at, state))
        if not away:
            silent += TICK
            since += TICK
    return steps


@given(st.lists(OUTAGES, max_size=4), st.lists(ACTS, max_size=12))
def test_any_timeline_is_that_of_the_rule_read_tick_by_tick(
    outages: list[Outage], acts: list[Act]
) -> None:
    steps = play(PLAN, start=START, lasts=timedelta(days=200), outages=outages, acts=acts)
    assert [(one.at, one.state) for one in steps] == tick_by_tick(outages, acts)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"trustees": ()}, "trustees: must be 1 to 16 of them"),
        ({"trustees": ("ann", "ann")}, "trustees: must each be named once"),
        ({"confirmations_needed": 4}, "confirmations_needed: must be 1 to 3, the number of"),
        ({"grace_days": 0}, "grace_days: must be 1 to 3650 days"),
    ],
)
def test_a_plan_that_releases_at_once_or_never_is_refused(given: dict[str, Any], said: str) -> None:
    fields: dict[str, Any] = {"trustees": ("ann", "bob", "cyd"), "confirmations_needed": 2, **given}
    with pytest.raises(InvalidValue) as met:
        SuccessionPlan(**fields)
    assert str(met.value).startswith(said)
