"""ONNX Runtime and the reference evaluator keep the promises of engines."""

from collections.abc import AsyncIterator
from importlib.util import find_spec

import pytest

from adapters.compute.onnx.cpu import OnnxCpuEngine
from adapters.compute.onnx.examiner import OnnxExaminer
from adapters.compute.onnx.process import PACKAGES, check_installed
from adapters.compute.onnx.reference import ReferenceEngine, ReferenceSession
from ports.inference import Engine, EngineMissing, ModelSession, RunOverdue
from tests.contracts.inference import ENDLESS, EngineContract, Open, rows, same
from tests.integration.inference.models import MODELS, bytes_of


async def opened_on(engine: Engine) -> AsyncIterator[Open]:
    """Yield what opens the models on an engine; close them afterwards."""
    sessions: list[ModelSession] = []

    async def opened(name: str) -> ModelSession:
        found = await OnnxExaminer().examine(bytes_of(MODELS[name]()))
        sessions.append(await engine.open(found.content, found.facts))
        return sessions[-1]

    yield opened
    for one in sessions:
        await one.close()


class TestOnnxCpu(EngineContract):
    @pytest.fixture
    async def opened(self) -> AsyncIterator[Open]:
        async for one in opened_on(OnnxCpuEngine()):
            yield one


class TestReference(EngineContract):
    @pytest.fixture
    async def opened(self) -> AsyncIterator[Open]:
        async for one in opened_on(ReferenceEngine()):
            yield one

    async def test_an_overdue_run_is_gone_with_its_process(self, opened: Open) -> None:
        import numpy as np

        session = await opened(ENDLESS)
        assert isinstance(session, ReferenceSession)
        before = session.pid
        with pytest.raises(RunOverdue):
            await session.run({"goes_on": np.array(True)}, timeout_s=0.2)
        assert (before, session.pid) != (None, before)
        assert session.pid is None


@pytest.mark.parametrize("name", [one for one in MODELS if one != ENDLESS])
async def test_both_engines_say_the_same(name: str) -> None:
    found = await OnnxExaminer().examine(bytes_of(MODELS[name]()))
    cpu = await OnnxCpuEngine().open(found.content, found.facts)
    reference = await ReferenceEngine().open(found.content, found.facts)
    try:
        for seed in range(5):
            given = rows(name, seed, 1 + seed)
            same(await cpu.run(given), await reference.run(given))
    finally:
        await reference.close()


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    check_installed()
    assert all(find_spec(one) for one in PACKAGES)
    monkeypatch.setattr("adapters.compute.onnx.process.PACKAGES", ("onnx", "onnx_of_nobody"))
    with pytest.raises(EngineMissing, match=r"needs onnx_of_nobody: pip install 'ballast\[cpu\]'"):
        check_installed()
