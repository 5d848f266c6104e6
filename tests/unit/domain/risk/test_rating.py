"""The rating: the worst part counts, what is missing is never safe, a denial is always danger."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.risk.rating import Part, PartName, Rating, more_careful, rate, score_of, shown_score

D = Decimal


def part(value: str | None, limit: str = "1", *, exempt: bool = False) -> Part:
    """Make a part."""
    return Part(
        name=PartName.SECTOR,
        value=None if value is None else D(value),
        limit=D(limit),
        missing="a price" if value is None else "",
        exempt=exempt,
    )


@pytest.mark.parametrize(
    ("value", "limit", "score"),
    [
        ("0", "0.25", "0"),
        ("-1", "0.25", "0"),
        ("0.15", "0.25", "60"),
        # A hair over is over, a hair under is under.
        ("0.1500001", "0.25", "60.00004"),
        ("0.1499975", "0.25", "59.999"),
        ("0.25", "0.25", "100"),
        ("9", "0.25", "100"),
        ("0.01", "0", "100"),
    ],
)
def test_a_parts_score_is_its_share_of_the_limit(value: str, limit: str, score: str) -> None:
    assert part(value, limit).score == D(score)


def test_the_greatest_part_counts_but_for_exempt_and_unknown_ones() -> None:
    parts = [part("0.2"), part("0.7"), part("0.9", exempt=True), part(None)]
    assert score_of(parts) == 70
    assert score_of([part(None)]) == 0


@pytest.mark.parametrize(
    ("score", "rating"),
    [
        ("0", Rating.SAFE),
        ("59.999999", Rating.SAFE),
        ("60", Rating.CAUTION),
        ("89.999999", Rating.CAUTION),
        ("90", Rating.DANGER),
        ("100", Rating.DANGER),
    ],
)
def test_the_bounds_of_the_ratings(score: str, rating: Rating) -> None:
    assert rate(D(score), missing=False, warned=False, denied=False) is rating


@given(value=st.decimals(0, 2, places=9), limit=st.sampled_from(["0.1", "0.25", "0.3", "0.85"]))
def test_what_is_shown_of_a_score_lies_in_its_band(value: Decimal, limit: str) -> None:
    score = score_of([part(str(value), limit)])
    shown = shown_score(score)
    rated = [rate(one, missing=False, warned=False, denied=False) for one in (score, shown)]
    assert rated[0] is rated[1]
    assert 0 <= score - shown < D("0.01")


@given(
    score=st.integers(0, 100).map(D),
    missing=st.booleans(),
    warned=st.booleans(),
    denied=st.booleans(),
)
def test_nothing_makes_a_rating_less_careful(
    score: Decimal, missing: bool, warned: bool, denied: bool
) -> None:
    plain = rate(score, missing=False, warned=False, denied=False)
    found = rate(score, missing=missing, warned=warned, denied=denied)
    assert more_careful(plain, found) is found
    if denied:
        assert found is Rating.DANGER
    if missing or warned:
        assert found is not Rating.SAFE
