"""Read and write arrays as the Open Inference Protocol has them, as JSON and as plain bytes.

https://github.com/kserve/open-inference-protocol: "Tensor Data", and of its extensions "Binary
Tensor Data": the JSON is followed by the bytes, and a header says how long the JSON is.
"""

import math
import struct
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import numpy as np

from adapters.http.problems import unfit
from domain.inference.tensors import DATATYPES, SEQUENCE, Array, TensorSequence, datatype_of
from domain.shared.values import InvalidValue

HEADER = "Inference-Header-Content-Length"
AXES_MAX = 16
_BINARY_SIZE = "binary_data_size"
_LENGTH = struct.Struct("<I")
_KINDS: dict[str, Any] = {"b": list[bool], "i": list[int], "u": list[int], "f": list[float]}


class ElementIn(msgspec.Struct, forbid_unknown_fields=True):
    """One tensor of a sequence: its values row by row, flat or nested."""

    shape: list[int]
    datatype: str
    data: list[Any]
    name: str = ""


class TensorIn(msgspec.Struct, forbid_unknown_fields=True):
    """An array: its values row by row, flat or nested; of a SEQUENCE a list of tensors."""

    name: str
    shape: list[int]
    datatype: str
    data: list[Any] | None = None
    parameters: dict[str, Any] = {}


class TensorOut(msgspec.Struct, omit_defaults=True):
    """An array: its values row by row, of a SEQUENCE its tensors; NaN and infinite are null."""

    name: str
    shape: list[int]
    datatype: str
    data: list[Any] | None = None
    parameters: dict[str, Any] = {}


def array_of(given: TensorIn, *, place: int, binary: "Binary") -> Array:
    """Read an array; raises the problem of one that is none."""
    at = f"/inputs/{place}"
    size = given.parameters.get(_BINARY_SIZE)
    if given.datatype == SEQUENCE:
        if size is not None:
            raise unfit(f"{at}/parameters/{_BINARY_SIZE}", "is not for a sequence: it goes as JSON")
        return _sequence_of(given, at=at)
    kind = _kind_of(given.datatype, more=f", {SEQUENCE}", at=at)
    if size is None:
        flat = _of_values(given.data, kind, named=given.datatype, at=at)
    else:
        flat = _of_bytes(binary.take(size, at=at), kind, at=at)
    return _shaped(flat, given.shape, at=at)


def _sequence_of(given: TensorIn, *, at: str) -> Array:
    try:
        tensors = msgspec.convert(given.data, list[ElementIn])
    except msgspec.ValidationError as problem:
        raise unfit(
            f"{at}/data", f"must be tensors, each {{shape, datatype, data}}: {problem}"
        ) from None
    if given.shape != [len(tensors)]:
        raise unfit(f"{at}/shape", f"must be [{len(tensors)}], the number of its tensors")
    made = []
    for place, one in enumerate(tensors):
        here = f"{at}/data/{place}"
        flat = _of_values(one.data, _kind_of(one.datatype, at=here), named=one.datatype, at=here)
        made.append(_shaped(flat, one.shape, at=here))
    try:
        return TensorSequence.of(made)
    except InvalidValue as problem:
        raise unfit(f"{at}/{problem.field.replace('.', '/')}", problem.problem) from None


def _kind_of(datatype: str, *, at: str, more: str = "") -> np.dtype[Any]:
    kind = DATATYPES.get(datatype)
    if kind is None:
        raise unfit(f"{at}/datatype", f"must be one of {', '.join(DATATYPES)}{more}")
    return kind


def _shaped(flat: Array, shape: list[int], *, at: str) -> Array:
    if len(shape) > AXES_MAX or any(one < 0 for one in shape):
        raise unfit(f"{at}/shape", f"must be at most {AXES_MAX} lengths of 0 or more")
    wanted = math.prod(shape)
    if len(flat) != wanted:
        raise unfit(f"{at}/data", f"must have {wanted} values, as its shape says, not {len(flat)}")
    try:
        return flat.reshape(shape)
    except (ValueError, OverflowError):
        # Of none, an axis may still be longer than any array's.
        raise unfit(f"{at}/shape", f"has lengths beyond any array's: {shape}") from None


