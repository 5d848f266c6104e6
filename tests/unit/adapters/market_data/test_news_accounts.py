"""Alpha Vantage and Reddit are asked as their documents say, and each fault is told plainly."""

from datetime import UTC, datetime

import pytest

from adapters.market_data.news.asking import BYTES_MAX
from adapters.market_data.news.reddit import RedditNews
from adapters.market_data.news.vendors import VendorNews, alpha_vantage
from adapters.memory.time import ManualClock
from ports.news import NewsSource, NewsText, NewsUnavailable
from tests.fakes.news_accounts import (
    APP,
    KEY,
    TOKENS_LAST_S,
    USER,
    WORD,
    AlphaVantageServer,
    RedditServer,
)
from tests.fakes.provider import Fault
from tests.fakes.web import Answer

AT = datetime(2026, 3, 2, 15, tzinfo=UTC)
# What a source answers in place of a yes, and what is told of it.
FAULTS = [
    (Answer(status=429, fields=(("Retry-After", "30"),)), "status 429", 30.0),
    (Answer(status=503), "status 503", None),
    (Answer(status=200, body=b'{"feed"', lacks=200), "does not answer", None),
    (Answer(status=200, body=b"<html>"), "another format", None),
    (Answer(status=200, body=b'{"feed": 1, "data": 2}'), "another format", None),
    (Answer(status=200, body=b" " * (BYTES_MAX + 1)), "more than", None),
    (Answer(status=302, fields=(("Location", "http://127.0.0.1:9/"),)), "status 302", None),
]


def reddit(site: RedditServer, clock: ManualClock) -> RedditNews:
    """Return the source that asks this site."""
    return RedditNews(
        ["stocks", "investing"],
        app_id=APP,
        app_secret=WORD,
        user=USER,
        clock=clock,
        version="1.0",
        login_base=site.url,
        base=site.url,
    )


async def failure(source: NewsSource) -> NewsUnavailable:
    """Return why a source has nothing, which names no key."""
    with pytest.raises(NewsUnavailable) as met:
        await source.latest()
    assert "canary" not in str(met.value)
    return met.value


async def test_alpha_vantages_articles_are_read_with_the_symbols_that_it_names() -> None:
    async with AlphaVantageServer() as site:
        vendor = alpha_vantage(key=KEY, base=site.url)
        assert await VendorNews(vendor).latest() == [
            NewsText(
                title="Apple profit rose",
                text="Costs fell.",
                url="https://www.reuters.com/a",
                author="A. Writer, B. Writer",
                published_at=AT,
                symbols=("AAPL", "CRYPTO:BTC"),
            ),
            NewsText(title="Shares fell", text=""),
        ]
        assert "canary" not in repr(vendor)


async def test_what_alpha_vantage_refuses_with_status_200_is_no_empty_feed() -> None:
    async with AlphaVantageServer() as site:
        source = VendorNews(alpha_vantage(key=KEY, base=site.url))
        site.fault = Fault.BUSY
        told = await failure(source)
        assert ("too often" in str(told), told.retry_after_s) == (True, 3_600)
        site.fault = None
        wrong = VendorNews(alpha_vantage(key="another", base=site.url))
        assert "refuses" in str(await failure(wrong))
        site.instead = Answer(status=200, body=b"{}")
        assert "sent no feed" in str(await failure(source))


@pytest.mark.parametrize(("answer", "why", "after"), FAULTS)
async def test_a_fault_of_alpha_vantage_is_told(
    answer: Answer, why: str, after: float | None
) -> None:
    async with AlphaVantageServer(instead=answer) as site:
        told = await failure(VendorNews(alpha_vantage(key=KEY, base=site.url)))
        assert (why in str(told), told.retry_after_s) == (True, after), told


async def test_reddits_newest_posts_are_read_under_a_token_of_the_app() -> None:
    clock = ManualClock(AT)
    async with RedditServer() as site:
        source = reddit(site, clock)
        found = await source.latest()
        assert found == [
            NewsText(
                title="Apple profit rose",
                text="Costs fell & I bought.",
                url="https://www.reddit.com/r/stocks/comments/abc/apple_profit_rose/",
                author="holder",
                published_at=AT,
            ),
            # What was taken away says nothing.
            NewsText(
                title="Shares fell",
                text="",
                url="https://www.reddit.com/r/investing/comments/abd/shares_fell/",
                published_at=AT,
            ),
        ]
        assert await source.latest() == found
        assert len(site.tokens) == 1
        clock.advance(TOKENS_LAST_S)
        assert await source.latest() == found
        assert len(site.tokens) == 2


async def test_a_token_that_was_taken_back_costs_one_look() -> None:
    async with RedditServer() as site:
        source = reddit(site, ManualClock(AT))
        await source.latest()
        site.tokens[:] = ["token-canary-other"]
        assert "status 401" in str(await failure(source))
        assert len(await source.latest()) == 2


async def test_reddit_says_when_its_next_period_begins() -> None:
    async with RedditServer() as site:
        site.fault = Fault.BUSY
        told = await failure(reddit(site, ManualClock(AT)))
        assert ("status 429" in str(told), told.retry_after_s) == (True, 417)


@pytest.mark.parametrize("in_hand", [False, True])
@pytest.mark.parametrize(("answer", "why", "after"), FAULTS)
async def test_a_fault_of_reddit_is_told_with_and_without_a_token(
    answer: Answer, why: str, after: float | None, in_hand: bool
) -> None:
    async with RedditServer() as site:
        source = reddit(site, ManualClock(AT))
        if in_hand:
            await source.latest()
        site.instead = answer
        told = await failure(source)
        assert (why in str(told), told.retry_after_s) == (True, after), told


async def test_a_wrong_secret_of_the_app_is_told() -> None:
    async with RedditServer() as site:
        source = RedditNews(
            ["stocks"],
            app_id=APP,
            app_secret="x",
            user=USER,
            clock=ManualClock(AT),
            version="1.0",
            login_base=site.url,
            base=site.url,
        )
        assert "status 401" in str(await failure(source))
