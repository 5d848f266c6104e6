"""Figures of a portfolio's risk, held against the standard library's statistics."""

import statistics
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.market.prices import Bar
from domain.risk.portfolio import (
    RETURNS_MIN,
    Exposure,
    Returns,
    correlation,
    daily_returns,
    exposure_of,
    value_at_risk,
    volatility,
)
from domain.shared.values import InvalidValue

D = Decimal
START = datetime(2026, 1, 1, 21, tzinfo=UTC)


def bars(symbol: str, closes: Sequence[float], *, first: int = 0) -> list[Bar]:
    """Daily bars with these closes, one a day."""
    made = []
    for number, close in enumerate(closes, start=first):
        price, at = D(str(close)), START + timedelta(days=number)
        made.append(
            Bar(
                symbol=symbol,
                opened_at=at - timedelta(hours=6),
                closed_at=at,
                open=price,
                high=price,
                low=price,
                close=price,
                volume=D(1_000),
            )
        )
    return made


def returns_of(**columns: Sequence[float]) -> Returns:
    """Returns with these columns."""
    symbols = tuple(sorted(columns))
    values = np.array([columns[symbol] for symbol in symbols], dtype=np.float64).T
    days = tuple((START + timedelta(days=n)).date() for n in range(len(values)))
    return Returns(symbols=symbols, days=days, values=values)


SERIES = st.lists(
    st.integers(min_value=-900, max_value=900).map(lambda n: n / 10_000), min_size=25, max_size=60
)


def test_returns_are_taken_on_days_that_all_have() -> None:
    closes = [100.0 * 1.01**n for n in range(30)]
    found = daily_returns({"A": bars("A", closes), "B": bars("B", closes[3:], first=3)})
    assert found is not None
    assert found.symbols == ("A", "B")
    assert len(found.days) == 26
    assert found.days[0] == (START + timedelta(days=4)).date()
    assert found.values == pytest.approx(0.01)


def test_too_few_days_or_prices_of_nothing_give_no_returns() -> None:
    enough = [float(n) for n in range(1, RETURNS_MIN + 2)]
    assert daily_returns({"A": bars("A", enough)}) is not None
    assert daily_returns({"A": bars("A", enough[1:])}) is None
    assert daily_returns({"A": bars("A", [0.0, *enough])}) is None
    assert daily_returns({"A": bars("A", [*enough, -1.0])}) is None
    assert daily_returns({}) is None


def test_historical_value_at_risk_is_the_worst_day_seen_of_a_hundred() -> None:
    results = [n / 1_000 for n in range(-50, 50)]
    tail = value_at_risk(returns_of(A=results), values={"A": D(1_000)}, confidence=D("0.99"))
    assert tail.historical == D("50.00")
    five = value_at_risk(returns_of(A=results), values={"A": D(1_000)}, confidence=D("0.95"))
    assert five.historical == D("46.00")
    assert five.expected_shortfall == D("48.00")
    assert (five.observations, five.horizon_days, five.confidence) == (100, 1, D("0.95"))
    assert five.first_day == START.date()
    assert five.last_day == (START + timedelta(days=99)).date()


@settings(deadline=None)
@given(series=SERIES)
def test_parametric_value_at_risk_is_that_of_the_normal_distribution(series: list[float]) -> None:
    tail = value_at_risk(returns_of(A=series), values={"A": D(10_000)}, confidence=D("0.99"))
    results = [10_000 * one for one in series]
    normal = statistics.NormalDist(statistics.mean(results), statistics.stdev(results))
    expected = max(-normal.inv_cdf(0.01), 0.0) if normal.stdev else max(-normal.mean, 0.0)
    assert float(tail.parametric) == pytest.approx(expected, abs=0.011)


@settings(deadline=None)
@given(a=SERIES, held=st.integers(min_value=-9_000, max_value=9_000))
def test_losses_are_ordered_and_short_is_long_mirrored(a: list[float], held: int) -> None:
    up, down = returns_of(A=a), returns_of(A=[-one for one in a])
    tail = value_at_risk(up, values={"A": D(held)}, confidence=D("0.95"))
    assert tail.expected_shortfall >= tail.historical >= 0
    mirrored = value_at_risk(down, values={"A": D(-held)}, confidence=D("0.95"))
    assert mirrored.historical == tail.historical
    nothing = value_at_risk(up, values={}, confidence=D("0.95"))
    assert nothing.historical == nothing.parametric == 0


