"""Feeds and folders are read as they are published, and what is none is told."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.market_data.news.asking import BYTES_MAX
from adapters.market_data.news.feed import FeedSource
from adapters.market_data.news.feed_format import ITEMS_MAX, read_feed
from adapters.market_data.news.folder import FolderNews
from adapters.market_data.news.vendors import VendorNews, alpaca, news_api, polygon
from ports.news import NewsText, NewsUnavailable
from tests.fakes.feeds import ATOM, RDF, RSS, feed_site
from tests.fakes.news_vendors import ALPACA, NEWS_API, NEWS_API_ERROR, POLYGON

AT = datetime(2026, 3, 2, 15, tzinfo=UTC)


def test_the_three_formats_are_read() -> None:
    assert read_feed(RSS) == [
        NewsText(
            title="Apple profit rose",
            text="Costs fell .",
            url="https://www.reuters.com/a",
            author="A. Writer",
            published_at=AT,
        ),
        NewsText(title="Without a time", text=""),
    ]
    assert read_feed(ATOM) == [
        NewsText(
            title="Shares & bonds fell",
            text="Losses widened",
            url="https://site.example/b",
            author="B. Writer",
            published_at=AT,
        )
    ]
    assert read_feed(RDF) == [
        NewsText(title="Dividend cut", text="", url="http://site.example/c", published_at=AT)
    ]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "no XML"),
        (b"<rss><channel>", "no XML"),
        (b"<html><body/></html>", "neither RSS nor Atom"),
        (b'<!DOCTYPE rss [<!ENTITY a "aa">]><rss><item><title>&a;</title></item></rss>', "type"),
        ('<!DOCTYPE rss [<!ENTITY a "aa">]><rss/>'.encode("utf-16"), "type"),
    ],
)
def test_what_is_no_feed_is_refused(body: bytes, why: str) -> None:
    with pytest.raises(NewsUnavailable, match=why):
        read_feed(body)


def test_no_more_entries_are_read_than_may_be() -> None:
    many = b"<rss>" + b"<item><title>a</title></item>" * (ITEMS_MAX + 1) + b"</rss>"
    assert len(read_feed(many)) == ITEMS_MAX


async def test_a_feed_is_asked_for_what_is_new_to_it() -> None:
    async with feed_site() as site:
        site.headers = {"ETag": '"one"', "Last-Modified": "Mon, 02 Mar 2026 10:00:00 GMT"}
        source = FeedSource(site.url)
        first = await source.latest()
        assert await source.latest() == first == read_feed(RSS)
        assert "if-none-match" not in site.asked[0]
        assert 'if-none-match: "one"' in site.asked[1]
        assert "if-modified-since: mon, 02 mar 2026" in site.asked[1]
        site.body, site.headers = ATOM, {"ETag": '"two"'}
        assert await source.latest() == read_feed(ATOM)
        assert FeedSource(f"{site.url}?other").name != source.name == FeedSource(site.url).name


async def test_a_feed_that_fails_says_how_and_when_to_ask_again() -> None:
    async with feed_site() as site:
        source = FeedSource(site.url)
        site.status, site.headers = "429 Too Many Requests", {"Retry-After": "120"}
        with pytest.raises(NewsUnavailable, match="429") as told:
            await source.latest()
        assert told.value.retry_after_s == 120
        site.status, site.headers = "301 Moved", {"Location": "http://127.0.0.1:9/"}
        with pytest.raises(NewsUnavailable, match="301"):
            await source.latest()
        site.status, site.body = "200 OK", b" " * (BYTES_MAX + 1)
        with pytest.raises(NewsUnavailable, match="more than"):
            await source.latest()
    with pytest.raises(NewsUnavailable, match="does not answer") as gone:
        await source.latest()
    assert site.url not in str(gone.value)


async def test_a_folders_texts_are_read_and_links_are_not(tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    source = FolderNews(folder)
    with pytest.raises(NewsUnavailable, match="cannot be read"):
        await source.latest()
    folder.mkdir()
    (folder / "b.txt").write_text("Apple rose\n\nProfit\nrose too.\n")
    (folder / "a.txt").write_text("\ufeffOnly a title")
    (folder / "empty.txt").write_text("\n")
    (folder / "other.csv").write_text("no text")
    (tmp_path / "secret.txt").write_text("outside")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    os.mkfifo(folder / "pipe.txt")
    assert await source.latest() == [
        NewsText(title="Only a title", text=""),
        NewsText(title="Apple rose", text="Profit rose too."),
    ]
    (folder / "c.txt").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(NewsUnavailable, match=r"c\.txt is not UTF-8"):
        await source.latest()


async def test_vendors_are_asked_with_their_keys_and_read() -> None:
    async with feed_site() as site:
        base = site.url.removesuffix("/feed")
        # Apart from where it is used: it is none, and looks like one there.
        second = "s-2"
        asked = (
            (news_api(key="k-1", words="stocks", base=base), NEWS_API, "x-api-key: k-1"),
            (alpaca(key="k-2", secret=second, base=base), ALPACA, f"apca-api-secret-key: {second}"),
            (polygon(key="k-3", base=base), POLYGON, "authorization: bearer k-3"),
        )
        for vendor, body, header in asked:
            site.body = body
            found = await VendorNews(vendor).latest()
            assert found[0] == NewsText(
                title="Apple profit rose",
                text="Costs fell.",
                url="https://www.reuters.com/a",
                author="A. Writer",
                published_at=AT,
                symbols=() if body is NEWS_API else ("AAPL",),
            )
            # What may be empty or absent says nothing.
            assert found[1:] == [NewsText(title="Shares fell", text="")]
            assert header in site.asked[-1]
            assert vendor.url.removeprefix(base) in site.asked[-1].splitlines()[0]
            assert "k-" not in repr(vendor)


async def test_a_vendor_that_refuses_or_answers_otherwise_is_told_without_its_key() -> None:
    async with feed_site() as site:
        base = site.url.removesuffix("/feed")
        source = VendorNews(news_api(key="k-1", words="stocks", base=base))
        site.status, site.body = "429 Too Many Requests", NEWS_API_ERROR
        site.headers = {"Retry-After": "3600"}
        with pytest.raises(NewsUnavailable, match="429") as told:
            await source.latest()
        assert told.value.retry_after_s == 3_600
        site.status = "200 OK"
        for body in (NEWS_API_ERROR, b"[]", b"", b"<html>"):
            site.body = body
            with pytest.raises(NewsUnavailable, match="another format") as told:
                await source.latest()
            assert "k-1" not in str(told.value)
