"""ONNX Runtime on a GPU keeps the promises of engines: `make gpu` runs this where there is one."""

from collections.abc import AsyncIterator

import numpy as np
import pytest
from onnx import TensorProto, helper

from adapters.compute.onnx.cuda import OnnxCudaEngine
from adapters.compute.onnx.examiner import OnnxExaminer
from ports.inference import RunFailed
from tests.contracts.inference import EngineContract, Open
from tests.integration.inference.models import build, bytes_of, tensor
from tests.integration.inference.test_engines import opened_on


class TestOnnxCuda(EngineContract):
    tolerance = 1e-3

    @pytest.fixture
    async def opened(self) -> AsyncIterator[Open]:
        async for one in opened_on(OnnxCudaEngine()):
            yield one


def hungry() -> bytes:
    """Return a model that fills as many figures as it is told to."""
    return bytes_of(
        build(
            [
                helper.make_node("Expand", ["x", "shape"], ["much"]),
                helper.make_node("Sin", ["much"], ["waves"]),
                helper.make_node("ReduceSum", ["waves"], ["y"], keepdims=0),
            ],
            [tensor("x", TensorProto.FLOAT, [1]), tensor("shape", TensorProto.INT64, [1])],
            [tensor("y", TensorProto.FLOAT, [])],
        )
    )


async def test_a_run_for_which_the_gpu_has_no_memory_fails_alone() -> None:
    found = await OnnxExaminer().examine(hungry())
    session = await OnnxCudaEngine().open(found.content, found.facts)
    one = np.zeros(1, np.float32)
    with pytest.raises(RunFailed):
        await session.run({"x": one, "shape": np.array([2**40])})
    ran = await session.run({"x": one, "shape": np.array([8])})
    assert ran["y"].tolist() == 0
    await session.close()
