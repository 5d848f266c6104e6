"""Write questions and read answers of the Open Inference Protocol, and believe only what fits.

https://github.com/kserve/open-inference-protocol, "HTTP/REST": metadata and inference. Values are
told as JSON, which every server of the protocol reads and whose figures come back bit by bit.
"""

import math
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from domain.inference.model import ModelFacts, ModelKey
from domain.inference.tensors import (
    DATATYPES,
    SEQUENCE,
    Array,
    Arrays,
    TensorSequence,
    TensorSpec,
    datatype_of,
)
from domain.shared.values import InvalidValue


class Unfit(Exception):
    """What a server says of a model is not what the model is; the message says what."""


class _Spec(msgspec.Struct):
    name: str
    datatype: str
    shape: list[int]


class _Metadata(msgspec.Struct):
    name: str
    inputs: list[_Spec]
    outputs: list[_Spec]
    versions: list[str] = []


class _Tensor(msgspec.Struct):
    name: str
    datatype: str
    shape: list[int]
    data: list[Any]


class _Element(msgspec.Struct):
    datatype: str
    shape: list[int]
    data: list[Any]


class _Answer(msgspec.Struct):
    model_name: str
    outputs: list[_Tensor]
    model_version: str | None = None


_METADATA = msgspec.json.Decoder(_Metadata)
_ANSWER = msgspec.json.Decoder(_Answer)
_KINDS: dict[str, Any] = {"b": list[bool], "i": list[int], "u": list[int], "f": list[float]}


def question(inputs: Arrays) -> bytes:
    """Write inputs; raises Unfit for figures that JSON has no word for."""
    return msgspec.json.encode({"inputs": [_written(name, one) for name, one in inputs.items()]})


def _written(name: str, array: Array) -> dict[str, Any]:
    told = {"name": name, "shape": list(array.shape), "datatype": datatype_of(array)}
    if isinstance(array, TensorSequence):
        return told | {"data": [_written(name, one) for one in array]}
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise Unfit(f"{name} has a figure that JSON cannot say")
    flat = array.ravel().tolist()
    if array.dtype.kind in "OUS":
        flat = [str(one) for one in flat]
    return told | {"data": flat}


def check_metadata(said: bytes, *, key: ModelKey, facts: ModelFacts) -> None:
    """Raise Unfit for a server whose model is another than ours by what it takes and gives."""
    try:
        told = _METADATA.decode(said)
    except msgspec.MsgspecError as problem:
        raise Unfit(f"its metadata cannot be read: {problem}") from None
    if told.name != key.name:
        raise Unfit(f"it tells of {told.name[:64]!r}, asked for {key.name!r}")
    if told.versions and key.version not in told.versions:
        raise Unfit(f"it has the versions {', '.join(told.versions)[:64]}, not {key.version}")
    _check_specs("inputs", told.inputs, facts.inputs)
    _check_specs("outputs", told.outputs, facts.outputs)


def _check_specs(what: str, told: Sequence[_Spec], wanted: Sequence[TensorSpec]) -> None:
    found = {one.name: one for one in told}
    names = [one.name for one in wanted]
    if sorted(found) != sorted(names) or len(told) != len(wanted):
        raise Unfit(f"its {what} are {sorted(found)}, ours are {sorted(names)}")
    for spec in wanted:
        one = found[spec.name]
        if one.datatype != spec.datatype:
            raise Unfit(f"its {spec.name} is {one.datatype}, ours is {spec.datatype}")
        # Who leaves an axis open takes every length of it.
        fits = len(one.shape) == len(spec.shape) and all(
            have < 0 or want is None or have == want
            for have, want in zip(one.shape, spec.shape, strict=True)
        )
        if not fits:
            raise Unfit(f"its {spec.name} has the shape {one.shape}, ours {spec.shown_shape}")


def read_answer(said: bytes, *, key: ModelKey, facts: ModelFacts) -> Arrays:
    """Return the outputs in the order of the model's own; raises Unfit."""
    try:
        told = _ANSWER.decode(said)
    except msgspec.MsgspecError as problem:
        raise Unfit(f"its answer cannot be read: {problem}") from None
    if told.model_name != key.name or told.model_version not in (None, key.version):
        raise Unfit(f"it answers for {told.model_name[:64]!r} {told.model_version}, asked {key}")
    found = {one.name: one for one in told.outputs}
    if len(found) != len(told.outputs) or found.keys() != {one.name for one in facts.outputs}:
        raise Unfit(f"it answers with {sorted(found)}")
    return {spec.name: _array(found[spec.name], spec) for spec in facts.outputs}


def _array(told: _Tensor, spec: TensorSpec) -> Array:
    if told.datatype != spec.datatype:
        raise Unfit(f"its {spec.name} is {told.datatype}, ours is {spec.datatype}")
    if spec.datatype == SEQUENCE:
        return _sequence(told, spec)
    return _values(_Element(told.datatype, told.shape, told.data), spec.name, shape=spec.shape)


def _sequence(told: _Tensor, spec: TensorSpec) -> Array:
    try:
        elements = msgspec.convert(told.data, list[_Element])
    except msgspec.ValidationError as problem:
        raise Unfit(f"its {spec.name} has tensors that cannot be read: {problem}") from None
    if told.shape != [len(elements)]:
        raise Unfit(f"its {spec.name} has {len(elements)} tensors of the shape {told.shape}")
    wanted = spec.element
    for one in elements:
        if one.datatype not in DATATYPES or (wanted and one.datatype != wanted.datatype):
            raise Unfit(f"its {spec.name} has a tensor of {one.datatype[:64]!r}")
    shape = wanted.shape if wanted is not None else None
    try:
        return TensorSequence.of(_values(one, spec.name, shape=shape) for one in elements)
    except InvalidValue as problem:
        raise Unfit(f"its {spec.name}: {problem}") from None


def _values(told: _Element, name: str, *, shape: Sequence[int | None] | None) -> Array:
    """Return an array of a datatype that is one of ours; shape None takes any."""
    fits = shape is None or (
        len(told.shape) == len(shape)
        and all(want in (None, have) for have, want in zip(told.shape, shape, strict=True))
    )
    lengths_fit = all(have >= 0 for have in told.shape) and math.prod(told.shape) == len(told.data)
    if not (fits and lengths_fit):
        raise Unfit(f"its {name} has {len(told.data)} values of the shape {told.shape}")
    kind = DATATYPES[told.datatype]
    try:
        values = msgspec.convert(told.data, _KINDS.get(kind.kind, list[str]))
        with np.errstate(over="ignore"):
            array = np.array(values, dtype=kind)
    except (msgspec.ValidationError, OverflowError):
        raise Unfit(f"its {name} has values that are no {told.datatype}") from None
    if kind.kind == "f" and not np.isfinite(array).all():
        raise Unfit(f"its {name} has a figure beyond {told.datatype}")
    return array.reshape(told.shape)
