"""Start, end and watch processes of a zygote from a loop."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.torture.processes import ROOT

READY_S = 60.0


class WorkerFailed(Exception):
    """A process ended by itself, or was not ready in time; the message ends with its log."""


@dataclass(slots=True, kw_only=True)
class Life:
    """One process, from its fork to its end."""

    id: int
    name: str
    log: Path
    nursery: "Nursery"
    pid: int = 0
    is_ready: asyncio.Event = field(default_factory=asyncio.Event)
    status: asyncio.Future[int] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.status.done()

    def send(self, number: signal.Signals) -> None:
        """Send it a signal; one that has ended gets none."""
        self.nursery.tell({"id": self.id, "signal": int(number)})

    async def died(self, *, within_s: float) -> bool:
        """Wait for its end; False when it still runs after that time."""
        done, _ = await asyncio.wait({self.status}, timeout=within_s)
        return bool(done)

    async def ready(self, *, within_s: float = READY_S) -> bool:
        """Wait until it does its work; False when it ended before."""
        waiting = asyncio.ensure_future(self.is_ready.wait())
        either: set[asyncio.Future[Any]] = {waiting, self.status}
        done, _ = await asyncio.wait(either, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if not done:
            raise WorkerFailed(f"{self.name} is not ready\n{self.tail()}")
        return self.is_ready.is_set()

    async def kill(self) -> None:
        """SIGKILL it if it still runs; raises WorkerFailed if it had ended otherwise."""
        self.send(signal.SIGKILL)
        status = await asyncio.wait_for(asyncio.shield(self.status), 20)
        if status != -signal.SIGKILL:
            raise WorkerFailed(f"{self.name} ended with {status}\n{self.tail()}")

    async def stop(self, *, within_s: float = 30.0) -> int:
        """End it with SIGTERM and return its exit status."""
        self.send(signal.SIGTERM)
        if not await self.died(within_s=within_s):
            raise WorkerFailed(f"{self.name} does not end on SIGTERM\n{self.tail()}")
        return self.status.result()

    def tail(self, *, lines: int = 40) -> str:
        """Return the end of its log, which it shares with its other lives."""
        if not self.log.exists():
            return "(no log)"
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


@dataclass(slots=True, kw_only=True)
class Nursery:
    """A zygote and the processes that it forked."""

    folder: Path
    _process: asyncio.subprocess.Process | None = None
    _reading: "asyncio.Task[None] | None" = None
    _lives: dict[int, Life] = field(default_factory=dict)
    _count: int = 0
    _ready: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.torture.workers.zygote",
            cwd=ROOT,
            env=clean_environment(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        self._reading = asyncio.create_task(self._read())
        await asyncio.wait_for(self._ready.wait(), READY_S)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.close()
        await asyncio.wait_for(self._process.wait(), 20)
        if self._reading is not None:
            await self._reading

    def fork(self, body: str, *, name: str, environment: Mapping[str, str], **given: Any) -> Life:
        """Begin a process; its log is shared by all lives of one name."""
        self._count += 1
        log = self.folder / f"{name}.log"
        life = Life(id=self._count, name=name, log=log, nursery=self)
        self._lives[life.id] = life
        self.tell(
            {
                "id": life.id,
                "body": body,
                "log": str(log),
                "environment": dict(environment),
                "given": given,
            }
        )
        return life

    def tell(self, order: dict[str, Any]) -> None:
        """Send the zygote an order."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            told = json.loads(line)
            if told["at"] == "zygote":
                self._ready.set()
                continue
            life = self._lives[told["id"]]
            if told["at"] == "started":
                life.pid = told["pid"]
            elif told["at"] == "ready":
                life.is_ready.set()
            else:
                life.status.set_result(told["status"])
                del self._lives[life.id]


def clean_environment() -> dict[str, str]:
    """Return this process's environment without any setting of Ballast."""
    return {name: text for name, text in os.environ.items() if not name.startswith("BALLAST_")}
