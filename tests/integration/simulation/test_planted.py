"""Each promise has a bug that breaks it, and a thousand seeds find every one."""

import pytest

from tests.integration.simulation.planted import PLANTED, SEEDS_MAX, Planted, find
from tests.simulation.run import simulate


@pytest.mark.timeout(900)
@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.name)
def test_a_planted_bug_is_found(planted: Planted) -> None:
    # First the seed that showed it last: then it takes a moment, not a thousand seeds.
    seeds = (planted.seed, *range(planted.seed + 1, SEEDS_MAX), *range(SEEDS_MAX))
    seed = find(planted, seeds=seeds)
    assert seed is not None, f"{planted.name}: not found in {SEEDS_MAX} seeds"
    # It was the bug, not the seed.
    assert simulate(seed).ok
