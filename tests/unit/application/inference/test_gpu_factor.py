"""The factor `tensorrt` is told where TensorRT worked it out, and is never a copy of `onnx`."""

from collections.abc import Sequence
from uuid import uuid4

import pytest

from adapters.memory.database import MemoryDatabase
from adapters.memory.inference import FunctionModel, MemoryEngine
from application.inference.forecast_factor import ForecastFactor
from domain.strategies.factors import FactorAbsent
from ports.inference import Engine
from tests import builders
from tests.unit.application.inference.models import Failing, serving
from tests.unit.application.inference.test_accelerators import Missing
from tests.unit.application.inference.test_forecast_factor import forecasting, kept_in, market


def on(name: str, model: FunctionModel) -> Failing:
    return Failing(MemoryEngine(models={b"a/1": model}, name=name))


async def told(model: FunctionModel, engines: Sequence[Engine]) -> tuple[object, object]:
    """Return what the factors onnx and tensorrt are."""
    served = serving({"a/1": model}, accelerators=engines)
    of, tenant_id = market(), uuid4()
    # What one factor was told is kept, and must not be told as the other's.
    kept = kept_in(MemoryDatabase(), of)
    found = [
        await ForecastFactor(models=served.models, view=of, clock=of, kept=kept, engine=engine).of(
            tenant_id=tenant_id, symbol="QX", model="a", at=builders.AT
        )
        for engine in ("", "tensorrt")
    ]
    return found[0], found[1]


async def test_where_tensorrt_runs_the_model_it_is_told() -> None:
    model = forecasting()
    onnx, tensorrt = await told(model, [on("tensorrt", model), on("cuda", model)])
    assert isinstance(tensorrt, float)
    assert tensorrt == pytest.approx(onnx)


async def test_where_it_is_not_there_the_factor_is_absent_by_its_reason() -> None:
    onnx, tensorrt = await told(forecasting(), [Missing(name="tensorrt"), Missing()])
    assert isinstance(onnx, float)
    assert tensorrt == FactorAbsent("a: tensorrt: built without CUDA")


async def test_where_no_engine_of_that_name_is_asked_at_all_that_is_said() -> None:
    onnx, tensorrt = await told(forecasting(), [])
    assert isinstance(onnx, float)
    assert tensorrt == FactorAbsent("a: runs on cpu, not on tensorrt")


async def test_a_run_that_fell_back_does_not_count() -> None:
    model = forecasting()
    first = on("tensorrt", model)
    first.fails = lambda _: True
    onnx, tensorrt = await told(model, [first])
    assert isinstance(onnx, float)
    assert tensorrt == FactorAbsent("a: ran on cpu, not on tensorrt")
