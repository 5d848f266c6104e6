"""Build the sources of texts that are set, and what keeps their keys out of what is said."""

import dataclasses
from collections.abc import Callable, Iterator
from urllib.parse import parse_qsl, unquote, urlsplit

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
from adapters.telemetry.health import own_version
from bootstrap.settings.sentiment import SentimentSettings
from bootstrap.system import System
from ports.news import NewsSource

_CONCEALED = "***"
# What is shorter is no key, and would take letters out of words; of addresses, whole words.
_KEY_MIN, _PART_MIN = 4, 8


def build_sources(own: SentimentSettings, *, system: System) -> list[NewsSource]:
    """Return what is to be looked at, by what is set."""
    sources: list[NewsSource] = [FeedSource(url) for url in own.feeds]
    if own.folder is not None:
        sources.append(FolderNews(own.folder))
    if own.newsapi_key is not None:
        sources.append(VendorNews(news_api(key=own.newsapi_key, words=own.newsapi_words)))
    if own.alpaca_key is not None and own.alpaca_secret is not None:
        sources.append(VendorNews(alpaca(key=own.alpaca_key, secret=own.alpaca_secret)))
    if own.polygon_key is not None:
        sources.append(VendorNews(polygon(key=own.polygon_key)))
    if own.alpha_vantage_key is not None:
        sources.append(VendorNews(alpha_vantage(key=own.alpha_vantage_key)))
    if own.reddit_id and own.reddit_secret and own.reddit_user:
        sources.append(
            RedditNews(
                own.reddit_boards,
                app_id=own.reddit_id,
                app_secret=own.reddit_secret,
                user=own.reddit_user,
                clock=system.clock,
                version=own_version(),
            )
        )
    return sources


def concealing(own: SentimentSettings) -> Callable[[str], str]:
    """Return what takes every key of these sources out of a text, longest first."""
    keys = sorted({one for one in _keys(own) if len(one) >= _KEY_MIN}, key=len, reverse=True)

    def concealed(text: str) -> str:
        for key in keys:
            text = text.replace(key, _CONCEALED)
        return text

    return concealed


def _keys(own: SentimentSettings) -> Iterator[str]:
    for one in dataclasses.fields(own):
        if one.metadata["rule"].secret and (value := getattr(own, one.name)):
            yield value
    # Feeds take keys in their addresses.
    for url in own.feeds:
        parts = urlsplit(url)
        yield url
        yield from (unquote(one) for one in (parts.username, parts.password) if one)
        further = [value for _, value in parse_qsl(parts.query)]
        further += [parts.query, *parts.path.split("/")]
        yield from (one for one in further if len(one) >= _PART_MIN)
