"""Serve one POST a connection on loopback, with faults by order."""

import asyncio
from dataclasses import dataclass, field
from typing import Self

from tests.fakes.provider import Fault, Moods

HOST = "127.0.0.1"
_REASONS = {200: "OK", 201: "Created", 204: "No Content"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """One request; fields by their names in lower case."""

    method: str
    path: str
    fields: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One reply; lacks: bytes that its length promises and never come."""

    status: int
    body: bytes = b""
    fields: tuple[tuple[str, str], ...] = ()
    lacks: int = 0


@dataclass(slots=True)
class WebProvider:
    """A provider that takes messages by POST; what it speaks is its heirs' part."""

    fault: Fault | None = None
    # What gives each request its own fault, in place of that.
    moods: Moods | None = None
    taken: list[str] = field(default_factory=list)
    posted: list[Posted] = field(default_factory=list)
    # In place of a yes, whatever the request.
    instead: Answer | None = None
    port: int = 0
    _server: asyncio.Server | None = None
    _held: list[asyncio.StreamWriter] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.shut()
        for writer in self._held:
            writer.close()

    async def shut(self) -> None:
        """Listen no more."""
        assert self._server is not None
        self._server.close()

    def take(self, posted: Posted) -> Answer:
        """Check and take a request, as the provider does."""
        raise NotImplementedError

    def refuse(self, fault: Fault) -> Answer:
        """Return the provider's no, for now or for good."""
        raise NotImplementedError

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            posted = await _read(reader)
        except asyncio.IncompleteReadError:
            writer.close()
            return
        self.posted.append(posted)
        fault = self.fault if self.moods is None else self.moods()
        if fault is Fault.SILENT:
            self._held.append(writer)
            return
        if fault is not Fault.HANGING_UP:
            answer = self._answer(posted, fault)
            if fault is not Fault.REPLY_LOST:
                writer.write(_written(answer))
        writer.close()

    def _answer(self, posted: Posted, fault: Fault | None) -> Answer:
        if fault is Fault.BUSY or fault is Fault.REFUSING:
            return self.refuse(fault)
        return self.instead or self.take(posted)


async def _read(reader: asyncio.StreamReader) -> Posted:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")
    fields = {}
    for line in lines:
        name, found, value = line.partition(":")
        if found:
            fields[name.lower()] = value.strip()
    method, path, _ = first.split(" ", 2)
    body = await reader.readexactly(int(fields.get("content-length", "0")))
    return Posted(method=method, path=path, fields=fields, body=body)


def _written(answer: Answer) -> bytes:
    lines = [f"HTTP/1.1 {answer.status} {_REASONS.get(answer.status, 'No')}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in answer.fields]
    lines.append(f"Content-Length: {len(answer.body) + answer.lacks}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + answer.body
