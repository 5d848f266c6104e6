"""Read what is asked of a model, run it, and write what it said."""

from collections.abc import Mapping
from typing import Any

import msgspec

from adapters.http.inference.tensors import (
    HEADER,
    Binary,
    TensorIn,
    TensorOut,
    array_of,
    tensor_bytes,
    tensor_out,
)
from adapters.http.problem_kinds import TOO_MANY
from adapters.http.problems import later, unfit
from adapters.http.wire import Answer, HttpRequest, answer, body_of, decode, encode, raw
from application.inference.mark_answer import marks_of
from application.inference.refusals import QueueFull
from application.inference.serve_models import ServeModels
from application.inference.served import RunResult
from domain.inference.model import PRIORITY, PRIORITY_MAX
from domain.inference.tensors import Arrays, TensorSequence
from ports.market import MarketClock

_OCTETS = "application/octet-stream"
_BINARY = "binary_data"
_HEADER = HEADER.lower().encode()
_TIMEOUT_US_MAX = 60_000_000


class OutputAsked(msgspec.Struct, forbid_unknown_fields=True):
    """An output that is wanted, without any all are; parameters: binary_data."""

    name: str
    parameters: dict[str, Any] = {}


class InferBody(msgspec.Struct, forbid_unknown_fields=True):
    """Inputs; parameters: priority (0 to 9, 9 first), timeout (microseconds to wait)."""

    inputs: list[TensorIn]
    id: str = ""
    outputs: list[OutputAsked] = []
    parameters: dict[str, Any] = {}


class InferView(msgspec.Struct, omit_defaults=True):
    """What a model said; parameters: the engine that really ran, and what speaks against it.

    expires_at, expired and outside_training stand there for a model that says until when and of
    what it may be believed.
    """

    model_name: str
    model_version: str
    outputs: list[TensorOut]
    parameters: dict[str, str | bool]
    id: str = ""


EXAMPLE = {
    "inputs": [{"name": "x", "shape": [1, 2], "datatype": "FP32", "data": [0.5, -0.25]}],
}
# Figures of models are no amounts: they are read as they are.
_BODY = msgspec.json.Decoder(InferBody)


async def infer(
    request: HttpRequest, models: ServeModels, *, name: str, version: str | None, clock: MarketClock
) -> Answer:
    """Answer one request; raises the problem of what cannot be read."""
    said, inputs = await _read(request)
    try:
        ran = await models.run(
            name,
            inputs,
            version=version,
            priority=_number(said, "priority", high=PRIORITY_MAX, default=PRIORITY),
            timeout_s=_timeout_s(said),
        )
    except QueueFull as problem:
        raise later(str(problem), kind=TOO_MANY) from None
    marks = marks_of(ran.facts, inputs, today=clock.now().date())
    return _written(said, ran, marks=marks)


async def _read(request: HttpRequest) -> tuple[InferBody, Arrays]:
    length: str | None = None
    octets = False
    # Read as they came: the framework's own way copies them all.
    for name, value in request.scope["headers"]:
        if name == _HEADER:
            length = value.decode("latin-1")
        elif name == b"content-encoding" and value != b"identity":
            raise unfit("#Content-Encoding", f"must be identity, not {value.decode('latin-1')}")
        elif name == b"content-type":
            # Clients of the protocol call all that they send octets, also JSON alone.
            octets = value == _OCTETS.encode()
    body = await body_of(request, typed=length is None and not octets)
    end = len(body)
    if length is not None:
        if not length.isdecimal() or int(length) > end:
            raise unfit(f"#{HEADER}", f"must be 0 to {end}, the length of the JSON")
        end = int(length)
    said = decode(body[:end], decoder=_BODY)
    binary = Binary(body[end:])
    inputs = {
        one.name: array_of(one, place=place, binary=binary) for place, one in enumerate(said.inputs)
    }
    binary.check_empty()
    if len(inputs) < len(said.inputs):
        raise unfit("/inputs", "must name each input once")
    return said, inputs


def _written(said: InferBody, ran: RunResult, *, marks: Mapping[str, str | bool]) -> Answer:
    outputs = ran.outputs
    if said.outputs:
        if unknown := [one.name for one in said.outputs if one.name not in outputs]:
            raise unfit("/outputs", f"has no output {unknown[0]!r}: it has {', '.join(outputs)}")
        outputs = {one.name: outputs[one.name] for one in said.outputs}
    for place, asked in enumerate(said.outputs):
        if unknown := sorted(asked.parameters.keys() - {_BINARY}):
            raise unfit(f"/outputs/{place}/parameters/{unknown[0]}", "is not spoken here")
    all_binary = said.parameters.get("binary_data_output") is True
    as_bytes = {
        one.name for one in said.outputs if one.parameters.get(_BINARY, all_binary) is True
    } or (set(outputs) if all_binary and not said.outputs else set())
    shown, bodies = [], []
    for name, array in outputs.items():
        # Of a sequence the protocol knows no bytes.
        if name in as_bytes and not isinstance(array, TensorSequence):
            one, body = tensor_bytes(name, array)
            bodies.append(body)
        else:
            one = tensor_out(name, array)
        shown.append(one)
    view = InferView(
        ran.key.name, ran.key.version, shown, parameters={"engine": ran.engine, **marks}, id=said.id
    )
    if not as_bytes:
        return answer(view)
    head = encode(view)
    headers = {HEADER: str(len(head))}
    return raw(b"".join((head, *bodies)), media_type=_OCTETS, headers=headers)


def _timeout_s(said: InferBody) -> float | None:
    if "timeout" not in said.parameters:
        return None
    return _number(said, "timeout", high=_TIMEOUT_US_MAX, default=0) / 1e6


def _number(said: InferBody, name: str, *, high: int, default: int) -> int:
    value = said.parameters.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= high:
        raise unfit(f"/parameters/{name}", f"must be a whole number of 0 to {high}")
    return value
