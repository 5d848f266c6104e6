"""A book played through its history, held against numpy and a published example."""

from decimal import Decimal

import numpy as np
import pytest

from domain.risk.book_history import (
    correlation_with_rest,
    marginal_value_at_risk,
    worst_stretch,
)
from domain.risk.portfolio import Returns
from tests.unit.domain.risk.test_portfolio import returns_of

D = Decimal
# Days of ten percent up and down in turn, with one fall of half after another.
FALLS = [0.1, -0.1, -0.5, -0.5, 0.2] * 5


def drawn(*, days: int = 250, symbols: int = 3, seed: int = 7) -> Returns:
    """Return correlated daily returns that a seed draws."""
    generator = np.random.default_rng(seed)
    common = generator.normal(0.0003, 0.008, size=(days, 1))
    values = common + generator.normal(0.0, 0.012, size=(days, symbols))
    return returns_of(**{f"S{n}": list(values[:, n]) for n in range(symbols)})


def test_the_worst_stretch_compounds_and_says_when_it_was() -> None:
    returns = returns_of(AAPL=FALLS)
    values = {"AAPL": D(1000)}
    one, two = (worst_stretch(returns, values=values, days=days) for days in (1, 2))
    assert one is not None
    assert two is not None
    assert (one.loss, one.first_day, one.last_day) == (D(500), returns.days[2], returns.days[2])
    # Half of half is left: not twice a half lost.
    assert (two.loss, two.first_day, two.last_day) == (D(750), returns.days[2], returns.days[3])
    short = worst_stretch(returns, values={"AAPL": D(-1000)}, days=1)
    assert short is not None
    assert short.loss == D(200)


def test_what_never_lost_has_lost_nothing_and_too_few_days_say_nothing() -> None:
    returns = returns_of(AAPL=[0.01] * 20)
    rising = worst_stretch(returns, values={"AAPL": D(1000)}, days=20)
    assert rising is not None
    assert rising.loss == 0
    assert worst_stretch(returns, values={"AAPL": D(1000)}, days=21) is None


@pytest.mark.parametrize("days", [1, 5, 20])
def test_the_worst_stretch_is_that_of_plain_loops(days: int) -> None:
    returns = drawn()
    values = {"S0": D(60_000), "S1": D(-25_000), "S2": D(40_000)}
    weights = np.array([60_000.0, -25_000.0, 40_000.0])
    results = [
        float((np.prod(1 + returns.values[n : n + days], axis=0) - 1) @ weights)
        for n in range(len(returns.days) - days + 1)
    ]
    found = worst_stretch(returns, values=values, days=days)
    assert found is not None
    assert float(found.loss) == pytest.approx(-min(results), abs=0.01)
    assert found.first_day == returns.days[results.index(min(results))]


def test_marginal_risk_is_that_of_jorions_two_currencies() -> None:
    """P. Jorion, Value at Risk, chapter 7: $2m at 5 %, $1m at 12 %, uncorrelated, at 1.65.

    His marginal values at risk are 0.0528 and 0.1521, the portfolio's is $257,738.
    """
    # Orthogonal columns of exactly those sample deviations.
    up = np.array([1.0, -1.0, 1.0, -1.0] * 10)
    other = np.array([1.0, 1.0, -1.0, -1.0] * 10)
    scale = np.sqrt(39 / 40)
    returns = returns_of(CAD=list(up * 0.05 * scale), EUR=list(other * 0.12 * scale))
    values = {"CAD": D(2_000_000), "EUR": D(1_000_000)}
    # The confidence whose quantile is 1.65.
    confidence = D("0.9505285319663519")
    found = [
        marginal_value_at_risk(
            returns, values=values, changes={symbol: D(1_000_000)}, confidence=confidence
        )
        for symbol in ("CAD", "EUR")
    ]
    assert [round(figure / 1_000_000, 4) for figure in found] == [D("0.0528"), D("0.1521")]
    whole = marginal_value_at_risk(returns, values=values, changes=values, confidence=confidence)
    assert float(whole) == pytest.approx(257_738, abs=1)


def test_marginal_risk_is_numpys_covariance_and_a_hedge_takes_risk_away() -> None:
    returns = drawn()
    values = {"S0": D(60_000), "S1": D(25_000), "S2": D(10_000)}
    weights = np.array([60_000.0, 25_000.0, 10_000.0])
    covariance = np.cov(returns.values, rowvar=False)
    slope = covariance @ weights / np.sqrt(weights @ covariance @ weights)
    for index, symbol in enumerate(returns.symbols):
        found = marginal_value_at_risk(
            returns, values=values, changes={symbol: D(10_000)}, confidence=D("0.99")
        )
        assert float(found) == pytest.approx(2.3263478740408408 * slope[index] * 10_000, abs=0.01)
    hedge = marginal_value_at_risk(
        returns, values=values, changes={"S0": D(-10_000)}, confidence=D("0.99")
    )
    assert hedge < 0


def test_a_book_that_never_moves_has_no_marginal_risk() -> None:
    returns = returns_of(AAPL=[0.0] * 25)
    held = {"AAPL": D(1000)}
    assert marginal_value_at_risk(returns, values=held, changes=held, confidence=D("0.99")) == 0


def test_correlation_is_with_the_rest_over_the_last_sixty_days() -> None:
    returns = drawn()
    values = {"S0": D(60_000), "S1": D(-25_000), "S2": D(10_000)}
    rest = returns.values[-60:] @ np.array([0.0, -25_000.0, 10_000.0])
    expected = float(np.corrcoef(returns.values[-60:, 0], rest)[0, 1])
    found = correlation_with_rest(returns, values=values, symbol="S0")
    assert found == pytest.approx(expected, abs=1e-12)
    assert correlation_with_rest(returns, values={"S0": D(1)}, symbol="S0") is None
    assert correlation_with_rest(drawn(days=59), values=values, symbol="S0") is None
