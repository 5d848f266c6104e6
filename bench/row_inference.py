"""One row of an MLP 32-64-3 for each of 64 callers: batched, one by one, and by a bare session.

All three run the same file on ONNX Runtime with one thread a run. Unbatched is our own runner
with batches of one; bare is `session.run` in a loop, with nobody waiting for anybody.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter

import uvloop

from adapters.compute.onnx.cpu import OnnxCpuEngine
from adapters.compute.onnx.examiner import OnnxExaminer
from adapters.compute.onnx.session import session_of
from adapters.memory.inference import MemoryModelFiles
from adapters.system.time import SystemClock, SystemSleeper
from application.inference.observer import ModelObserver
from application.inference.queue import QueueRules
from application.inference.serve_models import ServeModels, ServingRules
from bench.rows import Better, Row, compare
from bench.stats import interleave
from domain.inference.model import ModelKey
from domain.inference.tensors import Arrays
from tests.contracts.inference import rows
from tests.integration.inference.models import bytes_of, mlp

TURNS = 7
CALLERS = 64
EACH = 100
BATCH = 32
OVER_UNBATCHED, OVER_BARE = 5.0, 2.5
NAME = "mlp"


def measure() -> list[Row]:
    """Measure answers per second beside both."""
    batched, unbatched = interleave(
        lambda: uvloop.run(_served(BATCH)), lambda: uvloop.run(_served(1)), repeats=TURNS
    )
    again, bare = interleave(lambda: uvloop.run(_served(BATCH)), _bare, repeats=TURNS)
    return [
        compare(
            name="inference_batched",
            unit="1/s",
            better=Better.HIGHER,
            ours=batched,
            reference=unbatched,
            reference_name="our runner, batches of one",
            goal=OVER_UNBATCHED,
        ),
        compare(
            name="inference_over_bare",
            unit="1/s",
            better=Better.HIGHER,
            ours=again,
            reference=bare,
            reference_name="bare session.run, one row",
            goal=OVER_BARE,
        ),
    ]


def _rows() -> list[Arrays]:
    drawn = rows(NAME, 1, CALLERS)["x"]
    return [{"x": drawn[place : place + 1]} for place in range(CALLERS)]


async def _served(batch: int) -> float:
    """Return answers per second; every caller waits for its answer before it asks again."""
    async with _serving(batch) as models:
        given = _rows()

        async def ask(one: Arrays) -> None:
            for _ in range(EACH):
                await models.run(NAME, one)

        await asyncio.gather(*(ask(one) for one in given))
        begun = perf_counter()
        await asyncio.gather(*(ask(one) for one in given))
        return CALLERS * EACH / (perf_counter() - begun)


@asynccontextmanager
async def _serving(batch: int) -> AsyncIterator[ServeModels]:
    models = ServeModels(
        files=MemoryModelFiles(files={ModelKey(NAME): bytes_of(mlp())}),
        examiner=OnnxExaminer(),
        engines=[OnnxCpuEngine()],
        rules=ServingRules(
            budget_bytes=2**30, run_s_max=5, queue=QueueRules(rows_max=batch, waiting_max=CALLERS)
        ),
        clock=SystemClock(),
        sleeper=SystemSleeper(),
        told=ModelObserver(),
    )
    served = await models.load(ModelKey(NAME))
    if served.facts.single:
        raise RuntimeError(f"{NAME} would not be batched: {served.facts.single}")
    yield models
    await models.stop()


def _bare() -> float:
    session = session_of(bytes_of(mlp()))
    given = [dict(one) for one in _rows()]
    for one in given:
        session.run(None, one)
    begun = perf_counter()
    for _ in range(EACH):
        for one in given:
            session.run(None, one)
    return CALLERS * EACH / (perf_counter() - begun)
