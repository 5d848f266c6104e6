"""Every source of chance keeps the promises of ports/randomness.py."""

import pytest

from adapters.memory.randomness import SeededRandomness
from adapters.system.randomness import SystemRandomness
from ports.randomness import Randomness
from tests.simulation.virtual_time.loop import SimulatedLoop
from tests.simulation.virtual_time.ports import SimulatedRandomness


def _simulated() -> SimulatedRandomness:
    return SimulatedRandomness(SimulatedLoop(1).source("chance"))


@pytest.fixture(
    params=[SystemRandomness, lambda: SeededRandomness(1), _simulated],
    ids=["system", "memory", "simulation"],
)
def chance(request: pytest.FixtureRequest) -> Randomness:
    made: Randomness = request.param()
    return made


def test_random_lies_in_the_unit_interval_and_varies(chance: Randomness) -> None:
    drawn = [chance.random() for _ in range(200)]
    assert all(0.0 <= number < 1.0 for number in drawn)
    assert len(set(drawn)) > 190


def test_uniform_lies_between_its_bounds(chance: Randomness) -> None:
    drawn = [chance.uniform(low=-2.0, high=3.0) for _ in range(200)]
    assert all(-2.0 <= number <= 3.0 for number in drawn)
    assert min(drawn) < 0.0 < max(drawn)
    assert chance.uniform(low=1.5, high=1.5) == 1.5


@pytest.mark.parametrize(("low", "high"), [(1.0, 0.0), (float("nan"), 1.0), (0.0, float("inf"))])
def test_uniform_refuses_bounds_that_make_no_interval(
    chance: Randomness, low: float, high: float
) -> None:
    with pytest.raises(ValueError, match="low <= high"):
        chance.uniform(low=low, high=high)


def test_a_token_has_the_asked_size_and_never_repeats(chance: Randomness) -> None:
    drawn = [chance.token(16) for _ in range(50)]
    assert {len(token) for token in drawn} == {16}
    assert len(set(drawn)) == 50


@pytest.mark.parametrize("size", [0, -1])
def test_a_token_without_bytes_is_refused(chance: Randomness, size: int) -> None:
    with pytest.raises(ValueError, match="at least 1 byte"):
        chance.token(size)


def test_the_same_seed_draws_the_same() -> None:
    one, two = SeededRandomness("s"), SeededRandomness("s")
    assert (one.random(), one.token(8)) == (two.random(), two.token(8))
