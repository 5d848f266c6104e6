"""Run some seeds on every change; `make simulate` runs ten thousand."""

import os
import subprocess
import sys

import pytest

from tests.simulation.run import Figures, simulate
from tests.simulation.trace import Trace

SEEDS = 150
STRIDE = 10
# Each of these once showed a fault of the application; what it was is in the commit's body.
ONCE_BROKEN = (11, 91, 224, 261, 429, 610, 1340, 1724, 3837, 4665, 8329)


@pytest.mark.parametrize("start", range(0, SEEDS, STRIDE))
def test_no_seed_breaks_a_promise(start: int) -> None:
    figures = Figures()
    for seed in range(start, start + STRIDE):
        failure = simulate(seed, figures=figures).failure
        assert failure is None, f"{failure}: python -m tests.simulation --seed {seed}"
    assert figures.orders > STRIDE


@pytest.mark.parametrize("seed", ONCE_BROKEN)
def test_seeds_that_once_showed_a_fault_pass(seed: int) -> None:
    failure = simulate(seed).failure
    assert failure is None, f"{failure}: python -m tests.simulation --seed {seed}"


def test_the_worlds_are_worth_running() -> None:
    figures = Figures()
    for seed in range(40):
        assert simulate(seed, figures=figures).ok
    assert figures.orders > 300
    assert figures.fills > 40
    assert figures.latches > 20
    assert figures.crashes > 20
    assert figures.parked > 0
    assert figures.releases > 5


def test_a_seed_is_the_same_run_in_every_process() -> None:
    here = [simulate(seed).trace_hash for seed in (3, 11)]
    code = (
        "from tests.simulation.run import simulate; "
        "print(*(simulate(seed).trace_hash for seed in (3, 11)))"
    )
    for hash_seed in ("1", "2"):
        there = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert there.stdout.split() == here


def test_watching_a_run_does_not_change_it() -> None:
    trace = Trace()
    assert simulate(5, trace=trace) == simulate(5)
    assert "commits orders 1: order." in trace.text()
    assert "worker#1" in trace.text()
