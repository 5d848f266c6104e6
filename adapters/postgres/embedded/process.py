"""Start Postgres programs: as the right user, in a clean environment, tied to this process."""

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

from adapters.postgres.embedded.account import ServerAccount
from adapters.postgres.embedded.errors import ServerDidNotStart

_PR_SET_PDEATHSIG = 1
_POLL_S = 0.005
_KEPT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")


def spawn(
    command: Sequence[str | Path],
    *,
    account: ServerAccount,
    folder: Path,
    output: IO[bytes] | int,
    death_signal: signal.Signals,
    inherit: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a program that gets `death_signal` when the calling thread ends (Linux).

    The kernel watches the thread, not the process: call this from a thread that lives as long
    as the program should, that is the event loop's. A session of its own keeps a terminal's
    Ctrl-C from ending the server before its clients are done.
    """
    try:
        return subprocess.Popen(  # noqa: S603 - our own program, no shell
            command,
            cwd=folder,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=inherit,
            start_new_session=True,
            user=account.uid,
            group=account.gid,
            extra_groups=None if account.uid is None else [],
            preexec_fn=_tie_to_parent(death_signal),
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise ServerDidNotStart(f"cannot run {command[0]} as {account.name}: {error}") from error


async def ended(process: subprocess.Popen[bytes], *, timeout_s: float) -> bool:
    """Wait for the program to end; False when it has not after `timeout_s`."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout_s
    while process.poll() is None:
        if loop.time() >= deadline:
            return False
        await asyncio.sleep(_POLL_S)
    return True


def clean_environment() -> dict[str, str]:
    """Return an environment without PG* variables, which would redirect the programs."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}


def _tie_to_parent(death_signal: signal.Signals) -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    # Everything is looked up before the fork: after it, other threads' locks may be held.
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    number = int(death_signal)
    parent = os.getpid()

    def tie() -> None:
        prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:
            # The parent died before the kernel knew of the tie.
            os._exit(1)

    return tie
