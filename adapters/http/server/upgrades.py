"""Take WebSockets over from HTTP, and refuse them as everything is refused here."""

import time
from http import HTTPStatus
from typing import Any

import structlog
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.datastructures import Headers
from websockets.frames import CloseCode, Frame
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol

from adapters.http.problem_kinds import INVALID, METHOD
from adapters.http.problems import Problem, defect
from adapters.http.server.connection_limits import ConnectionLimits, Seat
from adapters.http.server.head_limits import LINGER_S
from adapters.http.server.refusing import told, whole
from adapters.http.streams.limits import MessageRate

log = structlog.get_logger(__name__)

# Messages, their parts, pings and pongs together; messages alone have a narrower limit, which
# is told in words.
FRAMES_PER_S = 40.0
FRAMES_BURST = 200

_LAST_BODY = "websocket.http.response.body"


class CountedWebSocket(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket that counts as a guest, and knows a refusal from a fault.

    uvicorn takes an answer in place of the handshake for none at all, and logs an error.
    """

    def __init__(self, *, seat: Seat, connection_limits: ConnectionLimits, **others: Any) -> None:
        super().__init__(**others)
        self._seat = seat
        self._connection_limits = connection_limits
        self.conn.__class__ = _Bounded
        bounded: Any = self.conn
        bounded.rate = MessageRate(now=time.monotonic, per_s=FRAMES_PER_S, burst=FRAMES_BURST)

    def data_received(self, data: bytes) -> None:
        """Take what arrived; the first is the handshake, whole.

        Of one with a body, or with more headers than `websockets` reads, it says nothing at
        all, and nobody looks at how long a WebSocket waits: it would stay for ever.
        """
        super().data_received(data)
        if not self.handshake_initiated and not self.transport.is_closing():
            self._connection_limits.fumbled()
            problem = problem_of_handshake(HTTPStatus.BAD_REQUEST)
            log.info("streams.refused", reason=problem.kind.slug, status=problem.status)
            self.transport.write(whole(problem))
            self.transport.close()

    def handle_parser_exception(self) -> None:
        """Tell why no more is taken; what still comes is let go, so that it can be read."""
        if not isinstance(self.conn.parser_exc, TooManyFrames):
            super().handle_parser_exception()
            return
        if self.close_sent:
            return
        self.close_sent = True
        code = CloseCode.POLICY_VIOLATION
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code})
        self.transport.write(b"".join(self.conn.data_to_send()))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        # To close on what was not read resets the connection, as it does over HTTP.
        self.close_timer = self.loop.call_later(LINGER_S, self.transport.abort)

    def handle_connect(self, event: Request) -> None:
        """Take the handshake, or refuse what is none."""
        super().handle_connect(event)
        if self.response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            self._connection_limits.fumbled()

    async def send(self, message: Any) -> None:
        """Send one message; with the end of a refusal the handshake is over."""
        await super().send(message)
        if message["type"] == _LAST_BODY and not message.get("more_body", False):
            self.handshake_complete = True

    def connection_lost(self, exc: Exception | None) -> None:
        """Let the guest go."""
        self._seat.leave()
        super().connection_lost(exc)


class TooManyFrames(Exception):
    """Whoever is connected sends more frames than anybody needs to."""


class _Bounded(ServerProtocol):
    """The protocol of `websockets` with our refusals, and an end to frames without end.

    Its refusals are plain text. It answers every ping by itself, before the application
    hears of anything that it could limit.
    """

    rate: MessageRate

    def recv_frame(self, frame: Frame) -> None:
        """Take a frame, of a message or of control; one too many is the last.

        What came behind it is thrown away unread, as after any failure.
        """
        if self.rate.admits():
            super().recv_frame(frame)
        else:
            self.fail(CloseCode.POLICY_VIOLATION, "too many frames")
            self.parser_exc = TooManyFrames()

    def reject(self, status: Any, text: str) -> Response:
        """Return our problem in place of the library's text, which repeats what was sent."""
        del text
        problem = problem_of_handshake(HTTPStatus(status))
        log.info("streams.refused", reason=problem.kind.slug, status=problem.status)
        answer = told(problem)
        headers = Headers([(name.decode(), value.decode()) for name, value in answer.pairs])
        return Response(answer.status, HTTPStatus(answer.status).phrase, headers, answer.body)


def problem_of_handshake(status: HTTPStatus) -> Problem:
    """Return the problem of a handshake that is none."""
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        # The library adds which is.
        return Problem(kind=METHOD, detail=METHOD.meaning)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return defect()
    return Problem(kind=INVALID, detail="the request is no WebSocket handshake (RFC 6455)")
