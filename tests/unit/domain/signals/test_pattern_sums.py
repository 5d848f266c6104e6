"""What a pattern adds up as bars come and go is exact: the past leaves no trace in it."""

from datetime import date
from fractions import Fraction

import numpy as np
import pytest

from domain.shared.values import InvalidValue
from domain.signals.pattern import Pattern
from tests.unit.domain.signals.test_pattern import series

DAY = date(2026, 1, 2)


def wild(seed: int, count: int) -> list[float]:
    """Return prices that leap by a hundred times, rest, and creep."""
    random = np.random.default_rng(seed)
    sizes = random.choice([0.0, 1e-14, 1e-5, 0.01, 4.0], count)
    steps = sizes * random.normal(0, 1, count)
    return [
        float(one) for one in 100 * np.exp(np.cumsum(steps) - np.linspace(0, steps.sum(), count))
    ]


def exact_sigma(returns: tuple[float, ...]) -> float | None:
    """Return the sample deviation of the last 20, worked out in fractions."""
    last = [Fraction(one) for one in returns[-20:]]
    mean = sum(last) / len(last)
    variance = sum((one - mean) ** 2 for one in last) / (len(last) - 1)
    return float(np.sqrt(float(variance))) if variance else None


@pytest.mark.parametrize("seed", range(4))
def test_sigma_is_that_of_fractions_after_whatever_went_by(seed: int) -> None:
    pattern = Pattern()
    for at, price in enumerate(wild(seed, 600)):
        bar = pattern.update(price=price, volume=1.0, session=DAY)
        if at >= 20:
            wanted = exact_sigma(pattern.state().returns)
            assert bar.sigma == (None if wanted is None else pytest.approx(wanted, rel=1e-15 * 8))


@pytest.mark.parametrize("at", [5, 20, 99, 100, 101, 350])
def test_one_that_goes_on_from_a_state_says_the_same_bit_by_bit(at: int) -> None:
    prices, volumes = series(3)
    whole, kept = Pattern(), Pattern()
    for place, (price, volume) in enumerate(zip(prices, volumes, strict=True)):
        if place == at:
            kept = Pattern.of(whole.state())
        bar = whole.update(price=float(price), volume=float(volume), session=DAY)
        if place >= at:
            assert kept.update(price=float(price), volume=float(volume), session=DAY) == bar
    assert kept.state() == whole.state()


def test_a_leap_beyond_all_figures_is_refused_and_changes_nothing() -> None:
    pattern = Pattern()
    pattern.update(price=1e-300, volume=1.0, session=DAY)
    before = pattern.state()
    with pytest.raises(InvalidValue, match="price: must not be 1e\\+300 after 1e-300"):
        pattern.update(price=1e300, volume=1.0, session=DAY)
    assert pattern.state() == before
