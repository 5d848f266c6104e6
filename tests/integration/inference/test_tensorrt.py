"""The processes of TensorRT where there is none: they start, say what lacks, and are gone."""

import os
from pathlib import Path

import pytest

from adapters.compute.onnx.process import ModelProcess
from adapters.compute.onnx.reference import SessionApart
from adapters.gpu.tensorrt.lacking import tensorrt_lacks
from adapters.gpu.tensorrt.worker import PROBE
from adapters.system.time import SystemClock
from adapters.telemetry.health import HealthBoard
from bootstrap.inference.tensorrt import PART, TensorRtProcesses, tell_tensorrt, tensorrt_in
from ports.inference import EngineMissing, RunFailed, RunOverdue
from tests.contracts.inference import ENDLESS
from tests.integration.inference.models import MODELS, bytes_of

pytestmark = pytest.mark.skipif(not tensorrt_lacks(), reason="there is TensorRT here")


async def test_a_process_says_what_lacks() -> None:
    found = await TensorRtProcesses().ask(PROBE, {}, within_s=60)
    assert list(found) == ["refused"]
    assert found["refused"].startswith("no usable GPU: ")


async def test_an_engine_cannot_be_opened_and_the_reason_is_told() -> None:
    with pytest.raises(RunFailed, match=r"tensorrt|pycuda"):
        await TensorRtProcesses().session({"plan": b"no plan"})


async def test_the_engine_that_is_shipped_names_what_lacks(tmp_path: Path) -> None:
    with pytest.raises(EngineMissing, match=r"no driver|no TensorRT|no pycuda"):
        await tensorrt_in(tmp_path).here()
    # Nothing was started, and no key made for nothing.
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize(("required", "state"), [(False, "stopped"), (True, "down")])
async def test_the_status_says_what_lacks(tmp_path: Path, required: bool, state: str) -> None:
    health = HealthBoard(clock=SystemClock())
    await tell_tensorrt(tensorrt_in(tmp_path), health=health, required=required)
    [part] = health.components()
    assert (part.name, part.state.value, part.required) == (PART, state, False)
    assert part.detail == tensorrt_lacks()


async def test_a_run_that_never_ends_is_killed_with_its_process() -> None:
    """The very session that TensorRT's processes have, over the evaluator, which is here."""
    started: list[ModelProcess] = []

    async def start() -> ModelProcess:
        started.append(await ModelProcess.start("reference", memory_bytes=2**30))
        return started[-1]

    import numpy as np

    content = bytes_of(MODELS[ENDLESS]())
    session = SessionApart({"content": content}, start_process=start, called="it")
    with pytest.raises(RunOverdue):
        await session.run({"goes_on": np.array(True)}, timeout_s=0.3)
    with pytest.raises(ProcessLookupError):
        os.kill(started[0].pid, 0)
    found = await session.run({"goes_on": np.array(False)})
    assert (found["count"].tolist(), len(started)) == (1, 2)
    await session.close()