def test_positions_that_cancel_lose_nothing() -> None:
    series = [0.01, -0.02, 0.03] * 10
    both = returns_of(A=series, B=series)
    tail = value_at_risk(both, values={"A": D(500), "B": D(-500)}, confidence=D("0.99"))
    assert tail.historical == 0
    assert tail.parametric == 0


def test_a_longer_horizon_scales_by_the_root_of_time() -> None:
    series = [0.01, -0.01] * 15
    one = value_at_risk(returns_of(A=series), values={"A": D(1_000)}, confidence=D("0.95"))
    four = value_at_risk(
        returns_of(A=series), values={"A": D(1_000)}, confidence=D("0.95"), horizon_days=4
    )
    assert four.historical == one.historical * 2
    assert four.expected_shortfall == one.expected_shortfall * 2
    assert abs(four.parametric - one.parametric * 2) <= D("0.01")
    assert four.horizon_days == 4


def test_the_mean_counts_once_for_every_day_of_the_horizon() -> None:
    series = [0.03, 0.01] * 15
    four = value_at_risk(
        returns_of(A=series), values={"A": D(1_000)}, confidence=D("0.9999"), horizon_days=4
    )
    z = statistics.NormalDist().inv_cdf(0.9999)
    expected = z * statistics.stdev(series) * 1_000 * 2 - 20 * 4
    assert float(four.parametric) == pytest.approx(max(expected, 0), abs=0.01)


@pytest.mark.parametrize("confidence", ["0.5", "1", "0", "1.5"])
def test_confidence_lies_between_a_half_and_one(confidence: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        value_at_risk(returns_of(A=[0.1] * 25), values={}, confidence=D(confidence))
    assert refused.value.field == "confidence"


@pytest.mark.parametrize("days", [0, 251, -1])
def test_the_horizon_is_a_year_at_most(days: int) -> None:
    with pytest.raises(InvalidValue) as refused:
        value_at_risk(returns_of(A=[0.1] * 25), values={}, confidence=D("0.9"), horizon_days=days)
    assert refused.value.field == "horizon_days"
    value_at_risk(returns_of(A=[0.1] * 25), values={}, confidence=D("0.9"), horizon_days=250)


@settings(deadline=None)
@given(data=st.data(), a=SERIES)
def test_correlation_is_pearsons(data: st.DataObject, a: list[float]) -> None:
    b = data.draw(st.permutations(a))
    found = correlation(returns_of(A=a, B=b))
    assert found.symbols == ("A", "B")
    if len(set(a)) == 1:
        return
    expected = statistics.correlation(a, b)
    assert found.matrix[0][0] == found.matrix[1][1] == 1.0
    assert found.matrix[0][1] == found.matrix[1][0] == pytest.approx(expected, abs=1e-9)


def test_a_series_that_never_moves_has_no_correlation() -> None:
    found = correlation(returns_of(A=[0.0] * 25, B=[0.01, -0.01, 0.0, 0.02, 0.0] * 5))
    assert found.matrix == ((None, None), (None, 1.0))


def test_exposure_sums_net_and_gross() -> None:
    found = exposure_of([(D(100), D(150)), (D(-40), D(40))])
    assert found == Exposure(net=D(60), gross=D(140), gross_with_resting=D(190))
    assert exposure_of([]) == Exposure(net=D(0), gross=D(0), gross_with_resting=D(0))


def test_volatility_is_the_sample_deviation_of_one_symbol() -> None:
    series = [0.01, -0.02, 0.03, 0.0, 0.01] * 5
    found = volatility(returns_of(A=[0.0] * 25, B=series), symbol="B")
    assert float(found) == pytest.approx(statistics.stdev(series), abs=1e-12)


def test_a_series_that_only_gains_has_no_tail() -> None:
    tail = value_at_risk(
        returns_of(A=[0.01, 0.02] * 20),
        values={"A": D(1_000)},
        confidence=D("0.99"),
        horizon_days=1,
    )
    assert (tail.historical, tail.expected_shortfall) == (D(0), D(0))
