"""Run several processes of Ballast over one database, and find them by what they do."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bootstrap.cli.owner_token import owner_token
from bootstrap.settings.load import load_settings
from tests.torture.processes import free_port
from tests.unit.sources import ROOT


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One `ballast` process, its port, and where it logs."""

    process: subprocess.Popen[bytes]
    environment: Mapping[str, str]
    port: int
    log: Path

    @property
    def url(self) -> str:
        """Where it answers, if it does."""
        return f"http://127.0.0.1:{self.port}"

    def token(self) -> str:
        """Sign a token for the owner of its data folder."""
        return owner_token(load_settings(environment=self.environment).settings)

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def ended(self, *, within_s: float) -> int:
        """Return its exit status; one that does not end in time fails the test."""
        return self.process.wait(timeout=within_s)

    def children(self) -> dict[str, list[int]]:
        """Return its worker processes by what they do: "api" or "background"."""
        own = self.process.pid
        told = Path(f"/proc/{own}/task/{own}/children").read_text().split()
        found: dict[str, list[int]] = {"api": [], "background": []}
        for pid in map(int, told):
            try:
                words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"worker" in words:
                found["api" if b"api" in words else "background"].append(pid)
        return found

    def is_up(self) -> bool:
        """Tell whether it has said how it is stopped, however much it said since."""
        return "Stop with" in self.log.read_text(errors="replace")

    def tail(self) -> str:
        """Return the end of its log."""
        return self.log.read_text(errors="replace")[-4000:]


@contextmanager
def program(folder: Path, *arguments: str, **more: str) -> Iterator[Program]:
    """Run `ballast` with these arguments until the block ends."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("BALLAST_")}
    port = free_port()
    environment = {
        **kept,
        "BALLAST_CONFIG": "",
        "BALLAST_DATA_DIR": str(folder),
        "BALLAST_HTTP_PORT": str(port),
        "BALLAST_TOKEN_ACCESS_S": "86400",
        "BALLAST_IDENTITY_STEP_UP_S": "86400",
        "BALLAST_LOG_FORMAT": "json",
        **more,
    }
    folder.mkdir(parents=True, exist_ok=True)
    log = folder.parent / f"{'-'.join(arguments)}-{port}.log"
    with log.open("ab") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "bootstrap.cli", *arguments],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        )
    running = Program(process=process, environment=environment, port=port, log=log)
    try:
        yield running
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.terminate()
            try:
                process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(timeout=10)


def until(is_so: Callable[[], bool], *, within_s: float = 120.0, told: Callable[[], str]) -> None:
    """Wait until something is so; fails with what is told."""
    give_up_at = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < give_up_at, told()
        time.sleep(0.05)
