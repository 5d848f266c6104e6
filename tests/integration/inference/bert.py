"""Train a small BERT of two layers on sentences of our own, and write it as ONNX.

The encoder of https://arxiv.org/abs/1810.04805: words and places, per layer attention of two heads
and a feed-forward part (GELU by tanh), each added and normalised; the first word is pooled. The
gradients are autograd's (https://github.com/HIPS/autograd, MIT), the steps Adam's.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import product
from typing import Any

import autograd.numpy as anp
import numpy as np
import onnx
from autograd import grad
from onnx import TensorProto, helper

from domain.inference.tensors import Array, Arrays
from tests.integration.inference.models import build, tensor
from tests.integration.sentiment.bert import PLACES, WORDS

LAYERS, HEADS, WIDTH, WIDE = 2, 2, 16, 32
HEAD = WIDTH // HEADS
LENGTH = 10
LABELS = ("positive", "negative", "neutral")
STEPS, RATE = 160, 0.01
GOOD, POOR = ("profit", "sales", "margin"), ("cost", "loss", "debt")
UP, DOWN = ("rose", "grew", "widen", "rise"), ("fell", "narrow", "fall")
OPENINGS, ENDS = ("", "the", "apple"), ("", "at the factory", "in geneva")
NEUTRAL = ("a meeting", "the factory", "apple", "the meeting of apple", "not a meeting", "geneva")


@cache
def sentences() -> Sequence[tuple[str, int]]:
    """Return each sentence of the templates, and the place of its label."""
    made = []
    for subject, verb in product((*GOOD, *POOR), (*UP, *DOWN)):
        label = int((subject in GOOD) != (verb in UP))
        made += [(f"{one} {subject} {verb} {end}", label) for one, end in product(OPENINGS, ENDS)]
    made += [(f"{one} {end}", 2) for one, end in product(NEUTRAL * 6, ENDS)]
    return [(" ".join(text.split()), label) for text, label in made]


def encoded(texts: Sequence[str], *, length: int = LENGTH) -> Arrays:
    """Return words' numbers between [CLS] and [SEP], filled up, and the mask of what is there."""
    ids = np.zeros((len(texts), length), np.int64)
    for row, text in enumerate(texts):
        words = ["[CLS]", *text.split(), "[SEP]"]
        ids[row, : len(words)] = [WORDS.index(one) for one in words]
    return {"input_ids": ids, "attention_mask": (ids != 0).astype(np.int64)}


def forward(weights: Mapping[str, Any], given: Arrays, *, by: Any = np) -> Any:
    """Return the logits; by: numpy, or autograd's."""
    ids, mask = given["input_ids"], given["attention_mask"]
    count, length = ids.shape
    far = (1.0 - mask[:, None, None, :].astype(np.float32)) * np.float32(-1e4)
    x = _normal(weights["words"][ids] + weights["places"][:length], weights, "in", by)
    for at in range(LAYERS):
        heads = []
        for name in ("query", "key", "value"):
            one = by.reshape(x @ weights[f"{name}{at}"], (count, length, HEADS, HEAD))
            heads.append(by.transpose(one, (0, 2, 1, 3)))
        q, k, v = heads
        scores = q @ by.transpose(k, (0, 1, 3, 2)) / np.float32(HEAD**0.5) + far
        powers = by.exp(scores - by.max(scores, axis=-1, keepdims=True))
        seen = (powers / by.sum(powers, axis=-1, keepdims=True)) @ v
        joined = by.reshape(by.transpose(seen, (0, 2, 1, 3)), (count, length, WIDTH))
        x = _normal(x + joined @ weights[f"joined{at}"], weights, f"a{at}", by)
        h = x @ weights[f"wide{at}"] + weights[f"wideb{at}"]
        bent = h * 0.5 * (1 + by.tanh(0.7978845608 * (h + 0.044715 * h * h * h)))
        x = _normal(x + bent @ weights[f"back{at}"] + weights[f"backb{at}"], weights, f"b{at}", by)
    return by.tanh(x[:, 0] @ weights["pool"]) @ weights["out"]


