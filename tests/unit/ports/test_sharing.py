"""The values of what processes share hold only what makes sense."""

from typing import Any

import pytest

from ports.cache import CacheKey, CachePolicy
from ports.rate_limits import RateLimit


def test_entries_lapse_within_the_jitter_and_never_later() -> None:
    policy = CachePolicy(fresh_s=100, jitter=0.2, absent_s=10)
    lasts = [policy.lasts_s(absent=False, chance=number / 10) for number in range(10)]
    assert lasts[0] == 100
    assert all(80 < one <= 100 for one in lasts)
    assert len(set(lasts)) == 10
    assert policy.lasts_s(absent=True, chance=0) == 10


@pytest.mark.parametrize(
    "wrong",
    [
        {"fresh_s": 0},
        {"fresh_s": 1, "jitter": 1},
        {"fresh_s": 1, "stale_s": -1},
        {"fresh_s": 1, "load_s": 0},
        {"fresh_s": 1, "size_max_bytes": 2**30},
    ],
)
def test_a_policy_without_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"cache|jitter|entry"):
        CachePolicy(**wrong)


@pytest.mark.parametrize("name", ["", "x" * 201, "\u20ac" * 67])
def test_a_key_is_bounded(name: str) -> None:
    with pytest.raises(ValueError, match="bytes"):
        CacheKey(tenant_id=None, space="rates", name=name)


@pytest.mark.parametrize("processes", [1, 2, 5, 12])
def test_the_parts_of_a_limit_are_no_more_than_the_whole(processes: int) -> None:
    whole = RateLimit(name="x", per_s=6, burst=12)
    part = whole.shared_by(processes)
    assert part.burst * processes <= whole.burst
    assert part.per_s * processes == pytest.approx(whole.per_s)


@pytest.mark.parametrize("wrong", [{"per_s": 0}, {"per_s": float("inf")}, {"burst": 0}])
def test_a_limit_without_sense_is_refused(wrong: dict[str, Any]) -> None:
    fields: dict[str, Any] = {"name": "x", "per_s": 1.0, "burst": 1}
    with pytest.raises(ValueError, match="positive"):
        RateLimit(**(fields | wrong))
