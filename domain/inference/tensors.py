"""Describe the arrays that models take and give, by the names of the Open Inference Protocol."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.shared.values import InvalidValue

Array = NDArray[Any]
Arrays = Mapping[str, Array]

# https://github.com/kserve/open-inference-protocol, "Tensor Data Types"; BYTES are texts here.
DATATYPES: Mapping[str, np.dtype[Any]] = MappingProxyType(
    {
        "BOOL": np.dtype(np.bool_),
        "UINT8": np.dtype(np.uint8),
        "UINT16": np.dtype(np.uint16),
        "UINT32": np.dtype(np.uint32),
        "UINT64": np.dtype(np.uint64),
        "INT8": np.dtype(np.int8),
        "INT16": np.dtype(np.int16),
        "INT32": np.dtype(np.int32),
        "INT64": np.dtype(np.int64),
        "FP16": np.dtype(np.float16),
        "FP32": np.dtype(np.float32),
        "FP64": np.dtype(np.float64),
        "BYTES": np.dtype(np.object_),
    }
)
_NAMES = {kind: name for name, kind in DATATYPES.items()}


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """One input or output: its name, datatype and shape; an axis of any length is None."""

    name: str
    datatype: str
    shape: tuple[int | None, ...]

    @property
    def shown_shape(self) -> list[int]:
        """The shape as the protocol shows it: -1 is any length."""
        return [-1 if one is None else one for one in self.shape]


def datatype_of(array: Array) -> str:
    """Return the datatype of an array; raises InvalidValue for one that has no name."""
    name = "BYTES" if array.dtype.kind in "OUS" else _NAMES.get(array.dtype)
    if name is None:
        raise InvalidValue(
            field="datatype", problem=f"must be one of {', '.join(DATATYPES)}, not {array.dtype}"
        )
    return name


def checked_inputs(given: Arrays, specs: Sequence[TensorSpec]) -> Arrays:
    """Return the inputs in the order of a model's own; raises InvalidValue for what is unfit."""
    wanted = {one.name for one in specs}
    if unknown := sorted(given.keys() - wanted):
        raise InvalidValue(
            field="inputs", problem=f"has no input {unknown[0]!r}: it has {_listed(wanted)}"
        )
    for spec in specs:
        if spec.name not in given:
            raise InvalidValue(field="inputs", problem=f"must give the input {spec.name!r}")
        _check(given[spec.name], spec)
    return {one.name: given[one.name] for one in specs}


def _check(array: Array, spec: TensorSpec) -> None:
    field = f"inputs.{spec.name}"
    if (found := datatype_of(array)) != spec.datatype:
        raise InvalidValue(field=field, problem=f"must be {spec.datatype}, not {found}")
    fits = len(array.shape) == len(spec.shape) and all(
        want is None or want == have for want, have in zip(spec.shape, array.shape, strict=True)
    )
    if not fits:
        raise InvalidValue(
            field=field,
            problem=f"must have the shape {spec.shown_shape}, not {list(array.shape)}"
            " (-1 is any length)",
        )


def _listed(names: set[str]) -> str:
    return ", ".join(repr(one) for one in sorted(names)) or "none"
