"""Start and end the child processes in which models run that nobody trusts."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from adapters.compute.onnx.frames import NoFrame, receive, send
from ports.inference import EngineMissing

PACKAGES = ("onnx", "onnxruntime")
MEBIBYTE = 2**20
# What our own settings say is none of a model's business.
_OWN = "BALLAST_"
_CHILD = "adapters.compute.onnx.child"


def check_installed() -> None:
    """Raise EngineMissing, which names what is to be installed."""
    if missing := [one for one in PACKAGES if find_spec(one) is None]:
        raise EngineMissing(f"needs {' and '.join(missing)}: pip install 'ballast[cpu]'")


class ModelProcess:
    """A child process that does one thing with models; it has no more memory than it is given."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, task: str, *, memory_bytes: int, module: str = _CHILD) -> "ModelProcess":
        """Start one; module: what it runs, with the task, the bytes and our own number."""
        environment = {key: one for key, one in os.environ.items() if not key.startswith(_OWN)}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            module,
            task,
            str(memory_bytes),
            str(os.getpid()),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=environment,
        )
        return cls(process)

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    async def ask(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """Send one frame and return the next that comes; raises NoFrame."""
        if self._process.stdin is None:
            raise NoFrame("it was started without an input")
        await send(self._process.stdin, value)
        return await self.next()

    async def next(self) -> dict[str, Any]:
        """Return the next frame that comes; raises NoFrame."""
        if self._process.stdout is None:
            raise NoFrame("it was started without an output")
        return await receive(self._process.stdout)

    async def kill(self) -> None:
        """End it, whatever it does, and wait until it is gone."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        if self._process.stdin is not None:
            self._process.stdin.close()
        await self._process.wait()
