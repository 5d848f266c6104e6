"""Run a paper venue as a process, as a client would meet it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import httpx
import msgspec

from adapters.brokers.paper import wire
from domain.market.prices import Quote

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True)
class VenueProcess:
    """A running venue and its address."""

    process: subprocess.Popen[str]
    url: str

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.url.rsplit(":", 1)[1])

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self.process.kill()
        self.process.wait(timeout=60)

    def quote(self, bid: Decimal, ask: Decimal) -> None:
        """Push a quote of IBM."""
        quote = Quote(symbol="IBM", bid=bid, ask=ask, last=bid, at=datetime.now(UTC))
        body = msgspec.json.encode(wire.Events(quotes=[quote]))
        httpx.post(f"{self.url}/admin/market", content=body, trust_env=False).raise_for_status()

    def dump(self) -> wire.Dump:
        """Return the complete book."""
        reply = httpx.get(f"{self.url}/admin/orders", trust_env=False).raise_for_status()
        return msgspec.json.decode(reply.content, type=wire.Dump)


@contextmanager
def venue_process(
    *arguments: str, module: str = "adapters.brokers.paper.server"
) -> Iterator[VenueProcess]:
    """Start a venue with these arguments and end it afterwards."""
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            assert address.startswith("http://127.0.0.1:"), f"no address: {address!r}"
            yield VenueProcess(process, address)
        finally:
            process.terminate()
            try:
                process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
