"""Compare what a model says with what was recorded."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from domain.inference.tensors import Array, Arrays, TensorSequence

# Those of ONNX's own runner of recorded data (onnx/backend/test/runner), which the recorded
# sets of its model zoo are made for.
RELATIVE = 1e-3
ABSOLUTE = 1e-7
# Tensors of a sequence that are named.
_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One output beside the recorded one: the largest difference, and why it does not fit.

    largest is None where there is none to be taken: other shapes, or no figures.
    """

    name: str
    largest: float | None
    problem: str


def differences(
    found: Arrays,
    recorded: Arrays,
    *,
    names: Sequence[str],
    relative: float = RELATIVE,
    absolute: float = ABSOLUTE,
) -> list[Difference]:
    """Compare the outputs of those names; a figure fits within absolute + relative * |recorded|."""
    return [
        _difference(name, found[name], recorded[name], relative=relative, absolute=absolute)
        for name in names
        if name in recorded
    ]


def _difference(
    name: str, found: Array, recorded: Array, *, relative: float, absolute: float
) -> Difference:
    if isinstance(found, TensorSequence) and isinstance(recorded, TensorSequence):
        each = partial(_difference, name, relative=relative, absolute=absolute)
        return _of_sequences(name, found, recorded, each)
    if found.shape != recorded.shape:
        problem = f"has the shape {list(found.shape)}, recorded is {list(recorded.shape)}"
        return Difference(name=name, largest=None, problem=problem)
    if found.dtype.kind in "OUS" or recorded.dtype.kind in "OUS":
        wrong = int(np.sum(found.astype(str) != recorded.astype(str)))
        return Difference(name=name, largest=None, problem=_counted(wrong, found.size))
    one, other = found.astype(np.float64), recorded.astype(np.float64)
    fits = np.isclose(one, other, rtol=relative, atol=absolute, equal_nan=True)
    with np.errstate(invalid="ignore"):
        apart = np.abs(one - other)
    # What is the same infinity, or no figure on both sides, is not apart.
    apart = apart[~(np.isnan(apart) & fits)]
    return Difference(
        name=name,
        largest=float(np.max(apart)) if apart.size else 0.0,
        problem=_counted(int(np.sum(~fits)), found.size),
    )


def _of_sequences(
    name: str,
    found: TensorSequence,
    recorded: TensorSequence,
    compare: Callable[[Array, Array], Difference],
) -> Difference:
    if len(found) != len(recorded):
        problem = f"has {len(found)} tensors, recorded are {len(recorded)}"
        return Difference(name=name, largest=None, problem=problem)
    each = [compare(*pair) for pair in zip(found, recorded, strict=True)]
    largest = [one.largest for one in each if one.largest is not None]
    wrong = [f"{place}: {one.problem}" for place, one in enumerate(each) if one.problem]
    return Difference(
        name=name, largest=max(largest, default=None), problem="; ".join(wrong[:_SHOWN])
    )


def _counted(wrong: int, of: int) -> str:
    return f"{wrong} of {of} values differ" if wrong else ""
