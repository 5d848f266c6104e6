"""Texts that differ in little are copies, and others are not."""

import random
from collections.abc import Callable
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from domain.sentiment import near_copies
from domain.sentiment.near_copies import BITS, DISTANCE_MAX, groups, simhash

HASHES = st.lists(st.integers(min_value=0, max_value=2**BITS - 1), max_size=12)
FLIPS = st.lists(st.sets(st.integers(0, BITS - 1), max_size=5), max_size=12)
# Alike in many bits, as somebody would make them who wants them compared.
CRAFTED = st.lists(st.integers(min_value=0, max_value=2**12 - 1), max_size=24)


def plainly(every: list[int]) -> list[int]:
    """Return the groups by comparing each with each, until nothing changes."""
    expected = list(range(len(every)))
    changed = True
    while changed:
        changed = False
        for one, mine in enumerate(every):
            for other, theirs in enumerate(every):
                close = (mine ^ theirs).bit_count() <= DISTANCE_MAX
                if close and expected[one] > expected[other]:
                    expected[one], changed = expected[other], True
    return expected


def spread(value: int, bits: int) -> int:
    """Return a value of few bits with these dealt out over all 64."""
    return sum((value >> at & 1) << at * BITS // bits for at in range(bits))


@settings(max_examples=1_000, deadline=None)
@given(HASHES, FLIPS, CRAFTED, st.sampled_from([2, 4, 256]))
def test_groups_are_what_comparing_each_with_each_finds(
    hashes: list[int], flips: list[set[int]], crafted: list[int], few: int
) -> None:
    near = [
        bits ^ sum(1 << place for place in flip) for bits, flip in zip(hashes, flips, strict=False)
    ]
    every = [*hashes, *near, *(spread(one, 12) for one in crafted)]
    # However few are compared at once: bands of bits are divided for the others.
    with patch.object(near_copies, "_FEW", few):
        assert groups(every) == plainly(every)


def test_many_texts_are_grouped_as_a_plain_matrix_of_distances_says() -> None:
    source = random.Random(11)
    roots = [source.getrandbits(BITS) for _ in range(500)]
    every = [
        source.choice(roots) ^ sum(1 << bit for bit in source.sample(range(BITS), k=2))
        for _ in range(1_500)
    ]
    bits = np.array(every, dtype=np.uint64)
    expected = np.arange(len(every))
    close = np.bitwise_count(bits[:, None] ^ bits[None, :]) <= DISTANCE_MAX
    while True:
        least = np.where(close, expected[None, :], len(every)).min(axis=1)
        if (least == expected).all():
            break
        expected = least
    assert groups(every) == expected.tolist()


MANY = 4_000


@pytest.mark.parametrize(
    ("made", "each_max"),
    [
        # One band of sixteen bits in common, then two, then four of five bits.
        (lambda source: source.getrandbits(48) << 16, 20),
        (lambda source: source.getrandbits(32) << 32, 80),
        (lambda source: spread(source.getrandbits(20), 20), 400),
        # A few others keep all bits from being the same.
        (lambda source: spread(source.getrandbits(24), 24) | source.choice([0] * 99 + [64]), 400),
    ],
)
def test_texts_crafted_to_share_bits_are_not_all_compared(
    made: Callable[[random.Random], int], each_max: int
) -> None:
    source, compared = random.Random(3), 0
    every = [made(source) for _ in range(MANY)]
    near = near_copies._near

    def counted(one: np.uint64, others: near_copies.Bits) -> NDArray[np.bool_]:
        nonlocal compared
        compared += len(others)
        return near(one, others)

    with patch.object(near_copies, "_near", counted):
        groups(every)
    # Each with each would be MANY / 2 for each.
    assert compared <= each_max * MANY


def test_a_text_is_never_compared_more_than_with_each_other() -> None:
    source, compared = random.Random(5), 0
    # Ten bits vary, and all points of them are there: hundreds are alike in each band.
    every = [spread(one, 10) for one in source.sample(range(2**10), 600)]
    near = near_copies._near

    def counted(one: np.uint64, others: near_copies.Bits) -> NDArray[np.bool_]:
        nonlocal compared
        compared += len(others)
        return near(one, others)

    with patch.object(near_copies, "_near", counted):
        assert set(groups(every)) == {0}
    assert 0 < compared <= 600 * 599 // 2


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
