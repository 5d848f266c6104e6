"""ONNX Runtime on a GPU says so where there is none."""

import pytest

from adapters.compute.onnx.cuda import OnnxCudaEngine
from adapters.compute.onnx.examiner import OnnxExaminer
from ports.inference import EngineMissing, ModelRefused
from tests.gpu.lacking import cuda_lacks
from tests.integration.inference.models import MODELS, bytes_of


@pytest.mark.skipif(not cuda_lacks(), reason="there is a GPU here")
async def test_without_a_gpu_it_is_named_and_nothing_runs_on_the_cpu_instead() -> None:
    found = await OnnxExaminer().examine(bytes_of(MODELS["mlp"]()))
    with pytest.raises((EngineMissing, ModelRefused), match=r"CUDA|GPU"):
        await OnnxCudaEngine().open(found.content, found.facts)
