"""ONNX Runtime on a GPU keeps the promises of engines: `make gpu` runs this where there is one."""

from collections.abc import AsyncIterator

import pytest

from adapters.compute.onnx.cuda import OnnxCudaEngine
from tests.contracts.inference import EngineContract, Open
from tests.integration.inference.test_engines import opened_on


class TestOnnxCuda(EngineContract):
    tolerance = 1e-3

    @pytest.fixture
    async def opened(self) -> AsyncIterator[Open]:
        async for one in opened_on(OnnxCudaEngine()):
            yield one
