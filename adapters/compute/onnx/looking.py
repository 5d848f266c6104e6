"""Look at a model that nobody trusts; only ever in a process of its own."""

import os
import sys
import threading
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import onnx
from onnx import version_converter
from onnx.reference import ReferenceEvaluator

from adapters.compute.onnx.session import said, session_of
from adapters.compute.onnx.values import feeds, results
from domain.inference.batches import mixed_rows, probe_rows, why_single
from domain.inference.tensors import SEQUENCE, Arrays, ElementSpec, TensorSpec, datatype_of
from domain.shared.values import InvalidValue

# ONNX Runtime has no kernels below; these are tried in turn, the newest first.
OPSET_MIN = 7
_CONVERTED_TO = (21, 17, 13, 7)
_TRAINING = "ai.onnx.preview.training"
_TRIAL_S = 1.0
# Inputs that are larger are not tried out.
_TRIED_MAX = 4_000_000
_DEPTH_MAX = 32
# Metadata is kept for as long as the model is served: what is longer is left out.
_METADATA_MAX, _ENTRIES_MAX = 16_384, 64


class ModelFault(Exception):
    """Why the file is not served."""


@dataclass(slots=True)
class Look:
    """What a file turned out to be; facts are plain values."""

    content: bytes
    facts: dict[str, Any]
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    session: Any
    evaluator: Any

    @classmethod
    def at(cls, content: bytes) -> "Look":
        """Look at a file; raises ModelFault, MemoryError."""
        model, metadata, before = _read(content)
        inputs = _specs(model, of="input")
        outputs = _specs(model, of="output")
        opset = _opset(model)
        kept = content if before is None else model.SerializeToString()
        mapped = _resident()
        session, without = _session(kept)
        evaluator = None
        if session is None:
            evaluator = _evaluator(model, without)
        facts = {
            "inputs": [asdict(one) for one in inputs],
            "outputs": [asdict(one) for one in outputs],
            "opset": opset,
            "converted_from": before,
            "engine": "cpu" if session is not None else "reference",
            "without": without,
            "metadata": metadata,
            "memory_bytes": max(len(kept), _resident() - mapped),
        }
        return cls(kept, facts, inputs, outputs, session, evaluator)

    def single(self) -> str:
        """Try it out; return why its rows are worked out one by one, "" where they need not be.

        Raises ModelFault for a model that takes more memory than there may be.
        """
        if why := why_single(self.inputs, self.outputs):
            self._try_once()
            return why
        try:
            return mixed_rows(self.inputs, self._run)
        except MemoryError:
            raise
        except Exception as problem:  # noqa: BLE001 - whatever it is, nothing is proven
            return f"it could not be tried out: {said(problem)}"

    def _try_once(self) -> None:
        shapes = [one.shape if one.element is None else one.element.shape for one in self.inputs]
        sizes = [np.prod([5 if n is None else n for n in one or ()]) for one in shapes]
        if any(one > _TRIED_MAX for one in sizes):
            return
        rows = {one.shape[0] for one in self.inputs if one.shape and one.element is None}
        number = next((one for one in rows if one is not None), 1)
        try:
            drawn = probe_rows(self.inputs, rows=number, size=1.0, seed=0)
            self._run(
                {
                    one.name: drawn[one.name] if one.shape else drawn[one.name][0]
                    for one in self.inputs
                }
            )
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001, S110 - what it needs of its inputs is not known here
            pass

    def _run(self, inputs: Arrays) -> Arrays:
        names = [one.name for one in self.outputs]
        if self.session is None:
            return results(names, self.evaluator.run(None, feeds(inputs)))
        return results(names, _timed(self.session, inputs))


def _timed(session: Any, inputs: Arrays) -> list[Any]:
    import onnxruntime

    options = onnxruntime.RunOptions()
    timer = threading.Timer(_TRIAL_S, setattr, (options, "terminate", True))
    timer.start()
    try:
        found: list[Any] = session.run(None, feeds(inputs), options)
    except Exception as problem:
        _raise_memory(problem)
        raise
    finally:
        timer.cancel()
    return found


def _read(content: bytes) -> tuple[onnx.ModelProto, list[tuple[str, str]], int | None]:
    """Return the model, converted where it is old, its metadata, and the opset it was for."""
    model = onnx.ModelProto()
    try:
        model.ParseFromString(content)
    except Exception as problem:  # noqa: BLE001 - protobuf's kinds differ by its backend
        raise ModelFault(f"is no ONNX file, or is cut off: {said(problem)}") from None
    if not model.graph.node and not model.graph.output:
        raise ModelFault("is no ONNX file, or is cut off: it has no graph")
    for tensor in _tensors(model):
        if tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data:
            raise ModelFault("keeps weights in another file: a model must hold them itself")
    if any(one.domain == _TRAINING for one in model.opset_import):
        raise ModelFault(f"is a graph for training ({_TRAINING}), which nothing here runs")
    if _opset(model) > (known := onnx.defs.onnx_opset_version()):
        raise ModelFault(f"is of opset {_opset(model)}: the newest that is known here is {known}")
    try:
        onnx.checker.check_model(model)
    except MemoryError:
        raise
    except Exception as problem:  # noqa: BLE001 - the checker raises several kinds
        raise ModelFault(f"is no sound model: {said(problem)}") from None
    told = [(one.key, one.value) for one in model.metadata_props]
    metadata = [one for one in told if len(one[0]) + len(one[1]) <= _METADATA_MAX][:_ENTRIES_MAX]
    if _opset(model) >= OPSET_MIN:
        return model, metadata, None
    return _converted(model), metadata, _opset(model)


