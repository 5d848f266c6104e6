"""Tell how much symbols are talked about, and when that stood out."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from application.sentiment.read_sentiment import ReadSentiment, SymbolNotListed
from application.sentiment.take_mentions import MENTIONS, SPANS, span_id
from domain.sentiment.aggregate import WeighedItem
from domain.sentiment.hype import (
    BASELINE_DAYS,
    Hype,
    Keyword,
    Mentions,
    MentionSpan,
    hype_of,
    keywords_of,
)
from domain.shared.values import InvalidValue
from ports.work import Look, Where

DAYS_MAX = 366
_PAGE = 5_000
_TEXTS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolHype:
    """A symbol's day: how it stands out, mentions an hour, and what moves the texts about it."""

    hype: Hype
    engagement: float | None
    velocity: float | None
    keywords: Sequence[Keyword]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadHype:
    """What a tenant may ask of mentions."""

    sentiment: ReadSentiment

    async def of(self, symbol: str, *, tenant_id: UUID, day: date | None = None) -> SymbolHype:
        """Return a symbol's hype on a day, the latest known where none is given.

        Raises SymbolNotListed, InvalidValue for a day to come.
        """
        now = self.sentiment.clock.now()
        if day is not None and day > now.date():
            raise InvalidValue(field="date", problem=f"must not be later than {now.date()} (UTC)")
        listed = self.sentiment.instruments.find(symbol) is not None
        texts: tuple[WeighedItem, ...] = ()
        if listed:
            _, found = await self.sentiment.sentiment(symbol, tenant_id=tenant_id)
            texts = found.items[:_TEXTS]
        async with self.sentiment.works.look(tenant_id) as look:
            span = await look.records(SPANS).get(span_id(tenant_id))
            if day is None:
                day = span.last if span is not None else now.date()
            days = frozenset(day - timedelta(days=back) for back in range(BASELINE_DAYS + 1))
            if not listed and not await look.records(MENTIONS).count(where={"symbol": symbol}):
                raise SymbolNotListed(f"no instrument {symbol}, and no mentions of it")
            rows = await _all(look, {"symbol": symbol, "date": days})
        counts = {one.date: one.counted for one in rows}
        hype = hype_of(symbol, day=day, counts=counts, span=span)
        engaged = {one.date: one.engagement for one in rows}
        known = hype.mentions is not None
        return SymbolHype(
            hype=hype,
            engagement=engaged.get(day, 0.0) if known else None,
            velocity=None if hype.mentions is None else hype.mentions / _hours(day, now=now),
            # Each text is scored anew for each of its words.
            keywords=await asyncio.to_thread(keywords_of, [one.item.whole_text for one in texts]),
        )

    async def spikes(
        self, *, tenant_id: UUID, threshold: float, since: date | None, until: date | None
    ) -> Sequence[Hype]:
        """Return the days that stood out, oldest first; raises InvalidValue for too long a time.

        Without since and until it is the latest 30 days that are known.
        """
        async with self.sentiment.works.look(tenant_id) as look:
            span = await look.records(SPANS).get(span_id(tenant_id))
            if span is None:
                return []
            until = min(until or span.last, span.last)
            since = max(since or until - timedelta(days=BASELINE_DAYS - 1), span.first)
            if since > until:
                return []
            if (until - since).days >= DAYS_MAX:
                problem = f"must not be {DAYS_MAX} days or more before until"
                raise InvalidValue(field="since", problem=problem)
            many = (until - since).days + 1 + BASELINE_DAYS
            days = frozenset(until - timedelta(days=back) for back in range(many))
            rows = await _all(look, {"date": days})
        return _spikes(rows, since=since, until=until, threshold=threshold, span=span)


def _spikes(
    rows: Sequence[Mentions], *, since: date, until: date, threshold: float, span: MentionSpan
) -> list[Hype]:
    by_symbol: dict[str, dict[date, int]] = defaultdict(dict)
    for one in rows:
        by_symbol[one.symbol][one.date] = one.counted
    # Only a day with mentions can be one.
    found = [
        hype_of(symbol, day=day, counts=counts, span=span)
        for symbol, counts in by_symbol.items()
        for day in counts
        if since <= day <= until
    ]
    spikes = [one for one in found if one.is_spike(threshold=threshold)]
    return sorted(spikes, key=lambda one: (one.date, one.symbol))


def _hours(day: date, *, now: datetime) -> float:
    """Return how many hours of a UTC day are over, at least one."""
    if day < now.date():
        return 24.0
    return max(now.hour + now.minute / 60, 1.0)


async def _all(look: Look, where: Where) -> list[Mentions]:
    found: list[Mentions] = []
    after: UUID | None = None
    while True:
        page = await look.records(MENTIONS).list(limit=_PAGE, after=after, where=where)
        found += page
        if len(page) < _PAGE:
            return found
        after = page[-1].id
