"""Stand between a server and its venue, and note when each request reached the venue's side.

The kernel stamps what arrives (SO_TIMESTAMPNS, socket(7)): however late this process gets to
read, the time is that of the last byte's arrival.
"""

import re
import socket
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

# socket(7): SO_TIMESTAMPNS, which the socket module does not name.
_SO_TIMESTAMPNS = 35
_STAMP = struct.Struct("qq")
_CHUNK = 65_536
_HEAD = re.compile(rb"POST (/v1/orders(?:/replace)?) HTTP/1\.1\r\n")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A submit or replace that arrived whole, at the kernel's time in seconds."""

    at_s: float
    path: str
    body: bytes


@dataclass(slots=True)
class Tap:
    """A proxy on loopback; `seen` grows while it runs."""

    venue_url: str
    seen: list[Seen] = field(default_factory=list)
    _listener: socket.socket = field(init=False)
    _open: list[socket.socket] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        # Connections take it over: what comes with the first bytes is stamped as well.
        stamp_arrivals(self._listener)
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """Where the server is to find its venue."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        """Cut every connection."""
        for one in (self._listener, *self._open):
            # Closing alone would not wake a thread that waits in a read.
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        venue = urlsplit(self.venue_url)
        assert venue.hostname is not None
        assert venue.port is not None
        while True:
            try:
                client, _ = self._listener.accept()
                onward = socket.create_connection((venue.hostname, venue.port))
            except OSError:
                return
            self._open += [client, onward]
            for one in (client, onward):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for way in (self._to_venue, self._to_client):
                threading.Thread(target=way, args=(client, onward), daemon=True).start()

    def _to_venue(self, client: socket.socket, venue: socket.socket) -> None:
        waiting = b""
        try:
            while True:
                data, at_s = stamped(client)
                if not data:
                    break
                waiting = self._note(waiting + data, at_s)
                venue.sendall(data)
            venue.shutdown(socket.SHUT_WR)
        except OSError:
            venue.close()

    def _to_client(self, client: socket.socket, venue: socket.socket) -> None:
        try:
            while data := venue.recv(_CHUNK):
                client.sendall(data)
        except OSError:
            pass
        client.close()

    def _note(self, waiting: bytes, at_s: float) -> bytes:
        """Take every whole request off the front of what has arrived."""
        while True:
            head, blank, rest = waiting.partition(b"\r\n\r\n")
            if not blank:
                return waiting
            length = _LENGTH.search(head + b"\r\n")
            size = int(length.group(1)) if length else 0
            if len(rest) < size:
                return waiting
            asked = _HEAD.match(head + b"\r\n")
            if asked:
                path = asked.group(1).decode()
                self.seen.append(Seen(at_s=at_s, path=path, body=rest[:size]))
            waiting = rest[size:]


def stamp_arrivals(one: socket.socket) -> None:
    """Let the kernel stamp what arrives on a socket."""
    one.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)


def stamped(one: socket.socket) -> tuple[bytes, float]:
    """Receive what is there and the time at which its last byte arrived."""
    data, notes, _, _ = one.recvmsg(_CHUNK, 256)
    for level, kind, value in notes:
        if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS):
            seconds, nanoseconds = _STAMP.unpack(value[: _STAMP.size])
            return data, seconds + nanoseconds / 1e9
    if data:
        raise RuntimeError("the kernel stamped nothing: SO_TIMESTAMPNS needs Linux 4.16 or newer")
    return data, 0.0
