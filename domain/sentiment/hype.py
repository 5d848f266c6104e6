"""Tell when a symbol is talked about more than it used to be, by a robust z of its mentions."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from uuid import UUID

from domain.sentiment.lexicon import tone_of
from domain.shared.values import InvalidValue, checked_symbol

BASELINE_DAYS = 30
KNOWN_DAYS_MIN = 14
SPIKE_Z = 5.0
SPIKE_MENTIONS = 10
AUTHOR_MAX = 3
KEYWORDS_MAX = 10
COUNT_MAX = 10**12
# Of normal deviates the median absolute deviation is 1/1.4826 of their deviation.
_MAD_TO_SIGMA, _SIGMA_MIN = 1.4826, 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentions:
    """How often a symbol was named on a UTC day, and by how many authors where that is known."""

    id: UUID
    tenant_id: UUID
    symbol: str
    date: date
    mentions: int
    comments: int = 0
    likes: int = 0
    authors: int | None = None
    version: int = 1

    def __post_init__(self) -> None:
        """Raise InvalidValue for what no day can be."""
        checked_symbol(self.symbol)
        for field in ("mentions", "comments", "likes", "authors"):
            value = getattr(self, field)
            if value is not None and not 0 <= value <= COUNT_MAX:
                raise InvalidValue(field=field, problem=f"must be from 0 to {COUNT_MAX}")
        if self.authors == 0 < self.mentions:
            raise InvalidValue(field="authors", problem="must not be 0 where there are mentions")

    @property
    def counted(self) -> int:
        """The mentions that count: at most three of an author, where authors are known."""
        if self.authors is None:
            return self.mentions
        return min(self.mentions, AUTHOR_MAX * self.authors)

    @property
    def engagement(self) -> float:
        """What the crowd did: a mention counts 1, a comment or repost 0.5, a like 0.1."""
        return self.counted + 0.5 * self.comments + 0.1 * self.likes


@dataclass(frozen=True, slots=True, kw_only=True)
class MentionSpan:
    """The days between which a tenant's source is known to have counted."""

    id: UUID
    tenant_id: UUID
    first: date
    last: date
    version: int = 1

    def holds(self, day: date) -> bool:
        """Tell whether a symbol without mentions on that day had none."""
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class Hype:
    """A day's mentions beside the 30 days before; z None where too little is known, and why."""

    symbol: str
    date: date
    mentions: int | None
    z: float | None
    missing: str = ""

    @property
    def score(self) -> float | None:
        """0 to 100, None without z."""
        return None if self.z is None else 100 * (1 - math.exp(-max(self.z, 0.0) / 5))

    def is_spike(self, *, threshold: float = SPIKE_Z) -> bool:
        """Tell whether it stands out, and not by a handful."""
        return self.z is not None and self.z >= threshold and (self.mentions or 0) >= SPIKE_MENTIONS


def hype_of(
    symbol: str, *, day: date, counts: Mapping[date, int], span: MentionSpan | None
) -> Hype:
    """Return how a day stands out; a day that is absent within the span had no mention.

    counts: the symbol's counted mentions by day. No later day has a part in it.
    """

    def known(one: date) -> int | None:
        return counts.get(one, 0) if span is not None and span.holds(one) else None

    today = known(day)
    days = (known(day - timedelta(days=back)) for back in range(1, BASELINE_DAYS + 1))
    before = [one for one in days if one is not None]
    if today is None:
        return Hype(symbol=symbol, date=day, mentions=None, z=None, missing="the day is not known")
    if len(before) < KNOWN_DAYS_MIN:
        said = f"only {len(before)} days before it are known, {KNOWN_DAYS_MIN} are needed"
        return Hype(symbol=symbol, date=day, mentions=today, z=None, missing=said)
    return Hype(symbol=symbol, date=day, mentions=today, z=robust_z(today, before))


def robust_z(mentions: int, before: Sequence[int]) -> float:
    """Return (x - median) / max(1.4826 MAD, 0.5) of x = ln(1 + mentions)."""
    logs = [math.log1p(one) for one in before]
    middle = median(logs)
    deviation = median(abs(one - middle) for one in logs)
    return (math.log1p(mentions) - middle) / max(_MAD_TO_SIGMA * deviation, _SIGMA_MIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyword:
    """One to three words, and by how much texts would score otherwise without them."""

    words: str
    effect: float


def keywords_of(texts: Sequence[str], *, words_max: int = 40) -> list[Keyword]:
    """Return the 1-3-grams that move the score of texts most, by the sum of their effects.

    words_max: so many words of each text are looked at.
    """
    effects: dict[str, float] = {}
    for text in texts:
        words = text.split()[:words_max]
        whole = tone_of(" ".join(words)).score
        if whole == 0 and not any(tone_of(one).score for one in words):
            continue
        for many in (1, 2, 3):
            for at in range(len(words) - many + 1):
                left = [*words[:at], *words[at + many :]]
                effect = whole - tone_of(" ".join(left)).score
                name = " ".join(words[at : at + many]).strip(".,;:!?\"'()").lower()
                if effect and name:
                    effects[name] = effects.get(name, 0.0) + effect
    ranked = sorted(effects.items(), key=lambda one: (-abs(one[1]), len(one[0]), one[0]))
    return [Keyword(words=words, effect=effect) for words, effect in ranked[:KEYWORDS_MAX]]
