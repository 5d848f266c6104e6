"""Hear stops of other processes: at a socket in a folder, and over TLS from other machines."""

import asyncio
import contextlib
import os
import ssl
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import msgspec
import structlog

from adapters.system import stop_wire as wire
from adapters.system.file_modes import make_private
from domain.kill_switch.latch import Latch
from ports.stops import DispatchBeat, StopNotKept

log = structlog.get_logger(__name__)

SUFFIX = ".sock"
# For the whole of an exchange: whoever holds a connection open gets no more.
EXCHANGE_S = 10.0
CONNECTIONS_MAX = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class StopHandlers:
    """What this process does with each message; beats and sign-offs are a watchdog's."""

    take: Callable[[Latch], Awaitable[None]]
    stored: Callable[[UUID], Awaitable[None]]
    kept: Callable[[], Awaitable[Sequence[Latch]]]
    heard: Callable[[DispatchBeat], None] | None = None
    left: Callable[[str], None] | None = None
    # The brokers for which a watchdog hears nobody.
    unwatched: Callable[[], Sequence[str]] = tuple


@dataclass(slots=True, kw_only=True)
class StopListener:
    """Answers on a socket named `name` in the folder, and at host and port where these are set."""

    name: str
    folder: Path
    handlers: StopHandlers
    address: tuple[str, int] | None = None
    tls: ssl.SSLContext | None = None
    _servers: list[asyncio.Server] = field(default_factory=list, init=False)
    _accounts: dict[str, tuple[str, Mapping[str, Mapping[UUID, UUID]]]] = field(
        default_factory=dict, init=False
    )
    _connected: int = field(default=0, init=False)

    @property
    def path(self) -> Path:
        """Where others find it."""
        return self.folder / f"{self.name}{SUFFIX}"

    async def start(self) -> None:
        """Listen; raises OSError."""
        make_private(self.folder)
        beside = f".{self.name}"
        with short_way(self.folder) as way:
            self._servers.append(await asyncio.start_unix_server(self._serve, f"{way}/{beside}"))
        os.chmod(self.folder / beside, 0o600)
        # Found only once it listens: a name that refuses is one whose process is gone.
        os.replace(self.folder / beside, self.path)
        if self.address is not None:
            host, port = self.address
            if self.tls is None:
                raise OSError("the stop channel speaks TLS to other machines, and has no key")
            server = await asyncio.start_server(
                self._serve, host, port, ssl=self.tls, ssl_handshake_timeout=EXCHANGE_S
            )
            self._servers.append(server)

    async def stop(self) -> None:
        """Listen no more."""
        self.path.unlink(missing_ok=True)
        for server in self._servers:
            server.close()
        self._servers.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connected += 1
        try:
            if self._connected > CONNECTIONS_MAX:
                return
            async with asyncio.timeout(EXCHANGE_S):
                answer = await self._answer(await wire.read(reader))
                await wire.write(writer, answer)
        except (OSError, TimeoutError, wire.Unreadable) as problem:
            log.warning("stop_channel.broken", problem=str(problem))
        finally:
            self._connected -= 1
            with contextlib.suppress(OSError):
                writer.close()

    async def _answer(self, raw: bytes) -> wire.AnswerMessage:
        try:
            message: wire.Message = wire.MESSAGE.decode(raw)
        except (msgspec.MsgspecError, ValueError) as problem:
            return wire.AnswerMessage(problem=f"not understood: {problem}")
        own = self.handlers
        watches = own.heard is not None
        try:
            match message:
                case wire.StopMessage(latch=latch):
                    await own.take(latch)
                case wire.StoredMessage():
                    await own.stored(message.latch_id)
                case wire.AskMessage():
                    return wire.AnswerMessage(
                        is_watchdog=watches,
                        latches=list(await own.kept()),
                        unwatched=list(own.unwatched()),
                    )
                case wire.BeatMessage():
                    return wire.AnswerMessage(is_watchdog=watches, digest=self._hear(message))
                case wire.SignOffMessage():
                    self._accounts.pop(message.process, None)
                    if own.left is not None:
                        own.left(message.process)
        except (StopNotKept, ValueError) as problem:
            return wire.AnswerMessage(is_watchdog=watches, problem=str(problem))
        return wire.AnswerMessage(is_watchdog=watches)

    def _hear(self, beat: wire.BeatMessage) -> str:
        """Take note of a beat, and return the digest of the accounts that are known."""
        if self.handlers.heard is None:
            return beat.digest
        digest, accounts = self._accounts.get(beat.process, ("", {}))
        if beat.accounts is not None:
            digest = beat.digest
            accounts = {
                name: {UUID(one): tenant_id for one, tenant_id in known.items()}
                for name, known in beat.accounts.items()
            }
            self._accounts[beat.process] = digest, accounts
        self.handlers.heard(
            DispatchBeat(process=beat.process, brokers=frozenset(beat.brokers), accounts=accounts)
        )
        return digest


@contextlib.contextmanager
def short_way(folder: Path) -> Iterator[str]:
    """Give a short name of a folder: the path of a socket may have 107 bytes at most."""
    descriptor = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)
