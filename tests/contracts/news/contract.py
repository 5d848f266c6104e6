"""What the port NewsSource promises, for every source of texts.

Who subclasses it brings a stage: the source, and the place that it looks at, on loopback.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

import pytest

from domain.signals.signal import checked_name
from ports.news import NewsSource, NewsText, NewsUnavailable

# What the source is given to show, where it needs a key.
KEY = "k-" + "0123456789abcdef"
FIRST = NewsText(title="Apple profit rose", text="Costs fell.")
SECOND = NewsText(title="Shares fell", text="Losses widened at the factory.")


class NewsStage(ABC):
    """A source, and what stands in the place that it looks at."""

    source: NewsSource

    @abstractmethod
    def tell(self, *texts: NewsText) -> None:
        """Let these stand there, in the source's own format, and nothing else."""

    @abstractmethod
    def go_away(self) -> None:
        """Let nobody answer there, or refuse, until it is told something again."""

    @abstractmethod
    def garble(self) -> None:
        """Let something stand there that is not of its format."""


class NewsSourceContract(ABC):
    """Subclasses bring a stage."""

    @abstractmethod
    def staged(self) -> AbstractAsyncContextManager[NewsStage]:
        """Open a stage on which nothing was told yet."""

    @pytest.fixture
    async def stage(self) -> AsyncIterator[NewsStage]:
        async with self.staged() as stage:
            yield stage

    async def test_its_name_stands_in_paths_and_stays_what_it_is(self, stage: NewsStage) -> None:
        before = checked_name(stage.source.name, field="name")
        stage.tell(FIRST)
        await stage.source.latest()
        assert stage.source.name == before
        assert KEY not in before

    async def test_what_stands_there_is_told_each_time(self, stage: NewsStage) -> None:
        stage.tell(FIRST)
        first = await stage.source.latest()
        assert said(first) == [(FIRST.title, FIRST.text)]
        # What was told before is told again as it was: it is known by that.
        assert await stage.source.latest() == first
        stage.tell(FIRST, SECOND)
        both = await stage.source.latest()
        assert set(said(both)) == {(one.title, one.text) for one in (FIRST, SECOND)}
        assert set(first) <= set(both)

    async def test_nothing_there_is_no_text(self, stage: NewsStage) -> None:
        stage.tell()
        assert list(await stage.source.latest()) == []

    async def test_what_is_not_said_is_empty_and_times_have_their_zone(
        self, stage: NewsStage
    ) -> None:
        stage.tell(FIRST, SECOND)
        for one in await stage.source.latest():
            assert one.url == "" or one.url.startswith(("http://", "https://"))
            assert one.published_at is None or one.published_at.utcoffset() is not None
            assert all(one.symbols)

    async def test_one_that_is_away_says_so_without_its_key_and_comes_back(
        self, stage: NewsStage
    ) -> None:
        stage.tell(FIRST)
        await stage.source.latest()
        stage.go_away()
        with pytest.raises(NewsUnavailable) as caught:
            await stage.source.latest()
        assert str(caught.value)
        assert KEY not in str(caught.value)
        stage.tell(SECOND)
        assert said(await stage.source.latest()) == [(SECOND.title, SECOND.text)]

    async def test_another_format_is_no_text_and_no_fault_of_its_own(
        self, stage: NewsStage
    ) -> None:
        stage.garble()
        with pytest.raises(NewsUnavailable) as caught:
            await stage.source.latest()
        assert KEY not in str(caught.value)


def said(texts: object) -> list[tuple[str, str]]:
    """Return titles and texts."""
    assert isinstance(texts, list | tuple)
    return [(one.title, one.text) for one in texts]
