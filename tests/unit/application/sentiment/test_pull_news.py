"""Sources are looked at in turn: what is new is taken in, and who fails is left alone longer."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from adapters.memory.database import MemoryDatabase
from adapters.memory.time import ManualSleeper
from application.sentiment import pull_news
from application.sentiment.keep_sources import KeepSources
from application.sentiment.pull_news import Pulled, PullNews
from application.sentiment.score_texts import CannotScore, LexiconScorer
from ports.news import NewsText, NewsUnavailable
from ports.sentiment import ScorerUnavailable
from ports.storage import StorageUnavailable
from tests.contracts.sentiment import Desk, desk_over
from tests.contracts.storage import Storage, memory_storage

KEY = "k-" + "0123456789"
GOOD = NewsText(title="Apple raises its outlook", text="Profit rose.")


@dataclass(slots=True)
class Shelf:
    """A source that has what a test puts there."""

    name: str = "shelf"
    texts: Sequence[NewsText] = ()
    fails: NewsUnavailable | None = None
    asked: int = 0

    async def latest(self) -> Sequence[NewsText]:
        self.asked += 1
        if self.fails is not None:
            raise self.fails
        return self.texts


@dataclass(slots=True, kw_only=True)
class Reading:
    """A reader of shelves, and what it said."""

    storage: Storage
    desk: Desk
    told: list[tuple[str, str]] = field(default_factory=list)
    looked: list[str] = field(default_factory=list)

    def of(self, *shelves: Shelf) -> PullNews:
        """Return what looks at these shelves every minute."""
        return PullNews(
            sources=shelves,
            take=self.desk.take,
            keep=self.desk.sources,
            by=self.desk.by,
            every_s=60,
            clock=self.desk.clock,
            sleeper=ManualSleeper(self.desk.clock),
            on_looked=self.looked.append,
            on_away=lambda name, why: self.told.append((name, why)),
            on_refused=lambda name, why: self.told.append((name, why)),
            on_unkept=lambda name, why: self.told.append((name, why)),
            conceal=lambda text: text.replace(KEY, "***"),
        )

    async def titles(self) -> list[str]:
        """Return the titles of what was kept, newest first."""
        found = await self.desk.read.items("AAPL", tenant_id=self.desk.by.tenant_id, limit=200)
        return [one.item.title for one in found]


@pytest.fixture
async def reading() -> Reading:
    storage = memory_storage(MemoryDatabase())
    return Reading(storage=storage, desk=await desk_over(storage))


async def test_what_is_new_is_taken_in_and_what_is_known_leaves_no_entry(
    reading: Reading,
) -> None:
    shelf = Shelf(texts=[GOOD, GOOD])
    pull = reading.of(shelf)
    assert [(await pull.pull(shelf)).texts for _ in range(3)] == [1, 0, 0]
    shelf.texts = [GOOD, NewsText(title="Apple cuts its outlook", text="Profit fell.")]
    assert (await pull.pull(shelf)).texts == 1
    assert await reading.titles() == ["Apple cuts its outlook", GOOD.title]
    assert len(await reading.storage.audits(reading.desk.by.tenant_id)) == 2
    # After a restart nothing is known by heart, and nothing is kept twice.
    assert await reading.of(shelf).pull(shelf) == Pulled(texts=2, items=0)
    assert len(await reading.titles()) == 2


async def test_one_text_that_is_refused_holds_up_no_other(reading: Reading) -> None:
    texts = [NewsText(title=f"Apple profit {number}", text="") for number in range(150)]
    bad = NewsText(title="Apple", text="", url="http://local host/")
    shelf = Shelf(texts=[*texts[:70], bad, *texts[70:]])
    pull = reading.of(shelf)
    assert [(await pull.pull(shelf)).texts for _ in range(2)] == [150, 0]
    assert sorted(await reading.titles()) == sorted(one.title for one in texts)
    ((name, why),) = reading.told
    assert (name, "url" in why) == ("shelf", True)


async def test_a_text_is_kept_under_the_listed_symbols_that_its_source_names(
    reading: Reading,
) -> None:
    text = NewsText(title="A maker of phones gains", text="", symbols=("AAPL", "CRYPTO:BTC"))
    shelf = Shelf(texts=[text, NewsText(title="Another gains", text="", symbols=("ZZZZ",))])
    assert await reading.of(shelf).pull(shelf) == Pulled(texts=2, items=1)
    assert (await reading.titles(), reading.told) == ([text.title], [])


async def test_a_scorer_that_is_away_loses_no_text(
    reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf(texts=[GOOD])
    pull = reading.of(shelf)

    async def away(_: object, __: object) -> object:
        raise ScorerUnavailable("the model is away")

    with monkeypatch.context() as patch:
        patch.setattr(LexiconScorer, "score", away)
        with pytest.raises(CannotScore, match="the model is away"):
            await pull.pull(shelf)
    assert (await pull.pull(shelf)).texts == 1
    assert await reading.titles() == [GOOD.title]


async def test_no_more_is_known_by_heart_than_may_be(
    reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pull_news, "KNOWN_MAX", 2)
    shelf = Shelf(texts=[NewsText(title=f"Apple {one}", text="") for one in "abc"])
    pull = reading.of(shelf)
    assert [(await pull.pull(shelf)).texts for _ in range(2)] == [3, 1]


async def test_a_source_that_fails_is_left_alone_and_the_others_are_not(
    reading: Reading,
) -> None:
    sick, well = Shelf(name="sick", fails=NewsUnavailable("is away")), Shelf(name="well")
    running = asyncio.create_task(reading.of(sick, well)())

    async def asked_after(seconds: float) -> tuple[int, int]:
        reading.desk.clock.advance(seconds)
        for _ in range(20):
            await asyncio.sleep(0)
        return sick.asked, well.asked

    try:
        assert await asked_after(0) == (1, 1)
        assert await asked_after(60) == (1, 2)
        assert await asked_after(60) == (2, 3)
        assert await asked_after(180) == (2, 4)
        sick.fails = NewsUnavailable("asks for patience", retry_after_s=7_200)
        assert await asked_after(60) == (3, 5)
        # As it said, although no more than an hour would be waited by itself.
        assert await asked_after(7_199) == (3, 6)
        sick.fails = None
        assert (await asked_after(60))[0] == 4
        assert (await asked_after(60))[0] == 5
    finally:
        running.cancel()
    assert reading.told == [*[("sick", "is away")] * 2, ("sick", "asks for patience")]
    assert Counter(reading.looked) == {"well": well.asked, "sick": 2}


async def test_what_comes_of_looks_is_kept_without_a_key(reading: Reading) -> None:
    sick = Shelf(name="sick", fails=NewsUnavailable(f"answered: {KEY} is no key"))
    well = Shelf(name="well", texts=[GOOD, NewsText(title="A quiet day in Geneva", text="")])
    running = asyncio.create_task(reading.of(sick, well)())
    try:
        for _ in range(50):
            await asyncio.sleep(0)
        (first, _), (second, _) = await reading.desk.sources.list(
            tenant_id=reading.desk.by.tenant_id
        )
    finally:
        running.cancel()
    assert (first.name, first.error) == ("sick", "answered: *** is no key")
    assert (first.answered_at, first.taken) == (None, 0)
    # Twice as long as one that answered, and what names no symbol is no item.
    assert (first.next_at - second.next_at).total_seconds() == 60
    assert (second.name, second.error, second.taken) == ("well", "", 1)
    assert KEY not in str(reading.told)


async def test_a_state_that_cannot_be_kept_stops_no_look(
    reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> None:
        raise StorageUnavailable("no database")

    for name in ("configured", "answered", "failed"):
        monkeypatch.setattr(KeepSources, name, away)
    well, sick = Shelf(name="well", texts=[GOOD]), Shelf(name="sick", fails=NewsUnavailable("x"))
    running = asyncio.create_task(reading.of(well, sick)())
    try:
        for _ in range(50):
            await asyncio.sleep(0)
        assert not running.done()
    finally:
        running.cancel()
    assert await reading.titles() == [GOOD.title]
    assert [one for one in reading.told if one[1] == "no database"] == [
        (name, "no database") for name in ("sources", "well", "sick")
    ]
