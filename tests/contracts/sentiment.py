"""What texts, mentions and the mood promise over every storage."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from adapters.memory.ids import SeededIds
from adapters.memory.market import MemoryInstruments
from adapters.memory.time import ManualClock
from application.sentiment import take_items
from application.sentiment.keep_mood import KeepMood, PartFields
from application.sentiment.keep_sources import KeepSources
from application.sentiment.read_hype import ReadHype
from application.sentiment.read_sentiment import ReadSentiment, SymbolNotListed
from application.sentiment.score_texts import LexiconScorer, ScoreTexts
from application.sentiment.take_items import TakeItems, TakenItems, TextFields, TooManyItems
from application.sentiment.take_mentions import MentionFields, TakeMentions
from application.sentiment.taken_rows import TakenRows
from application.shared.asker import Asker
from application.shared.change import Changes
from domain.market.instruments import Instrument
from domain.sentiment.aggregate import JudgedItem, Weighing
from domain.sentiment.items import SentimentItem
from domain.shared.values import InvalidValue
from tests import builders
from tests.contracts.storage import Storage, StorageContract

NAMES = {"AAPL": "Apple Inc.", "IBM": "International Business Machines Corporation"}
GOOD = TextFields(
    source="desk",
    title="Apple raises its outlook",
    text="Profit rose as costs fell.",
    url="https://www.reuters.com/a",
)
POOR = TextFields(source="desk", text="$AAPL profit fell and losses widened at the factory.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The use cases over one storage, and who asks."""

    by: Asker
    clock: ManualClock
    changes: Changes
    take: TakeItems
    read: ReadSentiment
    take_mentions: TakeMentions
    hype: ReadHype
    mood: KeepMood
    sources: KeepSources

    async def taken(self, *texts: TextFields) -> TakenItems:
        """Take texts in that are kept."""
        done = await self.take.take(texts, by=self.by)
        assert isinstance(done, TakenItems)
        return done

    async def score(self, symbol: str = "AAPL", **asked: Any) -> float | None:
        """Return the figure of a symbol."""
        _, found = await self.read.sentiment(symbol, tenant_id=self.by.tenant_id, **asked)
        return found.score


async def desk_over(storage: Storage) -> Desk:
    """Return the use cases over a storage that has the tenant."""
    tenant = builders.tenant()
    await storage.add_tenant(tenant)
    clock = ManualClock(builders.AT)
    changes = Changes(works=storage.works, clock=clock, ids=SeededIds(clock=clock, seed=3))
    instruments = MemoryInstruments(
        [Instrument(symbol=symbol, name=name) for symbol, name in NAMES.items()]
    )
    read = ReadSentiment(
        works=storage.works, instruments=instruments, clock=clock, weighing=Weighing()
    )
    return Desk(
        by=Asker(tenant_id=tenant.id, actor="user:2", trace_id="t"),
        clock=clock,
        changes=changes,
        take=TakeItems(
            changes=changes,
            instruments=instruments,
            score=ScoreTexts(scorer=LexiconScorer(), clock=clock),
        ),
        read=read,
        take_mentions=TakeMentions(changes=changes),
        hype=ReadHype(sentiment=read),
        mood=KeepMood(changes=changes),
        sources=KeepSources(changes=changes),
    )


