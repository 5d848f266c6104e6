"""Be a process for TensorRT: `python -m bootstrap.inference.tensorrt_child TASK BYTES PARENT`."""

import contextlib
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from adapters.compute.confined import end_with
from adapters.compute.onnx.frames import NoFrame, packed, put, take, unpacked
from adapters.gpu.tensorrt.worker import BUILD, PROBE, build, opened, probe, told
from domain.inference.tensors import Arrays


def main() -> None:
    """Do what the parent asks until it is gone."""
    task, parent = sys.argv[1], int(sys.argv[3])
    end_with(parent)
    # Libraries write to standard output what they please: frames have a descriptor of their own.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with contextlib.suppress(NoFrame):
        serve(task, given=sys.stdin.buffer, out=out)


def serve(
    task: str,
    *,
    given: BinaryIO,
    out: BinaryIO,
    ready: Callable[[Mapping[str, Any]], Callable[[Arrays], Arrays]] = opened,
) -> None:
    """Answer one task; raises NoFrame when nobody asks any more."""
    asked = take(given)
    if task == PROBE:
        put(out, probe())
    elif task == BUILD:
        put(out, build(asked))
    else:
        _run(asked, given=given, out=out, ready=ready)


def _run(
    asked: Mapping[str, Any],
    *,
    given: BinaryIO,
    out: BinaryIO,
    ready: Callable[[Mapping[str, Any]], Callable[[Arrays], Arrays]],
) -> None:
    try:
        run = ready(asked)
    except Exception as problem:  # noqa: BLE001 - it is told to the parent, whatever it is
        put(out, {"refused": told(problem)})
        return
    put(out, {"ready": True})
    while True:
        inputs = unpacked(take(given)["inputs"])
        try:
            found = packed(run(inputs))
        except Exception as problem:  # noqa: BLE001 - it is told to the parent, whatever it is
            # An error of CUDA may stick: nothing is run in this process any more.
            put(out, {"failed": told(problem), "over": True})
            return
        put(out, {"outputs": found})


if __name__ == "__main__":
    main()