class Binary:
    """The bytes behind the JSON, taken tensor by tensor."""

    def __init__(self, rest: bytes) -> None:
        self._rest = rest
        # Nothing is cut off: of many tensors each would have all the rest copied.
        self._at = 0

    def take(self, size: Any, *, at: str) -> bytes:
        """Return the next bytes; raises the problem of too few."""
        left = len(self._rest) - self._at
        if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= left:
            raise unfit(f"{at}/parameters/{_BINARY_SIZE}", f"must be 0 to {left}, what is there")
        begin, self._at = self._at, self._at + size
        return self._rest[begin : self._at]

    def check_empty(self) -> None:
        """Raise the problem of bytes that belong to no tensor."""
        if left := len(self._rest) - self._at:
            raise unfit("/inputs", f"leave {left} bytes behind the JSON over")


def tensor_out(name: str, array: Array) -> TensorOut:
    """Show an array as JSON."""
    return TensorOut(name, list(array.shape), datatype_of(array), _values(array))


def _values(array: Array) -> list[Any]:
    if isinstance(array, TensorSequence):
        return [
            {"shape": list(one.shape), "datatype": datatype_of(one), "data": _values(one)}
            for one in array
        ]
    data: list[Any] = array.ravel().tolist()
    if array.dtype.kind in "OUS":
        data = [str(one) for one in data]
    elif array.dtype.kind == "f":
        data = [one if math.isfinite(one) else None for one in data]
    return data


def tensor_bytes(name: str, array: Array) -> tuple[TensorOut, bytes]:
    """Show an array as its bytes."""
    if array.dtype.kind in "OUS":
        texts = (str(one).encode() for one in array.ravel())
        body = b"".join(_LENGTH.pack(len(one)) + one for one in texts)
    else:
        body = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).tobytes()
    shown = TensorOut(
        name, list(array.shape), datatype_of(array), parameters={_BINARY_SIZE: len(body)}
    )
    return shown, body


def _of_values(data: list[Any] | None, kind: np.dtype[Any], *, named: str, at: str) -> Array:
    if data is None:
        raise unfit(f"{at}/data", "must be there")
    try:
        values = msgspec.convert(_flat(data), _KINDS.get(kind.kind, list[str]))
    except msgspec.ValidationError as problem:
        raise unfit(f"{at}/data", f"must be values of {named}: {problem}") from None
    try:
        with np.errstate(over="ignore"):
            array = np.array(values, dtype=kind)
    except OverflowError:
        raise unfit(f"{at}/data", f"has a value beyond what {named} holds") from None
    if kind.kind == "f" and not np.isfinite(array).all():
        raise unfit(f"{at}/data", f"has a value beyond what {named} holds")
    return array


def _flat(data: Sequence[Any]) -> list[Any]:
    for _ in range(AXES_MAX):
        if not any(isinstance(one, list) for one in data):
            break
        data = [value for one in data for value in (one if isinstance(one, list) else [one])]
    return list(data)


def _of_bytes(body: bytes, kind: np.dtype[Any], *, at: str) -> Array:
    if kind.kind == "O":
        return np.array(list(_texts(body, at=at)), dtype=object)
    if len(body) % kind.itemsize:
        raise unfit(at, f"must be whole values of {kind.itemsize} bytes")
    return np.frombuffer(body, dtype=kind.newbyteorder("<")).astype(kind)


def _texts(body: bytes, *, at: str) -> Iterator[str]:
    place = 0
    while place < len(body):
        end = place + _LENGTH.size
        length = _LENGTH.unpack(body[place:end])[0] if end <= len(body) else -1
        if length < 0 or end + length > len(body):
            raise unfit(at, "must be texts, each behind its length of 4 bytes")
        try:
            yield body[end : end + length].decode()
        except UnicodeDecodeError:
            raise unfit(at, "must be texts in UTF-8") from None
        place = end + length