class SentimentContract(StorageContract):
    """Subclasses bring a storage."""

    @pytest.fixture
    async def desk(self, storage: Storage) -> Desk:
        return await desk_over(storage)

    async def test_a_text_is_kept_once_under_each_symbol_with_its_entry(
        self, desk: Desk, storage: Storage
    ) -> None:
        both = replace(GOOD, text=f"{GOOD.text} $IBM gained.")
        taken = await desk.taken(both, TextFields(source="desk", text="A quiet day in Geneva."))
        assert [one.symbols for one in taken.texts] == [("AAPL", "IBM"), ()]
        again = await desk.taken(both)
        assert [(one.symbols, one.known) for one in again.texts] == [((), ("AAPL", "IBM"))]
        for symbol in NAMES:
            found = await desk.read.items(symbol, tenant_id=desk.by.tenant_id, limit=9)
            ((item, trust),) = [(one.item, one.authenticity) for one in found]
            assert (item.symbol, item.domain, item.seen_at) == (symbol, "reuters.com", builders.AT)
            assert item.score == pytest.approx(taken.texts[0].score, abs=2e-6)
            assert (trust.tier, trust.clock) == (1, None)
        entries = await storage.audits(desk.by.tenant_id)
        assert [(one.action, one.subject) for one in entries] == [
            ("sentiment.taken", str(taken.id)),
            ("sentiment.taken", str(again.id)),
        ]
        assert dict(entries[0].detail)["symbols"] == "AAPL, IBM"

    async def test_the_figure_of_a_moment_stays_what_it_was(self, desk: Desk) -> None:
        await desk.taken(GOOD)
        then, before = desk.clock.now(), await desk.score()
        assert before is not None
        assert before > 0
        desk.clock.advance(60)
        await desk.taken(POOR)
        now = await desk.score()
        assert now is not None
        assert now < before
        assert await desk.score(at=then) == before
        desk.clock.advance(86_400)
        assert await desk.score() is None
        assert await desk.score(at=then) == before
        with pytest.raises(InvalidValue, match="later"):
            await desk.score(at=desk.clock.now() + timedelta(seconds=1))

    async def test_pages_go_from_the_newest_on_and_name_copies(self, desk: Desk) -> None:
        for number in range(5):
            desk.clock.advance(1)
            await desk.taken(replace(POOR, author=f"author {number}"))
        first = await desk.read.items("AAPL", tenant_id=desk.by.tenant_id, limit=3)
        rest = await desk.read.items(
            "AAPL", tenant_id=desk.by.tenant_id, limit=3, after=first[-1].item.id
        )
        authors = [one.item.author for one in [*first, *rest]]
        assert authors == [f"author {number}" for number in (4, 3, 2, 1, 0)]
        oldest = rest[-1].item.id
        assert [one.copy_of for one in [*first, *rest]] == [*[oldest] * 4, None]

    async def test_another_tenant_sees_none_of_it(self, desk: Desk, storage: Storage) -> None:
        await desk.taken(GOOD)
        stranger = replace(builders.tenant(), id=UUID(int=77))
        await storage.add_tenant(stranger)
        assert await desk.read.items("AAPL", tenant_id=stranger.id, limit=9) == []
        _, found = await desk.read.sentiment("AAPL", tenant_id=stranger.id)
        assert (found.score, found.items) == (None, ())

    async def test_texts_are_weighed_beside_the_event_loop(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await desk.taken(GOOD)
        threads: list[int] = []
        weigh = Weighing.judged

        def watched(own: Weighing, items: Iterable[SentimentItem]) -> list[JudgedItem]:
            threads.append(threading.get_ident())
            return weigh(own, items)

        monkeypatch.setattr(Weighing, "judged", watched)
        await desk.score()
        await desk.read.items("AAPL", tenant_id=desk.by.tenant_id, limit=1)
        assert len(threads) == 2
        assert threading.get_ident() not in threads

    async def test_what_is_no_text_is_refused_and_nothing_of_it_kept(self, desk: Desk) -> None:
        wrong = (
            replace(GOOD, text="", title=" "),
            replace(GOOD, symbols=("ZZZZ",)),
            replace(GOOD, url="ftp://a.example"),
            replace(GOOD, url="https://local host/"),
            replace(GOOD, author_followers=-1),
        )
        for one in wrong:
            with pytest.raises(InvalidValue, match=r"items\[1\]\."):
                await desk.take.take([POOR, one], by=desk.by)
        assert await desk.read.items("AAPL", tenant_id=desk.by.tenant_id, limit=9) == []
        with pytest.raises(SymbolNotListed):
            await desk.score("ZZZZ")

    async def test_the_oldest_make_room_and_none_of_the_last_days(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(take_items, "ITEMS_MAX", 3)
        for number in range(3):
            await desk.taken(replace(POOR, author=f"author {number}"))
        with pytest.raises(TooManyItems):
            await desk.take.take([GOOD], by=desk.by)
        desk.clock.advance(8 * 86_400)
        await desk.taken(GOOD)
        found = await desk.read.items("AAPL", tenant_id=desk.by.tenant_id, limit=9)
        assert [one.item.author for one in found] == ["", "author 2", "author 1"]

    async def test_mentions_are_kept_by_day_and_those_that_come_again_replaced(
        self, desk: Desk, storage: Storage
    ) -> None:
        today = builders.AT.date()
        rows = [
            MentionFields(date=today - timedelta(days=back), symbol=symbol, mentions=2 + back % 3)
            for back in range(1, 41)
            for symbol in ("AAPL", "DOGE")
        ]
        done = await desk.take_mentions.take(rows, by=desk.by)
        assert isinstance(done, TakenRows)
        assert (done.added, done.replaced) == (80, 0)
        loud = replace(rows[0], date=today, mentions=500, comments=4, authors=100)
        await desk.take_mentions.take([loud], by=desk.by)
        again = await desk.take_mentions.take([replace(loud, mentions=600), rows[1]], by=desk.by)
        assert isinstance(again, TakenRows)
        assert (again.added, again.replaced) == (0, 2)
        tenant_id = desk.by.tenant_id
        found = await desk.hype.of("AAPL", tenant_id=tenant_id)
        assert (found.hype.date, found.hype.mentions, found.engagement) == (today, 300, 302)
        assert found.velocity == pytest.approx(300 / (builders.AT.hour + builders.AT.minute / 60))
        # Nobody named it today, which is known: the source counted.
        quiet = await desk.hype.of("DOGE", tenant_id=tenant_id)
        assert (quiet.hype.mentions, quiet.engagement, quiet.velocity) == (0, 0, 0)
        assert quiet.hype.z is not None
        spikes = await desk.hype.spikes(tenant_id=tenant_id, threshold=5, since=None, until=None)
        assert [(one.symbol, one.date, one.z) for one in spikes] == [("AAPL", today, found.hype.z)]
        past = await desk.hype.of("AAPL", tenant_id=tenant_id, day=today - timedelta(days=1))
        assert (past.hype.mentions, past.velocity) == (3, 3 / 24)
        none = await desk.hype.spikes(
            tenant_id=tenant_id, threshold=5, since=None, until=today - timedelta(days=1)
        )
        assert none == []
        entries = await storage.audits(tenant_id)
        assert [one.action for one in entries] == ["hype.taken"] * 3

    async def test_mentions_that_cannot_be_are_refused(self, desk: Desk) -> None:
        today = builders.AT.date()
        row = MentionFields(date=today, symbol="AAPL", mentions=1)
        wrong = (
            replace(row, date=today + timedelta(days=1)),
            replace(row, mentions=-1),
            replace(row, symbol="no symbol"),
        )
        for one in wrong:
            with pytest.raises(InvalidValue, match=r"items\[1\]\."):
                await desk.take_mentions.take([row, one], by=desk.by)
        with pytest.raises(InvalidValue, match="twice"):
            await desk.take_mentions.take([row, row], by=desk.by)
        with pytest.raises(SymbolNotListed):
            await desk.hype.of("DOGE", tenant_id=desk.by.tenant_id)
        unknown = await desk.hype.of("AAPL", tenant_id=desk.by.tenant_id)
        assert (unknown.hype.z, unknown.hype.missing) == (None, "the day is not known")

    async def test_the_mood_is_told_of_what_was_sent_and_of_no_later_day(
        self, desk: Desk, storage: Storage
    ) -> None:
        today, tenant_id = builders.AT.date(), desk.by.tenant_id
        none = await desk.mood.now(tenant_id=tenant_id)
        assert (none.mood.score, none.mood.mood) == (None, None)
        rows = [
            PartFields(part="vix", day=today - timedelta(days=back), value=Decimal(back))
            for back in range(1, 71)
        ]
        done = await desk.mood.take(rows, by=desk.by)
        assert isinstance(done, TakenRows)
        assert (done.added, done.replaced) == (70, 0)
        # The lowest of its past: no fear at all.
        yesterday = await desk.mood.now(tenant_id=tenant_id)
        assert (yesterday.mood.score, yesterday.dates) == (100, {"vix": today - timedelta(days=1)})
        before = await desk.mood.history(tenant_id=tenant_id, since=None, until=None)
        assert [one.day for one in before] == [
            today - timedelta(days=back) for back in range(29, 0, -1)
        ]
        # Of the first 60 days before, none has enough of a past.
        assert [one.mood.score for one in before] == [*[None] * 19, *[100] * 10]
        now = [
            PartFields(part="social", value=Decimal("-0.5")),
            PartFields(part="vix", value=Decimal(1_000)),
            replace(rows[0], value=Decimal("1.5")),
        ]
        again = await desk.mood.take(now, by=desk.by)
        assert isinstance(again, TakenRows)
        assert (again.added, again.replaced) == (2, 1)
        told = await desk.mood.now(tenant_id=tenant_id)
        # (.4 x 0 + .3 x 25) / .7
        assert (told.mood.score, str(told.mood.coverage)) == (11, "0.7000")
        after = await desk.mood.history(tenant_id=tenant_id, since=None, until=None)
        assert after[-2].mood.score == 100
        assert list(after[:-2]) == list(before[:-1])
        desk.clock.advance(6 * 86_400)
        stale = await desk.mood.now(tenant_id=tenant_id)
        assert (stale.mood.score, stale.dates) == (None, {})
        entries = await storage.audits(tenant_id)
        assert [one.action for one in entries] == ["mood.taken"] * 2

    async def test_parts_that_cannot_be_are_refused(self, desk: Desk) -> None:
        row = PartFields(part="vix", value=Decimal(18))
        wrong = (
            replace(row, part="luck"),
            replace(row, day=builders.AT.date() + timedelta(days=1)),
            PartFields(part="social", value=Decimal("1.1")),
        )
        for one in wrong:
            with pytest.raises(InvalidValue, match=r"items\[1\]\."):
                await desk.mood.take([row, one], by=desk.by)
        with pytest.raises(InvalidValue, match="twice"):
            await desk.mood.take([row, row], by=desk.by)
        with pytest.raises(InvalidValue, match="days before"):
            await desk.mood.history(
                tenant_id=desk.by.tenant_id,
                since=builders.AT.date() - timedelta(days=366),
                until=None,
            )
