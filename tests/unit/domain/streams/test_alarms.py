"""Alarms rise above their threshold and clear well below it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.streams.alarms import (
    NONE,
    AlarmKind,
    AlarmReview,
    AlarmsByKey,
    Reading,
    Threshold,
    usual_thresholds,
)
from domain.streams.figures import latency_of, per_second

AT = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
USUAL = usual_thresholds(latency_ms_max=200, lag_max=2_000)


def look(
    standing: AlarmsByKey, *values: float, kind: AlarmKind = AlarmKind.LAG, seconds: int = 0
) -> AlarmReview:
    readings = [
        Reading(kind=kind, subject=f"g{number}", value=value) for number, value in enumerate(values)
    ]
    at = AT + timedelta(seconds=seconds)
    return USUAL.judge(standing, readings=readings, at=at, covers=[kind])


@pytest.mark.parametrize(
    ("kind", "limit"), [(AlarmKind.LAG, 2_000), (AlarmKind.LATENCY, 200), (AlarmKind.CONSUMER, 0)]
)
def test_an_alarm_rises_above_the_limit_and_not_at_it(kind: AlarmKind, limit: float) -> None:
    assert look(NONE, limit, kind=kind).raised == ()
    (raised,) = look(NONE, limit + 1, kind=kind).raised
    assert (raised.kind, raised.value, raised.threshold) == (kind, limit + 1, limit)


def test_an_alarm_clears_at_four_fifths_and_keeps_its_beginning_until_then() -> None:
    raised = look(NONE, 2_500)
    stays = look(raised.standing, 1_601, seconds=5)
    assert (stays.raised, stays.cleared) == ((), ())
    (alarm,) = stays.standing.values()
    assert (alarm.value, alarm.raised_at) == (1_601, AT)
    over = look(stays.standing, 1_600, seconds=6)
    assert [one.subject for one in over.cleared] == ["g0"]
    assert over.standing == {}


def test_an_alarm_of_what_is_gone_is_cleared() -> None:
    raised = look(NONE, 2_500, 2_500)
    after = look(raised.standing, 2_500)
    assert [one.subject for one in after.cleared] == ["g1"]


def test_an_alarm_of_a_kind_that_was_not_read_stays() -> None:
    raised = look(NONE, 2_500)
    after = USUAL.judge(raised.standing, readings=[], at=AT, covers=[AlarmKind.LATENCY])
    assert after.standing == raised.standing
    assert after.cleared == ()


@given(st.lists(st.lists(st.floats(0, 5_000), max_size=3), max_size=12))
def test_what_rises_clears_once_and_in_turn(looks: list[list[float]]) -> None:
    standing: AlarmsByKey = NONE
    up: set[str] = set()
    for values in looks:
        judged = look(standing, *values)
        raised = {one.subject for one in judged.raised}
        cleared = {one.subject for one in judged.cleared}
        assert not raised & up
        assert cleared <= up
        up = (up | raised) - cleared
        standing = judged.standing
        assert {one.subject for one in standing.values()} == up
        for alarm in standing.values():
            assert alarm.value > 1_600


def test_a_threshold_that_clears_above_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="clears_at"):
        Threshold(kind=AlarmKind.LAG, above=1, clears_at=2)


def test_percentiles_are_values_that_were_measured() -> None:
    assert latency_of([]) is None
    found = latency_of([float(number) for number in range(100, 0, -1)])
    assert found is not None
    assert (found.p50_ms, found.p99_ms, found.max_ms, found.samples) == (50, 99, 100, 100)


def test_a_producers_clock_ahead_of_ours_is_no_negative_latency() -> None:
    found = latency_of([-5.0])
    assert found is not None
    assert found.max_ms == 0


def test_a_rate_is_the_rise_of_the_end_over_the_time() -> None:
    assert per_second([(1.0, 10)]) is None
    assert per_second([(1.0, 10), (3.0, 20), (5.0, 50)]) == 10.0
    # Made anew under its name.
    assert per_second([(1.0, 10), (3.0, 0)]) is None
