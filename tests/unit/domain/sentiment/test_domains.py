"""A publisher is known by its domain, and one that passes for another is found out."""

import pytest

from domain.sentiment.domains import LISTED, Publishers, checked_domain
from domain.shared.values import InvalidValue

PUBLISHERS = Publishers(denied=("spam.example",))


@pytest.mark.parametrize(
    "domain",
    [
        "reuter5.com",
        "rueters.com",
        "reuterss.com",
        "reutrs.com",
        "reuters.co",
        "reuters.com.news.example",
        "b1oomberg.com",
        "bl00mberg.com",
        "bloornberg.com",
        "reu-ters.com",
        "w5j.com",
        "rеuters.com",
        "marketwatch.net",
    ],
)
def test_what_could_be_taken_for_a_listed_domain_is_found_out(domain: str) -> None:
    assert PUBLISHERS.looks_like(checked_domain(domain, field="url")) is not None


@pytest.mark.parametrize(
    "domain", [*LISTED, "www.reuters.com", "markets.ft.com", "blog.example", "wsb.com", "cnn.com"]
)
def test_others_are_not(domain: str) -> None:
    assert PUBLISHERS.looks_like(checked_domain(domain, field="url")) is None


def test_a_subdomain_is_as_its_domain_is_and_an_ending_alone_is_nothing() -> None:
    assert PUBLISHERS.is_listed("uk.reuters.com")
    assert not PUBLISHERS.is_listed("notreuters.com")
    assert PUBLISHERS.is_denied("a.spam.example")
    assert not PUBLISHERS.is_denied("example")


@pytest.mark.parametrize("text", ["", "localhost", "a b.com", "-a.com", "a..com", "x" * 300])
def test_what_is_no_domain_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue, match="domain"):
        checked_domain(text, field="url")
