"""ONNX Runtime on a GPU keeps the promises of engines; without one it says so."""

from collections.abc import AsyncIterator

import pytest

from adapters.compute.onnx.cuda import OnnxCudaEngine
from adapters.compute.onnx.examiner import OnnxExaminer
from ports.inference import EngineMissing, ModelRefused
from tests.contracts.inference import EngineContract, Open
from tests.gpu.lacking import cuda_lacks
from tests.integration.inference.models import MODELS, bytes_of
from tests.integration.inference.test_engines import opened_on


@pytest.mark.skipif(bool(cuda_lacks()), reason=cuda_lacks())
class TestOnnxCuda(EngineContract):
    tolerance = 1e-3

    @pytest.fixture
    async def opened(self) -> AsyncIterator[Open]:
        async for one in opened_on(OnnxCudaEngine()):
            yield one


@pytest.mark.skipif(not cuda_lacks(), reason="there is a GPU here")
async def test_without_a_gpu_it_is_named_and_nothing_runs_on_the_cpu_instead() -> None:
    found = await OnnxExaminer().examine(bytes_of(MODELS["mlp"]()))
    with pytest.raises((EngineMissing, ModelRefused), match=r"CUDA|GPU"):
        await OnnxCudaEngine().open(found.content, found.facts)
