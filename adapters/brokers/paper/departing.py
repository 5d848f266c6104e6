"""Send what must not leave late: the last question and the write lie in one breath.

A client library writes when its turn in the event loop comes, after what else is ready. A send
that was asked "may you leave?" before that may be stopped in between, and leave minutes later.
Here nothing is awaited between the question and the kernel.
"""

import asyncio
import select
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

_CHUNK = 65_536
_REPLY_BYTES_MAX = 1_048_576
_IDLE_MAX = 64


class NotSent(Exception):
    """Not a byte of the request has left; the message says why."""


class NoAnswer(Exception):
    """The request has left, whole or in part, and its answer is not known."""


class _Partial(Exception):
    """The peer hung up amidst its answer."""


@dataclass(slots=True, kw_only=True)
class Departing:
    """POST over plain HTTP/1.1, each request once, on connections that are kept."""

    url: str
    connect_s: float
    total_s: float
    keep_s: float
    _idle: list[tuple[float, socket.socket]] = field(default_factory=list)

    def close(self) -> None:
        """Close what is kept."""
        while self._idle:
            self._idle.pop()[1].close()

    async def post(
        self,
        path: str,
        body: bytes,
        *,
        leaving: Callable[[], None],
        written: Callable[[], None],
    ) -> tuple[int, bytes]:
        """Return the answer's status and body; raises NotSent, NoAnswer, or what `leaving` does."""
        try:
            async with asyncio.timeout(self.total_s):
                one = self._kept() or await self._connected()
                try:
                    status, said, keeps = await _exchange(
                        one, self._head(path, body) + body, leaving=leaving, written=written
                    )
                except BaseException:
                    one.close()
                    raise
        except TimeoutError as problem:
            raise NoAnswer(f"no answer within {self.total_s:g} s") from problem
        if keeps and len(self._idle) < _IDLE_MAX:
            self._idle.append((asyncio.get_running_loop().time(), one))
        else:
            one.close()
        return status, said

    def _kept(self) -> socket.socket | None:
        """Return the connection used last, if it is still good."""
        oldest = asyncio.get_running_loop().time() - self.keep_s
        while self._idle:
            since, one = self._idle.pop()
            # Silence is all that an idle connection can be expected to say.
            if since >= oldest and _is_silent(one):
                return one
            one.close()
        return None

    async def _connected(self) -> socket.socket:
        where = urlsplit(self.url)
        problem: Exception = OSError("no address")
        try:
            async with asyncio.timeout(self.connect_s):
                for (
                    family,
                    kind,
                    protocol,
                    _,
                    address,
                ) in await asyncio.get_running_loop().getaddrinfo(
                    where.hostname, where.port or 80, type=socket.SOCK_STREAM
                ):
                    one = socket.socket(family, kind, protocol)
                    try:
                        return await _opened(one, address)
                    except OSError as met:
                        problem = met
        except (OSError, TimeoutError) as met:
            problem = met
        raise NotSent(f"cannot connect: {problem!r}") from problem

    def _head(self, path: str, body: bytes) -> bytes:
        return (
            f"POST {path} HTTP/1.1\r\nHost: {urlsplit(self.url).netloc}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode("ascii")


async def _opened(one: socket.socket, address: Any) -> socket.socket:
    try:
        one.setblocking(False)
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(one, address)
    except BaseException:
        one.close()
        raise
    return one


def _is_silent(one: socket.socket) -> bool:
    watched = select.poll()
    watched.register(one.fileno(), select.POLLIN)
    return not watched.poll(0)


async def _exchange(
    one: socket.socket,
    request: bytes,
    *,
    leaving: Callable[[], None],
    written: Callable[[], None],
) -> tuple[int, bytes, bool]:
    """Write one request, read its answer; tell whether the connection may carry another."""
    leaving()
    try:
        sent = one.send(request)
    except BlockingIOError:
        sent = 0
    except OSError as problem:
        raise NotSent(f"cannot write: {problem!r}") from problem
    loop = asyncio.get_running_loop()
    try:
        if sent < len(request):
            await loop.sock_sendall(one, request[sent:])
        written()
        return await _answer(one)
    except (OSError, ValueError, _Partial) as problem:
        if isinstance(problem, TimeoutError):
            raise
        raise NoAnswer(f"no answer: {problem!r}") from problem


async def _answer(one: socket.socket) -> tuple[int, bytes, bool]:
    said = b""
    while b"\r\n\r\n" not in said:
        said += await _more(one, already=len(said))
    head, _, body = said.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    version, status, *_ = first.split(" ")
    if not version.startswith("HTTP/1."):
        raise ValueError("not an HTTP answer")
    fields = {
        name.strip().lower(): text.strip() for name, _, text in (x.partition(":") for x in lines)
    }
    length = int(fields["content-length"]) if "content-length" in fields else 0
    if not 0 <= length <= _REPLY_BYTES_MAX:
        raise ValueError("the answer's length is beyond bounds")
    while len(body) < length:
        body += await _more(one, already=len(body))
    keeps = version == "HTTP/1.1" and fields.get("connection", "").lower() != "close"
    return int(status), body[:length], keeps and len(body) == length


async def _more(one: socket.socket, *, already: int) -> bytes:
    if already > _REPLY_BYTES_MAX:
        raise ValueError("the answer is too long")
    data = await asyncio.get_running_loop().sock_recv(one, _CHUNK)
    if not data:
        raise _Partial("the connection ended")
    return data
