"""Weigh what was written of a symbol into one figure, as far as each text can be believed.

What is listed here sees only what had been seen at the time it is asked for, so that the figure
of a moment stays what it was then.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from domain.sentiment.domains import Publishers
from domain.sentiment.items import SentimentItem
from domain.sentiment.near_copies import groups

HALF_LIFE = timedelta(hours=6)
STALE_AFTER = timedelta(hours=24)
CORROBORATED_WITHIN = timedelta(minutes=60)
PUBLISHED_WITHIN = timedelta(days=7)
_AGE_DAYS, _FOLLOWERS_LOG = 365, 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Authenticity:
    """How far a text can be believed: 0 to 1, the mean of its parts, None what is not known.

    look_alike 0 caps the whole; looks_like names the domain that it could be taken for.
    """

    tier: float
    look_alike: float | None
    corroboration: float
    clock: float | None
    author: float | None
    looks_like: str | None = None

    @property
    def whole(self) -> float:
        """The mean of the parts that are known."""
        if self.look_alike == 0:
            return 0.0
        parts = (self.tier, self.look_alike, self.corroboration, self.clock, self.author)
        known = [one for one in parts if one is not None]
        return math.fsum(known) / len(known)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedItem:
    """An item, how far it can be believed, how many near copies there are, and if it is one."""

    item: SentimentItem
    authenticity: Authenticity
    copy_of: UUID | None
    copies: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WeighedItem:
    """An item that counts, how far, and how many near copies of it were seen."""

    item: SentimentItem
    authenticity: Authenticity
    weight: float
    copies: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentiment:
    """The tone of what was written of a symbol, -1 to 1; None where nothing counts.

    effective is n_eff = (sum w)^2 / sum w^2.
    """

    score: float | None
    effective: float
    items: tuple[WeighedItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """What the weights depend on besides the items."""

    publishers: Publishers = field(default_factory=Publishers)
    # By source; 1 for one that is not named.
    source_weights: Mapping[str, float] = field(default_factory=dict)

    def sentiment(self, items: Iterable[SentimentItem], *, at: datetime) -> Sentiment:
        """Return the figure of a moment, out of items of one symbol; newest items first.

        Items that were seen later, or a day and longer before, do not count.
        """
        weighed = [
            self._weighed(one, at=at)
            for one in self.judged(one for one in items if at - STALE_AFTER < one.seen_at <= at)
            if one.copy_of is None
        ]
        whole = math.fsum(one.weight for one in weighed)
        squares = math.fsum(one.weight**2 for one in weighed)
        score, effective = None, 0.0
        if squares > 0:
            score = math.fsum(one.weight * one.item.score for one in weighed) / whole
            effective = whole**2 / squares
        return Sentiment(score=score, effective=effective, items=tuple(weighed))

    def judged(self, items: Iterable[SentimentItem]) -> list[JudgedItem]:
        """Return the items of one symbol with how far each can be believed, newest first.

        Of near copies the one that can be believed most is no copy, the first seen of equals: a
        copy refreshes nothing, and one that was planted first does not speak for the original.
        """
        seen = sorted(items, key=lambda one: (one.seen_at, one.id))
        gathered: dict[int, list[SentimentItem]] = {}
        for item, first in zip(seen, groups([one.bits for one in seen]), strict=True):
            gathered.setdefault(first, []).append(item)
        chosen = {first: max(copies, key=self._own_worth) for first, copies in gathered.items()}
        vouching = [
            (one.seen_at, one.domain, first)
            for first, one in chosen.items()
            if self._may_vouch(one)
        ]
        judged = []
        for first, copies in gathered.items():
            for item in copies:
                others = {
                    domain
                    for seen_at, domain, theirs in vouching
                    if theirs != first
                    and domain != item.domain
                    and abs(seen_at - item.seen_at) <= CORROBORATED_WITHIN
                }
                judged.append(
                    JudgedItem(
                        item=item,
                        authenticity=self._authenticity(item, others=len(others)),
                        copy_of=None if item is chosen[first] else chosen[first].id,
                        copies=len(copies) - 1,
                    )
                )
        return sorted(judged, key=lambda one: (one.item.seen_at, one.item.id), reverse=True)

    def _weighed(self, one: JudgedItem, *, at: datetime) -> WeighedItem:
        decay = 2.0 ** -((at - one.item.seen_at) / HALF_LIFE)
        weight = one.authenticity.whole * self._source_weight(one.item) * decay
        return WeighedItem(
            item=one.item, authenticity=one.authenticity, weight=weight, copies=one.copies
        )

    def _own_worth(self, item: SentimentItem) -> float:
        return self._authenticity(item, others=0).whole * self._source_weight(item)

    def _may_vouch(self, item: SentimentItem) -> bool:
        """Tell whether an item confirms others: not one of nobody, of a forger or of a denied."""
        publishers, domain = self.publishers, item.domain
        if not domain or publishers.is_denied(domain):
            return False
        return publishers.looks_like(domain) is None

    def _source_weight(self, item: SentimentItem) -> float:
        if item.domain and self.publishers.is_denied(item.domain):
            return 0.0
        return self.source_weights.get(item.source, 1.0)

    def _authenticity(self, item: SentimentItem, *, others: int) -> Authenticity:
        publishers, domain = self.publishers, item.domain
        known = Authenticity(
            tier=0.5,
            look_alike=None,
            corroboration=1 - 0.5**others,
            clock=_clock(item),
            author=_author(item),
        )
        if not domain:
            return known
        taken_for = publishers.looks_like(domain)
        tier = 1.0 if publishers.is_listed(domain) else 0.5
        return replace(
            known,
            tier=0.0 if publishers.is_denied(domain) else tier,
            look_alike=1.0 if taken_for is None else 0.0,
            looks_like=taken_for,
        )


def _clock(item: SentimentItem) -> float | None:
    if item.published_at is None:
        return None
    late = item.seen_at - item.published_at
    return 1.0 if timedelta(0) <= late <= PUBLISHED_WITHIN else 0.0


def _author(item: SentimentItem) -> float | None:
    """Return how known an author is: a year old and 100,000 followers are wholly known."""
    parts = []
    if item.author_age_days is not None:
        parts.append(min(item.author_age_days / _AGE_DAYS, 1.0))
    if item.author_followers is not None:
        parts.append(min(math.log10(1 + item.author_followers) / _FOLLOWERS_LOG, 1.0))
    return sum(parts) / len(parts) if parts else None
