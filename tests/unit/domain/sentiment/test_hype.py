"""A day stands out by a robust z of its mentions, and never by what is not known."""

import math
from datetime import date, timedelta
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.sentiment.hype import (
    Hype,
    Mentions,
    MentionSpan,
    hype_of,
    keywords_of,
    robust_z,
)
from domain.sentiment.lexicon import tone_of
from domain.shared.values import InvalidValue

DAY = date(2026, 3, 2)
COUNTS = st.integers(min_value=0, max_value=10_000)


def span(*, days: int) -> MentionSpan:
    """Return a span that ends on the day and has so many days before it."""
    first = DAY - timedelta(days=days)
    return MentionSpan(id=UUID(int=1), tenant_id=UUID(int=2), first=first, last=DAY)


def mentions(many: int, *, authors: int | None = None, **more: int) -> Mentions:
    """Return a day's mentions."""
    return Mentions(
        id=UUID(int=1),
        tenant_id=UUID(int=2),
        symbol="AAPL",
        date=DAY,
        mentions=many,
        authors=authors,
        **more,
    )


@settings(max_examples=1_000)
@given(COUNTS, st.lists(COUNTS, min_size=14, max_size=30))
def test_z_is_what_numpy_says(today: int, before: list[int]) -> None:
    logs = np.log1p(np.array(before, dtype=float))
    middle = np.median(logs)
    scale = max(1.4826 * np.median(np.abs(logs - middle)), 0.5)
    assert robust_z(today, before) == pytest.approx((np.log1p(today) - middle) / scale)


@settings(max_examples=1_000)
@given(
    st.dictionaries(st.integers(min_value=-60, max_value=60), COUNTS, max_size=60),
    st.dictionaries(st.integers(min_value=1, max_value=60), COUNTS, max_size=20),
)
def test_no_later_day_and_none_before_the_thirty_changes_a_days_z(
    counts: dict[int, int], later: dict[int, int]
) -> None:
    by_day = {DAY + timedelta(days=at): many for at, many in counts.items()}
    changed = by_day | {DAY + timedelta(days=at): many for at, many in later.items()}
    changed |= {DAY - timedelta(days=30 + at): many for at, many in later.items()}
    whole = span(days=100)
    found = hype_of("AAPL", day=DAY, counts=by_day, span=whole)
    assert hype_of("AAPL", day=DAY, counts=changed, span=whole) == found


def test_absent_days_are_none_within_the_span_and_unknown_outside_it() -> None:
    counts = {DAY: 100}
    found = hype_of("AAPL", day=DAY, counts=counts, span=span(days=14))
    assert found.z == pytest.approx(math.log(101) / 0.5)
    assert found.is_spike()
    short = hype_of("AAPL", day=DAY, counts=counts, span=span(days=13))
    assert (short.z, short.score, short.is_spike()) == (None, None, False)
    assert "13 days" in short.missing
    gone = hype_of("AAPL", day=DAY + timedelta(days=1), counts=counts, span=span(days=14))
    assert (gone.mentions, gone.z) == (None, None)
    assert hype_of("AAPL", day=DAY, counts=counts, span=None).missing == "the day is not known"


def test_a_spike_needs_ten_mentions_and_the_score_begins_at_none() -> None:
    def day(many: int, z: float) -> Hype:
        return Hype(symbol="AAPL", date=DAY, mentions=many, z=z)

    assert [day(10, 5).is_spike(), day(9, 5).is_spike(), day(10, 4.99).is_spike()] == [
        *(True, False, False)
    ]
    assert day(1, -3).score == 0
    assert day(1, 5).score == pytest.approx(100 * (1 - math.exp(-1)))


def test_an_author_counts_three_times_a_day_at_most() -> None:
    assert mentions(100, authors=2).counted == 6
    assert mentions(5, authors=2).counted == 5
    assert mentions(100).counted == 100
    assert mentions(100, authors=2, comments=4, likes=10).engagement == pytest.approx(6 + 2 + 1)
    for wrong in ({"many": -1}, {"many": 1, "authors": 0}):
        with pytest.raises(InvalidValue, match="must"):
            mentions(**wrong)


def test_keywords_are_what_the_score_hangs_on() -> None:
    text = "Apple profit rose in Geneva on Monday"
    found = keywords_of([text, text])
    assert found
    for one in found:
        assert "profit" in one.words or "rose" in one.words
    left = tone_of("Apple in Geneva on Monday").score
    both = next((one.effect for one in found if one.words == "profit rose"), None)
    assert both == pytest.approx(2 * (tone_of(text).score - left))
    assert keywords_of(["The meeting takes place in Geneva"]) == []
