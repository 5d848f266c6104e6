"""The spread of a drill is by nearest rank, and of nothing there is none."""

from domain.kill_switch.drill import Spread, spread_of


def test_the_ranks_are_those_of_values_that_were_measured() -> None:
    assert spread_of([float(n) for n in range(1, 201)]) == Spread(p50=100.0, p99=198.0, max=200.0)
    assert spread_of([7.0]) == Spread(p50=7.0, p99=7.0, max=7.0)
    assert spread_of([]) is None
