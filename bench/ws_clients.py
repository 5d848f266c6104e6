"""A thousand cheap WebSocket clients in a process of their own, the same for every side.

Each client opens, sends the `--hello` texts (subscriptions), then counts the frames that carry
a stamp: `"sent_ns":<nanoseconds>` in the payload, taken by the sender from CLOCK_MONOTONIC,
which all processes of one machine share. Other frames (snapshots, heartbeats) are passed over,
pings are answered. When every client has `--messages` of them, one JSON object is printed.

Run `python -m bench.ws_clients --port PORT --clients 1000 --messages 200`. It fails, with the
number of frames that came, when they are not all there after `--seconds-max`.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from time import monotonic_ns
from typing import cast

import uvloop

from bench.serving import LOOPBACK
from bench.stats import Latency, latency
from bench.ws_wire import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    FrameReader,
    WireError,
    encode_frame,
    encode_handshake,
    raise_open_files,
)

CLIENTS_MAX = 20_000
DELIVERIES_MAX = 5_000_000
OPENING_AT_ONCE = 50
HEAD_END = b"\r\n\r\n"
STAMP_KEY = "sent_ns"


class ClientError(Exception):
    """A client was turned away, cut off or left waiting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What all clients together received; the latency is from the stamp to the reading."""

    clients: int
    frames: int
    seconds: float
    frames_per_s: float
    latency_ms: Latency


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the clients ask for and wait for; `paths` are shared out in turn."""

    port: int
    clients: int
    messages: int
    paths: Sequence[str] = ("/",)
    hello: Sequence[str] = ()
    seconds_max: float = 120.0

    def __post_init__(self) -> None:
        if not 1 <= self.clients <= CLIENTS_MAX:
            raise ValueError(f"clients must be 1..{CLIENTS_MAX}, got {self.clients}")
        if not 1 <= self.messages * self.clients <= DELIVERIES_MAX:
            raise ValueError(f"clients x messages must be 1..{DELIVERIES_MAX}")
        if not self.paths:
            raise ValueError("at least one path is needed")


async def read_all(reading: Reading) -> Delivered:
    """Open all clients, read until each has its messages, and reduce the arrivals."""
    clients = [_Client(reading) for _ in range(reading.clients)]
    try:
        async with asyncio.timeout(reading.seconds_max):
            for start in range(0, len(clients), OPENING_AT_ONCE):
                opening = clients[start : start + OPENING_AT_ONCE]
                await asyncio.gather(
                    *(
                        client.open(path=reading.paths[(start + index) % len(reading.paths)])
                        for index, client in enumerate(opening)
                    )
                )
            await asyncio.gather(*(client.complete for client in clients))
    except TimeoutError as late:
        came = sum(len(client.taken_ns) for client in clients)
        wanted = reading.clients * reading.messages
        raise ClientError(f"{came} of {wanted} frames in {reading.seconds_max:g} s") from late
    finally:
        for client in clients:
            client.close()
    return _reduce(clients)


class _Client(asyncio.Protocol):
    def __init__(self, reading: Reading) -> None:
        loop = asyncio.get_running_loop()
        self.complete: asyncio.Future[None] = loop.create_future()
        self.taken_ns: list[int] = []
        self.first_sent_ns = 0
        self.last_read_ns = 0
        self._opened: asyncio.Future[None] = loop.create_future()
        self._reading = reading
        self._frames = FrameReader()
        self._head: bytes | None = b""
        self._transport: asyncio.Transport | None = None
        self._key = f'"{STAMP_KEY}":'.encode()

    async def open(self, *, path: str) -> None:
        """Connect, shake hands and subscribe."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_connection(lambda: self, LOOPBACK, self._reading.port)
        transport.write(
            encode_handshake(host=LOOPBACK, port=self._reading.port, path=path, headers={})
        )
        await self._opened
        for text in self._reading.hello:
            transport.write(encode_frame(TEXT, text.encode()))

    def close(self) -> None:
        """Leave without ceremony."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        # uvloop's transports are no subclass of asyncio's, so only a cast tells both.
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail what is still waited for."""
        self._fail(f"the server cut a client off: {exc or 'no error given'}")

    def data_received(self, data: bytes) -> None:
        """Read the handshake's answer once, then frames."""
        if self._head is not None:
            self._head += data
            head, found, data = self._head.partition(HEAD_END)
            if not found:
                return
            if not head.startswith(b"HTTP/1.1 101 "):
                self._fail(f"the server answered {head[:200].decode('latin-1')}")
                return
            self._head = None
            self._opened.set_result(None)
        now = monotonic_ns()
        try:
            for opcode, payload in self._frames.feed(data):
                if opcode in (TEXT, BINARY):
                    self._count(payload, now=now)
                elif opcode == PING and self._transport is not None:
                    self._transport.write(encode_frame(PONG, payload))
                elif opcode == CLOSE:
                    self._fail(
                        f"the server closed a client: {payload[2:].decode(errors='replace')}"
                    )
        except WireError as wrong:
            self._fail(str(wrong))

    def _count(self, payload: bytes, *, now: int) -> None:
        found = payload.find(self._key)
        if found < 0 or self.complete.done():
            return
        digits = payload[found + len(self._key) : found + len(self._key) + 22]
        # Text in quotes where the side's messages hold nothing but text.
        sent = int(digits.split(b",", 1)[0].split(b"}", 1)[0].strip(b'"'))
        self.taken_ns.append(now - sent)
        if len(self.taken_ns) == 1:
            self.first_sent_ns = sent
        if len(self.taken_ns) == self._reading.messages:
            self.last_read_ns = now
            self.complete.set_result(None)

    def _fail(self, reason: str) -> None:
        for waited in (self._opened, self.complete):
            if not waited.done():
                waited.set_exception(ClientError(reason))


def _reduce(clients: Sequence[_Client]) -> Delivered:
    first = min(client.first_sent_ns for client in clients)
    seconds = (max(client.last_read_ns for client in clients) - first) / 1e9
    taken_ms = [taken / 1e6 for client in clients for taken in client.taken_ns]
    return Delivered(
        clients=len(clients),
        frames=len(taken_ms),
        seconds=seconds,
        frames_per_s=len(taken_ms) / seconds,
        latency_ms=latency(taken_ms),
    )


def main() -> None:
    """Read as asked and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--clients", type=int, default=1_000)
    parser.add_argument("--messages", type=int, required=True)
    parser.add_argument("--path", action="append", help="may be repeated, shared out in turn")
    parser.add_argument("--paths-file", type=argparse.FileType(), help="one path a line")
    parser.add_argument("--hello", action="append", default=[], help="a text to send once open")
    parser.add_argument("--seconds-max", type=float, default=120.0)
    chosen = parser.parse_args()
    listed = chosen.paths_file.read().split() if chosen.paths_file else []
    reading = Reading(
        port=chosen.port,
        clients=chosen.clients,
        messages=chosen.messages,
        paths=[*(chosen.path or []), *listed] or ["/"],
        hello=chosen.hello,
        seconds_max=chosen.seconds_max,
    )
    raise_open_files(reading.clients)
    json.dump(asdict(uvloop.run(read_all(reading))), sys.stdout)


if __name__ == "__main__":
    main()
