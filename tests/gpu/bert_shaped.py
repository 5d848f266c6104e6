"""Build a model of the shape of BERT, of seeded weights: it tells nothing, but costs as much.

As in https://arxiv.org/abs/1810.04805: words and places are added and normalised; each layer is
attention of several heads and a network of four times the width, both added to what came in and
normalised; the first word is weighed for three answers.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from onnx import NodeProto, TensorProto, helper

from domain.inference.tensors import Array, Arrays
from tests.integration.inference.models import build, bytes_of, tensor

ANSWERS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large the model is; the usual is that of BERT small (4 layers of 512, 8 heads)."""

    layers: int = 4
    width: int = 512
    heads: int = 8
    words: int = 8_000
    places: int = 128


def texts(size: Size, *, rows: int, seed: int) -> Arrays:
    """Draw the numbers of words of so many texts of full length."""
    random = np.random.default_rng(seed)
    return {"input_ids": random.integers(0, size.words, (rows, size.places))}


def bert_shaped(size: Size) -> bytes:
    """Return the model: input_ids [n, places] INT64 to logits [n, 3] FP32."""
    weights = _weights(size)
    node = helper.make_node
    nodes = [
        node("Gather", ["words", "input_ids"], ["w"]),
        node("Add", ["w", "places"], ["placed"]),
        _normalised("placed", "h0"),
    ]
    for layer in range(size.layers):
        nodes += _layer(layer, scale="root")
    nodes += [
        node("Gather", [f"h{size.layers}", "first"], ["cls"], axis=1),
        node("MatMul", ["cls", "out"], ["logits"]),
    ]
    return bytes_of(
        build(
            nodes,
            [tensor("input_ids", TensorProto.INT64, ["n", size.places])],
            [tensor("logits", TensorProto.FLOAT, ["n", ANSWERS])],
            **weights,
        )
    )


def _layer(layer: int, *, scale: str) -> list[NodeProto]:
    node, given, p = helper.make_node, f"h{layer}", f"l{layer}_"
    nodes = []
    for name, order in (("q", [0, 2, 1, 3]), ("k", [0, 2, 3, 1]), ("v", [0, 2, 1, 3])):
        nodes += [
            node("MatMul", [given, f"{p}{name}w"], [f"{p}{name}m"]),
            node("Reshape", [f"{p}{name}m", "split"], [f"{p}{name}s"]),
            node("Transpose", [f"{p}{name}s"], [f"{p}{name}"], perm=order),
        ]
    return [
        *nodes,
        node("MatMul", [f"{p}q", f"{p}k"], [f"{p}raw"]),
        node("Div", [f"{p}raw", scale], [f"{p}scaled"]),
        node("Softmax", [f"{p}scaled"], [f"{p}weighs"], axis=-1),
        node("MatMul", [f"{p}weighs", f"{p}v"], [f"{p}mixed"]),
        node("Transpose", [f"{p}mixed"], [f"{p}turned"], perm=[0, 2, 1, 3]),
        node("Reshape", [f"{p}turned", "whole"], [f"{p}joined"]),
        node("MatMul", [f"{p}joined", f"{p}ow"], [f"{p}said"]),
        node("Add", [given, f"{p}said"], [f"{p}added"]),
        _normalised(f"{p}added", f"{p}n"),
        node("MatMul", [f"{p}n", f"{p}up"], [f"{p}wide"]),
        node("Relu", [f"{p}wide"], [f"{p}active"]),
        node("MatMul", [f"{p}active", f"{p}down"], [f"{p}narrow"]),
        node("Add", [f"{p}n", f"{p}narrow"], [f"{p}whole"]),
        _normalised(f"{p}whole", f"h{layer + 1}"),
    ]


def _normalised(given: str, called: str) -> NodeProto:
    return helper.make_node("LayerNormalization", [given, "scale", "shift"], [called], axis=-1)


def _weights(size: Size) -> dict[str, Any]:
    random = np.random.default_rng(7)

    def drawn(*shape: int) -> Array:
        return random.normal(0, shape[0] ** -0.5, shape).astype(np.float32)

    width, each = size.width, size.width // size.heads
    found: dict[str, Any] = {
        "words": random.normal(0, 1, (size.words, width)).astype(np.float32),
        "places": random.normal(0, 1, (size.places, width)).astype(np.float32),
        "scale": np.ones(width, np.float32),
        "shift": np.zeros(width, np.float32),
        "out": drawn(width, ANSWERS),
        "root": np.float32(np.sqrt(each)),
        "split": np.array([0, size.places, size.heads, each]),
        "whole": np.array([0, size.places, width]),
        "first": np.array(0),
    }
    for layer in range(size.layers):
        for name in "qkvo":
            found[f"l{layer}_{name}w"] = drawn(width, width)
        found[f"l{layer}_up"] = drawn(width, 4 * width)
        found[f"l{layer}_down"] = drawn(4 * width, width)
    return found
