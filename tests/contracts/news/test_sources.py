"""Feeds, folders, a vendor and the guide's example are sources of texts; liars are found out."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.sax.saxutils import escape

import pytest

from adapters.market_data.news.feed import FeedSource
from adapters.market_data.news.folder import FolderNews
from adapters.market_data.news.reddit import RedditNews
from adapters.market_data.news.vendors import (
    VendorNews,
    alpaca,
    alpha_vantage,
    news_api,
    polygon,
)
from adapters.memory.time import ManualClock
from ports.news import NewsSource, NewsText, NewsUnavailable
from tests import builders
from tests.contracts.news.contract import KEY, NewsSourceContract, NewsStage
from tests.contracts.news.example import OfficeNews
from tests.fakes.feeds import FeedSite, feed_site

Wire = Callable[[Sequence[NewsText]], bytes]


class SiteStage(NewsStage):
    """A site on loopback that speaks some format."""

    def __init__(self, site: FeedSite, source: NewsSource, wire: Wire) -> None:
        self.site, self.source, self.wire = site, source, wire
        self.tell()

    def tell(self, *texts: NewsText) -> None:
        self.site.status, self.site.body = "200 OK", self.wire(texts)

    def go_away(self) -> None:
        # Some repeat what they were asked with.
        self.site.status, self.site.body = "503 Service Unavailable", KEY.encode()

    def garble(self) -> None:
        self.site.status, self.site.body = "200 OK", f"<html>{KEY}".encode()


@asynccontextmanager
async def site_stage(
    made: Callable[[FeedSite], NewsSource], wire: Wire
) -> AsyncIterator[NewsStage]:
    async with feed_site() as site:
        yield SiteStage(site, made(site), wire)


def rss(texts: Sequence[NewsText]) -> bytes:
    items = "".join(
        f"<item><title>{escape(one.title)}</title><description>{escape(one.text)}</description>"
        "</item>"
        for one in texts
    )
    return f'<rss version="2.0"><channel>{items}</channel></rss>'.encode()


def listed(under: str, title: str, text: str) -> Wire:
    """Return a format of JSON: a list of objects, by these names."""

    def written(texts: Sequence[NewsText]) -> bytes:
        return json.dumps({under: [{title: one.title, text: one.text} for one in texts]}).encode()

    return written


class TestFeed(NewsSourceContract):
    @asynccontextmanager
    async def staged(self) -> AsyncIterator[NewsStage]:
        async with site_stage(lambda site: FeedSource(f"{site.url}?key={KEY}"), rss) as stage:
            yield stage


class FolderStage(NewsStage):
    """A folder of texts."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.source = folder, FolderNews(folder)

    def tell(self, *texts: NewsText) -> None:
        self.go_away()
        self.folder.mkdir()
        for place, one in enumerate(texts):
            (self.folder / f"{place}.txt").write_text(f"{one.title}\n{one.text}\n")

    def go_away(self) -> None:
        if self.folder.exists():
            for one in self.folder.iterdir():
                one.unlink()
            self.folder.rmdir()

    def garble(self) -> None:
        self.tell()
        (self.folder / "0.txt").write_bytes(b"\xff\xfe")


class TestFolder(NewsSourceContract):
    @asynccontextmanager
    async def staged(self) -> AsyncIterator[NewsStage]:
        with TemporaryDirectory() as place:
            stage = FolderStage(Path(place) / "texts")
            stage.tell()
            yield stage


class TestNewsApi(NewsSourceContract):
    @asynccontextmanager
    async def staged(self) -> AsyncIterator[NewsStage]:
        wire = listed("articles", "title", "description")
        async with site_stage(
            lambda site: VendorNews(news_api(key=KEY, words="stocks", base=site.url)), wire
        ) as stage:
            yield stage


