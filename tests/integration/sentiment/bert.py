"""Write a FinBERT-like folder: a small BERT-shaped graph of seeded weights, its words, its config.

One layer of one head as in BERT (https://arxiv.org/abs/1810.04805): words, places and kinds are
added and normalised, attention is masked where a row is filled up, and the first word is pooled.
The same is worked out by numpy below.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from tests.contracts.inference import drawn
from tests.integration.inference.models import build, bytes_of, tensor

WIDTH, PLACES = 16, 24
_SAID = (
    "[PAD] [UNK] [CLS] [SEP] profit cost ##s loss sales rose fell grew the a at factory meeting of "
    "in geneva and not . , ! ? no apple margin debt widen ##ed narrow rise fall weak strong"
)
WORDS = _SAID.split()
SPOKEN = [one for one in WORDS if one.isalpha()]
ORDERS = (
    ("positive", "negative", "neutral"),
    ("neutral", "positive", "negative"),
    ("Negative", "Neutral", "Positive"),
)
# What the graph weighs by.
W: dict[str, Any] = {
    name: drawn(100 + place, *shape)
    for place, (name, shape) in enumerate(
        {
            "words": (len(WORDS), WIDTH),
            "places": (PLACES, WIDTH),
            "kinds": (2, WIDTH),
            "scale1": (WIDTH,),
            "shift1": (WIDTH,),
            "query": (WIDTH, WIDTH),
            "key": (WIDTH, WIDTH),
            "value": (WIDTH, WIDTH),
            "scale2": (WIDTH,),
            "shift2": (WIDTH,),
            "pool": (WIDTH, WIDTH),
            "out": (WIDTH, 3),
        }.items()
    )
}


def graph(*, inputs: Sequence[str] = ("input_ids", "attention_mask"), mixed: bool = False) -> bytes:
    """Return the graph; mixed: its rows depend on those beside them."""
    node = helper.make_node
    nodes = [
        node("Gather", ["words", "input_ids"], ["w"]),
        node("Shape", ["input_ids"], ["size"]),
        node("Gather", ["size", "one"], ["length"]),
        node("Range", ["zero", "length", "one"], ["order"]),
        node("Gather", ["places", "order"], ["p"]),
        node("Add", ["w", "p"], ["wp"]),
    ]
    before = "wp"
    if "token_type_ids" in inputs:
        nodes += [
            node("Gather", ["kinds", "token_type_ids"], ["t"]),
            node("Add", ["wp", "t"], ["x0"]),
        ]
        before = "x0"
    nodes += [
        node("LayerNormalization", [before, "scale1", "shift1"], ["x"]),
        node("MatMul", ["x", "query"], ["q"]),
        node("MatMul", ["x", "key"], ["k"]),
        node("MatMul", ["x", "value"], ["v"]),
        node("Transpose", ["k"], ["kt"], perm=[0, 2, 1]),
        node("MatMul", ["q", "kt"], ["raw"]),
        node("Div", ["raw", "root"], ["s"]),
    ]
    after = "s"
    if "attention_mask" in inputs:
        nodes += [
            node("Cast", ["attention_mask"], ["m"], to=TensorProto.FLOAT),
            node("Sub", ["unit", "m"], ["gone"]),
            node("Mul", ["gone", "far"], ["down"]),
            node("Unsqueeze", ["down", "one_axis"], ["down3"]),
            node("Add", ["s", "down3"], ["masked"]),
        ]
        after = "masked"
    nodes += [
        node("Softmax", [after], ["a"], axis=-1),
        node("MatMul", ["a", "v"], ["c"]),
        node("Add", ["x", "c"], ["y0"]),
        node("LayerNormalization", ["y0", "scale2", "shift2"], ["y"]),
        node("Gather", ["y", "zero"], ["first"], axis=1),
        node("MatMul", ["first", "pool"], ["h"]),
        node("Tanh", ["h"], ["pooled"]),
        node("MatMul", ["pooled", "out"], ["alone" if mixed else "logits"]),
    ]
    if mixed:
        nodes.append(node("Softmax", ["alone"], ["logits"], axis=0))
    model = build(
        nodes,
        [tensor(one, TensorProto.INT64, ["batch", "sequence"]) for one in inputs],
        [tensor("logits", TensorProto.FLOAT, ["batch", 3])],
        **W,
        zero=np.array(0, np.int64),
        one=np.array(1, np.int64),
        one_axis=np.array([1], np.int64),
        root=np.array(WIDTH**0.5, np.float32),
        unit=np.array(1, np.float32),
        far=np.array(-1e4, np.float32),
    )
    onnx.checker.check_model(model)
    return bytes_of(model)


def shares_by_numpy(ids: Sequence[int]) -> NDArray[np.float64]:
    """Return softmax of the graph's outputs for one row without filling or kinds."""
    x = _normal(W["words"][list(ids)] + W["places"][: len(ids)], W["scale1"], W["shift1"])
    scores = (x @ W["query"]) @ (x @ W["key"]).T / WIDTH**0.5
    y = _normal(x + _softmax(scores) @ (x @ W["value"]), W["scale2"], W["shift2"])
    return _softmax((np.tanh(y[0] @ W["pool"]) @ W["out"]).astype(np.float64))


def _normal(x: NDArray[Any], scale: NDArray[Any], shift: NDArray[Any]) -> NDArray[Any]:
    mean = x.mean(-1, keepdims=True)
    spread = np.sqrt(((x - mean) ** 2).mean(-1, keepdims=True) + 1e-5)
    found: NDArray[Any] = (x - mean) / spread * scale + shift
    return found


def _softmax(x: NDArray[Any]) -> NDArray[Any]:
    powers = np.exp(x - x.max(-1, keepdims=True))
    found: NDArray[Any] = powers / powers.sum(-1, keepdims=True)
    return found


def write_folder(
    folder: Path, *, content: bytes | None = None, labels: Sequence[str] = ORDERS[0], **config: Any
) -> Path:
    """Write the folder with vocab.txt alone."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(graph() if content is None else content)
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n")
    said = {
        "model_type": "bert",
        "vocab_size": len(WORDS),
        "max_position_embeddings": PLACES,
        "id2label": {str(place): label for place, label in enumerate(labels)},
        **config,
    }
    (folder / "config.json").write_text(json.dumps(said))
    return folder
