"""Fill rows of a text model's numbers into the arrays that its graph asks for."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domain.inference.model import ModelFacts
from domain.inference.tensors import DATATYPES, Arrays, TensorSpec
from ports.inference import ModelRefused
from ports.sentiment import TextModel, TokenRow

_IDS, _MASK, _TYPES = "input_ids", "attention_mask", "token_type_ids"
_WHOLE = ("INT64", "INT32")
_BROKEN = ("FP32", "FP64", "FP16")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filler:
    """Makes a graph's inputs of rows; only those that it names are made."""

    inputs: tuple[TensorSpec, ...]
    output: str
    pad_id: int
    # A graph that takes rows of one length only.
    length: int | None

    @property
    def can_batch(self) -> bool:
        """Whether it takes several rows, and knows of each what only fills it up."""
        names = {one.name for one in self.inputs}
        return _MASK in names and all(one.shape[0] is None for one in self.inputs)

    def arrays(self, rows: Sequence[TokenRow]) -> Arrays:
        """Return the inputs, rows x length, filled up to the longest row."""
        length = self.length or max(len(one.ids) for one in rows)
        made = {name: np.zeros((len(rows), length)) for name in (_IDS, _MASK, _TYPES)}
        made[_IDS] += self.pad_id
        for place, row in enumerate(rows):
            many = len(row.ids)
            made[_IDS][place, :many] = row.ids
            made[_MASK][place, :many] = 1
            made[_TYPES][place, :many] = row.type_ids
        return {one.name: made[one.name].astype(DATATYPES[one.datatype]) for one in self.inputs}


def first_and_last(row: TokenRow, tokens_max: int) -> TokenRow:
    """Cut a row to what a model takes, with its end mark."""
    if len(row.ids) <= tokens_max:
        return row
    return TokenRow(
        (*row.ids[: tokens_max - 1], row.ids[-1]),
        (*row.type_ids[: tokens_max - 1], row.type_ids[-1]),
    )


def filler_of(facts: ModelFacts, model: TextModel) -> Filler:
    """Return what fills a graph's inputs; raises ModelRefused for one that is no text model."""
    names = [one.name for one in facts.inputs]
    if _IDS not in names or not set(names) <= {_IDS, _MASK, _TYPES}:
        raise ModelRefused(
            f"takes {', '.join(names)}: it must take {_IDS}, and may take {_MASK} and {_TYPES}"
        )
    lengths = set()
    for one in facts.inputs:
        if one.datatype not in _WHOLE or len(one.shape) != 2 or one.shape[0] not in (None, 1):
            raise ModelRefused(
                f"takes {one.name} of {one.datatype} {one.shown_shape}: it must be whole numbers"
                " of the shape [-1, -1]"
            )
        lengths.add(one.shape[1])
    (length, *others) = lengths
    if others or (length is not None and length < model.tokens_max):
        raise ModelRefused(f"takes rows shorter than the {model.tokens_max} of config.json")
    if length is not None and _MASK not in names:
        raise ModelRefused(f"takes rows of {length} and no {_MASK}: it cannot tell what fills up")
    labels = len(model.labels)
    fits = [
        one.name
        for one in facts.outputs
        if one.datatype in _BROKEN and len(one.shape) == 2 and one.shape[1] in (None, labels)
    ]
    if not fits:
        raise ModelRefused(f"gives no output of the shape [-1, {labels}]")
    output = "logits" if "logits" in fits else fits[0]
    return Filler(inputs=facts.inputs, output=output, pad_id=model.tokens.pad_id, length=length)