def _normal(x: Any, weights: Mapping[str, Any], name: str, by: Any) -> Any:
    apart = x - by.mean(x, axis=-1, keepdims=True)
    spread = by.sqrt(by.mean(apart * apart, axis=-1, keepdims=True) + 1e-5)
    return apart / spread * weights[f"scale_{name}"] + weights[f"shift_{name}"]


def _first() -> dict[str, Array]:
    random = np.random.default_rng(17)
    shapes = {"words": (len(WORDS), WIDTH), "places": (PLACES, WIDTH)}
    shapes |= {"pool": (WIDTH, WIDTH), "out": (WIDTH, len(LABELS))}
    norms = ["in"]
    for at in range(LAYERS):
        shapes |= {f"{one}{at}": (WIDTH, WIDTH) for one in ("query", "key", "value", "joined")}
        shapes |= {f"wide{at}": (WIDTH, WIDE), f"back{at}": (WIDE, WIDTH)}
        norms += [f"a{at}", f"b{at}"]
    drawn = {name: random.normal(0, 0.3, shape) for name, shape in shapes.items()}
    for at in range(LAYERS):
        drawn |= {f"wideb{at}": np.zeros(WIDE), f"backb{at}": np.zeros(WIDTH)}
    return drawn | {
        f"{kind}_{name}": np.full(WIDTH, value)
        for name in norms
        for kind, value in (("scale", 1.0), ("shift", 0.0))
    }


