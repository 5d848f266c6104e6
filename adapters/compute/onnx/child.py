"""Be the child process: `python -m adapters.compute.onnx.child examine|reference BYTES PARENT`."""

import contextlib
import os
import sys
from typing import Any, BinaryIO

from adapters.compute.confined import end_with, limit_memory
from adapters.compute.onnx.frames import NoFrame, packed, put, take, unpacked


def main() -> None:
    """Do what the parent asks until it is gone."""
    task, memory, parent = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    end_with(parent)
    # Libraries write to standard output what they please: frames have a descriptor of their own.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with contextlib.suppress(NoFrame):
        (_examine if task == "examine" else _reference)(sys.stdin.buffer, out, memory)


def _examine(given: BinaryIO, out: BinaryIO, memory: int) -> None:
    from adapters.compute.onnx.looking import Look, ModelFault

    limit_memory(memory)
    try:
        look = Look.at(take(given)["content"])
        put(out, {"facts": look.facts, "content": look.content})
        put(out, {"single": look.single()})
    except ModelFault as problem:
        put(out, {"refused": str(problem)})
    except MemoryError:
        put(out, {"refused": f"takes more than {memory >> 20} MiB to load or run"})


def _reference(given: BinaryIO, out: BinaryIO, memory: int) -> None:
    import onnx
    from onnx.reference import ReferenceEvaluator

    from adapters.compute.onnx.values import feeds, results

    limit_memory(memory)
    evaluator: Any = ReferenceEvaluator(onnx.ModelProto.FromString(take(given)["content"]))
    names = list(evaluator.output_names)
    put(out, {"ready": True})
    while True:
        inputs = unpacked(take(given)["inputs"])
        try:
            found = evaluator.run(None, feeds(inputs))
            put(out, {"outputs": packed(results(names, found))})
        except Exception as problem:  # noqa: BLE001 - it is told to the parent, whatever it is
            put(out, {"failed": f"{type(problem).__name__}: {problem}"[:500]})


if __name__ == "__main__":
    main()
