"""Wait so long for a client to say what it wants and to read the answer, and no longer."""

import asyncio
import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import structlog
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from adapters.http.problem_kinds import INVALID, TOO_MANY, TOO_SLOW
from adapters.http.problems import later
from adapters.http.server.connection_limits import ConnectionLimits, Seat
from adapters.http.server.head_limits import HeadLimitedHttp
from adapters.http.server.refusing import whole
from adapters.http.server.upgrades import CountedWebSocket

log = structlog.get_logger(__name__)

SWEEP_S = 0.5
_CROWDED = "your network has as many connections open as it may have"


class TimedHttp(HeadLimitedHttp):
    """uvicorn's HTTP/1.1 with a place for each connection, that waits for nothing for ever."""

    _seat: Seat | None = None

    def __init__(self, *, connection_limits: ConnectionLimits, **others: Any) -> None:
        super().__init__(**others)
        self._connection_limits = connection_limits

    # uvicorn narrows the transport likewise: only a stream's has what it asks of it.
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection, or turn it away where its network has too many."""
        super().connection_made(transport)
        address = self.client[0] if self.client else ""
        if self._seat is None and not self.is_let_in(address, hang_up=transport.abort):
            transport.abort()
        elif self._seat is not None and self._seat.is_too_many:
            # Whoever says nothing is not kept waiting for, either.
            self.loop.call_later(SWEEP_S, self._turn_away)

    def is_let_in(self, address: str, *, hang_up: Callable[[], None]) -> bool:
        """Count a guest; tell whether it is at least told why it is turned away."""
        self._seat = self._connection_limits.enter(address, hang_up=hang_up)
        return not self._connection_limits.crowds(self._seat)

    def let_go(self) -> None:
        """Let the guest go."""
        if self._seat is not None:
            self._seat.leave()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let the guest go."""
        self.let_go()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over with its guest."""
        assert self._seat is not None
        self._seat.asked()
        upgraded: Any = functools.partial(
            CountedWebSocket, seat=self._seat, connection_limits=self._connection_limits
        )
        self.ws_protocol_class = upgraded
        super().handle_websocket_upgrade()

    def on_message_complete(self) -> None:
        """Take the end of the request: now it is our turn."""
        super().on_message_complete()
        if self._seat is not None and self._owes():
            self._seat.asked()

    def on_response_complete(self) -> None:
        """Go on; where nothing is in hand any more, or only a body that is awaited, others may
        need the place.
        """
        super().on_response_complete()
        if self._seat is not None and (not self._owes() or (self._in_body and not self.pipeline)):
            self._seat.rests()

    def fumbled(self) -> None:
        """Count a request for a WebSocket that was no handshake."""
        self._connection_limits.fumbled()
        log.info("streams.refused", reason=INVALID.slug, status=INVALID.status)

    def _turn_away(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(whole(later(_CROWDED, retry_after_s=5, kind=TOO_MANY)))
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        """Take what arrived, unless it is of one too many."""
        if self._seat is not None and self._seat.is_too_many:
            self._turn_away()
        else:
            super().data_received(data)

    def awaited(self) -> "AwaitedRequest | None":
        """Return what the client is to do next; None when it is our turn.

        A connection that uvicorn keeps open between two requests has a limit there.
        """
        cycle: RequestResponseCycle | None = self.cycle
        closing = self._refused or self.transport.is_closing()
        unread = self.transport.get_write_buffer_size()
        if self.flow.write_paused or (closing and unread):
            return AwaitedRequest("write", cycle, unread)
        if closing or self._refusal is not None:
            return None
        if cycle is None or cycle.response_complete:
            if self.timeout_keep_alive_task is not None:
                return None
            return AwaitedRequest("body" if self._in_body else "head", cycle)
        # What we do not read ourselves, the client need not send.
        waits = cycle.more_body and not self.flow.read_paused
        return AwaitedRequest("body", cycle) if waits else None


@dataclass(frozen=True, slots=True)
class AwaitedRequest:
    """What a client has to do, after which request; of an answer, how much is unread."""

    what: str
    after: object
    unread: int = 0

    def goes_on(self, now: "AwaitedRequest") -> bool:
        """Tell whether it is the same still."""
        return self.what == now.what and self.after is now.after and self.unread == now.unread


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds for the line and headers, for the body, and for reading what was answered."""

    head_s: float
    body_s: float
    write_s: float


class Timeouts:
    """Looks twice a second at what each connection waits for; a request pays nothing for it."""

    def __init__(self, limits: Limits) -> None:
        self._limits = {"head": limits.head_s, "body": limits.body_s, "write": limits.write_s}
        self._since: dict[TimedHttp, tuple[AwaitedRequest, float]] = {}

    async def sweep(self, connections: Iterable[Any]) -> None:
        """Go on until cancelled; connections is uvicorn's own set."""
        now = asyncio.get_running_loop().time
        while True:
            await asyncio.sleep(SWEEP_S)
            self.look(connections, now=now())

    def look(self, connections: Iterable[Any], *, now: float) -> None:
        """Cut off whoever has taken too long."""
        since: dict[TimedHttp, tuple[AwaitedRequest, float]] = {}
        for one in tuple(connections):
            awaited = one.awaited() if isinstance(one, TimedHttp) else None
            if awaited is None:
                continue
            before = self._since.get(one)
            began = before[1] if before is not None and before[0].goes_on(awaited) else now
            if now - began < self._limits[awaited.what]:
                since[one] = (awaited, began)
            elif awaited.what == "write":
                # Nobody reads what would be said.
                one.transport.abort()
            else:
                one.refuse(TOO_SLOW, f"the request's {awaited.what} did not arrive in time")
        self._since = since
