"""Where a history is cut, and what differs then."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.strategies.look_ahead import cuts_of, differing
from tests import builders


@given(count=st.integers(0, 500), most=st.integers(0, 600))
def test_cuts_are_as_many_as_may_be_and_leave_something_out(count: int, most: int) -> None:
    cuts = list(cuts_of(count, most=most))
    assert len(cuts) == min(most, max(count - 1, 0))
    assert cuts == sorted(set(cuts))
    assert all(1 <= one < count for one in cuts)
    if cuts:
        assert cuts[-1] == count - 1


def test_a_day_that_differs_is_named_with_both_scores() -> None:
    days = [builders.MARKET_AT + timedelta(days=number) for number in range(4)]
    whole, cut = [None, 0.5, 0.25, 0.1], [None, 0.5, None]
    (one,) = differing("AAPL", days, whole=whole, cut=cut)
    assert (one.at, one.cut_at, one.whole, one.cut) == (days[2], days[2], 0.25, None)
