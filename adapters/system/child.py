"""Start a worker as a child process, know when it is ready, start it again, end it."""

import asyncio
import ctypes
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence

import structlog

log = structlog.get_logger(__name__)

READY_S = 60.0
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0
# One that lived so long has recovered: the next death waits as the first one did.
RECOVERED_S = 20.0
_POLL_S = 0.02
_PR_SET_PDEATHSIG = 1


class ChildFailed(Exception):
    """A child ended, or hung, before it was at work; its own log says why."""


class Child:
    """One worker process, through all its lives.

    command runs it; behind it comes the pipe by which it says that it is ready.
    """

    def __init__(
        self, *, name: str, command: Sequence[str], environment: Mapping[str, str]
    ) -> None:
        self.name = name
        self._command = command
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._began_at = 0.0

    async def begin(self, stopping: asyncio.Event) -> str:
        """Start it and return its greeting once it is ready; raises ChildFailed.

        Returns "" when it is time to stop before that.
        """
        loop = asyncio.get_running_loop()
        reading, writing = os.pipe()
        try:
            self._process = self._spawn(writing)
        finally:
            os.close(writing)
        self._began_at = loop.time()
        os.set_blocking(reading, False)
        told = b""
        try:
            while not stopping.is_set():
                chunk = _read(reading)
                if chunk:
                    told += chunk
                elif told and chunk == b"":
                    log.info("child.ready", child=self.name, pid=self._process.pid)
                    return str(json.loads(told)["greeting"])
                elif self._process.poll() is not None or chunk == b"":
                    raise ChildFailed(f"{self.name} ended before it was ready: see its log above")
                elif loop.time() - self._began_at > READY_S:
                    raise ChildFailed(f"{self.name} was not ready within {READY_S:.0f} s")
                await asyncio.sleep(_POLL_S)
        finally:
            os.close(reading)
        return ""

    async def keep(self) -> None:
        """Start it again whenever it ends, until cancelled."""
        loop = asyncio.get_running_loop()
        wait_s = FIRST_WAIT_S
        never = asyncio.Event()
        while True:
            status = await self._ended()
            if loop.time() - self._began_at > RECOVERED_S:
                wait_s = FIRST_WAIT_S
            log.error("child.died", child=self.name, status=status, again_in_s=wait_s)
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)
            try:
                await self.begin(never)
            except ChildFailed as problem:
                log.error("child.not_ready", child=self.name, problem=str(problem))
                await self.end(within_s=0.0)

    async def _ended(self) -> int:
        """Wait for the end of this life and return its status."""
        assert self._process is not None
        status = self._process.poll()
        while status is None:
            await asyncio.sleep(_POLL_S)
            status = self._process.poll()
        return status

    async def end(self, *, within_s: float) -> None:
        """Tell it to stop, and kill it when it does not within that time."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.terminate()
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + within_s
        while process.poll() is None:
            if loop.time() >= give_up_at:
                log.error("child.cut_off", child=self.name, after_s=within_s)
                process.kill()
                # A killed process goes at once, however busy the machine.
                await asyncio.to_thread(process.wait)
                return
            await asyncio.sleep(_POLL_S)

    def _spawn(self, ready: int) -> subprocess.Popen[bytes]:
        command = [*self._command, "--ready-fd", str(ready)]
        return subprocess.Popen(  # noqa: S603 - our own program, no shell
            command,
            env=dict(self._environment),
            stdin=subprocess.DEVNULL,
            pass_fds=(ready,),
            # A terminal's Ctrl-C is the parent's to pass on, in its order.
            start_new_session=True,
            preexec_fn=_tied_to(os.getpid()),
        )


def _read(descriptor: int) -> bytes | None:
    """Return what is there, b"" at the end, None for nothing yet."""
    try:
        return os.read(descriptor, 65_536)
    except BlockingIOError:
        return None


def _tied_to(parent: int) -> Callable[[], None] | None:
    """Return what lets the child be told to stop when its parent dies (Linux)."""
    if sys.platform != "linux":
        return None
    # Looked up before the fork: after it, other threads' locks may be held.
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def tie() -> None:
        prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM))
        if os.getppid() != parent:
            os._exit(1)

    return tie
