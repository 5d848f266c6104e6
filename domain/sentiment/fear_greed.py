"""Score the mood of the market between fear (0) and greed (100), part by part.

Each part is the percentile of its value among its own past, after the manner of the indices that
are published under this name, whose normalisation is not: this one is our own, and says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction

from domain.shared.values import ONE, ZERO, InvalidValue, checked_decimal

# A year of trading days; with fewer than a quarter of one a part has no past to stand in.
HISTORY_MAX = 252
HISTORY_MIN = 60
SOCIAL = "social"
WEIGHTS: Mapping[str, Decimal] = {
    "vix": Decimal("0.4"),
    "put_call": Decimal("0.3"),
    SOCIAL: Decimal("0.3"),
}
# These count where they are given a weight.
OPTIONAL = ("momentum", "strength", "breadth", "junk_spread", "safe_haven")
PARTS = (*WEIGHTS, *OPTIONAL)
# A high value of these is fear.
_INVERTED = frozenset({"vix", "put_call", "junk_spread"})


class Mood(StrEnum):
    """The score in words."""

    EXTREME_FEAR = "extreme_fear"  # below 20
    FEAR = "fear"  # below 40
    NEUTRAL = "neutral"  # up to 60
    GREED = "greed"  # up to 80
    EXTREME_GREED = "extreme_greed"


@dataclass(frozen=True, slots=True, kw_only=True)
class MoodInput:
    """A part's value, and its values before, oldest first; social is a tone of -1 to 1."""

    value: Decimal
    history: Sequence[Decimal] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MoodPart:
    """One part's score of 0 to 100 and its weight; without a score, why."""

    name: str
    weight: Decimal
    score: Decimal | None = None
    missing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FearGreed:
    """The mood: a whole number of 0 to 100, None where no part has a score.

    coverage is the share of the weights that have one.
    """

    score: int | None
    mood: Mood | None
    coverage: Decimal
    parts: tuple[MoodPart, ...] = field(default=())


def fear_greed(
    inputs: Mapping[str, MoodInput], *, weights: Mapping[str, Decimal] | None = None
) -> FearGreed:
    """Score what is known of the market's mood.

    weights: by part, of those that count; without them those of WEIGHTS. Raises InvalidValue for
    parts that there are not, an optional part without a weight, and weights that sum to nothing.
    """
    weighed = dict(WEIGHTS if weights is None else weights)
    _check(inputs, weights=weighed)
    parts = tuple(
        _part(name, weight=weighed[name], given=inputs.get(name))
        for name in PARTS
        if weighed.get(name)
    )
    present = [(part.weight, part.score) for part in parts if part.score is not None]
    whole = sum((Fraction(part.weight) for part in parts), Fraction(0))
    counted = sum((Fraction(weight) for weight, _ in present), Fraction(0))
    coverage = _rounded(counted / whole, places=4)
    if not counted:
        return FearGreed(score=None, mood=None, coverage=ZERO, parts=parts)
    exact = sum((Fraction(weight) * Fraction(score) for weight, score in present), Fraction(0))
    score = int(_rounded(exact / counted, places=0))
    return FearGreed(score=score, mood=mood_of(score), coverage=coverage, parts=parts)


def mood_of(score: int) -> Mood:
    """Return the score in words."""
    limits = ((20, Mood.EXTREME_FEAR), (40, Mood.FEAR), (61, Mood.NEUTRAL), (81, Mood.GREED))
    return next((mood for below, mood in limits if score < below), Mood.EXTREME_GREED)


def percentile(value: Decimal, past: Sequence[Decimal]) -> Fraction:
    """Return where a value stands in its past, 0 to 100: those below and half of its equals."""
    below = sum(one < value for one in past)
    equal = sum(one == value for one in past)
    return Fraction(100 * (2 * below + equal), 2 * len(past))


def _part(name: str, *, weight: Decimal, given: MoodInput | None) -> MoodPart:
    if given is None:
        return MoodPart(name=name, weight=weight, missing="not given")
    if name == SOCIAL:
        return MoodPart(name=name, weight=weight, score=50 + 50 * given.value)
    past = given.history[-HISTORY_MAX:]
    if len(past) < HISTORY_MIN:
        said = f"only {len(past)} values before it, {HISTORY_MIN} are needed"
        return MoodPart(name=name, weight=weight, missing=said)
    at = percentile(given.value, past)
    score = 100 - at if name in _INVERTED else at
    return MoodPart(name=name, weight=weight, score=_rounded(score, places=10))


def _check(inputs: Mapping[str, MoodInput], *, weights: Mapping[str, Decimal]) -> None:
    for where, names in (("parts", inputs), ("weights", weights)):
        if unknown := sorted(set(names) - set(PARTS)):
            raise InvalidValue(
                field=f"{where}.{unknown[0]}", problem=f"must be one of {', '.join(PARTS)}"
            )
    for name, weight in weights.items():
        if checked_decimal(weight, field=f"weights.{name}") < ZERO:
            raise InvalidValue(field=f"weights.{name}", problem="must not be below 0")
    if not any(weights.values()):
        raise InvalidValue(field="weights", problem="must not all be 0")
    for name, one in inputs.items():
        if name not in weights:
            raise InvalidValue(field=f"weights.{name}", problem="must be given for this part")
        checked_decimal(one.value, field=f"parts.{name}.value")
        for index, value in enumerate(one.history):
            checked_decimal(value, field=f"parts.{name}.history[{index}]")
        if name == SOCIAL and abs(one.value) > ONE:
            raise InvalidValue(field="parts.social.value", problem="must be -1 to 1")


def _rounded(value: Fraction, *, places: int) -> Decimal:
    """Return the fraction, halves rounded up."""
    scaled = value * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(whole).scaleb(-places).quantize(ONE.scaleb(-places), rounding=ROUND_HALF_UP)
