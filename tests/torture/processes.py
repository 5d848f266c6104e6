"""Start the real server, end it as a power cut would, and start it again on the same data."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from bootstrap.cli.owner_token import owner_token
from bootstrap.settings.load import load_settings
from tests.services.ports import free_ports

ROOT = Path(__file__).resolve().parents[2]
START_S = 90.0
# Without these a process is ready: it takes in what can be carried out later.
NEEDED_TO_TRADE = {"market", "market_feed", "dispatcher", "reconciliation"}


class ServerFailed(Exception):
    """A server ended by itself, or was not ready in time; the message ends with its log."""


@dataclass(slots=True, kw_only=True)
class Server:
    """`ballast` on one data folder and one port, through as many deaths as it takes.

    arguments: what it is to do. Workers may share a folder; then their names tell their logs
    apart.
    """

    folder: Path
    settings: Mapping[str, str]
    port: int = field(default_factory=lambda: free_port())
    arguments: tuple[str, ...] = ("serve",)
    name: str = "server"
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log_path(self) -> Path:
        """Where its log lines go, those of all its lives."""
        return self.folder / f"{self.name}.log"

    def start(self, *, failpoint: str | None = None) -> None:
        """Begin a life; failpoint is NAME:COUNT, or None for `ballast` as it is."""
        module = ["bootstrap.cli", *self.arguments]
        if failpoint is not None:
            module = ["tests.torture.fatal_server", failpoint]
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *module],
                cwd=ROOT,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def ready(self, *, timeout_s: float = START_S) -> bool:
        """Wait until it is ready and trades; False when it died before."""
        async with httpx.AsyncClient(base_url=self.url, trust_env=False, timeout=2.0) as http:
            for _ in range(int(timeout_s / 0.1)):
                if not self.is_alive():
                    return False
                try:
                    if trades(await http.get("/health/ready")):
                        return True
                except httpx.HTTPError:
                    pass
                await asyncio.sleep(0.1)
        raise ServerFailed(f"not ready within {timeout_s:.0f} s\n{self.log_tail()}")

    def is_alive(self) -> bool:
        """Tell whether the process runs."""
        return self._process is not None and self._process.poll() is None

    async def died(self, *, within_s: float) -> bool:
        """Wait for the process to end; False when it still runs after that time."""
        for _ in range(int(within_s / 0.02)):
            if not self.is_alive():
                return True
            await asyncio.sleep(0.02)
        return not self.is_alive()

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, if it runs."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)

    def kill(self) -> int:
        """SIGKILL it, if it still runs, and return its exit status."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.kill()
        return self._process.wait(timeout=10)

    def stop(self) -> int:
        """End it with SIGTERM and return its exit status; a hanging one is killed."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.terminate()
        try:
            return self._process.wait(timeout=40)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout=10)
            raise ServerFailed(f"did not end on SIGTERM\n{self.log_tail()}") from None

    def token(self) -> str:
        """Sign a token for the owner, as `ballast token` does."""
        return owner_token(load_settings(environment=self.environment()).settings)

    def log_tail(self, *, lines: int = 30) -> str:
        """Return the end of the log."""
        if not self.log_path.exists():
            return "(no log)"
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])

    def environment(self) -> dict[str, str]:
        """Return what its processes find in their environment."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("BALLAST_")}
        bindir = os.environ.get("BALLAST_PG_BINDIR")
        return {
            **own,
            **({"BALLAST_PG_BINDIR": bindir} if bindir else {}),
            "BALLAST_CONFIG": "",
            "BALLAST_DATA_DIR": str(self.folder / "data"),
            "BALLAST_HTTP_PORT": str(self.port),
            "BALLAST_TOKEN_ACCESS_S": "86400",
            "BALLAST_IDENTITY_STEP_UP_S": "86400",
            "BALLAST_LOG_FORMAT": "json",
            "BALLAST_LOG_LEVEL": "warning",
            **self.settings,
        }


def trades(told: httpx.Response) -> bool:
    """Tell from /health/ready whether orders are priced and sent, here or elsewhere."""
    if told.status_code != httpx.codes.OK:
        return False
    return not NEEDED_TO_TRADE & set(told.json()["degraded"])


def free_port() -> int:
    """Return a port of loopback that is free now, and that the kernel gives to nobody else."""
    (port,) = free_ports(1)
    return port
