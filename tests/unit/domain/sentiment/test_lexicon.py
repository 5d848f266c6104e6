"""The lexicon reads what a person reads: words, what they are said of, and what negates them."""

import hashlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.sentiment.lexicon import ENTRIES, NOTHING, TOKENS_MAX, VERSION, Tone, tone_of
from domain.sentiment.words import COSTS, DOWN, GOOD, GOODS, NEGATIONS, POOR, SOFTENERS, UP
from tests.unit.domain.sentiment.sentences import NEGATIVE, NEUTRAL, POSITIVE

LABELLED = [
    (sentence, tone)
    for tone, text in (
        (Tone.POSITIVE, POSITIVE),
        (Tone.NEGATIVE, NEGATIVE),
        (Tone.NEUTRAL, NEUTRAL),
    )
    for sentence in text.strip().splitlines()
]


def test_nine_of_ten_labelled_sentences_are_read_as_they_are_meant() -> None:
    assert len(LABELLED) == 300
    wrong = [
        (sentence, tone, tone_of(sentence).score)
        for sentence, tone in LABELLED
        if tone_of(sentence).tone is not tone
    ]
    assert len(wrong) <= 30, wrong


def test_no_score_changes_under_one_version() -> None:
    """Each score is kept with the version that gave it: another score needs another version."""
    words = [sorted(one) for one in (GOOD, POOR, UP, DOWN, COSTS, GOODS, NEGATIONS, SOFTENERS)]
    scores = [f"{tone_of(sentence).score:.9f}" for sentence, _ in LABELLED]
    digest = hashlib.sha256(repr((words, scores)).encode()).digest()
    assert (VERSION, int.from_bytes(digest[:8])) == ("1", 12063205875977739897), (
        "raise VERSION of the lexicon"
    )


@pytest.mark.parametrize(
    ("good", "poor"),
    [
        ("Profit rose.", "Profit fell."),
        ("Costs fell.", "Costs rose."),
        ("Losses narrowed.", "Losses widened."),
        ("There was no fraud.", "There was fraud."),
        ("The results weren't weak.", "The results were weak."),
        ("Profit rose, while costs fell.", "Profit fell, while costs rose."),
    ],
)
def test_what_is_said_of_what_turns_the_tone(good: str, poor: str) -> None:
    assert tone_of(good).tone is Tone.POSITIVE
    assert tone_of(poor).tone is Tone.NEGATIVE


@given(st.text(max_size=500))
def test_any_text_has_shares_that_sum_to_one(text: str) -> None:
    tone = tone_of(text)
    assert math.isclose(tone.positive + tone.negative + tone.neutral, 1)
    assert min(tone.positive, tone.negative, tone.neutral) >= 0
    assert -1 <= tone.score <= 1


def test_a_text_without_a_known_word_is_neutral_and_a_long_one_says_it_was_cut() -> None:
    assert tone_of("").neutral == 1
    assert not tone_of("profit " * TOKENS_MAX).truncated
    assert tone_of("profit " * (TOKENS_MAX + 1)).truncated


def _has(word: str, words: frozenset[str]) -> bool:
    """Tell by the rule of endings whether a word is among words, or a form of one."""
    if word in words:
        return True
    for ending in ("s", "es", "ed", "d", "ing", "ly", "er", "ers"):
        if word.endswith(ending) and len(stem := word[: -len(ending)]) >= 3:
            if stem in words or stem + "e" in words:
                return True
            if len(stem) > 3 and stem[-1] == stem[-2] and stem[:-1] in words:
                return True
            if stem.endswith("i") and stem[:-1] + "y" in words:
                return True
    return False


def test_the_table_of_forms_holds_what_the_rule_of_endings_says() -> None:
    known = set().union(GOOD, POOR, COSTS, GOODS, UP, DOWN)
    tried = set(ENTRIES) | known
    for word in known:
        for ending in ("s", "ed", "ing", "iers", "x"):
            tried |= {word + ending, word[:-1] + ending, word + word[-1] + ending}
    assert len(tried) > 10_000
    for word in tried:
        own = 1 if _has(word, GOOD) else -1 if _has(word, POOR) else 0
        more = -1 if _has(word, COSTS) else 1 if _has(word, GOODS) else 0
        direction = _has(word, UP) - _has(word, DOWN)
        assert ENTRIES.get(word, NOTHING) == (own, direction, more), word
