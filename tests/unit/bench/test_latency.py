"""The timing loop: every operation counted, in order, warm-up left out."""

import pytest

from bench.latency import measure_build_and_check


def test_every_operation_is_built_and_checked_once_in_order() -> None:
    built: list[int] = []
    checked: list[int] = []

    def build(number: int) -> int:
        built.append(number)
        return number * 10

    found = measure_build_and_check(build=build, check=checked.append, operations=5, warm_up=3)

    assert built == list(range(8))
    assert checked == [number * 10 for number in range(8)]
    assert found.build.count == found.check.count == found.both.count == 5


def test_both_covers_building_and_checking() -> None:
    found = measure_build_and_check(
        build=lambda number: sum(range(number % 7 * 100)),
        check=lambda total: total + 1,
        operations=200,
        warm_up=0,
    )

    assert found.both.mean == pytest.approx(found.build.mean + found.check.mean)
    assert 0 <= found.check.p50 <= found.check.p99 <= found.check.maximum


@pytest.mark.parametrize(("operations", "warm_up"), [(0, 0), (5_000_001, 0), (1, -1)])
def test_counts_out_of_bounds_are_refused(operations: int, warm_up: int) -> None:
    with pytest.raises(ValueError, match="must be between"):
        measure_build_and_check(
            build=lambda number: number,
            check=lambda number: number,
            operations=operations,
            warm_up=warm_up,
        )
