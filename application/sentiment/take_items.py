"""Take in texts: find their symbols, score them, and keep what was not there yet."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from urllib.parse import urlsplit
from uuid import UUID

from application.sentiment.score_texts import ScoreTexts
from application.shared.asker import Asker
from application.shared.change import Changes, KeyReused, Once, Replayed
from domain.sentiment.domains import checked_domain
from domain.sentiment.items import SentimentItem, joined, share
from domain.sentiment.lexicon import ToneScore
from domain.sentiment.near_copies import simhash
from domain.sentiment.symbols import SymbolFinder
from domain.shared.refusals import Conflicting
from domain.shared.values import InvalidValue
from ports.market import Instruments
from ports.work import Kind, Work

ITEMS = Kind("sentiment_items", SentimentItem, find_by=("symbol", "digest"))
CHANNEL = "sentiment"
TAKEN = "sentiment.taken"
TEXTS_MAX = 100
SYMBOLS_MAX = 20
# Of one symbol; beyond it the oldest go, but none that was seen within KEPT_AT_LEAST.
ITEMS_MAX = 10_000
KEPT_AT_LEAST = timedelta(days=7)


class TooManyItems(Conflicting):
    """As many texts about a symbol are kept as may be."""

    slug, title = "too-many-items", "Too many items"
    meaning = "So many texts about the symbol were kept within the last days that none is added."


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFields:
    """What a source says of a text; symbols are those that it names itself."""

    source: str
    text: str
    title: str = ""
    url: str = ""
    author: str = ""
    author_age_days: int | None = None
    author_followers: int | None = None
    published_at: datetime | None = None
    symbols: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of one text: the symbols that it was kept under, and those that had it."""

    symbols: tuple[str, ...]
    known: tuple[str, ...]
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenItems:
    """What became of the texts, in their order; id is what the trail calls it by."""

    id: UUID
    texts: tuple[Taken, ...]


