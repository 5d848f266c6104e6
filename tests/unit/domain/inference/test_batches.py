"""Rows put together and apart."""

import numpy as np
import pytest

from domain.inference.batches import (
    differing,
    key_of,
    mixed_rows,
    probe_rows,
    rows_of,
    split,
    stacked,
    why_single,
)
from domain.inference.tensors import Arrays, TensorSpec, checked_inputs, datatype_of
from domain.shared.values import InvalidValue

X = (TensorSpec("x", "FP32", (None, 4)),)
RANDOM = np.random.default_rng(7)


def test_what_was_stacked_comes_apart_as_it_was() -> None:
    for _ in range(200):
        counts = RANDOM.integers(0, 5, RANDOM.integers(1, 6)).tolist()
        several = [
            {"x": RANDOM.normal(0, 1, (one, 3)), "s": RANDOM.normal(0, 1, (one,))} for one in counts
        ]
        together = stacked(several)
        assert rows_of(together) == sum(counts)
        for one, back in zip(several, split(together, counts), strict=True):
            assert list(differing(one, back, tolerance=0)) == []


def test_rows_that_do_not_add_up_are_not_taken_apart() -> None:
    with pytest.raises(ValueError, match="other rows"):
        split({"y": np.zeros(3)}, [1, 1])
    assert rows_of({"x": np.zeros((2, 1)), "z": np.zeros((3, 1))}) == 0
    assert rows_of({"x": np.array(1.0)}) == 0


def test_only_what_differs_in_rows_alone_has_the_same_key() -> None:
    one = {"x": np.zeros((1, 4), np.float32)}
    assert key_of(one) == key_of({"x": np.zeros((9, 4), np.float32)})
    assert key_of(one) != key_of({"x": np.zeros((1, 5), np.float32)})
    assert key_of(one) != key_of({"x": np.zeros((1, 4))})


def cumulative(given: Arrays) -> Arrays:
    return {"y": np.cumsum(given["x"], axis=0)}


def above_mean(given: Arrays) -> Arrays:
    return {"y": given["x"] > given["x"].mean(axis=0)}


def only_large_ones_meet(given: Arrays) -> Arrays:
    x = given["x"]
    return {"y": np.where(np.abs(x) > 20, x.sum(axis=0), x)}


def first_row_alone(given: Arrays) -> Arrays:
    return {"y": given["x"][:1]}


@pytest.mark.parametrize(
    "function", [cumulative, above_mean, only_large_ones_meet, first_row_alone]
)
def test_a_function_that_mixes_rows_is_found_out(function: object) -> None:
    assert callable(function)
    assert mixed_rows(X, function) != ""


def test_a_function_of_each_row_is_not() -> None:
    assert mixed_rows(X, lambda given: {"y": np.tanh(given["x"]).sum(axis=1)}) == ""


@pytest.mark.parametrize("datatype", ["FP16", "FP64", "INT32", "UINT8", "BOOL", "BYTES"])
def test_probes_are_of_the_datatype_and_the_same_again(datatype: str) -> None:
    specs = (TensorSpec("x", datatype, (None, None, 2)),)
    one, other = (probe_rows(specs, rows=3, size=1.0, seed=4) for _ in range(2))
    assert datatype_of(one["x"]) == datatype
    assert one["x"].shape == (3, 5, 2)
    assert list(differing(one, other)) == []


def test_a_fixed_first_axis_is_single() -> None:
    assert why_single(X, X) == ""
    assert "'z'" in why_single(X, (TensorSpec("z", "FP32", (1, 4)),))
    assert why_single((), X) != ""


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "must give the input 'x'"),
        ({"x": np.zeros((1, 4), np.float32), "z": np.zeros(1)}, "has no input 'z': it has 'x'"),
        ({"x": np.zeros((1, 4))}, "must be FP32, not FP64"),
        ({"x": np.zeros((1, 5), np.float32)}, r"must have the shape \[-1, 4\], not \[1, 5\]"),
        ({"x": np.zeros(4, np.float32)}, r"must have the shape \[-1, 4\], not \[4\]"),
        ({"x": np.zeros((1, 4), np.complex64)}, "must be one of BOOL"),
    ],
)
def test_inputs_that_do_not_fit_are_refused_by_name(given: Arrays, said: str) -> None:
    with pytest.raises(InvalidValue, match=said):
        checked_inputs(given, X)
