"""What every adapter of PatternSweeps promises."""

from abc import abstractmethod

import numpy as np
import pytest

from domain.shared.values import InvalidValue
from domain.signals.pattern import PatternRules
from domain.signals.sweep import SweepPrices, SweepResult, sweep
from ports.sweeps import PatternSweeps
from tests.contracts.contract import Contract

RULES = [
    PatternRules(fast=fast, slow=slow, threshold=threshold, again_after=again)
    for fast in (0.1, 0.3)
    for slow in (0.02, 0.05)
    for threshold, again in ((0.0, 1), (0.3, 5), (0.6, 20))
]


def walks(seed: int, *, symbols: int = 4, bars: int = 260) -> SweepPrices:
    """Make prices that wander and rest, volumes that fail, sessions of ten bars."""
    random = np.random.default_rng(seed)
    steps = random.normal(0, 0.01, (symbols, bars))
    # Stretches in which nothing moves, and in which nothing is traded.
    steps[:, 100:150] *= random.random((symbols, 1)) < 0.5
    volumes = random.integers(0, 1_000, (symbols, bars)).astype(float)
    volumes[:, 180:205] *= random.random((symbols, 1)) < 0.5
    sessions = np.broadcast_to(np.arange(bars) // 10, (symbols, bars)).astype(np.int64)
    counts = np.array([bars, bars, 0, 25][:symbols], dtype=np.int64)
    prices = 100 * np.exp(np.cumsum(steps, axis=1))
    return SweepPrices(prices=prices, volumes=volumes, sessions=sessions, counts=counts)


def same(found: SweepResult, wanted: SweepResult) -> None:
    """Assert that two results say the same."""
    for name in ("signals", "judged", "hits"):
        np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name), name)
    np.testing.assert_allclose(found.gain, wanted.gain, rtol=0, atol=1e-9)


class PatternSweepsContract(Contract):
    """Subclasses give `sweeps`."""

    @pytest.fixture
    @abstractmethod
    def sweeps(self) -> PatternSweeps: ...

    @pytest.mark.parametrize("seed", range(5))
    def test_it_says_what_the_reference_says(self, sweeps: PatternSweeps, seed: int) -> None:
        prices = walks(seed)
        wanted = sweep(prices, rules=RULES, horizon=5)
        assert wanted.signals.sum() > 100
        assert (wanted.judged < wanted.signals).any()
        same(sweeps(prices, rules=RULES, horizon=5), wanted)

    def test_nothing_to_try_is_nothing(self, sweeps: PatternSweeps) -> None:
        none = sweeps(walks(1), rules=[], horizon=1)
        assert none.signals.shape == (4, 0)
        of_one = sweeps(walks(1), rules=RULES[:1], horizon=10_000)
        assert of_one.judged.sum() == 0

    def test_a_horizon_of_no_bars_is_refused(self, sweeps: PatternSweeps) -> None:
        with pytest.raises(InvalidValue, match="horizon"):
            sweeps(walks(1), rules=RULES, horizon=0)
