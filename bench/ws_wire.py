"""As much of the WebSocket protocol (RFC 6455) as a cheap client needs to read frames."""

import base64
import os
import resource
from collections.abc import Iterator, Mapping

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
FRAME_BYTES_MAX = 1 << 20
# Standard streams, the event loop's own descriptors, libraries.
OPEN_FILES_SPARE = 128
_MASK_BIT = 0x80
_RESERVED_BITS = 0x70


class WireError(Exception):
    """The server sent bytes that RFC 6455 does not allow here."""


class FrameReader:
    """Cuts a byte stream from a server into whole frames; keeps what is incomplete."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Give the opcode and payload of every frame that is now complete.

        WireError on a masked frame, a compressed one or one above FRAME_BYTES_MAX.
        """
        received = self._rest + data if self._rest else data
        start, end = 0, len(received)
        while end - start >= 2:
            first, length = received[start], received[start + 1]
            body = start + 2
            if first & _RESERVED_BITS or length & _MASK_BIT:
                raise WireError(f"a server frame starts with {received[start : start + 2].hex()}")
            if length >= 126:
                width = 2 if length == 126 else 8
                length = int.from_bytes(received[body : body + width], "big")
                body += width
                if body > end:
                    break
                if length > FRAME_BYTES_MAX:
                    raise WireError(f"a frame of {length} bytes, at most {FRAME_BYTES_MAX}")
            if body + length > end:
                break
            yield first & 0x0F, received[body : body + length]
            start = body + length
        self._rest = received[start:]


def encode_frame(opcode: int, payload: bytes) -> bytes:
    """Encode one client frame, masked as RFC 6455 asks of clients."""
    mask = os.urandom(4)
    masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
    size = len(payload)
    if size < 126:
        head = bytes((0x80 | opcode, _MASK_BIT | size))
    elif size < 1 << 16:
        head = bytes((0x80 | opcode, _MASK_BIT | 126)) + size.to_bytes(2, "big")
    else:
        raise ValueError(f"a client frame carries at most 65535 bytes here, got {size}")
    return head + mask + masked


def encode_handshake(*, host: str, port: int, path: str, headers: Mapping[str, str]) -> bytes:
    """Encode the opening request; no extension is offered, so nothing comes compressed."""
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {host}:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def raise_open_files(sockets: int) -> None:
    """Let this process open that many sockets; OSError when the machine's limit is lower."""
    needed = sockets + OPEN_FILES_SPARE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise OSError(
            f"{sockets} sockets need {needed} open files, the limit is {hard} (ulimit -n)"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
