"""Describe the arrays that models take and give, by the names of the Open Inference Protocol."""

from collections.abc import Iterable, Mapping, Sequence
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
# A list of tensors of one datatype, each of a shape of its own.
SEQUENCE = "SEQUENCE"


class TensorSequence(np.ndarray[Any, np.dtype[Any]]):
    """A list of tensors as one array: of one axis, each of its values an array."""

    @classmethod
    def of(cls, tensors: Iterable[Array]) -> "TensorSequence":
        """Make one; raises InvalidValue for tensors of several datatypes."""
        listed = list(tensors)
        kinds = [datatype_of(one) for one in listed]
        for place, kind in enumerate(kinds):
            if kind != kinds[0]:
                problem = f"must be of one datatype: {kinds[0]} stands before {kind}"
                raise InvalidValue(field=f"data.{place}", problem=problem)
        made = np.empty(len(listed), dtype=np.object_)
        for place, one in enumerate(listed):
            made[place] = one
        return made.view(cls)

    @property
    def element(self) -> str:
        """The datatype of its tensors, "" where it has none."""
        return datatype_of(self[0]) if len(self) else ""


@dataclass(frozen=True, slots=True)
class ElementSpec:
    """What the tensors of a sequence are; shape is None where any will do."""

    datatype: str
    shape: tuple[int | None, ...] | None = None


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """One input or output: its name, datatype and shape; an axis of any length is None.

    element says what a sequence is made of; the shape of a sequence is its length.
    """

    name: str
    datatype: str
    shape: tuple[int | None, ...]
    element: ElementSpec | None = None

    @property
    def shown_shape(self) -> list[int]:
        """The shape as the protocol shows it: -1 is any length."""
        return [-1 if one is None else one for one in self.shape]


def datatype_of(array: Array) -> str:
    """Return the datatype of an array; raises InvalidValue for one that has no name."""
    if isinstance(array, TensorSequence):
        return SEQUENCE
    name = "BYTES" if array.dtype.kind in "OUS" else _NAMES.get(array.dtype)
    if name is None:
        raise InvalidValue(
            field="datatype", problem=f"must be one of {', '.join(DATATYPES)}, not {array.dtype}"
        )
    return name


def checked_inputs(given: Arrays, specs: Sequence[TensorSpec]) -> Arrays:
    """Return the inputs in the order of a model's own; raises InvalidValue for what is unfit."""
    checked: dict[str, Array] = {}
    for spec in specs:
        array = given.get(spec.name)
        if array is None:
            _check_names(given, specs)
            raise InvalidValue(field="inputs", problem=f"must give the input {spec.name!r}")
        _check(array, spec)
        checked[spec.name] = array
    if len(given) > len(specs):
        _check_names(given, specs)
    return checked


def _check_names(given: Arrays, specs: Sequence[TensorSpec]) -> None:
    wanted = {one.name for one in specs}
    if unknown := sorted(given.keys() - wanted):
        raise InvalidValue(
            field="inputs", problem=f"has no input {unknown[0]!r}: it has {_listed(wanted)}"
        )


def _check(array: Array, spec: TensorSpec) -> None:
    if (found := datatype_of(array)) != spec.datatype:
        problem = f"must be {spec.datatype}, not {found}"
        raise InvalidValue(field=f"inputs.{spec.name}", problem=problem)
    _check_shape(array, spec.shape, field=f"inputs.{spec.name}")
    if spec.element is not None and isinstance(array, TensorSequence):
        _check_elements(array, spec.element, field=f"inputs.{spec.name}")


def _check_elements(given: TensorSequence, wanted: ElementSpec, *, field: str) -> None:
    for place, one in enumerate(given):
        at = f"{field}.{place}"
        if (found := datatype_of(one)) != wanted.datatype:
            raise InvalidValue(field=at, problem=f"must be {wanted.datatype}, not {found}")
        if wanted.shape is not None:
            _check_shape(one, wanted.shape, field=at)


def _check_shape(array: Array, shape: tuple[int | None, ...], *, field: str) -> None:
    fits = len(array.shape) == len(shape)
    if fits:
        for want, have in zip(shape, array.shape, strict=True):
            if want is not None and want != have:
                fits = False
    if not fits:
        shown = [-1 if one is None else one for one in shape]
        raise InvalidValue(
            field=field,
            problem=f"must have the shape {shown}, not {list(array.shape)} (-1 is any length)",
        )


def _listed(names: set[str]) -> str:
    return ", ".join(repr(one) for one in sorted(names)) or "none"
