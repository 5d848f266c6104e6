"""The market's mood is a percentile of its own past, and what is missing is never a 0."""

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.sentiment.fear_greed import Mood, MoodInput, fear_greed, mood_of, percentile
from domain.shared.values import InvalidValue

PAST = [Decimal(one) for one in range(100)]
VALUES = st.integers(min_value=-50, max_value=50).map(Decimal)


def part(value: float, past: list[Decimal] = PAST) -> MoodInput:
    return MoodInput(value=Decimal(str(value)), history=past)


@settings(max_examples=1_000, deadline=None)
@given(VALUES, st.lists(VALUES, min_size=1, max_size=60))
def test_the_percentile_is_the_mean_of_those_below_and_those_not_above(
    value: Decimal, past: list[Decimal]
) -> None:
    before = np.array(past, dtype=float)
    expected = 50 * float(np.mean(before < float(value)) + np.mean(before <= float(value)))
    assert float(percentile(value, past)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("inputs", "score", "coverage"),
    [
        # Calm above nine tenths of the past is greed; .4 (100 - 10) + .3 (100 - 50.5) + .3 70.
        ({"vix": part(10.5 - 1), "put_call": part(50), "social": part(0.4)}, 72, "1"),
        ({"vix": part(50)}, 50, "0.4"),
        ({"social": part(-1)}, 0, "0.3"),
        ({"vix": part(1000), "put_call": part(1000)}, 0, "0.7"),
        # A half is rounded up.
        ({"social": part(0.01)}, 51, "0.3"),
        ({"social": part(-0.01)}, 50, "0.3"),
    ],
)
def test_the_score_is_the_weighted_mean_of_the_parts_that_are_there(
    inputs: dict[str, MoodInput], score: int, coverage: str
) -> None:
    mood = fear_greed(inputs)
    assert (mood.score, mood.coverage) == (score, Decimal(coverage))


def test_a_part_without_a_past_is_absent_and_says_so() -> None:
    short = fear_greed({"vix": part(1, PAST[:59])})
    assert (short.score, short.mood) == (None, None)
    assert short.coverage == 0
    assert {one.name: one.missing for one in short.parts} == {
        "vix": "only 59 values before it, 60 are needed",
        "put_call": "not given",
        "social": "not given",
    }
    assert fear_greed({"vix": part(1, PAST[:60])}).score == 98
    # Only the last year counts.
    assert fear_greed({"vix": part(5, [Decimal(9)] * 500 + [Decimal(1)] * 252)}).score == 0


def test_other_parts_count_with_a_weight() -> None:
    weights = {"momentum": Decimal(3), "junk_spread": Decimal(1)}
    mood = fear_greed({"momentum": part(89.5), "junk_spread": part(89.5)}, weights=weights)
    assert mood.score == 70  # (3 x 90 + 10) / 4
    assert [one.name for one in mood.parts] == ["momentum", "junk_spread"]


@pytest.mark.parametrize(
    ("score", "mood"),
    [
        (0, Mood.EXTREME_FEAR),
        (19, Mood.EXTREME_FEAR),
        (20, Mood.FEAR),
        (39, Mood.FEAR),
        (40, Mood.NEUTRAL),
        (60, Mood.NEUTRAL),
        (61, Mood.GREED),
        (80, Mood.GREED),
        (81, Mood.EXTREME_GREED),
        (100, Mood.EXTREME_GREED),
    ],
)
def test_the_words_change_at_their_limits(score: int, mood: Mood) -> None:
    assert mood_of(score) is mood


@pytest.mark.parametrize(
    ("inputs", "weights", "field"),
    [
        ({"fear": part(1)}, None, "parts.fear"),
        ({"momentum": part(1)}, None, "weights.momentum"),
        ({"social": part(1.1)}, None, "parts.social.value"),
        ({"vix": part(1)}, {"vix": Decimal(-1)}, "weights.vix"),
        ({"vix": part(1)}, {"vix": Decimal(0)}, "weights"),
        ({}, {"mood": Decimal(1)}, "weights.mood"),
        ({"vix": MoodInput(value=Decimal("NaN"))}, None, "parts.vix.value"),
    ],
)
def test_what_makes_no_sense_is_refused_by_field(inputs: Any, weights: Any, field: str) -> None:
    with pytest.raises(InvalidValue) as met:
        fear_greed(inputs, weights=weights)
    assert met.value.field == field
