"""Settings of sentiment that cannot be are named, and what an address holds is not repeated."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from bootstrap.settings.sentiment import SentimentSettings, sentiment_faults, weights_of

TENANT = str(UUID(int=1))
_APP: dict[str, Any] = {"reddit_id": "secret", "reddit_secret": "secret", "reddit_user": "me-1"}


@pytest.mark.parametrize(
    ("own", "named"),
    [
        (SentimentSettings(), []),
        (SentimentSettings(feeds=("https://a.example/feed",), tenant=TENANT), []),
        (SentimentSettings(feeds=("https://a.example/feed",)), ["tenant"]),
        (SentimentSettings(folder=Path("texts"), tenant="me"), ["tenant"]),
        (SentimentSettings(feeds=("ftp://secret/",), tenant=TENANT), ["feeds"]),
        (SentimentSettings(feeds=("https://[secret",), tenant=TENANT), ["feeds"]),
        (SentimentSettings(polygon_key="secret"), ["tenant"]),
        (SentimentSettings(newsapi_key="secret", tenant=TENANT), []),
        (SentimentSettings(alpaca_key="secret", tenant=TENANT), ["alpaca_secret"]),
        (SentimentSettings(alpaca_secret="secret"), ["alpaca_secret"]),
        (SentimentSettings(alpha_vantage_key="secret"), ["tenant"]),
        (SentimentSettings(reddit_id="secret", tenant=TENANT), ["reddit_secret"]),
        (SentimentSettings(reddit_secret="secret"), ["reddit_id"]),
        (SentimentSettings(**_APP, tenant=TENANT), []),
        (SentimentSettings(**_APP), ["tenant"]),
        (SentimentSettings(**{**_APP, "reddit_user": "a b"}, tenant=TENANT), ["reddit_user"]),
        (SentimentSettings(reddit_boards=()), ["reddit_boards"]),
        (SentimentSettings(model=Path("no such folder")), ["model"]),
        (SentimentSettings(reddit_boards=("r/stocks",)), ["reddit_boards"]),
        (SentimentSettings(listed_domains=("no domain",)), ["listed_domains"]),
        (SentimentSettings(denied_domains=("",)), ["denied_domains"]),
        (SentimentSettings(source_weights=("reddit=2",)), ["source_weights"]),
        (SentimentSettings(source_weights=("reddit=nan",)), ["source_weights"]),
        (SentimentSettings(source_weights=("reddit",)), ["source_weights"]),
        (SentimentSettings(source_weights=("two words=1",)), ["source_weights"]),
    ],
)
def test_what_cannot_be_is_named(own: SentimentSettings, named: list[str]) -> None:
    faults = list(sentiment_faults(own))
    assert [name for name, _ in faults] == [f"sentiment.{one}" for one in named]
    assert not any("secret" in why for _, why in faults)


def test_weights_are_by_source() -> None:
    own = SentimentSettings(source_weights=("reddit=0.5", "rss:a.example:1=0"))
    assert weights_of(own) == {"reddit": 0.5, "rss:a.example:1": 0.0}
