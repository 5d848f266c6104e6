"""Ids ascend, carry their time and follow RFC 9562."""

import uuid

import pytest

from domain.shared.uuid7 import ENTROPY_BITS, Uuid7Sequence

ALL_ONES = (1 << ENTROPY_BITS) - 1


def test_an_id_has_version_seven_the_rfc_variant_and_its_milliseconds() -> None:
    made = Uuid7Sequence().next(unix_ms=1_645_557_742_000, entropy=ALL_ONES)
    assert made.version == 7
    assert made.variant == uuid.RFC_4122
    # The time of the example in RFC 9562, appendix A.6.
    assert str(made).startswith("017f22e2-79b0-7")


def test_ids_ascend_within_a_millisecond_whatever_the_entropy() -> None:
    sequence = Uuid7Sequence()
    made = [sequence.next(unix_ms=5, entropy=entropy) for entropy in (ALL_ONES, 0, 7, ALL_ONES, 0)]
    assert made == sorted(set(made))


def test_ids_ascend_when_the_clock_goes_back() -> None:
    sequence = Uuid7Sequence()
    first = sequence.next(unix_ms=1_000, entropy=0)
    second = sequence.next(unix_ms=10, entropy=0)
    assert second > first
    assert second.int >> 80 == 1_000


def test_a_spent_counter_borrows_the_next_millisecond() -> None:
    sequence = Uuid7Sequence()
    first = sequence.next(unix_ms=5, entropy=0)
    # Every counter bit of the head: the 12 before the variant and the 30 behind it.
    sequence._head |= (0xFFF << 32) | ((1 << 30) - 1)
    second = sequence.next(unix_ms=5, entropy=0)
    assert second > first
    assert second.int >> 80 == 6


def test_the_counter_carries_over_the_variant() -> None:
    sequence = Uuid7Sequence()
    first = sequence.next(unix_ms=5, entropy=0)
    sequence._head |= (1 << 30) - 1
    second = sequence.next(unix_ms=5, entropy=0)
    third = sequence.next(unix_ms=5, entropy=0)
    assert first < second < third
    assert second.variant == third.variant == uuid.RFC_4122
    assert [made.int >> 64 & 0xFFF for made in (first, second, third)] == [0, 1, 1]
    assert [made.int >> 32 & (1 << 30) - 1 for made in (second, third)] == [0, 1]


@pytest.mark.parametrize("unix_ms", [-1, 1 << 48])
def test_a_time_that_does_not_fit_is_refused(unix_ms: int) -> None:
    with pytest.raises(ValueError, match="48 bits"):
        Uuid7Sequence().next(unix_ms=unix_ms, entropy=0)
