"""Take one request after the other from a connection, and refuse what is none in its turn."""

import re
from typing import Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from adapters.http.problem_kinds import HEAD_TOO_LARGE, INVALID, MISDIRECTED, Kind
from adapters.http.problems import Problem
from adapters.http.server.refusing import whole
from adapters.http.server.write_coalescing import CoalescingHttp

HEAD_MAX = 65_536
# Whoever is refused may still be writing: to close on that resets the connection, and a reset
# can take the refusal away from who has not read it yet.
LINGER_S = 1.0

# A body that is all blank lines is not to cost more than others: after so many stops in what
# came at once it is taken in strides, and the head behind it counts for up to one less.
_STOPS_MAX = 64
_STRIDE = 4_096

_ANOTHER_HOST = "the target names another host than the Host header does"
_ABSOLUTE = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)")
_AUTHORITY = re.compile(rb"(?:[^\[\]@]*@)?(?:\[[0-9A-Fa-f:.]+\]|[^\[\]@:]+)(?::[0-9]*)?")
_PORT = re.compile(rb":[0-9]*$")

_END = b"\r\n\r\n"
_LENGTH = b"content-length"
_CODING = b"transfer-encoding"
_MALFORMED = "the request is not HTTP/1.1"
_UPGRADE = "a request that asks for another protocol (Upgrade) may have no body"
_TOO_LARGE = f"line and headers may have at most {HEAD_MAX} bytes"


def _named(authority: bytes) -> bytes:
    return _PORT.sub(b"", authority).lower()


