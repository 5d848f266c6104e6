"""Build the models of the engines' contract as ONNX, by its own helper."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tests.contracts.inference import IN, OUT, Weights

OPSET = 21
IR = 10


def build(
    nodes: Sequence[onnx.NodeProto],
    inputs: Sequence[onnx.ValueInfoProto],
    outputs: Sequence[onnx.ValueInfoProto],
    *,
    opset: int = OPSET,
    **weights: Any,
) -> onnx.ModelProto:
    """Return a model."""
    held = [numpy_helper.from_array(np.asarray(one), name) for name, one in weights.items()]
    graph = helper.make_graph(list(nodes), "graph", list(inputs), list(outputs), held)
    return helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=min(IR, 3 + opset // 3)
    )


def tensor(name: str, kind: int, shape: Sequence[int | str]) -> onnx.ValueInfoProto:
    """Return an input or output."""
    return helper.make_tensor_value_info(name, kind, list(shape))


def bytes_of(model: onnx.ModelProto) -> bytes:
    """Return a model as a file has it."""
    content: bytes = model.SerializeToString()
    return content


def mlp(**more: Any) -> onnx.ModelProto:
    """Two layers with a ReLU between them."""
    weights = {"w1": Weights.w1, "b1": Weights.b1, "w2": Weights.w2, "b2": Weights.b2, **more}
    return build(
        [
            helper.make_node("Gemm", ["x", "w1", "b1"], ["h"]),
            helper.make_node("Relu", ["h"], ["r"]),
            helper.make_node("Gemm", ["r", "w2", "b2"], ["y"]),
        ],
        [tensor("x", TensorProto.FLOAT, ["n", IN])],
        [tensor("y", TensorProto.FLOAT, ["n", OUT])],
        **weights,
    )


def embedding() -> onnx.ModelProto:
    """The mean of the rows of a table."""
    return build(
        [
            helper.make_node("Gather", ["table", "ids"], ["rows"]),
            helper.make_node("ReduceMean", ["rows", "axes"], ["y"], keepdims=0),
        ],
        [tensor("ids", TensorProto.INT64, ["n", 6])],
        [tensor("y", TensorProto.FLOAT, ["n", 8])],
        table=Weights.table,
        axes=np.array([1]),
    )


def strings() -> onnx.ModelProto:
    """Which texts say profit."""
    return build(
        [helper.make_node("Equal", ["texts", "word"], ["y"])],
        [tensor("texts", TensorProto.STRING, ["n", 2])],
        [tensor("y", TensorProto.BOOL, ["n", 2])],
        word=np.array(["profit"], dtype=object),
    )


def mixing() -> onnx.ModelProto:
    """A softmax over the rows."""
    return build(
        [helper.make_node("Softmax", ["x"], ["y"], axis=0)],
        [tensor("x", TensorProto.FLOAT, ["n", 4])],
        [tensor("y", TensorProto.FLOAT, ["n", 4])],
    )


def doubles() -> onnx.ModelProto:
    """A product in double precision."""
    return build(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        [tensor("x", TensorProto.DOUBLE, ["n", 4])],
        [tensor("y", TensorProto.DOUBLE, ["n", 4])],
        w=Weights.double,
    )


def sequence(name: str, kind: int, shape: Sequence[int | str]) -> onnx.ValueInfoProto:
    """Return an input or output that is a sequence of tensors."""
    return helper.make_tensor_sequence_value_info(name, kind, list(shape))


def sequences() -> onnx.ModelProto:
    """A list that is longer by one, its rows on top of each other, and a list of two."""
    kind = TensorProto.FLOAT
    return build(
        [
            helper.make_node("SequenceInsert", ["s", "x"], ["longer"]),
            helper.make_node("ConcatFromSequence", ["longer"], ["y"], axis=0),
            helper.make_node("SequenceConstruct", ["x", "y"], ["pair"]),
        ],
        [sequence("s", kind, ["m", 4]), tensor("x", kind, ["n", 4])],
        [
            sequence("longer", kind, ["m", 4]),
            tensor("y", kind, ["k", 4]),
            sequence("pair", kind, ["m", 4]),
        ],
    )


def endless() -> onnx.ModelProto:
    """A loop that counts for as long as its input is true; once when it is not."""
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["goes"], ["goes_out"]),
            helper.make_node("Add", ["at", "one"], ["at_out"]),
        ],
        "body",
        [
            tensor("step", TensorProto.INT64, []),
            tensor("goes", TensorProto.BOOL, []),
            tensor("at", TensorProto.INT64, []),
        ],
        [tensor("goes_out", TensorProto.BOOL, []), tensor("at_out", TensorProto.INT64, [])],
        [numpy_helper.from_array(np.array(0), "unused")],
    )
    return build(
        [
            helper.make_node("Loop", ["", "goes_on", "start"], ["looped"], body=body),
            helper.make_node("Add", ["looped", "one"], ["count"]),
        ],
        [tensor("goes_on", TensorProto.BOOL, [])],
        [tensor("count", TensorProto.INT64, [])],
        start=np.array(0),
        one=np.array(1),
    )


MODELS = {
    "mlp": mlp,
    "embedding": embedding,
    "strings": strings,
    "mixing": mixing,
    "doubles": doubles,
    "sequences": sequences,
    "endless": endless,
}
