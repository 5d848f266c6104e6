"""The first that can sweep does, and what could not is told."""

from collections.abc import Sequence

import pytest

from bootstrap.market.sweeps import COMPILED, GPU, REFERENCE, FirstSweeps, build_sweeps
from domain.shared.values import InvalidValue
from domain.signals.pattern import PatternRules
from domain.signals.sweep import SweepPrices, SweepResult, sweep
from ports.sweeps import PatternSweeps
from tests.contracts.sweeps import RULES, PatternSweepsContract, same, walks

PRICES = walks(3, symbols=1, bars=130)


def failing(prices: SweepPrices, *, rules: Sequence[PatternRules], horizon: int) -> SweepResult:
    raise MemoryError("cuMemAlloc: out of memory")


class TestFirstSweeps(PatternSweepsContract):
    @pytest.fixture
    def sweeps(self) -> PatternSweeps:
        return FirstSweeps([(GPU, failing), (REFERENCE, sweep)])


def test_a_gpu_that_answers_is_asked_first() -> None:
    several = FirstSweeps([(GPU, sweep), (COMPILED, failing), (REFERENCE, failing)])
    several(PRICES, rules=RULES, horizon=2)
    assert (several.engine, list(several.without)) == (GPU, [])


def test_one_that_fails_hands_on_and_is_told() -> None:
    several = FirstSweeps([(GPU, failing), (COMPILED, sweep)], why=["said before"])
    found = several(PRICES, rules=RULES, horizon=2)
    same(found, sweep(PRICES, rules=RULES, horizon=2))
    assert several.engine == COMPILED
    assert list(several.without) == [
        "said before",
        "gpu: MemoryError: cuMemAlloc: out of memory",
    ]


def test_what_is_wrong_for_all_is_refused_at_once() -> None:
    several = FirstSweeps([(GPU, sweep), (COMPILED, failing)])
    with pytest.raises(InvalidValue, match="horizon"):
        several(PRICES, rules=RULES, horizon=0)


def test_what_is_here_says_which_computes_and_why_no_gpu_does() -> None:
    sweeps = build_sweeps()
    names = [name for name, _ in sweeps.several]
    assert names[-2:] == [COMPILED, REFERENCE]
    assert (names[0] == GPU) == (not sweeps.why)
    assert all(one.startswith("gpu: no GPU answers: ") for one in sweeps.why)
