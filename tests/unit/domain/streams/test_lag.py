"""A consumer's trend is judged by Burrow's rules."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.streams.lag import WINDOW, Commit, LagWindow, Verdict, judge, worst

AT = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
QUIET = timedelta(seconds=10)


def window(*commits: tuple[int, int], end: int = 1_000, ends: tuple[int, ...] = ()) -> LagWindow:
    """Return a window of (offset, lag) pairs, a second apart; the last one is at AT."""
    start = AT - timedelta(seconds=len(commits) - 1)
    made = tuple(
        Commit(offset=offset, lag=lag, at=start + timedelta(seconds=number))
        for number, (offset, lag) in enumerate(commits)
    )
    return LagWindow(commits=made, ends=(*ends, end))


def judged(of: LagWindow, *, after_s: float = 1.0) -> Verdict:
    return judge(of, now=AT + timedelta(seconds=after_s), quiet_min=QUIET)


# Offsets and lags as they come, also such as no consumer would bring about.
windows = st.builds(
    lambda pairs, ends, end: window(*pairs, end=end, ends=tuple(ends)),
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=WINDOW),
    st.lists(st.integers(0, 100), max_size=WINDOW - 1),
    st.integers(0, 100),
)
waits_s = st.floats(0, 1_000)


def test_one_that_catches_up_is_ok() -> None:
    assert judged(window((10, 30), (20, 25), (30, 20))) is Verdict.OK


def test_one_that_goes_on_and_gains_nothing_is_a_warning() -> None:
    assert judged(window((10, 20), (20, 20), (30, 25))) is Verdict.WARN


def test_one_that_gained_once_in_the_window_is_ok() -> None:
    assert judged(window((10, 20), (20, 19), (30, 25))) is Verdict.OK


def test_one_that_commits_the_same_again_and_again_is_stalled() -> None:
    assert judged(window((10, 20), (10, 22), (10, 22))) is Verdict.STALLED


def test_one_that_was_at_the_end_within_the_window_is_ok() -> None:
    assert judged(window((10, 0), (10, 5), (10, 9))) is Verdict.OK


def test_one_that_was_set_back_is_a_warning() -> None:
    assert judged(window((30, 20), (10, 40), (20, 30))) is Verdict.WARN


def test_one_commit_is_no_trend() -> None:
    assert judged(window((10, 20))) is Verdict.OK


def test_one_silent_for_longer_than_its_window_spans_is_stopped() -> None:
    commits = tuple((10 * number, 50) for number in range(1, 10))
    assert judged(window(*commits), after_s=10.0) is not Verdict.STOPPED
    assert judged(window(*commits), after_s=10.1) is Verdict.STOPPED


def test_one_that_commits_by_the_minute_has_minutes() -> None:
    slow = LagWindow(
        commits=tuple(
            Commit(offset=minute, lag=9, at=AT - timedelta(minutes=10 - minute))
            for minute in range(1, 11)
        ),
        ends=(1_000,),
    )
    assert judge(slow, now=AT + timedelta(minutes=9), quiet_min=QUIET) is not Verdict.STOPPED
    assert judge(slow, now=AT + timedelta(minutes=9, seconds=1), quiet_min=QUIET) is Verdict.STOPPED


def test_one_that_was_stopped_stays_so_although_its_lag_was_zero_once() -> None:
    assert judged(window((10, 0), (20, 30)), after_s=60) is Verdict.STOPPED


def test_one_that_had_read_all_a_moment_ago_is_not_stopped_by_a_new_message() -> None:
    idle = window((10, 0), end=11, ends=(10, 10))
    assert judged(idle, after_s=600) is Verdict.OK
    # Once that moment is over, it is.
    assert judged(window((10, 0), end=11, ends=(11,) * 9), after_s=600) is Verdict.STOPPED


@given(windows, waits_s)
def test_without_a_lag_all_is_well(of: LagWindow, wait_s: float) -> None:
    if of.lag == 0:
        assert judged(of, after_s=wait_s) is Verdict.OK


@given(windows, waits_s, waits_s)
def test_time_alone_heals_nobody_who_stopped(of: LagWindow, first: float, more: float) -> None:
    if judged(of, after_s=first) is Verdict.STOPPED:
        assert judged(of, after_s=first + more) is Verdict.STOPPED


@given(windows, waits_s, st.integers(0, 10_000))
def test_only_distances_between_offsets_matter(of: LagWindow, wait_s: float, by: int) -> None:
    moved = LagWindow(
        commits=tuple(Commit(offset=one.offset + by, lag=one.lag, at=one.at) for one in of.commits),
        ends=tuple(end + by for end in of.ends),
    )
    assert judged(moved, after_s=wait_s) is judged(of, after_s=wait_s)


@given(windows, waits_s)
def test_only_one_whose_offset_stood_still_is_stalled(of: LagWindow, wait_s: float) -> None:
    if judged(of, after_s=wait_s) is Verdict.STALLED:
        assert len({one.offset for one in of.commits}) == 1
        assert len(of.commits) > 1
        assert all(one.lag for one in of.commits)


@given(windows, st.integers(0, 100))
def test_a_commit_at_the_end_makes_it_well(of: LagWindow, end: int) -> None:
    latest = of.seen(end).committed(Commit(offset=end, lag=0, at=AT + timedelta(seconds=1)))
    assert judged(latest, after_s=5_000) is Verdict.OK


@given(windows, st.lists(st.integers(0, 100), max_size=30))
def test_a_window_keeps_the_latest_only(of: LagWindow, ends: list[int]) -> None:
    for number, end in enumerate(ends, 1):
        of = of.seen(end).committed(Commit(offset=end, lag=0, at=AT + timedelta(seconds=number)))
    assert len(of.commits) <= WINDOW
    assert len(of.ends) <= WINDOW
    if ends:
        assert of.commits[-1].offset == of.ends[-1] == ends[-1]


def test_a_commit_from_before_the_last_one_is_left_out() -> None:
    of = window((10, 1), (20, 1))
    early = Commit(offset=5, lag=1, at=AT - timedelta(seconds=9))
    assert of.committed(early) == of


def test_a_group_does_as_its_worst_partition() -> None:
    assert worst([]) is Verdict.OK
    assert worst([Verdict.WARN, Verdict.STALLED, Verdict.OK]) is Verdict.STALLED
    assert worst(reversed(Verdict)) is Verdict.STOPPED
