"""Speak the Open Inference Protocol on loopback as a small server, with faults by order.

The shapes are those of its HTTP/REST specification
(https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md):
`GET /v2` with name and version, `GET /v2/models/{name}/versions/{version}` with name, versions,
platform, inputs and outputs, `POST .../infer` with inputs of name, shape, datatype and data.
"""

import asyncio
import json
import ssl
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Self

HOST = "127.0.0.1"


class Fault(Enum):
    """What goes wrong instead of an answer to infer, or to metadata."""

    HANGS = auto()  # never within anybody's patience
    BROKEN = auto()  # 500
    CUT = auto()  # the connection ends amid the body
    GARBAGE = auto()  # no JSON
    NAN = auto()  # a word that JSON does not have
    NULL = auto()  # no figure
    SHAPE = auto()  # other lengths than the values have
    WIDTH = auto()  # an axis of another length than the model's
    DATATYPE = auto()
    OUTPUTS = auto()  # another output than asked
    ANOTHER = auto()  # for another model
    ELSEWHERE = auto()  # a redirect
    OTHER_INPUTS = auto()  # metadata: another input
    OTHER_DATATYPE = auto()  # metadata: the input in another datatype
    OTHER_VERSION = auto()  # metadata: another version
    UNSERVED = auto()  # metadata: 404


OF_METADATA = frozenset(
    {Fault.OTHER_INPUTS, Fault.OTHER_DATATYPE, Fault.OTHER_VERSION, Fault.UNSERVED}
)


@dataclass(slots=True)
class OipServer:
    """A server of one model `double`: y = 2x, x of [-1, 2] in FP32; asked counts by path."""

    fault: Fault | None = None
    tls: ssl.SSLContext | None = None
    asked: Counter[str] = field(default_factory=Counter)
    tokens: list[str] = field(default_factory=list)
    _server: asyncio.Server | None = field(default=None, init=False)
    _open: set[asyncio.Task[None]] = field(default_factory=set, init=False)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, HOST, 0, ssl=self.tls)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._open:
            task.cancel()
        if self._open:
            await asyncio.wait(self._open)

    @property
    def url(self) -> str:
        """Where it answers."""
        assert self._server is not None
        scheme = "http" if self.tls is None else "https"
        return f"{scheme}://{HOST}:{self._server.sockets[0].getsockname()[1]}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            lines = head.split("\r\n")
            headers = dict(one.lower().split(": ", 1) for one in lines[1:] if ": " in one)
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            self.tokens.append(headers.get("authorization", ""))
            path = lines[0].split(" ")[1]
            self.asked[path.rpartition("/")[2]] += 1
            await self._answer(path, body, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._open.discard(task)
            writer.close()

    async def _answer(self, path: str, body: bytes, writer: asyncio.StreamWriter) -> None:
        if path == "/v2":
            await _send(writer, 200, {"name": "others", "version": "1", "extensions": []})
        elif path == "/v2/health/ready":
            await _send(writer, 200, {"ready": True})
        elif not path.endswith("/infer"):
            status = 404 if self.fault is Fault.UNSERVED else 200
            await _send(writer, status, self._metadata())
        elif self.fault is Fault.HANGS:
            await asyncio.Event().wait()
        elif self.fault is Fault.BROKEN:
            await _send(writer, 500, {"error": "CUDA out of memory"})
        elif self.fault is Fault.ELSEWHERE:
            await _send(writer, 307, {}, b"location: /v2/models/double/versions/1/infer\r\n")
        else:
            await self._run(json.loads(body), writer)

    async def _run(self, asked: dict[str, Any], writer: asyncio.StreamWriter) -> None:
        given = asked["inputs"][0]
        shape, data = list(given["shape"]), [2 * one for one in given["data"]]
        output = {"name": "y", "datatype": "FP32", "shape": shape, "data": data}
        answer = {"model_name": "double", "model_version": "1", "outputs": [output]}
        match self.fault:
            case Fault.NULL:
                data[0] = None
            case Fault.NAN:
                data[0] = float("nan")
            case Fault.SHAPE:
                shape[0] += 1
            case Fault.WIDTH:
                output["shape"] = [len(data), 1]
            case Fault.DATATYPE:
                output["datatype"] = "FP64"
            case Fault.OUTPUTS:
                output["name"] = "z"
            case Fault.ANOTHER:
                answer["model_name"] = "triple"
            case _:
                pass
        said = json.dumps(answer).encode()
        if self.fault is Fault.GARBAGE:
            said = b"<html>" + said
        cut = self.fault is Fault.CUT
        length = len(said)
        writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\n")
        writer.write(b"content-type: application/json\r\n")
        writer.write(f"content-length: {length}\r\n\r\n".encode())
        writer.write(said[: length // 2] if cut else said)
        await writer.drain()

    def _metadata(self) -> dict[str, Any]:
        of_input = {"name": "x", "datatype": "FP32", "shape": [-1, 2]}
        if self.fault is Fault.OTHER_INPUTS:
            of_input["name"] = "features"
        if self.fault is Fault.OTHER_DATATYPE:
            of_input["datatype"] = "FP64"
        return {
            "name": "double",
            "versions": ["2" if self.fault is Fault.OTHER_VERSION else "1"],
            "platform": "onnxruntime_onnx",
            "inputs": [of_input],
            "outputs": [{"name": "y", "datatype": "FP32", "shape": [-1, 2]}],
        }


async def _send(
    writer: asyncio.StreamWriter, status: int, said: dict[str, Any], more: bytes = b""
) -> None:
    body = json.dumps(said).encode()
    writer.write(f"HTTP/1.1 {status} Said\r\nconnection: close\r\n".encode() + more)
    writer.write(f"content-length: {len(body)}\r\n\r\n".encode() + body)
    await writer.drain()
