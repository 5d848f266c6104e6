"""Fork a process that has collected a suite, and tell of the tests as the forks do."""

import os
import selectors
import signal
import sys
import time
import warnings
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.forking.fork import live
from tests.forking.said import Heard, repeat
from tests.forking.work import Shared, Work

_LOOKS_EVERY_S = 0.5
_READS_BYTES = 1 << 20
# So long a fork may take to tear down what it has, when all is over.
_PATIENCE_S = 30


@dataclass(slots=True, eq=False)
class _Fork:
    """A fork as its parent sees it."""

    number: int
    pid: int
    reading: int
    heard: Heard = field(default_factory=Heard)


class Forks:
    """All forks of this process, and the tests of which none has told yet."""

    def __init__(self, session: pytest.Session, *, count: int) -> None:
        self._session = session
        self._config = session.config
        self._work = Work(len(session.items), sharers=count)
        self._shared = Shared(count)
        self._living: dict[int, _Fork] = {}
        self._selector = selectors.DefaultSelector()
        self._untold = {item.nodeid: item for item in session.items}
        self._broken: list[str] = []

    def run(self, count: int) -> None:
        """Fork, and repeat what the forks say until the last of them has ended."""
        try:
            for number in range(count):
                self._fork(number)
            while self._living:
                self._listen()
            self._account()
        finally:
            self._let_go()

    def _fork(self, number: int) -> None:
        reading, writing = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        with warnings.catch_warnings():
            # Python warns where there are threads: here only those of libraries, at rest.
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if pid == 0:
            # Were they left open, nobody would notice when this fork's parent is gone.
            for descriptor in (reading, *self._living):
                os.close(descriptor)
            live(self._session, number=number, work=self._work, shared=self._shared, out=writing)
        os.close(writing)
        os.set_blocking(reading, False)
        self._living[reading] = _Fork(number=number, pid=pid, reading=reading)
        self._selector.register(reading, selectors.EVENT_READ)

    def _listen(self) -> None:
        for key, _ in self._selector.select(_LOOKS_EVERY_S):
            fork = self._living[key.fd]
            self._hear(fork)
        for fork in list(self._living.values()):
            ended, status = os.waitpid(fork.pid, os.WNOHANG)
            if ended:
                while self._hear(fork):
                    pass
                self._bury(fork, code=os.waitstatus_to_exitcode(status))

    def _hear(self, fork: _Fork) -> bool:
        try:
            more = os.read(fork.reading, _READS_BYTES)
        except BlockingIOError:
            return False
        for kind, what in fork.heard.add(more):
            self._take(kind, what)
        return bool(more)

    def _take(self, kind: str, what: Any) -> None:
        match kind:
            case "broken":
                self._broken.append(what)
            case "exit":
                pytest.exit(what[0], returncode=what[1])
            case "interrupted":
                raise KeyboardInterrupt
            case _:
                told = repeat(self._config, kind, what)
                if told is not None:
                    self._untold.pop(told, None)
        if self._session.shouldfail or self._session.shouldstop:
            self._shared.end()

    def _bury(self, fork: _Fork, *, code: int) -> None:
        self._selector.unregister(fork.reading)
        os.close(fork.reading)
        del self._living[fork.reading]
        number = self._shared.running(fork.number)
        if number is None:
            return
        why = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        self._fail(self._session.items[number], f"its process ended with {why}")

    def _fail(self, item: pytest.Item, why: str) -> None:
        self._untold.pop(item.nodeid, None)
        report = pytest.TestReport(
            nodeid=item.nodeid,
            location=item.location,
            keywords=dict.fromkeys(item.keywords, 1),
            outcome="failed",
            longrepr=why,
            when="call",
        )
        self._config.hook.pytest_runtest_logreport(report=report)

    def _account(self) -> None:
        """Let no test go missing."""
        if self._broken:
            raise RuntimeError("outside of any test:\n" + "\n".join(self._broken))
        if self._session.shouldfail:
            raise self._session.Failed(self._session.shouldfail)
        if self._session.shouldstop:
            raise self._session.Interrupted(self._session.shouldstop)
        for item in list(self._untold.values()):
            self._fail(item, "it was not run: the process that had taken it has ended")

    def _let_go(self) -> None:
        """Wait for forks that still tear something down; what they say is not heard any more."""
        self._shared.end()
        deadline = time.monotonic() + _PATIENCE_S
        while self._living:
            for key, _ in self._selector.select(_LOOKS_EVERY_S):
                os.read(key.fd, _READS_BYTES)
            for fork in list(self._living.values()):
                if time.monotonic() > deadline:
                    os.kill(fork.pid, signal.SIGKILL)
                if os.waitpid(fork.pid, os.WNOHANG)[0]:
                    os.close(fork.reading)
                    self._selector.unregister(fork.reading)
                    del self._living[fork.reading]
        self._selector.close()
        self._work.close()
