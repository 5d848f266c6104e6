"""Statistics of the benchmark: known samples, fair turns, refused nonsense."""

from collections.abc import Callable
from math import inf, nan
from statistics import quantiles

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.stats import compare, latency, percentile, summarise

figures = st.lists(st.floats(min_value=0, max_value=1e9), min_size=2, max_size=200)


def test_a_spread_gives_the_median_and_the_quartiles() -> None:
    spread = summarise([5.0, 1.0, 4.0, 2.0, 3.0])

    assert spread.median == 3.0
    assert (spread.quartile_low, spread.quartile_high) == (2.0, 4.0)
    assert spread.iqr == 2.0
    assert (spread.minimum, spread.maximum, spread.count) == (1.0, 5.0, 5)


def test_one_value_is_its_own_spread() -> None:
    spread = summarise([7.0])

    assert (spread.median, spread.iqr, spread.count) == (7.0, 0.0, 1)


@given(figures)
def test_quartiles_agree_with_the_standard_library(sample: list[float]) -> None:
    low, median, high = quantiles(sample, n=4, method="inclusive")
    spread = summarise(sample)

    assert spread.quartile_low == pytest.approx(low)
    assert spread.median == pytest.approx(median)
    assert spread.quartile_high == pytest.approx(high)


def test_a_latency_gives_its_tail() -> None:
    found = latency([float(value) for value in range(1, 102)])

    assert (found.p50, found.p99, found.maximum) == (51.0, 100.0, 101.0)
    assert (found.mean, found.count) == (51.0, 101)


@pytest.mark.parametrize("sample", [[], [1.0, nan], [inf, 1.0]])
def test_a_sample_that_means_nothing_is_refused(sample: list[float]) -> None:
    with pytest.raises(ValueError, match="a sample needs"):
        summarise(sample)


@pytest.mark.parametrize("rank", [-1, 100.5, nan])
def test_a_rank_outside_the_sample_is_refused(rank: float) -> None:
    with pytest.raises(ValueError, match="rank must be between 0 and 100"):
        percentile([1.0, 2.0], rank=rank)


def test_sides_are_measured_in_turn_and_take_turns_at_going_first() -> None:
    order: list[str] = []

    compare(
        _recording(order, name="ours", figure=2.0),
        _recording(order, name="reference", figure=4.0),
        repeats=3,
    )

    assert order == ["ours", "reference", "reference", "ours", "ours", "reference"]


def test_the_ratio_is_taken_pair_by_pair() -> None:
    ours = iter([1.0, 20.0, 300.0])
    reference = iter([2.0, 40.0, 300.0])

    found = compare(lambda: next(ours), lambda: next(reference), repeats=3)

    assert found.ratio.median == 0.5
    assert (found.ratio.minimum, found.ratio.maximum) == (0.5, 1.0)
    assert found.ours.median == 20.0
    assert found.reference.median == 40.0


@pytest.mark.parametrize("repeats", [0, -1, 1_001])
def test_repeats_out_of_bounds_are_refused(repeats: int) -> None:
    with pytest.raises(ValueError, match="repeats must be between 1 and 1000"):
        compare(lambda: 1.0, lambda: 1.0, repeats=repeats)


@pytest.mark.parametrize("figure", [0.0, -1.0, nan, inf])
def test_a_figure_without_a_ratio_is_refused_by_name(figure: float) -> None:
    with pytest.raises(ValueError, match=r"reference gave .* in turn 0"):
        compare(lambda: 1.0, lambda: figure, repeats=1)


def _recording(order: list[str], *, name: str, figure: float) -> Callable[[], float]:
    def measure() -> float:
        order.append(name)
        return figure

    return measure
