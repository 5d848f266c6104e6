"""Score the tone of financial text by words, what they are said of, and what negates them.

The words are our own choice. A price that falls is bad news and a cost that falls is good: words
of direction count by what stands beside them.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from domain.sentiment.words import COSTS, DOWN, GOOD, GOODS, NEGATIONS, POOR, SOFTENERS, UP

# Raised with every change of the words or of what they add, so that each score tells what gave it.
VERSION = "1"
# A score nearer to 0 is neutral.
NEUTRAL_BELOW = 0.05
TOKENS_MAX = 2_000

_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)?|[.;!?:]|,")
_ENDINGS = ("", "s", "es", "ed", "d", "ing", "ly", "er", "ers")
# So many words before or behind a word of direction say what it is said of.
_NEAR = 5
_NEGATED_FOR = 4
_STOPS = frozenset(".;!?:")


class Tone(StrEnum):
    """Which way a text leans."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToneScore:
    """How positive, negative and neutral a text is, summing to 1; truncated: not read whole.

    label is what the scorer itself calls it, None where the score decides.
    """

    positive: float
    negative: float
    neutral: float
    truncated: bool = False
    label: Tone | None = None

    @property
    def score(self) -> float:
        """Positive less negative, -1 to 1."""
        return self.positive - self.negative

    @property
    def tone(self) -> Tone:
        """Which way it leans."""
        if self.label is not None:
            return self.label
        if abs(self.score) < NEUTRAL_BELOW:
            return Tone.NEUTRAL
        return Tone.POSITIVE if self.score > 0 else Tone.NEGATIVE


def tone_of(text: str) -> ToneScore:
    """Score a text; without a word that the lexicon knows it is neutral."""
    tokens = _TOKEN.findall(text.lower().replace("\u2019", "'"))
    truncated = len(tokens) > TOKENS_MAX
    weights = _weights(tokens[:TOKENS_MAX])
    # Half a word's weight leaves a doubt, many leave none.
    neutral = math.exp(-sum(abs(one) for one in weights))
    lean = math.tanh(sum(weights))
    return ToneScore(
        positive=(1 - neutral) * (1 + lean) / 2,
        negative=(1 - neutral) * (1 - lean) / 2,
        neutral=neutral,
        truncated=truncated,
    )


def _weights(tokens: Sequence[str]) -> list[float]:
    """Return what each known word adds, by sentence: a word reaches no further."""
    found: list[float] = []
    sentence: list[str] = []
    for token in (*tokens, "."):
        if token not in _STOPS:
            sentence.append(token)
            continue
        found += _sentence_weights(sentence)
        sentence = []
    return found


def _sentence_weights(words: Sequence[str]) -> list[float]:
    entries = [_entry(word) for word in words]
    found: dict[int, float] = {}
    # What a direction is said of says nothing by itself: losses that narrow are no losses.
    spoken_of: set[int] = set()
    for place, entry in enumerate(entries):
        if entry.direction:
            at, sign = _meant(words, entries, place)
            found[place] = entry.direction * sign
            spoken_of.add(at)
    for place, entry in enumerate(entries):
        if entry.own and place not in found and place not in spoken_of:
            found[place] = entry.own
    return [weight * _turned(words, place) for place, weight in found.items()]


@dataclass(frozen=True, slots=True)
class _Entry:
    """What a word says by itself, which way it points, and whether more of it is good."""

    own: int
    direction: int
    more: int


@lru_cache(maxsize=32_768)
def _entry(word: str) -> _Entry:
    own = 1 if _in(word, GOOD) else -1 if _in(word, POOR) else 0
    more = -1 if _in(word, COSTS) else 1 if _in(word, GOODS) else 0
    return _Entry(own, _in(word, UP) - _in(word, DOWN), more)


def _turned(words: Sequence[str], place: int) -> float:
    """Return how what stands before a word turns it: negated, or softened."""
    before = words[max(place - _NEGATED_FOR, 0) : place]
    negated = sum(one in NEGATIONS or one.endswith("n't") for one in before) % 2
    softened = any(one in SOFTENERS for one in before[-2:])
    return (-0.8 if negated else 1.0) * (0.5 if softened else 1.0)


def _meant(words: Sequence[str], entries: Sequence[_Entry], place: int) -> tuple[int, float]:
    """Return where what a direction is said of stands, nearest first, and if more of it is good.

    Nothing found is the direction itself, and half as good.
    """
    for away in range(1, _NEAR + 1):
        for at in (place - away, place + away):
            if not (0 <= at < len(words) and entries[at].more):
                continue
            between = range(min(at, place) + 1, max(at, place))
            # What stands beyond a comma, or beside another direction, is not meant.
            if not any(words[one] == "," or entries[one].direction for one in between):
                return at, float(entries[at].more)
    return place, 0.5


def _in(word: str, words: frozenset[str]) -> bool:
    """Tell whether a word, or what it is an ending of, is among the words."""
    if word in words:
        return True
    for ending in _ENDINGS[1:]:
        if word.endswith(ending) and len(stem := word[: -len(ending)]) >= 3:
            if stem in words or stem + "e" in words:
                return True
            if len(stem) > 3 and stem[-1] == stem[-2] and stem[:-1] in words:
                return True
            if stem.endswith("i") and stem[:-1] + "y" in words:
                return True
    return False
