"""The reference and the compiled kernel keep the promises of sweeps."""

import numpy as np
import pytest

from adapters.compute.sweeps import sweep_compiled
from domain.shared.values import InvalidValue
from domain.signals.pattern import PatternRules
from domain.signals.sweep import SweepPrices, sweep
from ports.sweeps import PatternSweeps
from tests.contracts.sweeps import PatternSweepsContract


class TestSweep(PatternSweepsContract):
    @pytest.fixture
    def sweeps(self) -> PatternSweeps:
        return sweep


class TestSweepCompiled(PatternSweepsContract):
    @pytest.fixture
    def sweeps(self) -> PatternSweeps:
        return sweep_compiled


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"prices": np.array([[1.0, 0.0]])}, "prices"),
        ({"prices": np.array([[1.0, np.nan]])}, "prices"),
        ({"volumes": np.array([[1.0, -1.0]])}, "volumes"),
        ({"volumes": np.array([1.0, 1.0])}, "prices"),
        ({"counts": np.array([3])}, "counts"),
    ],
)
def test_arrays_that_are_no_prices_are_refused(wrong: dict[str, np.ndarray], field: str) -> None:
    right = {
        "prices": np.array([[1.0, 2.0]]),
        "volumes": np.array([[1.0, 0.0]]),
        "sessions": np.array([[1, 1]]),
        "counts": np.array([2]),
    }
    SweepPrices(**right)
    with pytest.raises(InvalidValue) as refused:
        SweepPrices(**{**right, **wrong})
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"fast": 0.05}, "fast"),
        ({"fast": 1.1}, "fast"),
        ({"slow": 0.0}, "fast"),
        ({"threshold": 1.0}, "threshold"),
        ({"again_after": 0}, "again_after"),
    ],
)
def test_rules_that_make_no_sense_are_refused(wrong: dict[str, float], field: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        PatternRules(**wrong)  # type: ignore[arg-type]  # one of them is whole
    assert refused.value.field == field