def _converted(model: onnx.ModelProto) -> onnx.ModelProto:
    problem: Exception | None = None
    for opset in _CONVERTED_TO:
        try:
            return version_converter.convert_version(model, opset)
        except Exception as error:  # noqa: BLE001 - the next opset may do
            problem = problem or error
    raise ModelFault(
        f"is of opset {_opset(model)}, which cannot be converted:"
        f" {said(problem) if problem else 'nothing'}"
    )


def _opset(model: onnx.ModelProto) -> int:
    found = [one.version for one in model.opset_import if one.domain in ("", "ai.onnx")]
    return max(found, default=OPSET_MIN)


def _session(content: bytes) -> tuple[Any, str]:
    """Return a session, or None and why there is none."""
    try:
        return session_of(content), ""
    except Exception as problem:  # noqa: BLE001 - ONNX Runtime raises its own kinds, and others
        _raise_memory(problem)
        return None, f"cpu: {said(problem)}"


def _evaluator(model: onnx.ModelProto, without: str) -> Any:
    """Return the reference evaluator; raises ModelFault where it cannot run the model either."""
    try:
        return ReferenceEvaluator(model)
    except MemoryError:
        raise
    except Exception as problem:  # noqa: BLE001 - the evaluator raises several kinds
        raise ModelFault(f"no engine can run it: {without}; reference: {said(problem)}") from None


def _raise_memory(problem: Exception) -> None:
    """Raise MemoryError for what ONNX Runtime says when there is none left."""
    text = str(problem)
    if any(one in text for one in ("Failed to allocate memory", "bad_alloc", "std::bad_array")):
        raise MemoryError(said(problem)) from None


def _specs(model: onnx.ModelProto, *, of: str) -> tuple[TensorSpec, ...]:
    held = {one.name for one in model.graph.initializer}
    values: Iterable[onnx.ValueInfoProto] = getattr(model.graph, of)
    return tuple(_spec(one, of) for one in values if of == "output" or one.name not in held)


def _spec(value: onnx.ValueInfoProto, of: str) -> TensorSpec:
    called, kind = f"the {of} {value.name!r}", value.type.WhichOneof("value")
    if kind == "sequence_type":
        of_tensors = value.type.sequence_type.elem_type
        if of_tensors.WhichOneof("value") != "tensor_type":
            raise ModelFault(f"{called} is a sequence of what is no tensor")
        told = of_tensors.tensor_type
        shape = _shape(told) if told.HasField("shape") else None
        element = ElementSpec(_datatype(told, called), shape)
        return TensorSpec(value.name, SEQUENCE, (None,), element)
    if kind != "tensor_type":
        raise ModelFault(f"{called} is neither a tensor nor a sequence of such")
    told = value.type.tensor_type
    if not told.HasField("shape"):
        raise ModelFault(f"{called} does not say how many axes it has")
    return TensorSpec(value.name, _datatype(told, called), _shape(told))


def _datatype(told: Any, called: str) -> str:
    try:
        kind = np.dtype(onnx.helper.tensor_dtype_to_np_dtype(told.elem_type))
        return datatype_of(np.empty(0, dtype=kind))
    except (InvalidValue, KeyError, ValueError, TypeError):
        raise ModelFault(f"{called} is of a type that no request can say") from None


def _shape(told: Any) -> tuple[int | None, ...]:
    return tuple(
        axis.dim_value if axis.WhichOneof("value") == "dim_value" and axis.dim_value >= 0 else None
        for axis in told.shape.dim
    )


def _tensors(model: onnx.ModelProto) -> Iterator[onnx.TensorProto]:
    yield from _of_graph(model.graph, depth=0)
    for function in model.functions:
        yield from _of_nodes(function.node, depth=0)


def _of_graph(graph: onnx.GraphProto, *, depth: int) -> Iterator[onnx.TensorProto]:
    if depth > _DEPTH_MAX:
        raise ModelFault(f"has graphs within graphs, more than {_DEPTH_MAX} deep")
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    yield from _of_nodes(graph.node, depth=depth)


def _of_nodes(nodes: Iterable[onnx.NodeProto], *, depth: int) -> Iterator[onnx.TensorProto]:
    for node in nodes:
        for attribute in node.attribute:
            yield attribute.t
            yield from attribute.tensors
            for sparse in (attribute.sparse_tensor, *attribute.sparse_tensors):
                yield from (sparse.values, sparse.indices)
            if attribute.HasField("g"):
                yield from _of_graph(attribute.g, depth=depth + 1)
            for graph in attribute.graphs:
                yield from _of_graph(graph, depth=depth + 1)


def _resident() -> int:
    """Return the bytes of memory in use, 0 where the system does not tell."""
    if sys.platform != "linux":
        return 0
    with open("/proc/self/statm") as pages:
        return int(pages.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
