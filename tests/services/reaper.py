"""End servers whose tests were killed: run beside them, it waits for the tests' end.

It reads lines `PID STARTED` and, when its input ends, kills those that still run.
"""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field

from tests.services.process import Running

_MODULE = "tests.services.reaper"


@dataclass(slots=True)
class Reaper:
    """The reaper, as the tests see it."""

    _process: subprocess.Popen[str] | None = field(default=None, init=False)

    def watch(self, running: Running) -> None:
        """Have the process ended when this one is gone."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", _MODULE],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                stdin=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        assert self._process.stdin is not None
        self._process.stdin.write(f"{running.pid} {running.started}\n")
        self._process.stdin.flush()

    def close(self) -> None:
        """Let it end what is left, and go."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait(timeout=20)
        self._process = None


def main() -> None:
    """Wait for the end of the input, then end what it named."""
    watched = []
    for line in sys.stdin:
        pid, _, started = line.rstrip("\n").partition(" ")
        watched.append(Running(pid=int(pid), started=started))
    for running in watched:
        running.send(signal.SIGKILL)


if __name__ == "__main__":
    main()
