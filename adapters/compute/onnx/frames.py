"""Speak with a child process: frames of MessagePack, each behind its length."""

import asyncio
import struct
from collections.abc import Mapping
from typing import Any, BinaryIO

import msgspec
import numpy as np

from domain.inference.tensors import DATATYPES, SEQUENCE, Array, Arrays, TensorSequence, datatype_of

FRAME_BYTES_MAX = 2**31
_HEAD = struct.Struct(">Q")

_decode = msgspec.msgpack.Decoder().decode
_encode = msgspec.msgpack.Encoder().encode


class NoFrame(Exception):
    """The other side ended, or what it sent is no frame."""


def packed(arrays: Arrays) -> list[dict[str, Any]]:
    """Write arrays as plain values."""
    return [{"name": name, **_plain(one)} for name, one in arrays.items()]


def _plain(array: Array) -> dict[str, Any]:
    told = {"datatype": datatype_of(array), "shape": list(array.shape)}
    if isinstance(array, TensorSequence):
        return {**told, "data": [_plain(one) for one in array]}
    if array.dtype.kind in "OUS":
        return {**told, "data": [str(text) for text in array.ravel()]}
    return {**told, "data": np.ascontiguousarray(array).tobytes()}


def unpacked(values: list[dict[str, Any]]) -> Arrays:
    """Read what `packed` wrote."""
    return {one["name"]: _array(one) for one in values}


def _array(value: Mapping[str, Any]) -> Array:
    if value["datatype"] == SEQUENCE:
        return TensorSequence.of(_array(one) for one in value["data"])
    kind = DATATYPES[value["datatype"]]
    if kind.kind == "O":
        flat = np.array(value["data"], dtype=object)
    else:
        flat = np.frombuffer(value["data"], dtype=kind)
    return flat.reshape(value["shape"])


def put(stream: BinaryIO, value: Mapping[str, Any]) -> None:
    """Write one frame."""
    body = _encode(value)
    stream.write(_HEAD.pack(len(body)) + body)
    stream.flush()


def take(stream: BinaryIO) -> dict[str, Any]:
    """Read one frame; raises NoFrame."""
    head = stream.read(_HEAD.size)
    if len(head) < _HEAD.size:
        raise NoFrame("the other side ended")
    found: dict[str, Any] = _decode(stream.read(_HEAD.unpack(head)[0]))
    return found


async def send(stream: asyncio.StreamWriter, value: Mapping[str, Any]) -> None:
    """Write one frame; raises NoFrame when nobody reads it any more."""
    body = _encode(value)
    try:
        stream.write(_HEAD.pack(len(body)))
        stream.write(body)
        await stream.drain()
    except (BrokenPipeError, ConnectionError):
        raise NoFrame("the other side ended") from None


async def receive(stream: asyncio.StreamReader) -> dict[str, Any]:
    """Read one frame; raises NoFrame."""
    try:
        length = _HEAD.unpack(await stream.readexactly(_HEAD.size))[0]
        if length > FRAME_BYTES_MAX:
            raise NoFrame(f"the frame has {length} bytes")
        found: dict[str, Any] = _decode(await stream.readexactly(length))
    except (asyncio.IncompleteReadError, ConnectionError, msgspec.MsgspecError):
        raise NoFrame("the other side ended") from None
    return found
