"""Serve WebSockets: who may connect, for how long, and how they are all let go."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from litestar.types import Receive, Scope, Send

from adapters.http.admission import bearer
from adapters.http.answering import send_problem
from adapters.http.clients import client_of
from adapters.http.cors import AllowedOrigins
from adapters.http.paths import is_plain
from adapters.http.permissions import check_password
from adapters.http.problem_kinds import ORIGIN_REFUSED, UNAUTHORIZED
from adapters.http.problems import Problem, absent, defect, later, problem_of, unauthorized
from adapters.http.rates import RouteRates
from adapters.http.streams.connection import POLICY, Connection
from adapters.http.streams.messages import heartbeat_frame
from adapters.http.streams.protocols import chosen, ticket_of
from adapters.http.streams.seats import Seat, Seats
from adapters.http.streams.served import StreamParts
from adapters.http.wire import MISDIRECTED, TAIL
from domain.identity.change import IdentityChange
from domain.identity.session import Visitor
from ports.identity import InvalidToken
from ports.tickets import Session, Tickets

log = structlog.get_logger(__name__)

PATH = "/ws/v1"
# Twice a second: a token that ended is noticed within the second that is promised.
SWEEP_S = 0.5
# RFC 6455 and the IANA registry: the service restarts.
RESTART = 1012
GONE = 1001
_STALLED_HEARTBEATS = 3.0


class StreamServer:
    """The ASGI application of WebSockets, and the keeper of those that are open."""

    def __init__(
        self,
        *,
        served: StreamParts,
        tickets: Tickets,
        rates: RouteRates | None = None,
        on_refusal: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._served = served
        self._tickets = tickets
        self._rates = rates
        self._on_refusal = on_refusal
        self._seats = Seats(served.settings)
        self._origins = AllowedOrigins(served.settings.allowed_origins)
        self._open: dict[Connection, None] = {}
        self._sweeper: asyncio.Task[None] | None = None
        self._stopping = False
        self._all_gone = asyncio.Event()
        # Somebody's standing changed: look at once.
        self._changed = asyncio.Event()

    @property
    def connections(self) -> int:
        """How many readers are connected."""
        return len(self._open)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one WebSocket, or refuse it with a problem."""
        message: Any = await receive()
        if message["type"] != "websocket.connect":
            return
        with contextlib.ExitStack() as stack:
            try:
                seat = stack.enter_context(self._seats.taken())
                session = await self._admit(scope, seat=seat)
            except Problem as problem:
                await self._refuse(problem, scope=scope, send=send)
                return
            await self._serve(scope, receive, send, session=session)

    async def _serve(self, scope: Scope, receive: Receive, send: Send, *, session: Session) -> None:
        if self._sweeper is None:
            self._sweeper = asyncio.create_task(self._sweep())
        accept: Any = {
            "type": "websocket.accept",
            "headers": [],
            "subprotocol": chosen(scope),
        }
        await send(accept)
        connection = Connection(
            served=self._served,
            session=session,
            receive=receive,
            send=send,
            trace_id=scope["state"]["trace_id"],
        )
        self._open[connection] = None
        self._all_gone.clear()
        try:
            await connection.serve()
        finally:
            del self._open[connection]
            if not self._open:
                self._all_gone.set()

    async def stop(self) -> None:
        """Close everyone with 1012 and wait for them, but no longer than a close may take."""
        self._stopping = True
        for connection in tuple(self._open):
            connection.close(RESTART, "the server restarts: reconnect and resume by sequence")
        if self._open:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._served.settings.close_s + 1.0):
                    await self._all_gone.wait()
        if self._sweeper is not None:
            self._sweeper.cancel()
            await asyncio.gather(self._sweeper, return_exceptions=True)
            self._sweeper = None

    def changed(self, change: IdentityChange) -> None:
        """Look soon whether everyone may still be connected."""
        del change
        self._changed.set()

    def forget(self) -> None:
        """Look likewise: changes may have been missed."""
        self._changed.set()

    async def _admit(self, scope: Scope, *, seat: Seat) -> Session:
        """Return whose WebSocket it may be; raises the problem of one that may not be."""
        headers = dict(scope["headers"])
        misdirected: Problem | None = scope["state"].get(MISDIRECTED)
        if misdirected is not None:
            raise misdirected
        if scope["path"] != PATH or not is_plain(scope):
            raise absent("no such WebSocket")
        if not self._origins.may_connect(headers, secure=scope.get("scheme") == "wss"):
            raise Problem(kind=ORIGIN_REFUSED, detail=ORIGIN_REFUSED.meaning)
        if self._stopping:
            raise later("no more WebSockets can be served now", retry_after_s=5)
        seat.of_network(Visitor(ip=client_of(scope)).network)
        try:
            token = await self._token_of(scope, headers=headers)
            guess = self._served.identity.is_guess(token)
            with self._guess(scope) if guess else contextlib.nullcontext():
                principal = await self._served.identity.authenticate(token)
            check_password(principal)
        except Exception as error:
            problem = problem_of(error)
            if problem is None:
                log.exception("streams.authentication_failed")
            raise problem or defect() from None
        seat.of_user(principal.user_id)
        return Session(principal=principal, token=token)

    async def _token_of(self, scope: Scope, *, headers: Mapping[bytes, bytes]) -> str:
        ticket = ticket_of(scope)
        if ticket is not None:
            with self._guess(scope):
                session = await self._tickets.redeem(ticket)
            if session is None:
                raise unauthorized("the ticket is unknown, used or lapsed")
            # Whatever was allowed when it was issued: what counts is now.
            return session.token
        token = bearer(headers)
        if isinstance(token, Problem):
            raise token
        return token

    def _guess(self, scope: Scope) -> contextlib.AbstractContextManager[None]:
        return self._rates.guess(scope) if self._rates is not None else contextlib.nullcontext()

    async def _refuse(self, problem: Problem, *, scope: Scope, send: Send) -> None:
        if self._rates is not None and problem.status == UNAUTHORIZED.status:
            too_many, _ = await self._rates.stranger(scope)
            problem = too_many or problem
        reason = problem.kind.slug
        trace_id = scope["state"]["trace_id"]
        log.info("streams.refused", reason=reason, status=problem.status, trace_id=trace_id)
        self._on_refusal(reason)
        await _send_refusal(problem, scope=scope, send=send)

    async def _sweep(self) -> None:
        """Let go whose token ended or who does not read, and give signs of life."""
        served = self._served
        heartbeat_s = served.settings.heartbeat_s
        beat_at = served.clock.monotonic()
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SWEEP_S):
                    await self._changed.wait()
            self._changed.clear()
            now = served.clock.monotonic()
            beat = now - beat_at >= heartbeat_s
            frame = ""
            if beat:
                beat_at = now
                frame = heartbeat_frame(served.clock.now())
            for connection in tuple(self._open):
                if connection.outbox.is_stalled(after_s=heartbeat_s * _STALLED_HEARTBEATS):
                    connection.close(GONE, "nothing was read for too long")
                    continue
                await self._check(connection)
                if beat:
                    connection.outbox.push_if_idle(frame)

    async def _check(self, connection: Connection) -> None:
        session = connection.session
        if session.principal.expires_at <= self._served.clock.now():
            connection.close(POLICY, "the token expired: reconnect with a new one")
            return
        try:
            principal = await self._served.identity.authenticate(session.token)
            if connection.session is session and principal.access != session.principal.access:
                connection.renew(Session(principal=principal, token=session.token))
        except InvalidToken:
            if connection.session is session:
                connection.close(POLICY, "the token is no longer valid")
        except Exception:
            # Whether it still holds is not known: who cannot be checked is let go.
            log.exception("streams.check_failed")
            connection.close(POLICY, "the token cannot be checked now: reconnect")


async def _send_refusal(problem: Problem, *, scope: Scope, send: Send) -> None:
    extensions: Any = scope.get("extensions") or {}
    if "websocket.http.response" not in extensions:
        close: Any = {"type": "websocket.close", "code": POLICY, "reason": problem.kind.slug}
        await send(close)
        return

    async def as_denial(message: Any) -> None:
        named: Any = {**message, "type": f"websocket.{message['type']}"}
        await send(named)

    trace_id = scope["state"]["trace_id"]
    # Put there by the edge: a refusal has the security headers of any answer.
    tail = scope["state"].get(TAIL, ())
    await send_problem(problem, path=PATH, trace_id=trace_id, send=as_denial, headers=tail)
