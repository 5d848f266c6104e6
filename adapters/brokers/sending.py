"""Send what must not leave late: the last question and the write lie in one breath.

A client library writes when its turn in the event loop comes, after what else is ready. A send
that was asked "may you leave?" before that may be stopped in between, and leave minutes later.
Here nothing is awaited between the question and the kernel, with TLS or without.
"""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from adapters.brokers.line import Line, LineEnded, connected
from adapters.brokers.trusted import trusted

_HEAD_BYTES_MAX = 65_536
_REPLY_BYTES_MAX = 1_048_576
_IDLE_MAX = 64
_NO_BODY = (204, 304)
_Hook = Callable[[], None]


class NotSent(Exception):
    """Not a byte of the request has left; the message says why."""


class NoAnswer(Exception):
    """The request has left, whole or in part, and its answer is not known."""


def _nothing() -> None:
    """Ask nobody: what only reads may leave whenever it can."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: its status, its body, and its head's fields by their names in small letters."""

    status: int
    body: bytes
    fields: Mapping[str, str]


@dataclass(slots=True, kw_only=True)
class Sending:
    """Ask by HTTP/1.1, each request once, on connections that are kept.

    url is where it goes, http or https; tls says whose certificates are good, by default
    those that the machine's libraries trust. keep_s is how long a connection may idle: less
    than the server keeps it, so that none dies under a request. total_s bounds an exchange.
    """

    url: str
    connect_s: float
    total_s: float
    keep_s: float
    tls: ssl.SSLContext | None = None
    _idle: list[tuple[float, Line]] = field(default_factory=list)
    _closed: int = 0

    def close(self) -> None:
        """Close what is kept, and keep nothing of what is on its way."""
        self._closed += 1
        while self._idle:
            self._idle.pop()[1].close()

    async def request(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        fields: Mapping[str, str] | None = None,
        leaving: _Hook = _nothing,
        written: _Hook = _nothing,
    ) -> Reply:
        """Return the answer; raises NotSent, NoAnswer, or what `leaving` does: nothing was sent.

        `leaving` is called right before the whole request is handed to the kernel, `written`
        when all of it has been, before the answer is waited for.
        """
        request = _request(method, path, body, fields=fields or {}, host=self._where().netloc)
        closed = self._closed
        try:
            async with asyncio.timeout(self.total_s):
                line = self._kept() or await self._connected()
                try:
                    reply, keeps = await _exchange(line, request, leaving=leaving, written=written)
                except BaseException:
                    line.close()
                    raise
        except TimeoutError as problem:
            raise NoAnswer(f"no answer within {self.total_s:g} s") from problem
        if keeps and closed == self._closed and len(self._idle) < _IDLE_MAX:
            self._idle.append((asyncio.get_running_loop().time(), line))
        else:
            line.close()
        return reply

    def _where(self) -> SplitResult:
        return urlsplit(self.url)

    def _kept(self) -> Line | None:
        """Return the connection used last, if it is still good."""
        oldest = asyncio.get_running_loop().time() - self.keep_s
        while self._idle:
            since, line = self._idle.pop()
            # Silence is all that an idle connection can be expected to say.
            if since >= oldest and line.is_silent():
                return line
            line.close()
        return None

    async def _connected(self) -> Line:
        where = self._where()
        tls = (self.tls or trusted()) if where.scheme == "https" else None
        port = where.port or (80 if tls is None else 443)
        try:
            async with asyncio.timeout(self.connect_s):
                return await connected(where.hostname or "", port, tls=tls)
        except (OSError, TimeoutError) as problem:
            raise NotSent(f"cannot connect: {problem!r}") from problem


def _request(method: str, path: str, body: bytes, *, fields: Mapping[str, str], host: str) -> bytes:
    said = {"Host": host.rpartition("@")[2], "Content-Type": "application/json", **fields}
    said["Content-Length"] = str(len(body))
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in said.items())]
    if any(not line.isprintable() for line in lines) or " " in path:
        raise ValueError("a method, path or field of a request cannot hold that")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


