"""What sources say of their failures holds no key of the settings."""

import dataclasses
from typing import Any

import pytest

from bootstrap.sentiment.sources import build_sources, concealing
from bootstrap.settings.sentiment import SentimentSettings
from bootstrap.system import build_system

KEYED: dict[str, Any] = {
    name: f"k-{place}-0123456789"
    for place, name in enumerate(
        one.name for one in dataclasses.fields(SentimentSettings) if one.metadata["rule"].secret
    )
}
WORD = "pass-word"
FEED = "https://" + "reader:" + WORD + "@a.example/feeds/longer-token-1/x?token=secret-token-9"


@pytest.mark.parametrize("name", sorted(KEYED))
def test_no_key_is_repeated(name: str) -> None:
    own = SentimentSettings(**{name: KEYED[name]})
    said = concealing(own)(f"answered with {KEYED[name]} and {KEYED[name]}")
    assert said == "answered with *** and ***"


@pytest.mark.parametrize("part", [WORD, "secret-token-9", "longer-token-1", FEED])
def test_nothing_that_an_address_holds_is_repeated(part: str) -> None:
    conceal = concealing(SentimentSettings(feeds=(FEED,)))
    assert part not in conceal(f"no answer of {part}")
    assert conceal("sent no feed within 10 s") == "sent no feed within 10 s"


def test_each_source_that_is_set_is_built_once() -> None:
    own = SentimentSettings(feeds=(FEED, "https://b.example/rss"), reddit_user="ada", **KEYED)
    names = [one.name for one in build_sources(own, system=build_system())]
    assert len(set(names)) == len(names)
    assert [one.partition(":")[0] for one in names] == [
        *["rss"] * 2,
        "newsapi",
        "alpaca",
        "polygon",
        "alpha_vantage",
        "reddit",
    ]
    assert not any(key in name for name in names for key in (*KEYED.values(), "secret-token-9"))
