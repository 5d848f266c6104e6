"""Run Redis (or Valkey): every write it acknowledged is on disk."""

import os
import signal
import socket
from dataclasses import dataclass
from pathlib import Path

from tests.services.fetch import redis_program
from tests.services.service import Launch, Place

_SETTINGS = """\
bind 127.0.0.1
port {port}
protected-mode yes
requirepass {secret}
dir {folder}
daemonize no
databases 16
save ""
appendonly yes
appendfsync always
maxmemory 256mb
maxmemory-policy noeviction
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redis:
    """A Redis server with a password and an append-only file."""

    place: Place

    name = "redis"
    ports_needed = 1
    stop_signal = signal.SIGTERM

    @property
    def url(self) -> str:
        """Return the URL that redis.asyncio takes."""
        return f"redis://:{self.place.secret}@127.0.0.1:{self.place.ports[0]}/0"

    def launch(self) -> Launch:
        """Write the settings, readable for this user alone, and name the program."""
        program = redis_program()
        self.place.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        settings = self.place.folder / "redis.conf"
        settings.touch(mode=0o600)
        settings.write_text(
            _SETTINGS.format(
                port=self.place.ports[0],
                secret=self.place.secret,
                folder=_quoted(self.place.folder),
            )
        )
        return Launch(
            command=(str(program.path), str(settings)),
            folder=self.place.folder,
            environment=dict(program.environment),
        )

    def answers(self) -> bool:
        """Log in and ping; a server that still loads its data answers neither."""
        try:
            with socket.create_connection(("127.0.0.1", self.place.ports[0]), timeout=0.5) as line:
                line.sendall(f"AUTH {self.place.secret}\r\nPING\r\n".encode("ascii"))
                said = b""
                while said.count(b"\r\n") < 2 and (part := line.recv(256)):
                    said += part
        except OSError:
            return False
        return said == b"+OK\r\n+PONG\r\n"


def _quoted(path: Path) -> str:
    text = os.fspath(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
