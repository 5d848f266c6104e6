"""Weigh what was written of a symbol into one figure, as far as each text can be believed.

What is listed here sees only what had been seen at the time it is asked for, so that the figure
of a moment stays what it was then.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
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

    @property
    def scorers(self) -> dict[tuple[str, str], int]:
        """How many of its items each scorer, by name and version, gave their scores."""
        return dict(Counter((one.item.scorer, one.item.scorer_version) for one in self.items))


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
        known = {one: self._standing(one) for one in {item.domain for item in seen}}
        gathered: dict[int, list[SentimentItem]] = {}
        for item, first in zip(seen, groups([one.bits for one in seen]), strict=True):
            gathered.setdefault(first, []).append(item)
        groups_by_item = {one.id: first for first, copies in gathered.items() for one in copies}
        chosen = {
            first: max(copies, key=lambda one: self._own_worth(one, known[one.domain]))
            for first, copies in gathered.items()
        }
        around = _Around(
            {first: one for first, one in chosen.items() if known[one.domain].may_vouch}
        )
        judged = []
        for item in seen:
            first = groups_by_item[item.id]
            original = chosen[first]
            judged.append(
                JudgedItem(
                    item=item,
                    authenticity=_authenticity(
                        item, known[item.domain], others=around.others(item, first)
                    ),
                    copy_of=None if item is original else original.id,
                    copies=len(gathered[first]) - 1,
                )
            )
        judged.reverse()
        return judged

    def _weighed(self, one: JudgedItem, *, at: datetime) -> WeighedItem:
        decay = 2.0 ** -((at - one.item.seen_at) / HALF_LIFE)
        weight = one.authenticity.whole * self._source_weight(one.item) * decay
        return WeighedItem(
            item=one.item, authenticity=one.authenticity, weight=weight, copies=one.copies
        )

    def _own_worth(self, item: SentimentItem, standing: "_Standing") -> float:
        whole = _authenticity(item, standing, others=0).whole
        return whole * self._source_weight(item)

    def _source_weight(self, item: SentimentItem) -> float:
        if item.domain and self.publishers.is_denied(item.domain):
            return 0.0
        return self.source_weights.get(item.source, 1.0)

    def _standing(self, domain: str) -> "_Standing":
        """Return what is known of a domain, looked up once for all its items."""
        publishers = self.publishers
        if not domain:
            return _Standing(tier=0.5, look_alike=None, looks_like=None, may_vouch=False)
        taken_for = publishers.looks_like(domain)
        denied = publishers.is_denied(domain)
        tier = 1.0 if publishers.is_listed(domain) else 0.5
        return _Standing(
            tier=0.0 if denied else tier,
            look_alike=1.0 if taken_for is None else 0.0,
            looks_like=taken_for,
            # Nobody, a forger and who is denied confirm nothing.
            may_vouch=not denied and taken_for is None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """What a domain says of its items."""

    tier: float
    look_alike: float | None
    looks_like: str | None
    may_vouch: bool


class _Around:
    """Counts the domains that confirm an item, as items are asked about by the time of seeing.

    Of each group of copies one vouches. A window moves over these, so that all items together
    cost one pass and not one each.
    """

    def __init__(self, vouching: Mapping[int, SentimentItem]) -> None:
        self._vouching = vouching
        self._coming = sorted(vouching.values(), key=lambda one: one.seen_at)
        self._from = self._until = 0
        # How many groups of each domain are in the window.
        self._domains: Counter[str] = Counter()

    def others(self, item: SentimentItem, group: int) -> int:
        """Return how many other domains wrote of it in words of their own; items come by time."""
        coming = self._coming
        while self._until < len(coming) and (
            coming[self._until].seen_at - item.seen_at <= CORROBORATED_WITHIN
        ):
            self._domains[coming[self._until].domain] += 1
            self._until += 1
        while self._from < self._until and (
            item.seen_at - coming[self._from].seen_at > CORROBORATED_WITHIN
        ):
            domain = coming[self._from].domain
            self._domains[domain] -= 1
            if not self._domains[domain]:
                del self._domains[domain]
            self._from += 1
        found = len(self._domains) - (item.domain in self._domains)
        own = self._vouching.get(group)
        # The group's own voice is no other's, where nobody else of its domain is heard.
        if (
            own is not None
            and own.domain != item.domain
            and abs(own.seen_at - item.seen_at) <= CORROBORATED_WITHIN
            and self._domains[own.domain] == 1
        ):
            found -= 1
        return found


def _authenticity(item: SentimentItem, standing: _Standing, *, others: int) -> Authenticity:
    return Authenticity(
        tier=standing.tier,
        look_alike=standing.look_alike,
        corroboration=1 - 0.5**others,
        clock=_clock(item),
        author=_author(item),
        looks_like=standing.looks_like,
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
