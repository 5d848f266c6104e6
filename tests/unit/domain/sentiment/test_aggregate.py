"""A text counts as far as it can be believed, once however often it is copied, and never early."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.sentiment.aggregate import Weighing
from domain.sentiment.domains import Publishers
from domain.sentiment.items import SentimentItem, share
from domain.sentiment.near_copies import simhash

AT = datetime(2026, 3, 2, 15, tzinfo=UTC)
_SAID = (
    "profit loss guidance margin factory court supplier battery phone launch recall dividend "
    "buyback debt rating union strike export tariff cloud chip drug trial patent fine merger"
)
WORDS = _SAID.split()
DOMAINS = ("reuters.com", "blog.example", "reuter5.com", "", "denied.example", "other.example")
WEIGHING = Weighing(
    publishers=Publishers(denied=("denied.example",)), source_weights={"reddit": 0.5}
)


def item(
    number: int,
    *,
    text: str = "",
    positive: float = 0.6,
    negative: float = 0.1,
    minutes: float = 10,
    domain: str = "blog.example",
    source: str = "push",
    published: float | None = None,
) -> SentimentItem:
    """Return a text that was seen so many minutes ago."""
    seen_at = AT - timedelta(minutes=minutes)
    return SentimentItem(
        id=UUID(int=number),
        tenant_id=UUID(int=1),
        symbol="AAPL",
        source=source,
        domain=domain,
        url="",
        title="",
        text=text,
        author="",
        author_age_days=None,
        author_followers=None,
        published_at=None if published is None else seen_at - timedelta(minutes=published),
        seen_at=seen_at,
        positive=share(positive),
        negative=share(negative),
        truncated=False,
        scorer="lexicon",
        scorer_version="1",
        near=f"{simhash(text):016x}",
        digest=str(number),
    )


TEXTS = st.lists(st.sampled_from(WORDS), min_size=8, max_size=30).map(" ".join)
ITEMS = st.lists(
    st.builds(
        item,
        st.integers(min_value=1, max_value=10**9),
        text=TEXTS,
        positive=st.floats(min_value=0, max_value=1),
        negative=st.floats(min_value=0, max_value=1),
        minutes=st.floats(min_value=-500, max_value=2_000),
        domain=st.sampled_from(DOMAINS),
        source=st.sampled_from(("push", "reddit")),
        published=st.none() | st.floats(min_value=-10, max_value=20_000),
    ),
    max_size=12,
    unique_by=lambda one: one.id,
)


@settings(max_examples=1_000, deadline=None)
@given(ITEMS, ITEMS)
def test_no_item_seen_later_changes_the_figure_of_a_moment(
    items: list[SentimentItem], more: list[SentimentItem]
) -> None:
    late = [
        replace(one, id=UUID(int=one.id.int + 10**10), seen_at=AT + timedelta(minutes=place + 1))
        for place, one in enumerate(more)
    ]
    now = WEIGHING.sentiment(items, at=AT)
    assert WEIGHING.sentiment([*late, *items], at=AT) == now


@settings(max_examples=1_000, deadline=None)
@given(ITEMS, st.integers(min_value=1, max_value=5), st.randoms(use_true_random=False))
def test_copies_of_a_text_count_as_the_one_of_them_that_counts(
    items: list[SentimentItem], many: int, random: object
) -> None:
    if not items:
        return
    first = items[0]
    copies = [
        replace(
            first,
            id=UUID(int=10**10 + number),
            domain=DOMAINS[number % len(DOMAINS)],
            seen_at=first.seen_at + timedelta(minutes=number),
        )
        for number in range(many)
    ]
    crowd = WEIGHING.sentiment([*items, *copies], at=AT)
    kept = {one.item.id for one in crowd.items}
    alone = WEIGHING.sentiment([one for one in [*items, *copies] if one.id in kept], at=AT)
    assert (crowd.score, crowd.effective) == (alone.score, alone.effective)
    same = [one for one in crowd.items if one.item.bits == first.bits]
    assert len(same) <= 1


@settings(max_examples=300, deadline=None)
@given(ITEMS)
def test_who_confirms_an_item_is_whoever_does_by_the_definition(
    items: list[SentimentItem],
) -> None:
    judged = WEIGHING.judged(items)
    originals = [one for one in judged if one.copy_of is None]
    publishers = WEIGHING.publishers
    vouching = [
        one
        for one in originals
        if one.item.domain
        and not publishers.is_denied(one.item.domain)
        and publishers.looks_like(one.item.domain) is None
    ]
    for one in judged:
        group = one.copy_of or one.item.id
        others = {
            other.item.domain
            for other in vouching
            if other.item.id != group
            and other.item.domain != one.item.domain
            and abs(other.item.seen_at - one.item.seen_at) <= timedelta(minutes=60)
        }
        assert one.authenticity.corroboration == 1 - 0.5 ** len(others)


def test_a_thousand_near_copies_move_it_no_more_than_one() -> None:
    story = " ".join(WORDS * 3)
    others = [item(1, text="calm words about a meeting in Geneva", positive=0.5, negative=0.0)]
    planted = [
        item(
            number,
            text=f"{story} {number}{'!' * (number % 5)}",
            positive=0.0,
            negative=0.9,
            domain=f"site{number}.example",
            minutes=5 + number / 100,
        )
        for number in range(2, 1_002)
    ]
    figures = [WEIGHING.sentiment([*others, *crowd], at=AT) for crowd in (planted, [planted[-1]])]
    # The first that was seen stands for all of them.
    assert figures[0].score == figures[1].score
    assert sorted(one.copies for one in figures[0].items) == [0, 999]


@settings(max_examples=1_000, deadline=None)
@given(ITEMS)
def test_the_figure_is_the_weighted_mean_and_n_eff_that_of_kish(
    items: list[SentimentItem],
) -> None:
    found = WEIGHING.sentiment(items, at=AT)
    weights = np.array([one.weight for one in found.items])
    if not weights.any():
        assert (found.score, found.effective) == (None, 0.0)
        return
    scores = np.array([one.item.score for one in found.items])
    assert found.score == pytest.approx(float(np.average(scores, weights=weights)))
    assert found.effective == pytest.approx(float(weights.sum() ** 2 / (weights**2).sum()))


def test_weight_halves_every_six_hours_and_ends_after_a_day() -> None:
    def weight(hours: float) -> float:
        found = WEIGHING.sentiment([item(1, text="profit", minutes=60 * hours)], at=AT)
        return found.items[0].weight if found.items else 0.0

    assert weight(6) == pytest.approx(weight(0) / 2)
    assert weight(23.9) > 0
    assert weight(24) == 0


def test_the_parts_of_authenticity_are_those_of_the_definition() -> None:
    items = [
        item(1, text="profit margin factory", domain="reuters.com", published=5),
        item(2, text="court fine recall union strike", domain="blog.example", published=-5),
        item(3, text="merger tariff export", domain="reuter5.com", published=20_000),
        item(4, text="cloud chip patent", domain="denied.example"),
        item(5, text="drug trial dividend", domain=""),
    ]
    items[4] = replace(items[4], author_age_days=365, author_followers=0)
    found = {one.item.id.int: one for one in WEIGHING.sentiment(items, at=AT).items}
    trust = {number: one.authenticity for number, one in found.items()}
    assert [trust[number].tier for number in range(1, 6)] == [1, 0.5, 0.5, 0, 0.5]
    assert [trust[number].look_alike for number in range(1, 6)] == [1, 1, 0, 1, None]
    # Neither who forges a name, nor who is denied, nor nobody confirms what others write.
    assert [trust[number].corroboration for number in range(1, 6)] == [0.5, 0.5, 0.75, 0.75, 0.75]
    assert [trust[number].clock for number in range(1, 6)] == [1, 0, 0, None, None]
    assert [trust[number].author for number in range(1, 6)] == [None, None, None, None, 0.5]
    assert trust[1].whole == pytest.approx((1 + 1 + 0.5 + 1) / 4)
    assert (trust[3].whole, trust[3].looks_like) == (0, "reuters.com")
    assert (found[3].weight, found[4].weight) == (0, 0)
