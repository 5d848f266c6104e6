"""A process for TensorRT answers by frames, and ends after a run that failed."""

from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

import numpy as np
import pytest

from adapters.compute.onnx.frames import NoFrame, packed, put, take, unpacked
from adapters.gpu.tensorrt.worker import RUN
from bootstrap.inference.tensorrt_child import serve
from domain.inference.tensors import Arrays


def frames(*values: Mapping[str, Any]) -> BytesIO:
    stream = BytesIO()
    for one in values:
        put(stream, one)
    stream.seek(0)
    return stream


def answers(stream: BytesIO) -> list[dict[str, Any]]:
    stream.seek(0)
    found = []
    while True:
        try:
            found.append(take(stream))
        except NoFrame:
            return found


def ready(run: Callable[[Arrays], Arrays]) -> Callable[[Mapping[str, Any]], Any]:
    def opened(asked: Mapping[str, Any]) -> Callable[[Arrays], Arrays]:
        assert asked == {"plan": b"plan"}
        return run

    return opened


def inputs(*figures: float) -> dict[str, Any]:
    return {"inputs": packed({"x": np.array(figures)})}


def test_it_answers_runs_until_nobody_asks() -> None:
    out = BytesIO()
    given = frames({"plan": b"plan"}, inputs(1, 2), inputs(3))
    with pytest.raises(NoFrame):
        serve(RUN, given=given, out=out, ready=ready(lambda of: {"y": of["x"] * 2}))
    first, *runs = answers(out)
    assert first == {"ready": True}
    assert [unpacked(one["outputs"])["y"].tolist() for one in runs] == [[2, 4], [6]]


def test_after_a_run_that_failed_it_runs_nothing_more() -> None:
    def run(of: Arrays) -> Arrays:
        raise RuntimeError("cuStreamSynchronize failed:\n an illegal memory access")

    out = BytesIO()
    serve(RUN, given=frames({"plan": b"plan"}, inputs(1), inputs(2)), out=out, ready=ready(run))
    [_, failed] = answers(out)
    told = "RuntimeError: cuStreamSynchronize failed: an illegal memory access"
    assert failed == {"failed": told, "over": True}


def test_an_engine_that_does_not_open_is_told() -> None:
    def opened(_: Mapping[str, Any]) -> Callable[[Arrays], Arrays]:
        raise MemoryError("cuMemAlloc")

    out = BytesIO()
    serve(RUN, given=frames({"plan": b"plan"}), out=out, ready=opened)
    assert answers(out) == [{"refused": "MemoryError: cuMemAlloc"}]
