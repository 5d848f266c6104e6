"""TensorRT keeps the promises of engines, and its faults end with its process."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from adapters.compute.onnx.examiner import OnnxExaminer
from adapters.compute.onnx.reference import SessionApart
from adapters.gpu.tensorrt.engine import TensorRtEngine, TensorRtSession
from bootstrap.inference.tensorrt import tensorrt_in
from ports.inference import ModelRefused, RunFailed, RunOverdue
from tests.contracts.inference import ENDLESS, EngineContract, Open, mlp, rows, same
from tests.integration.inference.models import MODELS, bytes_of
from tests.integration.inference.test_engines import opened_on


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> TensorRtEngine:
    """Return an engine whose folder lasts: each model is built once for all tests."""
    return tensorrt_in(tmp_path_factory.mktemp("engines"))


class TestTensorRt(EngineContract):
    tolerance = 1e-3
    refuses = frozenset({"strings", "doubles"})
    # Beyond a table it reads what lies there: CUDA's own gather checks nothing.
    checks_range = False

    @pytest.fixture
    async def opened(self, engine: TensorRtEngine) -> AsyncIterator[Open]:
        async for one in opened_on(engine):
            yield one


async def opened(engine: TensorRtEngine, name: str) -> TensorRtSession:
    found = await OnnxExaminer().examine(bytes_of(MODELS[name]()))
    return await engine.open(found.content, found.facts)


def process_of(session: TensorRtSession) -> int:
    inner = session._session
    assert isinstance(inner, SessionApart)
    assert inner.pid is not None
    return inner.pid


async def test_a_process_that_is_killed_fails_one_run_and_the_next_has_another(
    engine: TensorRtEngine,
) -> None:
    session = await opened(engine, "mlp")
    given = rows("mlp", 1, 4)
    before = process_of(session)
    os.kill(before, signal.SIGKILL)
    with pytest.raises(RunFailed):
        await session.run(given)
    same(await session.run(given), mlp(given), tolerance=1e-3)
    assert process_of(session) != before
    await session.close()


async def test_an_overdue_run_is_killed_with_its_process(engine: TensorRtEngine) -> None:
    session = await opened(engine, ENDLESS)
    process = process_of(session)
    with pytest.raises(RunOverdue):
        await session.run({"goes_on": np.array(True)}, timeout_s=0.5)
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    await session.close()


async def test_runs_beside_each_other_get_their_own_answers(engine: TensorRtEngine) -> None:
    session = await opened(engine, "mlp")
    several = [rows("mlp", seed, 1 + seed % 32) for seed in range(100)]
    found = await asyncio.gather(*(session.run(one) for one in several))
    for given, one in zip(several, found, strict=True):
        same(one, mlp(given), tolerance=1e-3)
    await session.close()


async def test_a_changed_engine_is_built_anew(tmp_path: Path) -> None:
    engine = tensorrt_in(tmp_path)
    session = await opened(engine, "mlp")
    await session.close()
    for file in (tmp_path / "engines").iterdir():
        file.write_bytes(file.read_bytes()[:-1] + b"?")
    session = await opened(engine, "mlp")
    given = rows("mlp", 2, 3)
    same(await session.run(given), mlp(given), tolerance=1e-3)
    await session.close()


async def test_what_it_has_no_kind_of_figure_for_is_refused_by_name(
    engine: TensorRtEngine,
) -> None:
    for name in TestTensorRt.refuses:
        with pytest.raises(ModelRefused, match="TensorRT takes"):
            await opened(engine, name)
