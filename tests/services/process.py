"""Know a process by its id and its start time, so that no stranger is ever signalled."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

_POLL_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A process: its id is used again after its end, its id with its start time is not."""

    pid: int
    started: str

    def lives(self) -> bool:
        """Tell whether it still runs; one that ended and waits for its parent does not."""
        return _started(self.pid) == self.started

    def send(self, number: signal.Signals) -> bool:
        """Send it a signal; False when it is gone."""
        if not self.lives():
            return False
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            return False
        return True

    def gone(self, *, within_s: float) -> bool:
        """Wait for its end; False when it still runs after that time."""
        deadline = time.monotonic() + within_s
        while self.lives():
            if time.monotonic() >= deadline:
                return False
            time.sleep(_POLL_S)
        return True


def identify(pid: int) -> Running | None:
    """Return what a process is known by; None when there is none of this id."""
    started = _started(pid)
    return None if started is None else Running(pid=pid, started=started)


def _started(pid: int) -> str | None:
    if sys.platform != "linux":
        return _started_by_ps(pid)
    try:
        text = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name in brackets may hold anything; what follows the last bracket is counted.
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else fields[19]


def _started_by_ps(pid: int) -> str | None:
    asked = ["ps", "-o", "stat=,lstart=", "-p", str(pid)]
    told = subprocess.run(asked, capture_output=True, text=True, timeout=5, check=False)
    state, _, started = told.stdout.strip().partition(" ")
    return None if told.returncode != 0 or state.startswith("Z") else started.strip()
