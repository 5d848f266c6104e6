"""Make tones of what a model of three labels says."""

import re
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from domain.sentiment.lexicon import Tone, ToneScore
from domain.shared.values import InvalidValue

# Where a sentence ends: a mark with a blank behind it, or a line.
_ENDS = re.compile(r"(?<=[.!?])\s+|\n+")


def labels_in(id2label: Mapping[str, str]) -> tuple[Tone, ...]:
    """Return the tones of a model's outputs in their order; raises InvalidValue for others.

    id2label is what config.json says: models of the same kind differ in it.
    """
    try:
        found = tuple(Tone(id2label[str(place)].strip().lower()) for place in range(len(Tone)))
    except (KeyError, ValueError, AttributeError):
        found = ()
    if len(id2label) != len(Tone) or set(found) != set(Tone):
        raise InvalidValue(
            field="id2label",
            problem="must name 0, 1 and 2 as positive, negative and neutral in some order",
        )
    return found


def sentences_in(text: str) -> list[str]:
    """Return the sentences of a text, without those that are blank."""
    return [one.strip() for one in _ENDS.split(text) if one.strip()]


def by_length(lengths: Sequence[int], *, rows_max: int) -> Iterator[list[int]]:
    """Yield batches of places, shortest rows first, so that little is filled up."""
    order = sorted(range(len(lengths)), key=lambda place: (lengths[place], place))
    for start in range(0, len(order), rows_max):
        yield order[start : start + rows_max]


def shares_of(outputs: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return softmax of each row of a model's outputs, in double precision (rows x labels)."""
    wide = outputs.astype(np.float64)
    powers = np.exp(wide - wide.max(axis=-1, keepdims=True))
    shares: NDArray[np.float64] = powers / powers.sum(axis=-1, keepdims=True)
    return shares


def tone_in(
    shares: NDArray[np.float64],
    *,
    labels: Sequence[Tone],
    lengths: Sequence[int],
    truncated: bool,
) -> ToneScore:
    """Return the tone of a text of its sentences: their mean by length.

    shares is one row a sentence, one column a label.
    """
    if len(lengths) == 1:
        mean = shares[0].tolist()
    else:
        weights = np.asarray(lengths, dtype=np.float64)
        mean = (weights @ shares / weights.sum()).tolist()
    told = dict(zip(labels, mean, strict=True))
    return ToneScore(
        positive=told[Tone.POSITIVE],
        negative=told[Tone.NEGATIVE],
        neutral=told[Tone.NEUTRAL],
        truncated=truncated,
        label=labels[mean.index(max(mean))],
    )
