"""Run something in a forked process that may loop, hang, eat memory or die, and outlive it."""

import contextlib
import ctypes
import os
import resource
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass

MEMORY_BYTES = 8 * 2**30
_POLL_S = 0.05
_PR_SET_PDEATHSIG = 1
_PRCTL = ctypes.CDLL(None, use_errno=True).prctl if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended: with a code, or None when it had to be killed; and what it said."""

    code: int | None
    said: bytes
    cpu_s: float


def in_fork(
    body: Callable[[int], int], *, cpu_s: float, wall_s: float, quiet: bool = True
) -> Ended:
    """Fork, run the body on a descriptor to write to, and wait until it ends or is late."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _live(body, writing, cpu_s=cpu_s, quiet=quiet)
    os.close(writing)
    try:
        return _wait(pid, reading, deadline=time.monotonic() + wall_s)
    finally:
        os.close(reading)


def _live(body: Callable[[int], int], writing: int, *, cpu_s: float, quiet: bool) -> None:
    """Be the new process; never returns."""
    code = 70
    try:
        os.setpgid(0, 0)
        if _PRCTL is not None:
            _PRCTL(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
        seconds = int(cpu_s) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, _most(resource.RLIMIT_CPU)))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, _most(resource.RLIMIT_AS)))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        if quiet:
            os.dup2(nothing, 1)
            os.dup2(nothing, 2)
        code = body(writing)
    # A forked process ends here, whatever it was: nothing above may see it.
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
    finally:
        os._exit(code)


def _most(what: int) -> int:
    # Left as it is: a fork of a fork may be given more than its parent's own limit.
    return resource.getrlimit(what)[1]


def _wait(pid: int, reading: int, *, deadline: float) -> Ended:
    said = b""
    late = is_open = True
    try:
        while time.monotonic() < deadline:
            if is_open and select.select([reading], [], [], _POLL_S)[0]:
                more = os.read(reading, 65_536)
                said += more
                is_open = bool(more)
            elif not is_open:
                time.sleep(_POLL_S / 20)
            ended, status, usage = os.wait4(pid, os.WNOHANG)
            if ended:
                late = False
                break
    finally:
        _kill(pid)
        if late:
            _, status, usage = os.wait4(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    while is_open and select.select([reading], [], [], 0)[0]:
        more = os.read(reading, 65_536)
        said += more
        is_open = bool(more)
    cpu_s = usage.ru_utime + usage.ru_stime
    return Ended(code=None if late or code < 0 else code, said=said, cpu_s=cpu_s)


def _kill(pid: int) -> None:
    # Its whole group, and nothing but it: what a test started may still run.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