@dataclass(frozen=True, kw_only=True)
class TakeItems:
    """Keep texts that somebody pushes, or that a source was asked for."""

    changes: Changes
    instruments: Instruments
    score: ScoreTexts

    @cached_property
    def finder(self) -> SymbolFinder:
        """What finds symbols in texts: what is listed does not change while it runs."""
        return SymbolFinder({one.symbol: one.name for one in self.instruments.all()})

    async def take(
        self, texts: Sequence[TextFields], *, by: Asker, once: Once[TakenItems] | None = None
    ) -> TakenItems | Replayed | KeyReused:
        """Keep texts; raises InvalidValue for one that is none, TooManyItems, CannotScore."""
        tones = await self.score.of([joined(one.title, one.text) for one in texts])
        read = [
            self._read(one, tone=tone, at=place, by=by)
            for place, (one, tone) in enumerate(zip(texts, tones, strict=True))
        ]
        return await self.changes.once(
            lambda work: self._keep(work, read, by=by), tenant_id=by.tenant_id, once=once
        )

    def _read(self, fields: TextFields, *, tone: ToneScore, at: int, by: Asker) -> "_ScoredText":
        try:
            return self._scored(fields, tone=tone, by=by)
        except InvalidValue as wrong:
            raise InvalidValue(field=f"items[{at}].{wrong.field}", problem=wrong.problem) from None

    def _scored(self, fields: TextFields, *, tone: ToneScore, by: Asker) -> "_ScoredText":
        whole = joined(fields.title, fields.text)
        if not whole.strip():
            raise InvalidValue(field="text", problem="must not be empty")
        for symbol in fields.symbols:
            if self.instruments.find(symbol) is None:
                raise InvalidValue(field="symbols", problem=f"is no instrument here: {symbol}")
        symbols = sorted({*fields.symbols, *self.finder.find(whole)})
        if len(symbols) > SYMBOLS_MAX:
            problem = f"must name at most {SYMBOLS_MAX} symbols, not {len(symbols)}"
            raise InvalidValue(field="text", problem=problem)
        domain = _domain(fields.url)
        said = f"{fields.source}\n{domain}\n{fields.author}\n{whole}"
        items = tuple(
            SentimentItem(
                id=self.changes.ids.new(),
                tenant_id=by.tenant_id,
                symbol=symbol,
                source=fields.source,
                domain=domain,
                url=fields.url,
                title=fields.title,
                text=fields.text,
                author=fields.author,
                author_age_days=fields.author_age_days,
                author_followers=fields.author_followers,
                published_at=fields.published_at,
                seen_at=self.changes.clock.now(),
                positive=share(tone.positive),
                negative=share(tone.negative),
                truncated=tone.truncated,
                scorer=self.score.scorer.name,
                scorer_version=self.score.scorer.version,
                near=f"{simhash(whole):016x}",
                digest=hashlib.sha256(f"{symbol}\n{said}".encode()).hexdigest(),
            )
            for symbol in symbols
        )
        return _ScoredText(score=tone.score, items=items)

    async def _keep(self, work: Work, read: Sequence["_ScoredText"], *, by: Asker) -> TakenItems:
        digests = frozenset(item.digest for one in read for item in one.items)
        found = await work.records(ITEMS).list(limit=len(digests), where={"digest": digests})
        there = {one.digest for one in found}
        # The turn of the tenant's changes has come: what was seen later has the larger id.
        now = self.changes.clock.now()
        new: list[SentimentItem] = []
        texts = []
        for one in read:
            fresh = [item for item in one.items if item.digest not in there]
            there.update(item.digest for item in fresh)
            new += [replace(item, id=self.changes.ids.new(), seen_at=now) for item in fresh]
            kept = tuple(item.symbol for item in fresh)
            known = tuple(item.symbol for item in one.items if item.symbol not in kept)
            texts.append(Taken(symbols=kept, known=known, score=one.score))
        for symbol, many in Counter(one.symbol for one in new).items():
            await self._make_room(work, symbol, many=many, now=now)
        await work.records(ITEMS).add_many(new)
        taken = TakenItems(id=self.changes.ids.new(), texts=tuple(texts))
        await self._record(work, taken, new, by=by)
        return taken

    async def _make_room(self, work: Work, symbol: str, *, many: int, now: datetime) -> None:
        """Remove the oldest texts about a symbol where too many are kept, none of late."""
        records, where = work.records(ITEMS), {"symbol": symbol}
        over = await records.count(where=where) + many - ITEMS_MAX
        if over <= 0:
            return
        oldest = await records.list(limit=over, where=where)
        if len(oldest) < over or oldest[-1].seen_at > now - KEPT_AT_LEAST:
            raise TooManyItems(
                f"{ITEMS_MAX} texts about {symbol} were kept within {KEPT_AT_LEAST.days} days"
            )
        for one in oldest:
            await records.remove(one.id, version=one.version)

    async def _record(
        self, work: Work, taken: TakenItems, new: Sequence[SentimentItem], *, by: Asker
    ) -> None:
        symbols = ", ".join(sorted({one.symbol for one in new}))
        await self.changes.record(
            work,
            TAKEN,
            by=by,
            subject=taken.id,
            before=None,
            after={
                "texts": str(len(taken.texts)),
                "items": str(len(new)),
                "symbols": symbols,
                "sources": ", ".join(sorted({one.source for one in new})),
            },
            channel=CHANNEL,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _ScoredText:
    """A text that was scored, and an item of each symbol that it names."""

    score: float
    items: tuple[SentimentItem, ...]


def _domain(url: str) -> str:
    """Return the publisher's domain, empty without an address; raises InvalidValue."""
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        parts, host = None, None
    if parts is None or not host or parts.scheme not in ("http", "https"):
        raise InvalidValue(field="url", problem="must be an http or https address")
    return checked_domain(host, field="url")