class HeadLimitedHttp(CoalescingHttp):
    """uvicorn's HTTP/1.1 whose heads have a limit, and whose refusals wait for their turn.

    uvicorn's own parser takes headers without end, and says 400 as soon as it sees bytes that
    are no request: a client that still waits for an answer takes the 400 for it.
    """

    # Of the head that has begun, blank lines before it among them.
    _head_bytes = 0
    # A refusal may be out before the body is in, of which the rest is let go.
    _in_body = False
    # Whose body it is; None where uvicorn made nothing of the request, as of an upgrade.
    _body_of: RequestResponseCycle | None = None
    # What is still to come of a body whose length was told.
    _left = 0
    # Of what frames a body in chunks, and of what follows one: all since the last of its bytes.
    _bare = 0
    # The last bytes that came, where an end may have begun.
    _begun = b""
    _upgraded = False
    # What is said as soon as all that was asked before is answered; nothing behind it counts.
    _refusal: bytes | None = None
    _refused = False

    def data_received(self, data: bytes) -> None:
        """Take what arrived, head by head: the line and headers of one request have a limit.

        The parser takes whatever it is given in one go, and does not say how far it came.
        """
        at = stops = 0
        while at < len(data) and self._refusal is None and not self._upgraded:
            stops += 1
            until = self._border(data, at=at, stride=_STRIDE if stops > _STOPS_MAX else 0)
            in_body = self._in_body
            over = 0
            if not in_body:
                self._head_bytes += until - at
                over = self._head_bytes - HEAD_MAX
            if over > 0:
                # What is no request at all is told so, also when it is a long one.
                super().data_received(data[at : until - over])
                self.refuse(HEAD_TOO_LARGE, _TOO_LARGE)
                return
            self._bare += until - at
            super().data_received(data if until - at == len(data) else data[at:until])
            if self._in_body and self._bare > HEAD_MAX:
                self.refuse(HEAD_TOO_LARGE, _TOO_LARGE)
            if self._in_body and not in_body:
                self._left = self._told_length()
            at = until

    def _border(self, data: bytes, *, at: int, stride: int) -> int:
        """Return where to stop: no request begins before it and goes on behind it.

        A head ends with a blank line, and so does a body in chunks. A blank line within a
        body is a stop for nothing; stride: how much of one is taken at the least.
        """
        if self._left:
            until = min(at + self._left, len(data))
            self._left -= until - at
            return until
        begun = self._begun
        # It may have begun in what came before.
        found = (begun + data[:3]).find(_END) if begun else -1
        until = found + len(_END) - len(begun)
        if found < 0:
            found = data.find(_END, at + stride if self._in_body else at)
            until = found + len(_END)
        if found < 0:
            self._begun = (begun + data[max(at, len(data) - 3) :])[-3:]
            return len(data)
        self._begun = b""
        return until

    def _told_length(self) -> int:
        for name, value in self.headers:
            if name == _LENGTH:
                return int(value)
        return 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; one that follows a body is none.

        Proxies look at heads and let the rest through: what was cut there must not come in here.
        """
        if not self._in_body:
            super().on_header(name, value)

    def on_body(self, body: bytes) -> None:
        """Take some of a body."""
        if self._refusal is not None:
            return
        self._bare = 0
        super().on_body(body)

    def on_headers_complete(self) -> None:
        """Take the request; what follows is its body."""
        target = _ABSOLUTE.match(self.url)
        if target is not None and not self._is_ours(target[1]):
            return
        if self.parser.should_upgrade() and self._tells_of_body():
            if self._should_upgrade():
                self.fumbled()
            self.refuse(INVALID, _UPGRADE)
            return
        before = self.cycle
        super().on_headers_complete()
        self._head_bytes = self._bare = 0
        self._in_body = True
        self._body_of = self.cycle if self.cycle is not before else None

    def _is_ours(self, authority: bytes) -> bool:
        """Tell whether a target names whom Host does (RFC 9112, 3.2.2); refuse it if not.

        Whether that is us is decided by Host alone; a proxy may have looked at the target.
        """
        hosts = [_named(value) for name, value in self.headers if name == b"host"]
        if not _AUTHORITY.fullmatch(authority):
            self.refuse(INVALID, _MALFORMED)
        elif hosts != [_named(authority)]:
            self.refuse(MISDIRECTED, _ANOTHER_HOST)
        else:
            return True
        return False

    def fumbled(self) -> None:
        """Learn that a request for a WebSocket was no handshake."""

    def _tells_of_body(self) -> bool:
        """Tell whether a body is announced.

        The parser takes none where another protocol is asked for, and would read the next
        request from it: one that a proxy, which took it for a body, has never looked at.
        """
        return self._told_length() > 0 or any(name == _CODING for name, _ in self.headers)

    def on_message_complete(self) -> None:
        """Take the end of the request; what follows is another one."""
        if self._refusal is not None:
            return
        self._in_body = False
        self._body_of = None
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Go on with the next request, or say what was to be said after the last one."""
        is_last = not self.pipeline
        super().on_response_complete()
        if self._refusal is not None and is_last and not self._refused:
            self._say(self._refusal)

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over, unless answers are still to go out on it."""
        if self._refusal is not None:
            return
        if self._owes():
            self.refuse(INVALID, "a WebSocket handshake waits for the answers before it")
            return
        self._upgraded = True
        super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no request, as every error is answered."""
        del msg
        self.refuse(INVALID, _MALFORMED)

    def refuse(self, kind: Kind, detail: str) -> None:
        """Take nothing more, answer what was asked before, then this with a problem; close.

        A request that is answered already, all or in part, gets no second answer.
        """
        if self._refusal is not None or self.transport.is_closing():
            return
        self._refusal = whole(Problem(kind=kind, detail=detail))
        unfinished = self._body_of
        if unfinished is None:
            if not self._owes():
                self._say(self._refusal)
        elif self.pipeline and self.pipeline[0][0] is unfinished:
            # Its turn has not come, and its body never will.
            self.pipeline.popleft()
        elif unfinished.response_started:
            self._refused = True
            self.transport.close()
        else:
            self._say(self._refusal)

    def _owes(self) -> bool:
        """Tell whether something that was asked whole is not answered yet."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _say(self, refusal: bytes) -> None:
        self._refused = True
        if self.transport.is_closing():
            return
        self._unset_keepalive_if_required()
        if self._owes():
            # Nobody waits for what would be answered to half a request.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        transport: Any = self.transport
        transport.write(refusal)
        if transport.can_write_eof():
            transport.write_eof()
        else:
            transport.flush()
        self.loop.call_later(LINGER_S, transport.close)

    def shutdown(self) -> None:
        """End as uvicorn does; whoever was refused has been told."""
        if self._refused:
            self.transport.close()
        else:
            super().shutdown()
