"""Measure engines of a GPU on batches of 32 of a model of the shape of BERT.

Each is the engine as it is shipped and asked as a server asks it: rows in memory to logits in
memory, one batch after the other. The CPU's runs one thread a run.
"""

import tempfile
from pathlib import Path
from time import perf_counter

from adapters.compute.onnx.cpu import OnnxCpuEngine
from adapters.compute.onnx.cuda import OnnxCudaEngine
from adapters.compute.onnx.examiner import OnnxExaminer
from bench.rows import Better, Row, compare
from bootstrap.inference.tensorrt import tensorrt_in
from domain.inference.tensors import Arrays
from ports.inference import Engine, ModelSession
from tests.contracts.inference import same
from tests.gpu.bert_shaped import Size, bert_shaped, texts

BATCH, RUNS, TURNS = 32, 20, 7
CUDA_OVER_CPU, TENSORRT_OVER_CUDA = 5.0, 1.0
TOLERANCE = 1e-3
_RUN_S = 60.0


async def measure(*, tensorrt: bool, size: Size | None = None) -> list[Row]:
    """Return CUDA beside the CPU and, where it is there, TensorRT beside CUDA."""
    size = size or Size()
    rows = [await beside(OnnxCudaEngine(), OnnxCpuEngine(), goal=CUDA_OVER_CPU, size=size)]
    if tensorrt:
        with tempfile.TemporaryDirectory() as folder:
            engine = tensorrt_in(Path(folder))
            rows.append(await beside(engine, OnnxCudaEngine(), goal=TENSORRT_OVER_CUDA, size=size))
    return rows


async def beside(
    engine: Engine, other: Engine, *, goal: float, size: Size, turns: int = TURNS, runs: int = RUNS
) -> Row:
    """Return rows a second of one engine beside another, measured in turn.

    Raises AssertionError where they do not say the same: then no figure means anything.
    """
    examined = await OnnxExaminer().examine(bert_shaped(size))
    sessions = [await one.open(examined.content, examined.facts) for one in (engine, other)]
    given = texts(size, rows=BATCH, seed=1)
    try:
        found = [await one.run(given, timeout_s=_RUN_S) for one in sessions]
        same(found[0], found[1], tolerance=TOLERANCE)
        told: tuple[list[float], list[float]] = ([], [])
        for turn in range(turns):
            for place in (0, 1) if turn % 2 == 0 else (1, 0):
                told[place].append(await _rows_per_second(sessions[place], given, runs=runs))
    finally:
        for one in sessions:
            await one.close()
    return compare(
        name=f"bert_32_{engine.name}",
        unit="rows/s",
        better=Better.HIGHER,
        ours=told[0],
        reference=told[1],
        reference_name=other.name,
        goal=goal,
    )


def told(row: Row) -> str:
    """Return a row as a line."""
    verdict = "met" if row.met else "MISSED"
    return (
        f"{row.name}: {row.ours:.0f} {row.unit}, {row.reference_name} {row.reference:.0f},"
        f" ratio {row.ratio:.2f} (goal {row.goal}): {verdict}"
    )


async def _rows_per_second(session: ModelSession, given: Arrays, *, runs: int) -> float:
    begun = perf_counter()
    for _ in range(runs):
        await session.run(given, timeout_s=_RUN_S)
    return BATCH * runs / (perf_counter() - begun)
