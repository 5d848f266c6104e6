"""Start one server process for a measurement, wait until it listens, and end it again."""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep

LOOPBACK = "127.0.0.1"
ROOT = Path(__file__).resolve().parents[1]
START_S = 30.0
STOP_S = 10.0
COMPLAINT_CHARACTERS_MAX = 2_000


class ServerError(Exception):
    """A measured server did not start or ended early; the message carries its last words."""


def free_port() -> int:
    """Ask the kernel for a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(
    *,
    arguments: Sequence[str],
    port: int,
    environment: Mapping[str, str] | None = None,
    start_s: float = START_S,
) -> Iterator[subprocess.Popen[bytes]]:
    """Keep `python <arguments>` running while the block runs; it listens when the block starts.

    The process is ended on every way out, gently first. ServerError when it does not listen
    within `start_s`, or has failed before the block ended.
    """
    with tempfile.TemporaryFile() as words:
        process = subprocess.Popen(  # noqa: S603 - our own program, no shell
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            stdout=words,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_listening(process, port=port, start_s=start_s)
            yield process
            # A server that ends by itself when its work is done is welcome to.
            if process.poll() not in (None, 0):
                raise ServerError(f"the server ended with status {process.returncode} too early")
        except (ServerError, OSError) as wrong:
            words.seek(0)
            said = words.read().decode(errors="replace").strip()[-COMPLAINT_CHARACTERS_MAX:]
            # Arguments may carry a database URL with its password; the first two name the module.
            raise ServerError(f"{' '.join(arguments[:2])}: {wrong}; it said: {said}") from wrong
        finally:
            _end(process)


def _wait_until_listening(process: subprocess.Popen[bytes], *, port: int, start_s: float) -> None:
    deadline = monotonic() + start_s
    while monotonic() < deadline:
        if process.poll() is not None:
            raise ServerError(f"the server ended with status {process.returncode} at its start")
        with suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=1):
            return
        sleep(0.02)
    raise ServerError(f"the server did not listen on port {port} within {start_s:g} s")


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(timeout=STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
