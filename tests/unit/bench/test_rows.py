"""A benchmark row compares in pairs and judges its goal by the way its figure improves."""

import math

import pytest

from bench.rows import Better, Row, alone, compare


def test_ratio_is_the_median_of_the_pairs_so_a_slow_moment_of_both_sides_cancels() -> None:
    row = compare(
        name="gate",
        unit="us",
        better=Better.LOWER,
        ours=[2.0, 20.0, 4.0],
        reference=[4.0, 40.0, 4.0],
        reference_name="peer",
        goal=0.5,
    )
    assert (row.ours, row.reference, row.ratio, row.met) == (4.0, 4.0, 0.5, True)
    assert row.spread == (0.5, 0.75)


@pytest.mark.parametrize(
    ("better", "ours", "met"),
    [
        (Better.LOWER, 1.5, True),
        (Better.LOWER, 1.51, False),
        (Better.HIGHER, 1.5, True),
        (Better.HIGHER, 1.49, False),
    ],
)
def test_goal_bounds_the_ratio_on_the_side_that_is_better(
    better: Better, ours: float, met: bool
) -> None:
    row = compare(
        name="submit",
        unit="us",
        better=better,
        ours=[ours],
        reference=[1.0],
        reference_name="floor",
        goal=1.5,
    )
    assert row.met is met


def test_a_row_without_a_reference_is_judged_by_its_own_figure() -> None:
    row = alone(name="seeds", unit="1/min", better=Better.HIGHER, ours=[900.0, 1100.0], goal=1000)
    assert (row.ours, row.ratio, row.met) == (1000.0, None, True)


def test_a_row_without_a_goal_is_neither_met_nor_missed() -> None:
    row = alone(name="rule", unit="ns", better=Better.LOWER, ours=[41.0])
    assert row.met is None
    assert row.spread == (41.0, 41.0)


def test_nothing_measured_is_refused() -> None:
    with pytest.raises(ValueError, match="row gate: nothing was measured"):
        alone(name="gate", unit="us", better=Better.LOWER, ours=[])


def test_sides_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="2 of ours but 1 of the reference"):
        compare(
            name="gate",
            unit="us",
            better=Better.LOWER,
            ours=[1.0, 2.0],
            reference=[1.0],
            reference_name="peer",
        )


def test_a_reference_too_fast_to_measure_is_refused() -> None:
    with pytest.raises(ValueError, match="peer measured 0 us; measure more of it"):
        compare(
            name="gate",
            unit="us",
            better=Better.LOWER,
            ours=[1.0],
            reference=[0.0],
            reference_name="peer",
        )


@pytest.mark.parametrize("figure", [math.nan, math.inf, -1.0])
def test_a_figure_that_is_not_a_measurement_is_refused(figure: float) -> None:
    with pytest.raises(ValueError, match="row gate: ours is"):
        alone(name="gate", unit="us", better=Better.LOWER, ours=[figure])


def test_a_reference_without_its_name_is_refused() -> None:
    with pytest.raises(ValueError, match="a reference needs a name"):
        Row(
            name="gate",
            unit="us",
            better=Better.LOWER,
            ours=1.0,
            reference=1.0,
            ratio=1.0,
            spread=(1.0, 1.0),
        )
