"""Score log-ins with an Isolation Forest that can be read, in nothing but Python.

After Liu, Ting and Zhou (2008), algorithms 1 to 3. It is slow: for tests and simulation.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from uuid import UUID

from domain.identity.isolation import average_path, isolation_score
from domain.identity.login_background import background
from domain.identity.login_features import LoginFeatures
from ports.login_anomaly import ReadPast

TREES = 100
POINTS_MAX = 256

Point = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Leaf:
    points: int


@dataclass(frozen=True, slots=True)
class _Split:
    place: int
    at: float
    below: "_Leaf | _Split"
    above: "_Leaf | _Split"


class MemoryLoginAnomaly:
    """Forests that are grown anew for every question (port LoginAnomaly)."""

    def __init__(self, *, seed: int = 1) -> None:
        self._seed = seed

    async def score(
        self, *, user_id: UUID, newest: Sequence[UUID], past: ReadPast, now: LoginFeatures
    ) -> float | None:
        """Return the score of a log-in against the user's past."""
        points = [one.features.vector() for one in await past()]
        points += background(len(points))
        drawn = random.Random(self._seed)  # noqa: S311 - a seed must repeat a run
        sample = min(POINTS_MAX, len(points))
        deepest = (sample - 1).bit_length()
        vector = now.vector()
        depths = [
            _depth(_grown(drawn.sample(points, sample), deepest, drawn), vector)
            for _ in range(TREES)
        ]
        return isolation_score(fmean(depths), n=sample)


class RulesAlone:
    """No score at all: where scikit-learn is not installed (port LoginAnomaly)."""

    async def score(
        self, *, user_id: UUID, newest: Sequence[UUID], past: ReadPast, now: LoginFeatures
    ) -> float | None:
        """Return that there is none."""
        return None


def _grown(points: Sequence[Point], deepest: int, drawn: random.Random) -> _Leaf | _Split:
    """Cut at random until every point is alone, alike, or deep enough."""
    spans = [(min(column), max(column)) for column in zip(*points, strict=True)]
    differ = [place for place, (low, high) in enumerate(spans) if low < high]
    if not differ or deepest == 0:
        return _Leaf(len(points))
    place = drawn.choice(differ)
    at = drawn.uniform(*spans[place])
    below = [one for one in points if one[place] <= at]
    above = [one for one in points if one[place] > at]
    if not below or not above:
        # The cut fell on the highest value itself.
        return _Leaf(len(points))
    return _Split(place, at, _grown(below, deepest - 1, drawn), _grown(above, deepest - 1, drawn))


def _depth(tree: _Leaf | _Split, point: Point) -> float:
    passed = 0
    while isinstance(tree, _Split):
        tree = tree.below if point[tree.place] <= tree.at else tree.above
        passed += 1
    return passed + average_path(tree.points)