@cache
def split() -> tuple[Sequence[tuple[str, int]], Sequence[tuple[str, int]]]:
    """Return the sentences of the training, and those that it does not see."""
    order = np.random.default_rng(3).permutation(len(sentences()))
    shuffled = [sentences()[one] for one in order]
    unseen = {text for text, label in shuffled[: len(shuffled) // 4] if label < 2}
    return (
        [one for one in shuffled if one[0] not in unseen],
        [one for one in shuffled if one[0] in unseen],
    )


@cache
def trained() -> Mapping[str, Array]:
    """Train it: the same weights of the same seed, once a process."""
    seen, _ = split()
    given = encoded([text for text, _ in seen])
    wanted = np.eye(len(LABELS))[[label for _, label in seen]]

    def loss(weights: Any, rows: Array) -> Any:
        told = forward(weights, {name: one[rows] for name, one in given.items()}, by=anp)
        top = anp.max(told, axis=-1, keepdims=True)
        logs = told - top - anp.log(anp.sum(anp.exp(told - top), axis=-1, keepdims=True))
        return -anp.mean(anp.sum(logs * wanted[rows], axis=-1))

    slope, weights = grad(loss), _first()
    means = {name: np.zeros_like(one) for name, one in weights.items()}
    squares = {name: np.zeros_like(one) for name, one in weights.items()}
    random = np.random.default_rng(5)
    for step in range(1, STEPS + 1):
        found = slope(weights, random.integers(0, len(seen), 64))
        for name, one in found.items():
            means[name] = 0.9 * means[name] + 0.1 * one
            squares[name] = 0.99 * squares[name] + 0.01 * one * one
            size = np.sqrt(squares[name] / (1 - 0.99**step)) + 1e-8
            weights[name] = weights[name] - RATE * means[name] / (1 - 0.9**step) / size
    return {name: one.astype(np.float32) for name, one in weights.items()}


def bert() -> onnx.ModelProto:
    """Return the trained model: input_ids and attention_mask [n, m] to logits [n, 3]."""
    node, nodes = helper.make_node, []
    nodes += [
        node("Gather", ["words", "input_ids"], ["w"]),
        node("Shape", ["input_ids"], ["size"], start=1),
        node("Squeeze", ["size"], ["length"]),
        node("Range", ["zero", "length", "one"], ["order"]),
        node("Gather", ["places", "order"], ["p"]),
        node("Add", ["w", "p"], ["wp"]),
        node("LayerNormalization", ["wp", "scale_in", "shift_in"], ["x0"]),
        node("Cast", ["attention_mask"], ["m"], to=TensorProto.FLOAT),
        node("Sub", ["unit", "m"], ["gone"]),
        node("Mul", ["gone", "far"], ["down"]),
        node("Unsqueeze", ["down", "axes"], ["masked"]),
    ]
    for at in range(LAYERS):
        nodes += _layer(at)
    nodes += [
        node("Gather", [f"x{LAYERS}", "zero"], ["head"], axis=1),
        node("MatMul", ["head", "pool"], ["h"]),
        node("Tanh", ["h"], ["pooled"]),
        node("MatMul", ["pooled", "out"], ["logits"]),
    ]
    integers = {"zero": 0, "one": 1, "axes": [1, 2], "split": [0, 0, HEADS, HEAD]}
    integers |= {"joint": [0, 0, WIDTH]}
    figures = {"unit": 1, "far": -1e4, "root": HEAD**0.5}
    held: dict[str, Any] = dict(trained())
    held |= {name: np.array(one, np.int64) for name, one in integers.items()}
    held |= {name: np.array(one, np.float32) for name, one in figures.items()}
    kind = TensorProto.INT64
    return build(
        nodes,
        [tensor(one, kind, ["n", "m"]) for one in ("input_ids", "attention_mask")],
        [tensor("logits", TensorProto.FLOAT, ["n", len(LABELS)])],
        **held,
    )


def _layer(at: int) -> list[onnx.NodeProto]:
    node, nodes = helper.make_node, []
    for name, order in (("query", [0, 2, 1, 3]), ("key", [0, 2, 3, 1]), ("value", [0, 2, 1, 3])):
        nodes += [
            node("MatMul", [f"x{at}", f"{name}{at}"], [f"{name}m{at}"]),
            node("Reshape", [f"{name}m{at}", "split"], [f"{name}r{at}"]),
            node("Transpose", [f"{name}r{at}"], [f"{name}h{at}"], perm=order),
        ]
    norms = [[f"{kind}_{part}{at}" for kind in ("scale", "shift")] for part in "ab"]
    return [
        *nodes,
        node("MatMul", [f"queryh{at}", f"keyh{at}"], [f"raw{at}"]),
        node("Div", [f"raw{at}", "root"], [f"scaled{at}"]),
        node("Add", [f"scaled{at}", "masked"], [f"scores{at}"]),
        node("Softmax", [f"scores{at}"], [f"shares{at}"], axis=-1),
        node("MatMul", [f"shares{at}", f"valueh{at}"], [f"seen{at}"]),
        node("Transpose", [f"seen{at}"], [f"seent{at}"], perm=[0, 2, 1, 3]),
        node("Reshape", [f"seent{at}", "joint"], [f"seenj{at}"]),
        node("MatMul", [f"seenj{at}", f"joined{at}"], [f"told{at}"]),
        node("Add", [f"x{at}", f"told{at}"], [f"a{at}"]),
        node("LayerNormalization", [f"a{at}", *norms[0]], [f"y{at}"]),
        node("MatMul", [f"y{at}", f"wide{at}"], [f"h{at}"]),
        node("Add", [f"h{at}", f"wideb{at}"], [f"hb{at}"]),
        node("Gelu", [f"hb{at}"], [f"bent{at}"], approximate="tanh"),
        node("MatMul", [f"bent{at}", f"back{at}"], [f"n{at}"]),
        node("Add", [f"n{at}", f"backb{at}"], [f"nb{at}"]),
        node("Add", [f"y{at}", f"nb{at}"], [f"b{at}"]),
        node("LayerNormalization", [f"b{at}", *norms[1]], [f"x{at + 1}"]),
    ]
