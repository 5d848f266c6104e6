"""Returns, ratios and drawdowns against numpy and against hand-worked cases."""

import math
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.performance.drawdown import deepest_drawdown, drawdowns
from domain.performance.ratios import sharpe_ratio, standard_deviation
from domain.performance.returns import (
    annual_growth,
    monthly_returns,
    period_returns,
    total_return,
)
from domain.shared.values import InvalidValue

money = st.floats(min_value=1, max_value=1e9, allow_nan=False)
curves = st.lists(money, min_size=2, max_size=200)


@given(curves)
def test_returns_are_numpys(curve: list[float]) -> None:
    values = np.array(curve)
    assert period_returns(curve) == pytest.approx(list(values[1:] / values[:-1] - 1))
    assert total_return(curve) + 1 == pytest.approx(curve[-1] / curve[0])


@given(st.lists(st.floats(min_value=-0.5, max_value=0.5), min_size=2, max_size=200))
def test_the_deviation_and_the_sharpe_ratio_are_numpys(returns: list[float]) -> None:
    deviation = float(np.std(returns, ddof=1))
    # numpy rounds where ours is exact: tiny deviations of equal values are rounding only.
    assert standard_deviation(returns) == pytest.approx(deviation, rel=1e-6, abs=1e-12)
    if deviation > 1e-9:
        expected = float(np.mean(returns)) / deviation * math.sqrt(252)
        assert sharpe_ratio(returns) == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_a_sharpe_ratio_needs_returns_that_vary() -> None:
    assert sharpe_ratio([]) is None
    assert sharpe_ratio([0.1]) is None
    assert sharpe_ratio([0.1, 0.1, 0.1]) is None
    assert sharpe_ratio([0.02, 0.0], periods_per_year=1, risk_free=0.01) == pytest.approx(0.0)


@given(curves)
def test_drawdowns_are_numpys(curve: list[float]) -> None:
    peaks = np.maximum.accumulate(curve)
    expected = (peaks - curve) / peaks
    assert drawdowns(curve) == pytest.approx(list(expected))
    deepest = deepest_drawdown(curve)
    assert deepest.depth == pytest.approx(float(expected.max()))
    assert deepest.peak <= deepest.trough
    assert (curve[deepest.peak] - curve[deepest.trough]) / curve[deepest.peak] == deepest.depth


def test_the_deepest_drawdown_says_where_it_was() -> None:
    found = deepest_drawdown([100.0, 120.0, 90.0, 130.0, 104.0, 97.5])
    assert (found.peak, found.trough) == (1, 2)
    assert found.depth == pytest.approx(0.25)
    rising = deepest_drawdown([1.0, 2.0, 3.0])
    assert (rising.depth, rising.peak) == (0.0, rising.trough)
    assert deepest_drawdown([]).depth == 0.0


def test_growth_compounds_over_the_years() -> None:
    first = date(2001, 1, 1)
    doubled = annual_growth(total=3.0, first=first, last=first + timedelta(days=1461))
    assert doubled == pytest.approx(4 ** (1 / 4) - 1)
    assert annual_growth(total=0.1, first=first, last=first) is None
    assert annual_growth(total=-1.0, first=first, last=date(2002, 1, 1)) is None
    assert annual_growth(total=1e300, first=first, last=date(2001, 1, 2)) is None


def test_a_month_counts_from_the_end_of_the_one_before() -> None:
    days = [date(2012, 1, 30), date(2012, 1, 31), date(2012, 2, 1), date(2013, 2, 1)]
    months = monthly_returns(days, [100.0, 105.0, 110.0, 99.0, 198.0])
    assert months == {
        (2012, 1): pytest.approx(0.10),
        (2012, 2): pytest.approx(-0.10),
        (2013, 2): pytest.approx(1.0),
    }
    assert monthly_returns([], [100.0]) == {}


@given(curves)
def test_months_compound_to_the_whole(curve: list[float]) -> None:
    days = [date(2010, 1, 1) + timedelta(days=9 * index) for index in range(len(curve) - 1)]
    # Additions of 1 round what is tiny beside it: as coarse as the largest value over the first.
    rounding = 1e-12 * max(curve) / min(curve)
    compounded = math.prod(1 + each for each in monthly_returns(days, curve).values())
    assert compounded == pytest.approx(total_return(curve) + 1, rel=1e-9 + rounding * 100)


@pytest.mark.parametrize("curve", [[0.0, 1.0], [-1.0, 1.0], [1.0, math.nan], [1.0, 0.0, 1.0]])
def test_a_curve_that_has_no_returns_is_refused(curve: list[float]) -> None:
    with pytest.raises(InvalidValue, match="equity"):
        period_returns(curve)


def test_figures_of_nothing() -> None:
    assert total_return([100.0]) == 0.0
    assert period_returns([100.0]) == []
    with pytest.raises(InvalidValue, match="start above 0"):
        drawdowns([0.0])
    with pytest.raises(InvalidValue, match="must have 2 values"):
        monthly_returns([date(2012, 1, 1)], [1.0])