async def _exchange(
    line: Line, request: bytes, *, leaving: _Hook, written: _Hook
) -> tuple[Reply, bool]:
    """Write one request, read its answer; tell whether the connection may carry another."""
    leaving()
    try:
        rest = line.write_now(request)
    except OSError as problem:
        raise NotSent(f"cannot write: {problem!r}") from problem
    try:
        await line.write_rest(rest)
        written()
        return await _Answer(line).read(method=request.partition(b" ")[0])
    except (OSError, ValueError, LineEnded) as problem:
        if isinstance(problem, TimeoutError):
            raise
        raise NoAnswer(f"no answer: {problem!r}") from problem


class _Answer:
    """Read one answer from a connection; ValueError and LineEnded where it is none."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._said = b""

    async def read(self, *, method: bytes) -> tuple[Reply, bool]:
        version, status, fields = await self._head()
        # What is said meanwhile is no answer yet.
        while 100 <= status < 200:
            version, status, fields = await self._head()
        closes = version != "HTTP/1.1" or "close" in fields.get("connection", "").lower()
        if status in _NO_BODY or method == b"HEAD":
            body = b""
        elif fields.get("transfer-encoding", "").lower() == "chunked":
            body = await self._chunks()
        elif "transfer-encoding" in fields:
            raise ValueError("the answer is encoded in an unknown way")
        elif (length := fields.get("content-length")) is not None:
            if not length.isdigit() or int(length) > _REPLY_BYTES_MAX:
                raise ValueError("the answer's length is beyond bounds")
            body = await self._exactly(int(length))
        else:
            body, closes = await self._all(), True
        return Reply(status, body, fields), not closes and not self._said

    async def _head(self) -> tuple[str, int, dict[str, str]]:
        head = await self._until(b"\r\n\r\n", bytes_max=_HEAD_BYTES_MAX)
        first, *lines = head.decode("latin-1").split("\r\n")
        version, status, *_ = first.split(" ")
        if not version.startswith("HTTP/1.") or not (status.isdigit() and len(status) == 3):
            raise ValueError("not an HTTP answer")
        fields: dict[str, str] = {}
        for name, _, value in (line.partition(":") for line in lines):
            known = fields.setdefault(name.strip().lower(), value.strip())
            if known != value.strip() and name.strip().lower() == "content-length":
                raise ValueError("the answer has two lengths")
        return version, int(status), fields

    async def _chunks(self) -> bytes:
        body = b""
        while True:
            size = int((await self._until(b"\r\n", bytes_max=1024)).partition(b";")[0], 16)
            if not 0 <= size <= _REPLY_BYTES_MAX - len(body):
                raise ValueError("the answer is too long")
            if size == 0:
                break
            body += await self._exactly(size)
            if await self._exactly(2) != b"\r\n":
                raise ValueError("the answer's parts do not end where they say")
        while await self._until(b"\r\n", bytes_max=_HEAD_BYTES_MAX):
            continue
        return body

    async def _until(self, end: bytes, *, bytes_max: int) -> bytes:
        while end not in self._said:
            if len(self._said) > bytes_max:
                raise ValueError("the answer's head is too long")
            self._said += await self._line.read()
        found, _, self._said = self._said.partition(end)
        return found

    async def _exactly(self, count: int) -> bytes:
        while len(self._said) < count:
            self._said += await self._line.read()
        found, self._said = self._said[:count], self._said[count:]
        return found

    async def _all(self) -> bytes:
        while len(self._said) <= _REPLY_BYTES_MAX:
            try:
                self._said += await self._line.read()
            except LineEnded as ended:
                if not ended.is_clean:
                    raise
                found, self._said = self._said, b""
                return found
        raise ValueError("the answer is too long")
