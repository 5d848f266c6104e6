"""What is promised of the sources of texts, and of what scored these, over every storage."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from application.sentiment.score_texts import ScoreTexts
from application.sentiment.take_items import TextFields
from domain.sentiment.lexicon import ToneScore
from domain.sentiment.sources import SourceState
from tests import builders
from tests.contracts.sentiment import GOOD, Desk, desk_over
from tests.contracts.storage import Storage, StorageContract

EVERY_S = 60.0
MINUTE = timedelta(seconds=EVERY_S)


class Pessimist:
    """A scorer to whom all is lost."""

    name, version = "finance", "sha256:ab"

    async def score(self, texts: Sequence[str]) -> Sequence[ToneScore]:
        return [ToneScore(positive=0.0, negative=1.0, neutral=0.0) for _ in texts]


class NewsSourcesContract(StorageContract):
    """Subclasses bring a storage."""

    @pytest.fixture
    async def desk(self, storage: Storage) -> Desk:
        return await desk_over(storage)

    async def test_each_source_that_is_set_is_told_before_anybody_looked(self, desk: Desk) -> None:
        await configured(desk, "newsapi", "rss:a.example:1")
        found = await told(desk)
        assert [(one.name, one.kind, silent) for one, silent in found] == [
            ("newsapi", "newsapi", False),
            ("rss:a.example:1", "rss", False),
        ]
        for one, _ in found:
            assert (one.looked_at, one.answered_at, one.taken, one.error) == (None, None, 0, "")
            assert one.next_at == builders.AT

    async def test_what_came_of_each_look_is_kept(self, desk: Desk) -> None:
        await configured(desk, "newsapi")
        await answered(desk, "newsapi", items=3)
        desk.clock.advance(60)
        await answered(desk, "newsapi", items=2)
        first = desk.clock.now()
        desk.clock.advance(60)
        await failed(desk, "newsapi", "answered with status 401", wait_s=120)
        ((one, silent),) = await told(desk)
        assert (one.taken, one.error, silent) == (5, "answered with status 401", False)
        assert (one.answered_at, one.looked_at) == (first, first + MINUTE)
        assert one.next_at == first + 3 * MINUTE
        desk.clock.advance(60)
        await answered(desk, "newsapi", items=0)
        ((one, _),) = await told(desk)
        now = desk.clock.now()
        assert (one.taken, one.error, one.answered_at) == (5, "", now)
        assert one.next_at == now + MINUTE

    async def test_a_source_is_silent_after_three_looks_without_an_answer(self, desk: Desk) -> None:
        await configured(desk, "newsapi", "reddit")
        await answered(desk, "newsapi", items=0)
        desk.clock.advance(179)
        # Failing is no answer, and neither is that nobody looked.
        await failed(desk, "newsapi", "does not answer", wait_s=120)
        assert [silent for _, silent in await told(desk)] == [False, False]
        desk.clock.advance(1)
        assert [silent for _, silent in await told(desk)] == [True, True]
        await answered(desk, "newsapi", items=1)
        assert [silent for _, silent in await told(desk)] == [False, True]

    async def test_a_source_that_is_set_no_more_goes_and_the_others_stay(self, desk: Desk) -> None:
        await configured(desk, "newsapi", "reddit")
        await answered(desk, "newsapi", items=7)
        await configured(desk, "newsapi", "polygon")
        assert [(one.name, one.taken) for one, _ in await told(desk)] == [
            ("newsapi", 7),
            ("polygon", 0),
        ]

    async def test_a_look_at_a_source_that_is_not_kept_yet_is(self, desk: Desk) -> None:
        await failed(desk, "folder", "x" * 400, wait_s=60)
        ((one, _),) = await told(desk)
        assert (one.kind, len(one.error), one.error[-1]) == ("folder", 300, "…")

    async def test_looks_leave_no_entry_and_another_tenant_sees_none(
        self, desk: Desk, storage: Storage
    ) -> None:
        await configured(desk, "newsapi")
        await answered(desk, "newsapi", items=1)
        assert await storage.audits(desk.by.tenant_id) == []
        stranger = replace(builders.tenant(), id=UUID(int=77))
        await storage.add_tenant(stranger)
        assert await desk.sources.list(tenant_id=stranger.id) == []

    async def test_what_scored_a_text_stays_with_it_when_the_scorer_changes(
        self, desk: Desk
    ) -> None:
        await desk.taken(GOOD)
        then, before = desk.clock.now(), await desk.score()
        desk.clock.advance(60)
        later = replace(
            desk, take=replace(desk.take, score=ScoreTexts(scorer=Pessimist(), clock=desk.clock))
        )
        await later.taken(TextFields(source="desk", text="$AAPL profit rose at the factory."))
        # One that is known keeps its score and its scorer.
        await later.taken(GOOD)
        items = await desk.read.items("AAPL", tenant_id=desk.by.tenant_id, limit=9)
        assert [(one.item.scorer, one.item.scorer_version) for one in items] == [
            ("finance", "sha256:ab"),
            ("lexicon", "1"),
        ]
        assert [one.item.score > 0 for one in items] == [False, True]
        _, found = await desk.read.sentiment("AAPL", tenant_id=desk.by.tenant_id)
        assert found.scorers == {("finance", "sha256:ab"): 1, ("lexicon", "1"): 1}
        assert found.score is not None
        assert before is not None
        assert found.score < before
        assert await desk.score(at=then) == before


async def configured(desk: Desk, *names: str) -> None:
    await desk.sources.configured(names, tenant_id=desk.by.tenant_id, every_s=EVERY_S)


async def answered(desk: Desk, name: str, *, items: int) -> None:
    await desk.sources.answered(name, items=items, tenant_id=desk.by.tenant_id, every_s=EVERY_S)


async def failed(desk: Desk, name: str, why: str, *, wait_s: float) -> None:
    await desk.sources.failed(
        name, why, wait_s=wait_s, tenant_id=desk.by.tenant_id, every_s=EVERY_S
    )


async def told(desk: Desk) -> Sequence[tuple[SourceState, bool]]:
    return await desk.sources.list(tenant_id=desk.by.tenant_id)
