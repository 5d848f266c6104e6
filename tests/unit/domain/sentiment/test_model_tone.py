"""What a model of three labels says becomes a tone, by its own order of labels."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.sentiment.lexicon import Tone
from domain.sentiment.model_tone import by_length, labels_in, sentences_in, shares_of, tone_in
from domain.shared.values import InvalidValue

LOGITS = st.lists(st.floats(-1e4, 1e4, width=32), min_size=3, max_size=3)


@pytest.mark.parametrize("order", list(itertools.permutations(Tone)))
def test_labels_of_any_order_and_case_are_read(order: tuple[Tone, ...]) -> None:
    said = {str(place): one.title() for place, one in enumerate(order)}
    assert labels_in(said) == order


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"0": "positive", "1": "negative"},
        {"0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2"},
        {"0": "positive", "1": "positive", "2": "neutral"},
        {"1": "positive", "2": "negative", "3": "neutral"},
        {"0": "positive", "1": "negative", "2": "neutral", "3": "mixed"},
        {"0": 1, "1": 2, "2": 3},
    ],
)
def test_other_labels_are_refused(said: dict[str, str]) -> None:
    with pytest.raises(InvalidValue, match="positive, negative and neutral"):
        labels_in(said)


@given(st.lists(LOGITS, min_size=1, max_size=6), st.data())
def test_a_text_is_the_mean_of_its_sentences_by_length(
    logits: list[list[float]], data: st.DataObject
) -> None:
    many = len(logits)
    lengths = data.draw(st.lists(st.integers(1, 500), min_size=many, max_size=many))
    shares = shares_of(np.array(logits, dtype=np.float32))
    assert np.allclose(shares.sum(axis=1), 1)
    labels = (Tone.NEUTRAL, Tone.POSITIVE, Tone.NEGATIVE)
    tone = tone_in(shares, labels=labels, lengths=lengths, truncated=False)
    mean = (shares * np.array(lengths)[:, None]).sum(axis=0) / sum(lengths)
    assert (tone.neutral, tone.positive, tone.negative) == pytest.approx(tuple(mean))
    assert math.isclose(tone.positive + tone.negative + tone.neutral, 1)
    assert tone.tone is tone.label is labels[int(np.argmax(mean))]


def test_sentences_end_at_their_marks_and_lines() -> None:
    said = "Profit rose 3.5 %! Did costs?  They fell.\nMore\n\n"
    assert sentences_in(said) == ["Profit rose 3.5 %!", "Did costs?", "They fell.", "More"]
    assert sentences_in(" \n ") == []


@given(st.lists(st.integers(1, 50), max_size=100), st.integers(1, 40))
def test_batches_hold_each_row_once_and_fill_up_least(lengths: list[int], rows: int) -> None:
    batches = list(by_length(lengths, rows_max=rows))
    assert sorted(itertools.chain.from_iterable(batches)) == list(range(len(lengths)))
    assert all(len(one) == rows for one in batches[:-1])
    ends = [(lengths[one[0]], lengths[one[-1]]) for one in batches]
    assert all(least <= most for least, most in ends)
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(ends))
