"""Put rows of several requests together and apart again, where that is proven to change nothing."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from domain.inference.tensors import (
    DATATYPES,
    SEQUENCE,
    Array,
    Arrays,
    ElementSpec,
    TensorSequence,
    TensorSpec,
)

# How far a row may differ when it is worked out beside others: sums in another order.
TOLERANCE = 1e-5
# Rows beside rows, and how large their figures are.
_PROBES = ((1, 1, 1.0), (2, 3, 0.05), (1, 31, 1.0), (3, 1, 30.0))
# Tensors of a sequence that is drawn.
_TENSORS = 2
# An axis of any length is probed with one length that no model prefers.
_LENGTH = 5
_WORDS = ("Profit", "loss", "", "Über", "rises 4 %", "falls")

Key = tuple[tuple[str, np.dtype[Any], tuple[int, ...]], ...]


def key_of(inputs: Arrays) -> Key:
    """Return what must be the same for rows to be put together: all but their number."""
    return tuple([(name, one.dtype, one.shape[1:]) for name, one in sorted(inputs.items())])


def rows_of(inputs: Arrays) -> int:
    """Return how many rows the inputs have; 0 where they have no rows, or not all as many."""
    counts = {
        0 if isinstance(one, TensorSequence) or not (shape := one.shape) else shape[0]
        for one in inputs.values()
    }
    return counts.pop() if len(counts) == 1 else 0


def stacked(several: Sequence[Arrays]) -> Arrays:
    """Put the rows of requests of one key on top of each other."""
    return {name: np.concatenate([one[name] for one in several]) for name in several[0]}


def split(outputs: Arrays, counts: Sequence[int]) -> list[Arrays]:
    """Take apart what came of stacked rows; raises ValueError where the rows do not add up."""
    if rows_of(outputs) != sum(counts):
        raise ValueError("the outputs have other rows than the inputs")
    ends = np.cumsum(counts)
    return [
        {name: one[end - count : end] for name, one in outputs.items()}
        for count, end in zip(counts, ends, strict=True)
    ]


def why_single(inputs: Sequence[TensorSpec], outputs: Sequence[TensorSpec]) -> str:
    """Return why rows cannot be put together by what a model declares, "" when they may be."""
    for spec in (*inputs, *outputs):
        if spec.datatype == SEQUENCE:
            return f"{spec.name!r} is a sequence: it has no rows"
        if not spec.shape or spec.shape[0] is not None:
            return f"the first axis of {spec.name!r} is not of any length"
    return "" if inputs and outputs else "it has no inputs or no outputs"


def probe_rows(specs: Sequence[TensorSpec], *, rows: int, size: float, seed: int) -> Arrays:
    """Return rows to try a model with: the same for the same seed."""
    random = np.random.default_rng(seed)
    return {one.name: _drawn(one, rows=rows, size=size, random=random) for one in specs}


def mixed_rows(specs: Sequence[TensorSpec], run: Callable[[Arrays], Arrays]) -> str:
    """Return where a model's rows depend on each other, "" when the probes say they do not.

    Compares f(a over b) with f(a) over f(b) for several a and b; an axis that is said to be of
    any length proves nothing (softmax over it mixes all rows).
    """
    for seed, (above, below, size) in enumerate(_PROBES):
        first = probe_rows(specs, rows=above, size=size, seed=2 * seed)
        second = probe_rows(specs, rows=below, size=size, seed=2 * seed + 1)
        together = run(stacked((first, second)))
        try:
            parts = split(together, (above, below))
        except ValueError as problem:
            return str(problem)
        for apart, part in zip((run(first), run(second)), parts, strict=True):
            for name in differing(apart, part):
                return f"rows of {name!r} change with the rows beside them"
    return ""


def differing(one: Arrays, other: Arrays, *, tolerance: float = TOLERANCE) -> Iterator[str]:
    """Yield the names of what is not the same in both, within a relative tolerance."""
    for name in one.keys() | other.keys():
        if name not in one or name not in other or not _same(one[name], other[name], tolerance):
            yield name


def _same(one: Array, other: Array, tolerance: float) -> bool:
    if one.shape != other.shape or one.dtype.kind != other.dtype.kind:
        return False
    if one.dtype.kind != "f":
        return bool(np.array_equal(one, other))
    return bool(np.allclose(one, other, rtol=tolerance, atol=tolerance, equal_nan=True))


def _drawn(spec: TensorSpec, *, rows: int, size: float, random: np.random.Generator) -> Array:
    if spec.element is not None:
        drawn = (_of_element(spec.element, size=size, random=random) for _ in range(_TENSORS))
        return TensorSequence.of(drawn)
    shape = (rows, *(_LENGTH if one is None else one for one in spec.shape[1:]))
    return _figures(DATATYPES[spec.datatype], shape, size=size, random=random)


def _of_element(spec: ElementSpec, *, size: float, random: np.random.Generator) -> Array:
    shape = tuple(_LENGTH if one is None else one for one in spec.shape or ())
    return _figures(DATATYPES[spec.datatype], shape, size=size, random=random)


def _figures(
    kind: np.dtype[Any], shape: tuple[int, ...], *, size: float, random: np.random.Generator
) -> Array:
    match kind.kind:
        case "f":
            return np.asarray(random.normal(0, size, shape), dtype=kind)
        case "b":
            return np.asarray(random.random(shape) < 0.5)
        case "O":
            return np.array(_WORDS, dtype=object)[random.integers(0, len(_WORDS), shape)]
        case _:
            # Often places in a table, whose length is not known.
            return np.asarray(random.integers(0, 3, shape), dtype=kind)
