"""The calls of TensorRT and pycuda come in their order, and all that is taken is given back.

By doubles that write down what is called: this shows no figure of any model.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import numpy as np
import pytest

from adapters.gpu.tensorrt.building import CannotBuild, Shapes, build_plan
from adapters.gpu.tensorrt.running import CannotRun, PlanRunner
from domain.inference.tensors import Arrays
from tests.unit.adapters.gpu.scripted import Journal, scripted_driver, scripted_tensorrt

SHAPES: Shapes = {"least": [1, 4], "usual": [32, 4], "most": [32, 4]}


@pytest.fixture
def journal() -> Journal:
    return Journal()


@pytest.fixture(autouse=True)
def trt(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> Any:
    module = scripted_tensorrt(journal)
    monkeypatch.setitem(sys.modules, "tensorrt", module)
    return module


def rows(count: int) -> Arrays:
    return {"x": np.ones((count, 4), np.float64)}


def runner(journal: Journal) -> PlanRunner:
    return PlanRunner(b"plan", driver=scripted_driver(journal))


def test_a_run_sends_runs_fetches_and_waits_once_on_one_stream(journal: Journal) -> None:
    running = runner(journal)
    found = running.run(rows(3))
    # Figures are of the type that the engine says, shapes those that it says for these inputs.
    assert found["y"].shape == (3, 2)
    assert found["y"].dtype == np.dtype(np.float32)
    calls = [one for one in journal.calls if not one[0].startswith("take")]
    [stream] = [one[1] for one in journal.calls if one[0] == "take stream"]
    x, y = (one[2] for one in calls if one[0] == "set_tensor_address")
    assert calls == [
        ("deserialize", b"plan"),
        ("create_execution_context",),
        ("profile", 0, stream),
        ("set_input_shape", "x", (3, 4)),
        ("mem_alloc", 48),
        ("set_tensor_address", "x", x),
        ("to device", x, 48, stream),
        ("infer_shapes",),
        ("shape of", "y"),
        ("mem_alloc", 24),
        ("set_tensor_address", "y", y),
        ("execute_async_v3", stream),
        ("to host", y, 24, stream),
        ("synchronize", stream),
    ]
    assert journal.pushed == 0
    running.close()


def test_buffers_outlive_the_call_and_grow(journal: Journal) -> None:
    running = runner(journal)
    running.run(rows(8))
    journal.calls.clear()
    running.run(rows(3))
    assert "mem_alloc" not in journal.names()
    running.run(rows(16))
    assert journal.names().count("mem_alloc") == 2
    assert journal.names().count("free device") == 2
    running.close()
    assert {one.split()[0] for one in journal.held} <= {"stream"}
    assert journal.pushed == 0


def test_each_thread_has_a_context_a_stream_and_buffers_of_its_own(journal: Journal) -> None:
    running = runner(journal)
    together = Barrier(2)

    def run(count: int) -> None:
        together.wait()
        running.run(rows(count))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run, (1, 2)))
    running.run(rows(1))
    assert journal.names().count("create_execution_context") == 3
    streams = {one[1] for one in journal.calls if one[0] == "execute_async_v3"}
    assert len(streams) == 3
    addresses = [one[2] for one in journal.calls if one[0] == "set_tensor_address"]
    assert len(set(addresses)) == 6
    running.close()
    assert {one.split()[0] for one in journal.held} <= {"stream"}


@pytest.mark.parametrize(
    ("call", "answer", "told"),
    [
        ("set_input_shape", False, "does not take the shape"),
        ("set_tensor_address", False, "does not take the address"),
        ("infer_shapes", ["x"], "does not know the shape of x"),
        ("shape of", (-1, 2), "depends on the figures"),
        ("execute_async_v3", False, "could not run it"),
        ("profile", False, "does not take the profile"),
    ],
)
def test_what_tensorrt_refuses_is_told_by_name(
    journal: Journal, call: str, answer: object, told: str
) -> None:
    running = runner(journal)
    journal.fails[call] = answer
    with pytest.raises(CannotRun, match=told):
        running.run(rows(2))
    assert journal.pushed == 0
    running.close()
    assert {one.split()[0] for one in journal.held} <= {"stream"}


def test_memory_that_cannot_be_taken_leaves_none_pinned(journal: Journal) -> None:
    running = runner(journal)
    journal.fails["mem_alloc"] = MemoryError("cuMemAlloc failed: out of memory")
    with pytest.raises(MemoryError, match="out of memory"):
        running.run(rows(2))
    assert not any(one.startswith("pinned") for one in journal.held)


@pytest.mark.parametrize("answer", [CannotRun("does not take"), None])
def test_a_plan_that_tensorrt_does_not_take_holds_no_context(
    journal: Journal, answer: object
) -> None:
    journal.fails["deserialize"] = answer
    with pytest.raises(CannotRun, match="does not take"):
        runner(journal)
    assert (journal.held, journal.pushed) == (set(), 0)


def test_a_network_is_strongly_typed_with_one_profile_and_a_limit(journal: Journal) -> None:
    built = build_plan(b"onnx", dynamic={"x": SHAPES}, timing=b"before", workspace_bytes=1_000)
    assert (built.plan, built.timing) == (b"plan", b"timings")
    assert journal.calls == [
        ("network", 1 << 1),
        ("parse", b"onnx"),
        ("limit", "workspace", 1_000),
        ("timing", b"before"),
        ("set_shape", "x", (1, 4), (32, 4), (32, 4)),
        ("add profile",),
        ("build",),
    ]


def test_tensorrt_11_has_no_flag_for_it_and_gets_none(journal: Journal, trt: Any) -> None:
    del trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED
    build_plan(b"onnx", dynamic={}, timing=b"", workspace_bytes=1)
    assert journal.calls[0] == ("network", 0)
    # A model of fixed shapes has no profile.
    assert "add profile" not in journal.names()


def test_timings_of_another_gpu_are_left_and_kernels_timed_anew(journal: Journal) -> None:
    journal.fails["timing"] = False
    build_plan(b"onnx", dynamic={}, timing=b"others", workspace_bytes=1)
    assert [one for one in journal.calls if one[0] == "timing"] == [
        ("timing", b"others"),
        ("timing", b""),
    ]


@pytest.mark.parametrize(
    ("call", "answer", "told"),
    [
        ("parse", False, "no kernel for Frobnicate"),
        ("add profile", -1, "profile"),
        ("build", None, "could not build"),
    ],
)
def test_what_cannot_be_built_is_told(
    journal: Journal, call: str, answer: object, told: str
) -> None:
    journal.fails[call] = answer
    with pytest.raises(CannotBuild, match=told):
        build_plan(b"onnx", dynamic={"x": SHAPES}, timing=b"", workspace_bytes=1)


def test_an_input_that_says_shapes_is_refused_by_name(journal: Journal, trt: Any) -> None:
    network = trt.Builder(None).create_network(0)
    network.inputs[1].is_shape_tensor = True
    with pytest.raises(CannotBuild, match="'z'"):
        build_plan(b"onnx", dynamic={}, timing=b"", workspace_bytes=1)
