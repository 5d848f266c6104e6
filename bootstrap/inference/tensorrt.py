"""Build the engine of TensorRT: its processes, its engines on disk, and how it stands."""

import asyncio
from collections.abc import Awaitable, Mapping
from pathlib import Path
from typing import Any

import structlog

from adapters.compute.onnx.frames import NoFrame
from adapters.compute.onnx.process import ModelProcess
from adapters.compute.onnx.reference import SessionApart
from adapters.gpu.tensorrt.engine import TensorRtEngine
from adapters.gpu.tensorrt.plans import KEY_FILE, PlanStore
from adapters.gpu.tensorrt.worker import RUN
from adapters.telemetry.health import HealthBoard
from bootstrap.settings.sections import Settings
from ports.health import ComponentState
from ports.inference import EngineMissing, RunFailed

log = structlog.get_logger(__name__)

# The part that /api/status tells of.
PART = "tensorrt"
CHILD = "bootstrap.inference.tensorrt_child"
ENGINES = "engines"
_CALLED = "TensorRT"


class TensorRtProcesses:
    """Starts processes for TensorRT (its Workers)."""

    async def ask(self, task: str, asked: Mapping[str, Any], *, within_s: float) -> dict[str, Any]:
        """Return what a process of its own answers; raises RunFailed."""
        process = await _start(task)
        try:
            async with asyncio.timeout(within_s):
                return await process.ask(asked)
        except TimeoutError:
            raise RunFailed(f"{_CALLED} took more than {within_s:g} s to {task}") from None
        except NoFrame:
            raise RunFailed(f"{_CALLED} ended the process that was to {task}") from None
        finally:
            await process.kill()

    async def session(self, opening: Mapping[str, Any]) -> SessionApart:
        """Return an engine in a process of its own; raises RunFailed."""
        session = SessionApart(opening, start_process=lambda: _start(RUN), called=_CALLED)
        await session.start()
        return session


def build_tensorrt(*, settings: Settings) -> TensorRtEngine:
    """Return the engine; nothing is read or started before a model is opened."""
    return tensorrt_in(settings.data_dir)


def tensorrt_in(data_dir: Path) -> TensorRtEngine:
    """Return the engine, its files and its key in a folder."""
    return TensorRtEngine(
        workers=TensorRtProcesses(),
        plans=PlanStore(
            folder=data_dir.absolute() / ENGINES,
            key_file=data_dir.absolute() / KEY_FILE,
            told=lambda why: log.warning("inference.engine_file_refused", problem=why),
        ),
    )


async def tell_tensorrt(engine: TensorRtEngine, *, health: HealthBoard, required: bool) -> None:
    """Say whether a GPU answers, and why none does; that is wrong only where it must.

    It is asked in a process of its own, and only where everything is installed.
    """
    health.declare(PART, required=False)
    try:
        here = await engine.here()
    except EngineMissing as problem:
        state = ComponentState.DOWN if required else ComponentState.STOPPED
        health.set(PART, state, detail=str(problem))
    else:
        told = f"TensorRT {here['tensorrt']} on {here['device']} ({here['compute_capability']})"
        health.set(PART, ComponentState.UP, detail=told)


def _start(task: str) -> Awaitable[ModelProcess]:
    # A GPU's memory is not the system's to limit, and its driver maps far more than it takes.
    return ModelProcess.start(task, memory_bytes=0, module=CHILD)
