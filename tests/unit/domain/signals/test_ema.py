"""Averages and crosses, held against their definitions written out."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.shared.values import InvalidValue
from domain.signals.atr import AverageTrueRange
from domain.signals.ema import Cross, Ema, EmaCross

prices = st.floats(min_value=0.01, max_value=10_000, allow_nan=False)


def weighted(series: list[float], *, period: int) -> float:
    """The average as a weighted sum: (1 - a)^n of the first price, a (1 - a)^k of the others."""
    alpha = 2 / (period + 1)
    weights = [alpha * (1 - alpha) ** (len(series) - 1 - index) for index in range(len(series))]
    weights[0] = (1 - alpha) ** (len(series) - 1)
    return math.fsum(weight * price for weight, price in zip(weights, series, strict=True))


@given(st.lists(prices, min_size=1, max_size=80), st.integers(min_value=1, max_value=30))
def test_the_average_is_the_weighted_sum_of_all_prices(series: list[float], period: int) -> None:
    average = Ema(period=period)
    for price in series:
        average.update(price)
    # Each step rounds at the size of the largest price seen, not of the result.
    slack = 1e-12 * max(series)
    assert average.value == pytest.approx(weighted(series, period=period), rel=1e-9, abs=slack)
    assert average.is_ready is (len(series) >= period)
    assert min(series) - slack <= average.value <= max(series) + slack


@given(st.lists(prices, min_size=1, max_size=120))
def test_crosses_are_the_changes_of_which_average_is_above(series: list[float]) -> None:
    cross = EmaCross(fast=3, slow=7)
    fast, slow = Ema(period=3), Ema(period=7)
    above = False
    for count, price in enumerate(series, start=1):
        said = cross.update(price)
        now = fast.update(price) >= slow.update(price)
        if count < 7:
            assert said is None
            continue
        expected = None if now is above else Cross.UP if now else Cross.DOWN
        assert said is expected
        above = now


def test_the_first_comparison_is_a_cross_up_or_nothing() -> None:
    rising, falling = EmaCross(fast=2, slow=4), EmaCross(fast=2, slow=4)
    assert [rising.update(price) for price in (1.0, 2.0, 3.0, 4.0)] == [None, None, None, Cross.UP]
    assert [falling.update(price) for price in (4.0, 3.0, 2.0, 1.0)] == [None] * 4
    assert rising.update(1.0) is Cross.DOWN


@given(
    st.lists(prices, min_size=1, max_size=60),
    st.lists(prices, min_size=1, max_size=60),
    st.sampled_from([2.0, 4.0, 0.5]),
)
def test_a_split_makes_no_cross(before: list[float], after: list[float], ratio: float) -> None:
    split, whole = EmaCross(), EmaCross()
    for price in before:
        assert split.update(price) is whole.update(price)
    split.restate(ratio)
    # Powers of two leave no rounding: the two see the very same comparisons.
    for price in after:
        assert split.update(price / ratio) is whole.update(price)


@pytest.mark.parametrize("price", [math.nan, math.inf, -math.inf])
def test_a_price_that_is_no_number_is_refused(price: float) -> None:
    with pytest.raises(InvalidValue, match="finite"):
        Ema(period=3).update(price)
    with pytest.raises(InvalidValue, match="finite"):
        AverageTrueRange().update(high=price, low=1.0, close=1.0)


def test_periods_and_ratios_that_mean_nothing_are_refused() -> None:
    with pytest.raises(InvalidValue, match="period"):
        Ema(period=0)
    with pytest.raises(InvalidValue, match="period"):
        AverageTrueRange(period=0)
    with pytest.raises(InvalidValue, match="below slow"):
        EmaCross(fast=20, slow=20)
    for broken in (0.0, -2.0, math.nan):
        with pytest.raises(InvalidValue, match="ratio"):
            EmaCross().restate(broken)
        with pytest.raises(InvalidValue, match="ratio"):
            AverageTrueRange().restate(broken)


bars = st.tuples(prices, prices, prices).map(lambda three: tuple(sorted(three)))


@given(st.lists(bars, min_size=1, max_size=60), st.integers(min_value=1, max_value=20))
def test_the_true_range_is_wilders(series: list[tuple[float, float, float]], period: int) -> None:
    measure = AverageTrueRange(period=period)
    ranges: list[float] = []
    before: list[float] = []
    for low, last, high in series:
        measure.update(high=high, low=low, close=last)
        ranges.append(
            max([high - low, *(abs(edge - close) for close in before for edge in (low, high))])
        )
        before = [last]
    if len(ranges) < period:
        assert measure.value is None
        return
    expected = math.fsum(ranges[:period]) / period
    for spread in ranges[period:]:
        expected = (expected * (period - 1) + spread) / period
    assert measure.value == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_a_split_divides_the_true_range() -> None:
    measure = AverageTrueRange(period=2)
    measure.update(high=12.0, low=10.0, close=11.0)
    measure.update(high=12.0, low=10.0, close=12.0)
    measure.restate(2.0)
    assert measure.value == 1.0
    # The close before the split is 6 in new shares: no gap.
    measure.update(high=7.0, low=6.0, close=6.5)
    assert measure.value == 1.0
