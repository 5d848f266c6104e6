"""Serve functions as models, with engines that fail when they are told to."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from adapters.memory.inference import FunctionModel, MemoryEngine, MemoryModelFiles
from adapters.system.time import SystemClock
from application.inference.observer import ModelObserver
from application.inference.queue import QueueRules
from application.inference.serve_models import ServeModels, ServingRules
from domain.inference.batches import rows_of
from domain.inference.model import ModelFacts, ModelKey
from domain.inference.tensors import Arrays, TensorSpec
from ports.inference import RUN_S_MAX, Engine, ModelSession, RunFailed

X = (TensorSpec("x", "FP32", (None, 2)),)
Y = (TensorSpec("y", "FP32", (None, 2)),)


def times(factor: float) -> FunctionModel:
    """A model that multiplies."""
    return FunctionModel(
        run=lambda given: {"y": given["x"] * np.float32(factor)}, inputs=X, outputs=Y
    )


def row(value: float, count: int = 1) -> Arrays:
    """Rows of one figure."""
    return {"x": np.full((count, 2), value, np.float32)}


@dataclass(slots=True)
class Yielding:
    """Sleeps for no time at all, and lets others run."""

    async def sleep(self, seconds: float) -> None:
        """Let others run."""
        await asyncio.sleep(0)


@dataclass(slots=True)
class Failing:
    """An engine over another that fails the runs that it is told to fail, and counts all."""

    engine: MemoryEngine
    fails: Callable[[Arrays], bool] = lambda _: False
    runs: list[int] = field(default_factory=list)
    closed: int = 0

    @property
    def name(self) -> str:
        """As that of the other."""
        return self.engine.name

    async def open(self, content: bytes, facts: ModelFacts) -> ModelSession:
        """Open the other's."""
        return _FailingSession(self, await self.engine.open(content, facts))


@dataclass(slots=True)
class _FailingSession:
    owner: Failing
    session: ModelSession

    async def run(self, inputs: Arrays, *, timeout_s: float = RUN_S_MAX) -> Arrays:
        self.owner.runs.append(rows_of(inputs))
        if self.owner.fails(inputs):
            await asyncio.sleep(0)
            raise RunFailed("out of memory")
        return await self.session.run(inputs, timeout_s=timeout_s)

    async def close(self) -> None:
        self.owner.closed += 1
        await self.session.close()


@dataclass(slots=True)
class Served:
    """Models and what they run on."""

    models: ServeModels
    files: MemoryModelFiles
    cpu: Failing
    reference: Failing
    fell_back: list[tuple[str, str, str, str]]
    told: list[tuple[object, ...]]


def serving(
    functions: dict[str, FunctionModel],
    *,
    budget_bytes: int = 1_000,
    queue: QueueRules | None = None,
    require: str | None = None,
    run_s_max: float = RUN_S_MAX,
    accelerators: Sequence[Engine] = (),
) -> Served:
    """Serve functions by NAME/VERSION."""
    by_content = {name.encode(): one for name, one in functions.items()}
    engine = MemoryEngine(models=by_content)
    cpu = Failing(engine)
    reference = Failing(MemoryEngine(models=by_content, name="reference"))
    files = MemoryModelFiles()
    for name in functions:
        files.files[ModelKey(*name.split("/"))] = name.encode()
    fell_back: list[tuple[str, str, str, str]] = []
    told: list[tuple[object, ...]] = []
    models = ServeModels(
        files=files,
        examiner=engine,
        engines=(cpu, reference),
        accelerators=accelerators,
        rules=ServingRules(
            budget_bytes=budget_bytes,
            run_s_max=run_s_max,
            queue=queue or QueueRules(),
            require=require,
        ),
        clock=SystemClock(),
        sleeper=Yielding(),
        told=ModelObserver(
            fell_back=lambda key, *what: fell_back.append((str(key), *what)),
            recovered=lambda key: told.append(("recovered", str(key))),
            batched=lambda key, rows: told.append(("batched", str(key), rows)),
            loaded=lambda one: told.append(("loaded", str(one.key))),
            refused=lambda key, why: told.append(("refused", str(key), why)),
            gone=lambda key: told.append(("gone", str(key))),
        ),
    )
    return Served(models, files, cpu, reference, fell_back, told)
