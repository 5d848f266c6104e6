"""The score is the one of the paper, and the background fills the space that it is taken in."""

import math

import pytest

from domain.identity.isolation import average_path, isolation_score
from domain.identity.login_background import background


def test_the_average_path_is_the_papers() -> None:
    assert average_path(1) == 0.0
    assert average_path(2) == 1.0
    # The paper's own sample size: c(256) is 10.24.
    assert average_path(256) == pytest.approx(10.2448, abs=1e-4)
    assert average_path(3) == pytest.approx(2 * (math.log(2) + 0.5772156649) - 4 / 3)


def test_the_score_is_a_half_at_the_average_and_one_at_the_root() -> None:
    assert isolation_score(average_path(256), n=256) == pytest.approx(0.5)
    assert isolation_score(0.0, n=256) == 1.0
    assert isolation_score(1.0, n=2) == 0.5
    assert isolation_score(255.0, n=256) < 1e-6


@pytest.mark.parametrize(("depth", "n"), [(-0.1, 256), (1.0, 1)])
def test_what_is_no_tree_has_no_score(depth: float, n: int) -> None:
    said = r"^a depth is not negative, and a tree that isolates saw two points$"
    with pytest.raises(ValueError, match=said):
        isolation_score(depth, n=n)
    with pytest.raises(ValueError, match=r"^a tree holds at least one point$"):
        average_path(0)


@pytest.mark.parametrize(
    ("habits", "count"), [(0, 8), (20, 8), (84, 8), (86, 9), (100, 10), (200, 20)]
)
def test_a_tenth_is_background_and_eight_at_least(habits: int, count: int) -> None:
    assert len(background(habits)) == count


def test_the_background_is_even_and_always_the_same() -> None:
    made = background(2_000)
    assert made == background(2_000)
    assert made[:20] == background(200)
    for place, column in enumerate(zip(*made, strict=True)):
        low, high = (-1.0, 1.0) if place < 2 else (0.0, 1.0)
        assert min(column) >= low
        assert max(column) <= high
        assert sum(column) / len(column) == pytest.approx((low + high) / 2, abs=0.02)
    assert all(one[0] ** 2 + one[1] ** 2 == pytest.approx(1.0) for one in made)
