"""A cheap HTTP/1.1 load client over keep-alive sockets, the same for every measured side.

Requests are encoded before the clock starts and replies are cut by their Content-Length, so
that on a small machine the client takes as little as possible from the server it measures.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import perf_counter_ns
from typing import Final, cast

from bench.stats import Latency, latency

CONNECTIONS_MAX = 1_024
REQUESTS_MAX = 1_000_000
HEAD_END: Final = b"\r\n\r\n"
LENGTH_NAME: Final = b"\r\ncontent-length:"
EXCERPT_BYTES_MAX = 500


class LoadError(Exception):
    """The load did not run to its end as asked; no figure of it means anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What to send, over how many connections, and what must come back.

    `body` and `extra_headers` are given the number of the request, warm-up first, so that
    each can carry its own key. Every reply must have the status `expect_status`.
    """

    port: int
    path: str
    body: Callable[[int], bytes]
    requests: int
    connections: int = 1
    warm_up: int = 100
    method: str = "POST"
    host: str = "127.0.0.1"
    headers: Mapping[str, str] = field(default_factory=dict)
    extra_headers: Callable[[int], Mapping[str, str]] | None = None
    expect_status: int = 201
    timeout_s: float = 120.0

    def __post_init__(self) -> None:
        if not 1 <= self.connections <= CONNECTIONS_MAX:
            raise ValueError(f"connections must be 1..{CONNECTIONS_MAX}, got {self.connections}")
        if not self.connections <= self.requests <= REQUESTS_MAX:
            raise ValueError(
                f"requests must be {self.connections}..{REQUESTS_MAX}, got {self.requests}"
            )
        if not 0 <= self.warm_up <= REQUESTS_MAX:
            raise ValueError(f"warm_up must be 0..{REQUESTS_MAX}, got {self.warm_up}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the load saw: milliseconds per request and requests per second."""

    requests: int
    connections: int
    seconds: float
    requests_per_s: float
    latency_ms: Latency


async def run_load(load: Load) -> Report:
    """Send the warm-up, then the measured requests, and report only the latter.

    Each connection sends its next request when the reply to its last one is complete.
    LoadError on another status, a malformed reply, a lost connection or the time-out.
    """
    connections = [_Connection() for _ in range(load.connections)]
    try:
        async with asyncio.timeout(load.timeout_s):
            for connection in connections:
                await connection.open(host=load.host, port=load.port)
            await _send_all(load, connections, first=0, count=load.warm_up)
            started = perf_counter_ns()
            taken = await _send_all(load, connections, first=load.warm_up, count=load.requests)
            seconds = (perf_counter_ns() - started) / 1e9
    except TimeoutError as late:
        raise LoadError(f"{load.path}: not done within {load.timeout_s:g} s") from late
    except OSError as lost:
        raise LoadError(f"{load.host}:{load.port}: {lost}") from lost
    finally:
        for connection in connections:
            connection.close()
    return Report(
        requests=load.requests,
        connections=load.connections,
        seconds=seconds,
        requests_per_s=load.requests / seconds,
        latency_ms=latency([nanoseconds / 1e6 for nanoseconds in taken]),
    )


async def _send_all(
    load: Load, connections: list["_Connection"], *, first: int, count: int
) -> list[int]:
    """Share `count` requests over the connections and give each one's nanoseconds."""
    requests = [_encode(load, number) for number in range(first, first + count)]
    share = len(connections)
    finished = [
        connection.send(requests[index::share], expect=str(load.expect_status).encode())
        for index, connection in enumerate(connections)
    ]
    taken: list[int] = []
    # The first failure ends the load; gather would wait for nothing else.
    for times in await asyncio.gather(*finished):
        taken.extend(times)
    if len(taken) != count:
        raise LoadError(f"{load.path}: sent {count} requests but timed {len(taken)} replies")
    return taken


def _encode(load: Load, number: int) -> bytes:
    body = load.body(number)
    headers = {
        "host": f"{load.host}:{load.port}",
        "content-type": "application/json",
        "content-length": str(len(body)),
        **load.headers,
        **(load.extra_headers(number) if load.extra_headers else {}),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{load.method} {load.path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body


class _Connection(asyncio.Protocol):
    """One keep-alive socket that has at most one request under way."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._requests: list[bytes] = []
        self._expect = b""
        self._next = 0
        self._sent_ns = 0
        self._taken: list[int] = []
        self._received = b""
        # How much of a reply that is as expected so far has yet to come.
        self._missing = 0
        self._done: asyncio.Future[list[int]] | None = None

    async def open(self, *, host: str, port: int) -> None:
        """Connect; OSError when nobody listens."""
        await asyncio.get_running_loop().create_connection(lambda: self, host, port)

    def send(self, requests: list[bytes], *, expect: bytes) -> "asyncio.Future[list[int]]":
        """Send the requests one after the other; the future gives their nanoseconds."""
        self._requests, self._expect, self._next = requests, expect, 0
        self._taken = []
        self._done = asyncio.get_running_loop().create_future()
        if self._transport is None or self._transport.is_closing():
            self._fail("the server has closed the connection")
        else:
            self._send_next()
        return self._done

    def close(self) -> None:
        """Close the socket, if it was ever open."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport; nothing is sent yet."""
        # uvloop's transports are no subclass of asyncio's, so only a cast tells both.
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail what was under way."""
        self._fail(f"the server closed the connection: {exc or 'no error given'}")

    def data_received(self, data: bytes) -> None:
        """Cut one reply, time it, send the next request."""
        if self._missing:
            # Counted, not kept: nobody reads it, and a large body comes in many pieces.
            self._missing -= len(data)
            if self._missing < 0:
                self._fail(f"expected one reply, got more behind it: {_excerpt(data)}")
            elif not self._missing:
                self._answered()
            return
        received = self._received + data if self._received else data
        end = received.find(HEAD_END)
        if end < 0:
            self._received = received
            return
        length = _content_length(received[:end])
        if length is None:
            self._fail(f"a reply without Content-Length: {_excerpt(received)}")
            return
        total = end + len(HEAD_END) + length
        is_expected = received[9:12] == self._expect
        if len(received) < total:
            if is_expected:
                self._received, self._missing = b"", total - len(received)
            else:
                self._received = received
            return
        if len(received) > total or not is_expected:
            self._fail(f"expected one reply {self._expect.decode()}, got {_excerpt(received)}")
            return
        self._answered()

    def _answered(self) -> None:
        self._taken.append(perf_counter_ns() - self._sent_ns)
        self._received = b""
        self._send_next()

    def _send_next(self) -> None:
        if self._transport is None or self._done is None or self._done.done():
            return
        if self._next == len(self._requests):
            self._done.set_result(self._taken)
            return
        request = self._requests[self._next]
        self._next += 1
        self._sent_ns = perf_counter_ns()
        self._transport.write(request)

    def _fail(self, reason: str) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_exception(LoadError(f"request {self._next}: {reason}"))


def _content_length(head: bytes) -> int | None:
    lowered = head.lower()
    start = lowered.find(LENGTH_NAME)
    if start < 0:
        return None
    value = lowered[start + len(LENGTH_NAME) :].split(b"\r\n", 1)[0].strip()
    return int(value) if value.isdigit() else None


def _excerpt(received: bytes) -> str:
    return received[:EXCERPT_BYTES_MAX].decode("latin-1")
