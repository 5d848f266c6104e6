"""Run models by the reference evaluator of the ONNX standard, in a child process."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from adapters.compute.onnx.frames import NoFrame, packed, unpacked
from adapters.compute.onnx.process import MEBIBYTE, ModelProcess, check_installed
from domain.inference.model import ModelFacts
from domain.inference.tensors import Arrays
from ports.inference import RUN_S_MAX, ModelRefused, RunFailed, RunOverdue

# Python, numpy and the evaluator have to be imported first.
_READY_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceEngine:
    """Runs every operator of the standard, slowly (port Engine).

    A run cannot be ended from within: its process is killed, and the next run starts another.
    """

    name: str = "reference"
    memory_bytes: int = 1_024 * MEBIBYTE

    async def open(self, content: bytes, facts: ModelFacts) -> "ReferenceSession":
        """Start the process; raises ModelRefused, EngineMissing."""
        check_installed()
        session = ReferenceSession(content, memory_bytes=self.memory_bytes)
        try:
            await session.start()
        except RunFailed as problem:
            raise ModelRefused(str(problem)) from None
        return session


class SessionApart:
    """One model in a process of its own; runs wait for each other.

    start_process starts one, opening is what it is told first, called what it is called.
    """

    def __init__(
        self,
        opening: Mapping[str, Any],
        *,
        start_process: Callable[[], Awaitable[ModelProcess]],
        called: str,
    ) -> None:
        self._opening = opening
        self._start_process = start_process
        self._called = called
        self._turn = asyncio.Lock()
        self._process: ModelProcess | None = None

    @property
    def pid(self) -> int | None:
        """The number of its process, None while there is none."""
        return None if self._process is None else self._process.pid

    async def start(self) -> ModelProcess:
        """Return the process, started if there is none; raises RunFailed."""
        if self._process is not None:
            return self._process
        process = await self._start_process()
        self._process = process
        try:
            async with asyncio.timeout(_READY_S):
                found = await process.ask(self._opening)
        except (NoFrame, TimeoutError):
            await self._end()
            raise RunFailed(f"{self._called} does not take the model") from None
        except BaseException:
            await self._end()
            raise
        if "refused" in found:
            await self._end()
            raise RunFailed(found["refused"])
        return process

    async def run(self, inputs: Arrays, *, timeout_s: float = RUN_S_MAX) -> Arrays:
        """Return the outputs; raises RunFailed, RunOverdue."""
        async with self._turn:
            process = await self.start()
            try:
                async with asyncio.timeout(timeout_s):
                    found = await process.ask({"inputs": packed(inputs)})
            except TimeoutError:
                await self._end()
                raise RunOverdue(f"the run took more than {timeout_s:g} s") from None
            except NoFrame:
                await self._end()
                raise RunFailed(f"the process of {self._called} ended") from None
            except BaseException:
                # Whoever asks next must not read what this run says.
                await self._end()
                raise
            if found.get("over"):
                await self._end()
        if "failed" in found:
            raise RunFailed(found["failed"])
        return unpacked(found["outputs"])

    async def close(self) -> None:
        """End the process."""
        await self._end()

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            await process.kill()


class ReferenceSession(SessionApart):
    """One model with the evaluator."""

    def __init__(self, content: bytes, *, memory_bytes: int) -> None:
        def start() -> Awaitable[ModelProcess]:
            return ModelProcess.start("reference", memory_bytes=memory_bytes)

        super().__init__(
            {"content": content}, start_process=start, called="the reference evaluator"
        )
