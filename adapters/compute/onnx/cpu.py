"""Run models by ONNX Runtime on the host's cores."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from adapters.compute.onnx.placement import nodes_of, why_elsewhere
from adapters.compute.onnx.process import check_installed
from adapters.compute.onnx.session import CPU, said, session_of
from adapters.compute.onnx.values import feeds, results
from domain.inference.model import ModelFacts
from domain.inference.tensors import Arrays
from ports.inference import RUN_S_MAX, InputsRefused, ModelRefused, RunFailed, RunOverdue


class OnnxCpuEngine:
    """Runs models on the CPU (port Engine); runs of all models share its threads."""

    name = "cpu"

    def __init__(self, *, threads: int = 2) -> None:
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="onnx")

    async def open(self, content: bytes, facts: ModelFacts) -> "OnnxSession":
        """Make a session; raises ModelRefused, EngineMissing."""
        check_installed()
        loop = asyncio.get_running_loop()
        try:
            session = await loop.run_in_executor(self._pool, session_of, content)
        except Exception as problem:  # noqa: BLE001 - ONNX Runtime raises kinds of its own
            raise ModelRefused(f"cpu: {said(problem)}") from None
        # Another provider than the one asked for would be a silent change of engine.
        if session.get_providers() != [CPU]:
            raise ModelRefused(f"cpu: it would run on {', '.join(session.get_providers())}")
        if why := why_elsewhere(nodes_of(session), asked=self.name):
            raise ModelRefused(why)
        return OnnxSession(session, self._pool, outputs=[one.name for one in facts.outputs])


class OnnxSession:
    """One model; ONNX Runtime lets any number of threads run it."""

    def __init__(self, session: Any, pool: ThreadPoolExecutor, *, outputs: list[str]) -> None:
        self._session = session
        self._pool = pool
        self._outputs = outputs
        self._nodes = nodes_of(session)

    @property
    def nodes(self) -> Mapping[str, int]:
        """How many nodes run on which provider (port PlacedSession)."""
        return self._nodes

    async def run(self, inputs: Arrays, *, timeout_s: float = RUN_S_MAX) -> Arrays:
        """Return the outputs; raises RunFailed, RunOverdue."""
        import onnxruntime

        session = self._session
        if session is None:
            raise RunFailed("the model was unloaded")
        options = onnxruntime.RunOptions()
        overdue = False
        begun_at: float | None = None
        loop = asyncio.get_running_loop()
        given = feeds(inputs)

        def run() -> list[Any]:
            nonlocal begun_at
            begun_at = loop.time()
            found: list[Any] = session.run(self._outputs, given, options)
            return found

        def end() -> None:
            nonlocal overdue
            # Runs of other models may have had the threads: those count no time of this one.
            left = timeout_s if begun_at is None else begun_at + timeout_s - loop.time()
            if left > 0:
                timers.append(loop.call_later(left, end))
                return
            overdue = True
            options.terminate = True

        timers = [loop.call_later(timeout_s, end)]
        try:
            found = await loop.run_in_executor(self._pool, run)
        except asyncio.CancelledError:
            options.terminate = True
            raise
        except Exception as problem:  # noqa: BLE001 - ONNX Runtime raises kinds of its own
            if overdue:
                raise RunOverdue(f"the run took more than {timeout_s:g} s") from None
            if "INVALID_ARGUMENT" in str(problem):
                raise InputsRefused(said(problem)) from None
            raise RunFailed(said(problem)) from None
        finally:
            for one in timers:
                one.cancel()
        return results(self._outputs, found)

    async def close(self) -> None:
        """Let go of the session; runs in hand keep it until they end."""
        self._session = None
