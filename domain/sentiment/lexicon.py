"""Score the tone of financial text by words, what they are said of, and what negates them.

The words are our own choice. A price that falls is bad news and a cost that falls is good: words
of direction count by what stands beside them.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from domain.sentiment.words import COSTS, DOWN, GOOD, GOODS, NEGATIONS, POOR, SOFTENERS, UP

# Raised with every change of the words or of what they add, so that each score tells what gave it.
VERSION = "1"
# A score nearer to 0 is neutral.
NEUTRAL_BELOW = 0.05
TOKENS_MAX = 2_000

_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)?|[.;!?:]|,")
_ENDINGS = ("s", "es", "ed", "d", "ing", "ly", "er", "ers")
# Shorter stems are other words.
_STEM_MIN = 3
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
    entries = [ENTRIES.get(token, NOTHING) for token in tokens]
    told = [place for place, entry in enumerate(entries) if entry is not NOTHING]
    if not told:
        return []
    ends = [place for place, token in enumerate(tokens) if token in _STOPS]
    ends.append(len(tokens))
    found: list[float] = []
    start = known = 0
    for end in ends:
        # Most sentences, as those between the point and the digits of a number, say nothing.
        first = known
        while known < len(told) and told[known] < end:
            known += 1
        if known > first:
            places = [place - start for place in told[first:known]]
            found += _sentence_weights(tokens[start:end], entries[start:end], places)
        start = end + 1
    return found


def _sentence_weights(
    words: Sequence[str], entries: "Sequence[_Entry]", told: Sequence[int]
) -> list[float]:
    """Return what the words of a sentence add; told are the places of those with an entry."""
    found: dict[int, float] = {}
    # What a direction is said of says nothing by itself: losses that narrow are no losses.
    spoken_of: set[int] = set()
    for place in told:
        if direction := entries[place].direction:
            at, sign = _meant(words, entries, place)
            found[place] = direction * sign
            spoken_of.add(at)
    for place in told:
        if (own := entries[place].own) and place not in found and place not in spoken_of:
            found[place] = own
    return [weight * _turned(words, place) for place, weight in found.items()]


class _Entry(NamedTuple):
    """What a word says by itself, which way it points, and whether more of it is good."""

    own: int
    direction: int
    more: int


def _forms(word: str) -> Iterator[str]:
    """Yield a word and what it becomes by the usual endings."""
    yield word
    for ending in _ENDINGS:
        if len(word) >= _STEM_MIN:
            yield word + ending
            yield word + word[-1] + ending
        if word.endswith("e") and len(word) > _STEM_MIN:
            yield word[:-1] + ending
        if word.endswith("y") and len(word) >= _STEM_MIN:
            yield word[:-1] + "i" + ending


def _entries() -> dict[str, _Entry]:
    """Return every form that says something: looked up, a word costs no more than another."""
    forms = {words: {form for word in words for form in _forms(word)} for words in _KNOWN}
    good, poor, costs, goods, up, down = (forms[words] for words in _KNOWN)
    return {
        form: _Entry(
            own=1 if form in good else -1 if form in poor else 0,
            direction=(form in up) - (form in down),
            more=-1 if form in costs else 1 if form in goods else 0,
        )
        for form in set().union(*forms.values())
    }


_KNOWN = (GOOD, POOR, COSTS, GOODS, UP, DOWN)
NOTHING = _Entry(own=0, direction=0, more=0)
ENTRIES = _entries()


def _turned(words: Sequence[str], place: int) -> float:
    """Return how what stands before a word turns it: negated, or softened."""
    before = words[max(place - _NEGATED_FOR, 0) : place]
    negated = len([one for one in before if one in NEGATIONS or one.endswith("n't")]) % 2
    softened = not SOFTENERS.isdisjoint(before[-2:])
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
