"""Speak the wire of an OpenAI-compatible `/chat/completions` on loopback, with faults by order.

The shapes are those of OpenAI's specification (openapi.yaml: CreateChatCompletionRequest,
ResponseFormatJsonSchema, CreateChatCompletionResponse, ChatCompletionResponseMessage, Error;
https://platform.openai.com/docs/api-reference/chat) and of its guide to structured outputs
(https://platform.openai.com/docs/guides/structured-outputs): `strict` wants every property
required and no others; a model that will not answers with `refusal` and no content; a reply cut
by the limit of tokens has the finish_reason `length`. Together, Z.ai and Mistral document the
same fields.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Self

HOST = "127.0.0.1"
PATH = "/v1/chat/completions"
KEY = "sk-loopback-0123456789"


class Fault(Enum):
    """What goes wrong instead of a reply."""

    LATE = auto()  # never within anybody's patience
    THROTTLED = auto()  # 429, as over a rate limit
    BROKEN = auto()  # 500
    CUT = auto()  # the connection ends amid the body
    NO_JSON = auto()
    NO_CHOICES = auto()
    UNFINISHED = auto()  # finish_reason length
    REFUSED = auto()  # refusal, and no content
    ENDLESS = auto()  # a body beyond all bounds
    ELSEWHERE = auto()  # a redirect


@dataclass(slots=True)
class ModelServer:
    """Answers each model with what was given for it: a text, or a fault."""

    answers: dict[str, str | Fault]
    asked: list[dict[str, Any]] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    url: str = ""
    _server: asyncio.Server | None = None
    _held: list[asyncio.StreamWriter] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, HOST, 0)
        self.url = f"http://{HOST}:{self._server.sockets[0].getsockname()[1]}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        for writer in self._held:
            writer.close()
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        fields = dict(
            line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line
        )
        body = json.loads(await reader.readexactly(int(fields["content-length"])))
        self.heads.append(head)
        self.asked.append(body)
        answer = self.answers.get(body["model"], Fault.BROKEN)
        if answer is Fault.LATE:
            self._held.append(writer)
            return
        writer.write(_FAULTS[answer]() if isinstance(answer, Fault) else _whole(answer))
        writer.close()


def _answer(content: bytes, *, status: str = "200 OK", more: str = "", lacks: int = 0) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close\r\n{more}"
    return f"{head}Content-Length: {len(content) + lacks}\r\n\r\n".encode() + content


def _completion(message: dict[str, Any], *, finish_reason: str = "stop") -> bytes:
    said = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_772_000_000,
        "model": "model-1",
        "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
        "usage": {"prompt_tokens": 300, "completion_tokens": 60, "total_tokens": 360},
    }
    return json.dumps(said).encode()


def _whole(text: str) -> bytes:
    return _answer(_completion({"role": "assistant", "content": text, "refusal": None}))


def _error(kind: str) -> bytes:
    said = {"error": {"message": f"no, {KEY}", "type": kind, "param": None, "code": kind}}
    return json.dumps(said).encode()


_FAULTS: dict[Fault, Callable[[], bytes]] = {
    Fault.THROTTLED: lambda: _answer(
        _error("rate_limit_exceeded"), status="429 Too Many Requests", more="Retry-After: 1\r\n"
    ),
    Fault.BROKEN: lambda: _answer(_error("server_error"), status="500 Internal Server Error"),
    Fault.CUT: lambda: _answer(b'{"choices": [{"mess', lacks=500),
    Fault.NO_JSON: lambda: _answer(b"<html>busy</html>"),
    Fault.NO_CHOICES: lambda: _answer(b'{"choices": []}'),
    Fault.UNFINISHED: lambda: _answer(
        _completion({"role": "assistant", "content": '{"rating"'}, finish_reason="length")
    ),
    Fault.REFUSED: lambda: _answer(
        _completion({"role": "assistant", "content": None, "refusal": "I cannot help with that."})
    ),
    Fault.ENDLESS: lambda: _answer(b" " * 200_000),
    Fault.ELSEWHERE: lambda: _answer(
        b"", status="307 Temporary Redirect", more="Location: http://127.0.0.1:9/v1\r\n"
    ),
}
