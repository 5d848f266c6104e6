"""Serve just enough HTTP/1.1 for a venue on loopback: bounded in size, time and number."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus

import structlog

HEAD_BYTES_MAX = 16 * 1024
READ_S_MAX = 10.0
IDLE_S_MAX = 75.0
CONNECTIONS_MAX = 512

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Request:
    """One request: its method, path and body."""

    method: str
    path: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """One reply, as JSON."""

    status: HTTPStatus
    body: bytes


class HangUp(Exception):
    """Close the connection without a reply: what a lost answer looks like."""


class BadRequest(Exception):
    """The request cannot be understood or is too large; the connection ends after the reply."""

    def __init__(self, status: HTTPStatus, problem: str) -> None:
        super().__init__(problem)
        self.status = status


Handler = Callable[[Request], Awaitable[Response]]
ErrorBody = Callable[[str], bytes]


class HttpServer:
    """Read requests, hand them to the handler, write its replies; one connection, one task."""

    def __init__(
        self,
        *,
        handler: Handler,
        error_body: ErrorBody,
        body_bytes_max: int,
        read_s_max: float = READ_S_MAX,
    ) -> None:
        self._handler = handler
        self._error_body = error_body
        self._body_bytes_max = body_bytes_max
        self._read_s_max = read_s_max
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self, *, host: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        """Listen, with TLS or without, and return the port."""
        self._server = await asyncio.start_server(
            self._connected, host=host, port=port, limit=HEAD_BYTES_MAX, ssl=tls
        )
        bound = self._server.sockets[0].getsockname()[1]
        return int(bound)

    async def stop(self) -> None:
        """Stop listening and end every connection."""
        if self._server is not None:
            self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            if len(self._tasks) > CONNECTIONS_MAX:
                await self._refuse(
                    writer, BadRequest(HTTPStatus.SERVICE_UNAVAILABLE, "too many connections")
                )
                return
            while await self._exchange(reader, writer):
                pass
        except (HangUp, OSError, asyncio.IncompleteReadError):
            # The peer is gone, or shall believe that we are: there is nobody to tell.
            writer.transport.abort()
        except BadRequest as problem:
            await self._refuse(writer, problem)
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Serve one request; tell whether the connection may carry another."""
        try:
            async with asyncio.timeout(IDLE_S_MAX):
                first = await reader.read(1)
        except TimeoutError:
            return False
        if not first:
            return False
        try:
            async with asyncio.timeout(self._read_s_max):
                request, keeps = await self._read(first, reader)
        except TimeoutError:
            raise BadRequest(
                HTTPStatus.REQUEST_TIMEOUT, "the request did not arrive whole"
            ) from None
        try:
            response = await self._handler(request)
        except (HangUp, OSError):
            raise
        except Exception as error:
            log.exception("paper_venue.request_failed", path=request.path)
            raise BadRequest(
                HTTPStatus.INTERNAL_SERVER_ERROR, "the venue failed on this request"
            ) from error
        await self._write(writer, response, keeps=keeps)
        return keeps

    async def _read(self, first: bytes, reader: asyncio.StreamReader) -> tuple[Request, bool]:
        try:
            head = first + await reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            raise BadRequest(
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                f"at most {HEAD_BYTES_MAX} bytes of head",
            ) from None
        start, *lines = head[:-4].split(b"\r\n")
        parts = start.split(b" ")
        if len(parts) != 3 or not start.isascii() or not parts[2].startswith(b"HTTP/1."):
            raise BadRequest(HTTPStatus.BAD_REQUEST, "the request line is not METHOD PATH HTTP/1.1")
        headers = dict(_header(line) for line in lines if line)
        if b"transfer-encoding" in headers:
            raise BadRequest(HTTPStatus.LENGTH_REQUIRED, "send a Content-Length, not chunks")
        body = await reader.readexactly(self._length(headers.get(b"content-length", b"0")))
        keeps = headers.get(b"connection", b"").lower() != b"close" and parts[2] == b"HTTP/1.1"
        request = Request(method=parts[0].decode(), path=parts[1].decode(), body=body)
        return request, keeps

    def _length(self, text: bytes) -> int:
        if not text.isdigit() or len(text) > 12:
            raise BadRequest(HTTPStatus.BAD_REQUEST, "Content-Length must be a whole number")
        length = int(text)
        if length > self._body_bytes_max:
            raise BadRequest(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"at most {self._body_bytes_max} bytes of body"
            )
        return length

    async def _refuse(self, writer: asyncio.StreamWriter, problem: BadRequest) -> None:
        response = Response(problem.status, self._error_body(str(problem)))
        try:
            await self._write(writer, response, keeps=False)
        except OSError:
            writer.transport.abort()

    async def _write(
        self, writer: asyncio.StreamWriter, response: Response, *, keeps: bool
    ) -> None:
        head = (
            f"HTTP/1.1 {response.status.value} {response.status.phrase}\r\n"
            "Content-Type: application/json\r\n"
            f"Content-Length: {len(response.body)}\r\n"
            f"Connection: {'keep-alive' if keeps else 'close'}\r\n\r\n"
        )
        writer.write(head.encode() + response.body)
        try:
            async with asyncio.timeout(self._read_s_max):
                await writer.drain()
        except TimeoutError:
            raise HangUp("the peer does not read") from None


def _header(line: bytes) -> tuple[bytes, bytes]:
    name, colon, value = line.partition(b":")
    if not colon or not name.strip() or name != name.strip():
        raise BadRequest(HTTPStatus.BAD_REQUEST, "a header is not NAME: VALUE")
    return name.lower(), value.strip()
