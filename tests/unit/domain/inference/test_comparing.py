"""What was recorded and what is said now are told apart by value, shape and kind."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.inference.comparing import differences
from domain.inference.tensors import Array, TensorSequence


def compared(found: Array, recorded: Array, **how: float) -> tuple[float | None, str]:
    [one] = differences({"y": found}, {"y": recorded}, names=["y"], **how)
    return one.largest, one.problem


@given(st.floats(-1e6, 1e6), st.floats(-1, 1))
def test_it_fits_where_numpy_says_that_it_is_close(value: float, off: float) -> None:
    one, other = np.array([value + off, value]), np.array([value, value])
    fits = np.allclose(one, other, rtol=1e-3, atol=1e-7)
    largest, problem = compared(one, other)
    assert largest == abs(one[0] - other[0])
    assert (problem == "") == fits


@pytest.mark.parametrize(
    ("found", "recorded", "said"),
    [
        (np.zeros((2, 3)), np.zeros((3, 2)), "has the shape [2, 3], recorded is [3, 2]"),
        (np.array(["a", "b"]), np.array(["a", "c"], dtype=object), "1 of 2 values differ"),
        (np.array([np.nan, 1.0]), np.array([0.0, 1.0]), "1 of 2 values differ"),
        (np.array([True, False]), np.array([True, True]), "1 of 2 values differ"),
    ],
)
def test_what_does_not_fit_is_said(found: Array, recorded: Array, said: str) -> None:
    assert compared(found, recorded)[1] == said


def test_no_figure_and_infinity_are_the_same_as_themselves() -> None:
    same = np.array([np.nan, np.inf, -np.inf, 2.0])
    assert compared(same, same) == (0.0, "")
    assert compared(np.array([np.inf]), np.array([-np.inf]))[1] == "1 of 1 values differ"
    assert compared(np.array([1.0]), np.array([1.5]), absolute=1.0) == (0.5, "")


def test_only_what_was_recorded_is_compared() -> None:
    found = {"y": np.zeros(1), "z": np.zeros(1)}
    assert [one.name for one in differences(found, {"z": np.zeros(1)}, names=["y", "z"])] == ["z"]


def test_sequences_are_compared_tensor_by_tensor() -> None:
    recorded = TensorSequence.of([np.array([1.0, 2.0]), np.array([3.0])])
    near = TensorSequence.of([np.array([1.0, 2.001]), np.array([3.0])])
    far = TensorSequence.of([np.array([1.0, 2.0]), np.array([4.0])])
    short = TensorSequence.of([np.array([1.0, 2.0])])
    said = [
        [(one.largest, one.problem) for one in differences({"s": of}, {"s": recorded}, names=["s"])]
        for of in (near, far, short)
    ]
    assert said == [
        [(pytest.approx(0.001), "")],
        [(1.0, "1: 1 of 1 values differ")],
        [(None, "has 1 tensors, recorded are 2")],
    ]