class TestAlpaca(NewsSourceContract):
    @asynccontextmanager
    async def staged(self) -> AsyncIterator[NewsStage]:
        wire = listed("news", "headline", "summary")
        async with site_stage(
            lambda site: VendorNews(alpaca(key=KEY, secret=KEY, base=site.url)), wire
        ) as stage:
            yield stage


class TestPolygon(NewsSourceContract):
    @asynccontextmanager
    async def staged(self) -> AsyncIterator[NewsStage]:
        wire = listed("results", "title", "description")
        async with site_stage(
            lambda site: VendorNews(polygon(key=KEY, base=site.url)), wire
        ) as stage:
            yield stage


class TestAlphaVantage(NewsSourceContract):
    @asynccontextmanager
    async def staged(self) -> AsyncIterator[NewsStage]:
        wire = listed("feed", "title", "summary")
        async with site_stage(
            lambda site: VendorNews(alpha_vantage(key=KEY, base=site.url)), wire
        ) as stage:
            yield stage


def posts(texts: Sequence[NewsText]) -> bytes:
    """Return a token and a listing in one: the site answers every path alike."""
    children = [
        {
            "kind": "t3",
            "data": {
                "title": one.title,
                "selftext": one.text,
                "permalink": "/r/stocks/1",
                "created_utc": 1_772_463_600.0,
            },
        }
        for one in texts
    ]
    said = {"access_token": KEY, "expires_in": 3_600, "data": {"children": children}}
    return json.dumps(said).encode()


class TestReddit(NewsSourceContract):
    @asynccontextmanager
    async def staged(self) -> AsyncIterator[NewsStage]:
        def made(site: FeedSite) -> NewsSource:
            return RedditNews(
                ["stocks"],
                app_id="app",
                app_secret=KEY,
                user="ada",
                clock=ManualClock(builders.AT),
                version="1",
                login_base=site.url,
                base=site.url,
            )

        async with site_stage(made, posts) as stage:
            yield stage


class TestExample(NewsSourceContract):
    """The one that CONTRIBUTING shows."""

    @asynccontextmanager
    async def staged(self) -> AsyncIterator[NewsStage]:
        async with site_stage(
            lambda site: OfficeNews(site.url, key=KEY), listed("stories", "headline", "body")
        ) as stage:
            yield stage


class Liar:
    """The example, and one thing that it does wrong."""

    name = "office"

    def __init__(self, url: str) -> None:
        self.source = OfficeNews(url, key=KEY)

    async def latest(self) -> Sequence[NewsText]:
        raise NotImplementedError


class Quiet(Liar):
    """Takes one that is away for one that has nothing to say."""

    async def latest(self) -> Sequence[NewsText]:
        try:
            return await self.source.latest()
        except NewsUnavailable:
            return []


class Talker(Liar):
    """Tells its key to who asks what is wrong."""

    async def latest(self) -> Sequence[NewsText]:
        try:
            return await self.source.latest()
        except NewsUnavailable as problem:
            raise NewsUnavailable(f"{problem} (asked with {KEY})") from None


class Forgetful(Liar):
    """Tells each text once, as if nobody ever missed one."""

    told: frozenset[NewsText] = frozenset()

    async def latest(self) -> Sequence[NewsText]:
        new = [one for one in await self.source.latest() if one not in self.told]
        self.told |= frozenset(new)
        return new


@pytest.mark.parametrize(
    ("liar", "test"),
    [
        (Quiet, "test_one_that_is_away_says_so_without_its_key_and_comes_back"),
        (Quiet, "test_another_format_is_no_text_and_no_fault_of_its_own"),
        (Talker, "test_one_that_is_away_says_so_without_its_key_and_comes_back"),
        (Forgetful, "test_what_stands_there_is_told_each_time"),
    ],
)
async def test_a_liar_is_found_out(liar: type[Liar], test: str) -> None:
    wire = listed("stories", "headline", "body")
    async with site_stage(lambda site: liar(site.url), wire) as stage:
        with pytest.raises((AssertionError, pytest.fail.Exception)):
            await getattr(TestExample(), test)(stage)
