"""Hold one connection, plain or TLS, that writes in the very moment it is told to."""

import asyncio
import select
import socket
import ssl
from typing import Any, Self

_CHUNK = 65_536


class LineEnded(Exception):
    """The peer hung up; is_clean where it said so, as TLS asks it to."""

    def __init__(self, *, is_clean: bool) -> None:
        super().__init__("the connection ended")
        self.is_clean = is_clean


class Line:
    """A connected socket; what is written goes to the kernel before `write_now` returns.

    TLS is spoken over buffers in memory: encrypting waits for nobody, and neither does the
    socket. A transport of the event loop would keep what does not fit, and write it in a turn
    of its own.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._tls: ssl.SSLObject | None = None
        self._came, self._leaves = ssl.MemoryBIO(), ssl.MemoryBIO()

    async def shake_hands(self, tls: ssl.SSLContext, *, host: str) -> Self:
        """Speak TLS from now on; raises OSError where the peer does not, or is not the host."""
        self._tls = tls.wrap_bio(self._came, self._leaves, server_hostname=host)
        while True:
            try:
                self._tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                await self._flush()
                await self._receive()
        await self._flush()
        return self

    def write_now(self, data: bytes) -> bytes:
        """Write what the kernel takes now, and return the rest as it is to be sent."""
        if self._tls is not None:
            view = memoryview(data)
            while view:
                view = view[self._tls.write(view) :]
            data = self._leaves.read()
        try:
            return data[self._sock.send(data) :]
        except BlockingIOError:
            return data

    async def write_rest(self, rest: bytes) -> None:
        """Write what `write_now` could not."""
        if rest:
            await asyncio.get_running_loop().sock_sendall(self._sock, rest)

    async def read(self) -> bytes:
        """Return what comes next; raises LineEnded when nothing does any more."""
        if self._tls is None:
            return await self._received()
        while True:
            try:
                if data := self._tls.read(_CHUNK):
                    return data
                raise LineEnded(is_clean=True)
            except ssl.SSLWantReadError:
                # Keys that are changed meanwhile are answered.
                await self._flush()
                await self._receive()
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError) as ended:
                is_clean = isinstance(ended, ssl.SSLZeroReturnError)
                raise LineEnded(is_clean=is_clean) from ended

    def is_silent(self) -> bool:
        """Tell whether nothing has come meanwhile that is an answer, or an end."""
        try:
            if not _has_news(self._sock):
                return True
            if self._tls is None or not (data := self._sock.recv(_CHUNK)):
                return False
            # Such as tickets for later sessions, which a server sends when it likes.
            self._came.write(data)
            self._tls.read(1)
        except ssl.SSLWantReadError:
            return not (self._leaves.pending or _has_news(self._sock))
        except OSError:
            pass
        return False

    def close(self) -> None:
        """Hang up, at once."""
        self._sock.close()

    async def _flush(self) -> None:
        if data := self._leaves.read():
            await asyncio.get_running_loop().sock_sendall(self._sock, data)

    async def _receive(self) -> None:
        try:
            self._came.write(await self._received())
        except LineEnded:
            self._came.write_eof()

    async def _received(self) -> bytes:
        data = await asyncio.get_running_loop().sock_recv(self._sock, _CHUNK)
        if not data:
            raise LineEnded(is_clean=True)
        return data


async def connected(host: str, port: int, *, tls: ssl.SSLContext | None) -> Line:
    """Connect to the first address that answers; raises OSError."""
    problem: OSError = OSError("no address")
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for family, kind, protocol, _, address in found:
        sock = socket.socket(family, kind, protocol)
        try:
            return await _opened(sock, address, host=host, tls=tls)
        except OSError as met:
            problem = met
    raise problem


async def _opened(
    sock: socket.socket, address: Any, *, host: str, tls: ssl.SSLContext | None
) -> Line:
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(sock, address)
        line = Line(sock)
        return line if tls is None else await line.shake_hands(tls, host=host)
    except BaseException:
        sock.close()
        raise


def _has_news(sock: socket.socket) -> bool:
    watched = select.poll()
    watched.register(sock.fileno(), select.POLLIN)
    return bool(watched.poll(0))
