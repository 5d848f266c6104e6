"""What came of a forecast is told once its days are over."""

import math
from datetime import date, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.inference.predictions import digest_of, outcome

DAY = date(2024, 3, 4)


@settings(max_examples=100)
@given(st.lists(st.floats(1, 1e6), min_size=1, max_size=20), st.integers(1, 20))
def test_an_outcome_is_the_log_return_of_the_days_behind(closes: list[float], days: int) -> None:
    told = [(DAY + timedelta(days=place), close) for place, close in enumerate(closes)]
    for place, (day, close) in enumerate(told):
        wanted = math.log(closes[place + days] / close) if place + days < len(closes) else None
        assert outcome(told, day=day, horizon_days=days) == wanted
    assert outcome(told, day=DAY - timedelta(days=1), horizon_days=days) is None


def test_features_are_told_apart_by_each_digit() -> None:
    features = np.array([0.1, 0.2])
    assert digest_of(features) == digest_of(features.copy())
    assert digest_of(features) != digest_of(np.array([0.1, np.nextafter(0.2, 1)]))
