"""Measure how many whole simulated worlds a core runs in a minute."""

from time import perf_counter

from bench.rows import Better, Row, alone
from tests.simulation.run import simulate

_ROUNDS = 5
_SEEDS = 60
# 10,000 seeds on two cores in five minutes.
_GOAL = 1_000.0


def measure() -> Row:
    """Run the same seeds again and again, on one core."""
    rates = []
    for _ in range(_ROUNDS):
        began = perf_counter()
        for seed in range(_SEEDS):
            outcome = simulate(seed)
            if outcome.failure is not None:
                raise RuntimeError(f"seed {seed}: {outcome.failure}")
        rates.append(_SEEDS / (perf_counter() - began) * 60)
    return alone(
        name="simulate",
        unit="seeds/min/core",
        better=Better.HIGHER,
        ours=rates,
        goal=_GOAL,
    )
