"""Start, stop, kill and pause one server, whichever it is."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tests.services.process import Running, identify

LOG_LINES = 30
_POLL_S = 0.05
_LOG_BYTES_MAX = 65_536
_KEPT = ("HOME", "LANG", "LD_LIBRARY_PATH", "PATH", "TMPDIR")


class Unavailable(Exception):
    """A service cannot run here; the message says what is missing."""


class ServiceFailed(Exception):
    """A server ended by itself or was not ready in time; the message ends with its log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a server keeps its files and listens, over all its lives."""

    folder: Path
    ports: tuple[int, ...]
    secret: str
    # Where its log stays when the files are gone.
    logs: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """How a server's process is started."""

    command: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    uid: int | None = None
    gid: int | None = None


class Server(Protocol):
    """What the services differ in."""

    @property
    def name(self) -> str:
        """Its name, one lower-case word."""
        ...

    @property
    def place(self) -> Place:
        """Where it lives."""
        ...

    @property
    def url(self) -> str:
        """What its clients are given."""
        ...

    @property
    def stop_signal(self) -> signal.Signals:
        """The signal that ends it in good order."""
        ...

    def launch(self) -> Launch:
        """Lay out its files where they are not there yet, and say how it is started.

        Raises Unavailable when its program is not on this machine.
        """
        ...

    def answers(self) -> bool:
        """Tell whether it serves clients now; never waits longer than a second."""
        ...


@dataclass(slots=True, kw_only=True)
class Service:
    """A server and its process, through as many deaths as a test needs.

    Every call blocks: from a coroutine, use `asyncio.to_thread`.
    """

    server: Server
    running: Running | None = None
    # Told of each new process, to end it should this one be killed.
    on_start: Callable[[Running], None] | None = None
    start_s: float = 60.0
    _child: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def name(self) -> str:
        """Its name."""
        return self.server.name

    @property
    def url(self) -> str:
        """What clients are given; it stays the same over a restart."""
        return self.server.url

    @property
    def log_path(self) -> Path:
        """Where all its lives write."""
        return self.server.place.logs / f"{self.name}.log"

    def is_alive(self) -> bool:
        """Tell whether its process is there, paused or not."""
        if self._child is not None:
            self._child.poll()
        return self.running is not None and self.running.lives()

    def start(self) -> None:
        """Run it and return when it answers; harmless when it runs."""
        if self.is_alive():
            return
        launch = self.server.launch()
        with self.log_path.open("ab") as log:
            self._child = subprocess.Popen(
                launch.command,
                cwd=launch.folder,
                env={name: os.environ[name] for name in _KEPT if name in os.environ}
                | dict(launch.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # A terminal's Ctrl-C is for the tests, which then end their servers in order.
                start_new_session=True,
                user=launch.uid,
                group=launch.gid,
                extra_groups=None if launch.uid is None else [],
            )
        self.running = identify(self._child.pid)
        if self.running is not None and self.on_start is not None:
            self.on_start(self.running)
        self._wait_until_ready()

    def stop(self, *, within_s: float = 20.0) -> None:
        """End it in good order; by force when that takes too long."""
        if self.running is None:
            return
        for number, timeout_s in ((self.server.stop_signal, within_s), (signal.SIGKILL, 10.0)):
            # A paused process takes no other signal than SIGKILL until it goes on.
            if not self.running.send(number) or not self.running.send(signal.SIGCONT):
                break
            if self._gone(within_s=timeout_s):
                break
        self._forget()

    def kill(self) -> None:
        """End it as a power cut would, and return when it is gone."""
        if self.running is None or not self.running.send(signal.SIGKILL):
            raise ServiceFailed(f"{self.name} does not run\n{self.log_tail()}")
        if not self._gone(within_s=10.0):
            raise ServiceFailed(f"{self.name} survived SIGKILL")
        self._forget()

    def restart(self) -> None:
        """Begin another life on the same files and ports, ending the present one if there is."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """Let it stand still: connections stay open, nothing is answered."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def remove(self) -> None:
        """Remove its files, and the folder that was made for them alone; the log stays."""
        place = self.server.place
        shutil.rmtree(place.folder, ignore_errors=True)
        if place.folder.parent != place.logs:
            with suppress(OSError):
                place.folder.parent.rmdir()

    def log_tail(self, *, lines: int = LOG_LINES) -> str:
        """Return the end of its log."""
        try:
            with self.log_path.open("rb") as log:
                log.seek(max(0, self.log_path.stat().st_size - _LOG_BYTES_MAX))
                text = log.read().decode("utf-8", "replace")
        except FileNotFoundError:
            return "(no log)"
        return "\n".join(text.splitlines()[-lines:]) or "(the log is empty)"

    def _signal(self, number: signal.Signals) -> None:
        if self.running is None or not self.running.send(number):
            raise ServiceFailed(f"{self.name} does not run\n{self.log_tail()}")

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + self.start_s
        while not self.server.answers():
            if not self.is_alive():
                self._forget()
                raise ServiceFailed(f"{self.name} ended while it started\n{self.log_tail()}")
            if time.monotonic() >= deadline:
                self.stop(within_s=1.0)
                raise ServiceFailed(
                    f"{self.name} was not ready after {self.start_s:.0f} s\n{self.log_tail()}"
                )
            time.sleep(_POLL_S)

    def _gone(self, *, within_s: float) -> bool:
        if self._child is None:
            return self.running is None or self.running.gone(within_s=within_s)
        try:
            self._child.wait(timeout=within_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _forget(self) -> None:
        if self._child is not None:
            self._child.poll()
        self._child = self.running = None
