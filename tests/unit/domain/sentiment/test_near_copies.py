"""Texts that differ in little are copies, and others are not."""

import random

from hypothesis import given
from hypothesis import strategies as st

from domain.sentiment.near_copies import BITS, DISTANCE_MAX, groups, simhash

HASHES = st.lists(st.integers(min_value=0, max_value=2**BITS - 1), max_size=12)


@given(HASHES, st.lists(st.sets(st.integers(0, BITS - 1), max_size=5), max_size=12))
def test_groups_are_what_comparing_each_with_each_finds(
    hashes: list[int], flips: list[set[int]]
) -> None:
    near = [
        bits ^ sum(1 << place for place in flip) for bits, flip in zip(hashes, flips, strict=False)
    ]
    every = [*hashes, *near]
    expected = list(range(len(every)))
    changed = True
    while changed:
        changed = False
        for one, mine in enumerate(every):
            for other, theirs in enumerate(every):
                close = (mine ^ theirs).bit_count() <= DISTANCE_MAX
                if close and expected[one] > expected[other]:
                    expected[one], changed = expected[other], True
    assert groups(every) == expected


def test_case_numbers_links_and_marks_make_no_other_text() -> None:
    text = "Apple cut its outlook, and shares fell."
    assert simhash(text) == simhash(
        "APPLE cut its outlook and shares fell!!! 17 https://a.example/b"
    )
    assert simhash("") == simhash("17 18") == 0


def test_texts_of_their_own_are_no_copies() -> None:
    words = [f"w{chr(97 + one % 26)}{chr(97 + one // 26)}" for one in range(500)]
    source = random.Random(7)
    texts = [" ".join(source.sample(words, 20)) for _ in range(2_000)]
    found = groups([simhash(one) for one in texts])
    assert sum(place != first for place, first in enumerate(found)) == 0
