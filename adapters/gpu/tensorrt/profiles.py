"""Work out for which shapes of its inputs TensorRT makes a model ready."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.inference.limits import ROWS_MAX
from domain.inference.model import ModelFacts
from domain.inference.tensors import Arrays, TensorSpec

# The rows of a request come first: as many as are put together by default.
ROWS = (1, ROWS_MAX, ROWS_MAX)
# Any other axis of any length: words of a text, steps of a window.
LENGTHS = (1, 128, 512)
# Figures that TensorRT 10 takes and gives over its edge; it has no doubles and no texts.
# https://docs.nvidia.com/deeplearning/tensorrt, "Types and Promotion"
DATATYPES = ("BOOL", "UINT8", "INT8", "INT32", "INT64", "FP16", "FP32")

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ShapeRange:
    """The least, the usual and the greatest shape of one input."""

    least: Shape
    usual: Shape
    most: Shape

    def holds(self, shape: Shape) -> bool:
        """Tell whether a shape lies within."""
        return len(shape) == len(self.least) and all(
            low <= one <= high for low, one, high in zip(self.least, shape, self.most, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Profile:
    """The shapes of all inputs that a model is made ready for, by input.

    Only inputs in `dynamic` have several; TensorRT is told of no others.
    """

    ranges: Mapping[str, ShapeRange]

    @property
    def dynamic(self) -> Mapping[str, ShapeRange]:
        """The inputs that have more than one shape."""
        return {name: one for name, one in self.ranges.items() if one.least != one.most}

    @property
    def label(self) -> str:
        """The same text for the same shapes, another for others."""
        told = {name: [one.least, one.usual, one.most] for name, one in self.ranges.items()}
        return json.dumps(told, sort_keys=True)

    def why_outside(self, inputs: Arrays) -> str:
        """Return which input has a shape that the model is not ready for, "" for none."""
        for name, one in inputs.items():
            allowed = self.ranges.get(name)
            if allowed is None or not allowed.holds(one.shape):
                told = "none" if allowed is None else f"{list(allowed.least)}..{list(allowed.most)}"
                return f"the shape {list(one.shape)} of {name!r} is outside its profile {told}"
        return ""


def profile_of(inputs: Sequence[TensorSpec]) -> Profile:
    """Return the shapes for inputs: rows from 1 to 32, further axes of any length to 512."""
    return Profile({one.name: _range(one) for one in inputs})


def why_unsupported(facts: ModelFacts) -> str:
    """Return what of a model TensorRT has no kind of figure for, "" where it has all."""
    for side, specs in (("input", facts.inputs), ("output", facts.outputs)):
        for one in specs:
            if one.datatype not in DATATYPES:
                return (
                    f"the {side} {one.name!r} is of {one.datatype}: TensorRT takes"
                    f" {', '.join(DATATYPES)}"
                )
    return ""


def _range(spec: TensorSpec) -> ShapeRange:
    axes = [
        (one, one, one) if one is not None else (ROWS if place == 0 else LENGTHS)
        for place, one in enumerate(spec.shape)
    ]
    least, usual, most = (tuple(axis[which] for axis in axes) for which in range(3))
    return ShapeRange(least, usual, most)
