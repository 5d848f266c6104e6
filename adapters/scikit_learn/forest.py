"""Grow an Isolation Forest of scikit-learn's trees, and ask all of them at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from domain.identity.isolation import average_path, isolation_score
from domain.identity.login_background import background
from domain.identity.login_features import LoginFeatures

# As in the paper: more trees change little, and a tree needs to see no more points.
TREES = 100
POINTS_MAX = 256
SEED = 20_081_215
# scikit-learn draws its seeds below this.
_SEEDS_END = np.iinfo(np.int32).max


@dataclass(frozen=True, slots=True, kw_only=True)
class Forest:
    """The nodes of all trees in one row of arrays, each tree's behind the one before.

    A leaf is its own child on both sides, so that going on from it stays there: all trees are
    walked together, as many steps as the deepest of them has.

    roots: where each tree begins. depths: of each node, the steps from the root and what
    average_path adds for the points that end there.
    """

    roots: npt.NDArray[np.intp]
    places: npt.NDArray[np.intp]
    cuts: npt.NDArray[np.float64]
    below: npt.NDArray[np.intp]
    above: npt.NDArray[np.intp]
    depths: npt.NDArray[np.float64]
    deepest: int
    points: int

    def score(self, now: LoginFeatures) -> float:
        """Return s(x, n) of the paper, in (0, 1]."""
        # In single precision, as the trees were grown.
        point = np.array(now.vector(), dtype=np.float32)
        at = self.roots
        for _ in range(self.deepest):
            at = np.where(point[self.places[at]] <= self.cuts[at], self.below[at], self.above[at])
        return isolation_score(float(self.depths[at].mean()), n=self.points)


def grow(habits: Sequence[LoginFeatures]) -> Forest:
    """Return a forest of these log-ins and the background; the same for the same ones.

    It is scikit-learn's IsolationForest to the last cut, as a test shows, in a quarter of the
    time: that one spends most of it on looking at its parameters again for every tree. Log-ins
    and background are never more than POINTS_MAX, so that every tree sees all of them.
    """
    from sklearn import config_context
    from sklearn.tree import ExtraTreeRegressor

    seen = [one.vector() for one in habits] + list(background(len(habits)))
    points = np.array(seen, dtype=np.float32)
    if len(points) > POINTS_MAX:
        raise ValueError(f"a forest sees at most {POINTS_MAX} log-ins, got {len(points)}")
    deepest = (len(points) - 1).bit_length()
    # Cuts are drawn at random: what is asked to be told apart is noise.
    noise = np.random.RandomState(SEED).uniform(size=len(points))
    trees = []
    with config_context(skip_parameter_validation=True):
        for seed in np.random.RandomState(SEED).randint(_SEEDS_END, size=TREES):
            drawn = np.random.RandomState(seed).randint(_SEEDS_END)
            tree = ExtraTreeRegressor(
                max_features=1, splitter="random", max_depth=deepest, random_state=drawn
            )
            trees.append(tree.fit(points, noise, check_input=False).tree_)
    return _flat(trees, points=len(points))


def _flat(trees: Sequence[Any], *, points: int) -> Forest:
    sizes = [tree.node_count for tree in trees]
    roots = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.intp)
    own = np.arange(sum(sizes), dtype=np.intp)
    shift = np.repeat(roots, sizes)
    left = np.concatenate([tree.children_left for tree in trees])
    right = np.concatenate([tree.children_right for tree in trees])
    is_leaf = left < 0
    ended = [0.0, *(average_path(number) for number in range(1, points + 1))]
    counts = np.concatenate([tree.n_node_samples for tree in trees])
    below = np.where(is_leaf, own, left + shift)
    above = np.where(is_leaf, own, right + shift)
    passed, deepest = _passed(roots, below, above)
    return Forest(
        roots=roots,
        # A leaf asks about nothing: any place will do.
        places=np.where(is_leaf, 0, np.concatenate([tree.feature for tree in trees])),
        cuts=np.concatenate([tree.threshold for tree in trees]),
        below=below,
        above=above,
        depths=passed + np.where(is_leaf, np.array(ended)[counts], 0.0),
        deepest=deepest,
        points=points,
    )


def _passed(
    roots: npt.NDArray[np.intp], below: npt.NDArray[np.intp], above: npt.NDArray[np.intp]
) -> tuple[npt.NDArray[np.float64], int]:
    """Return how many steps each node is from its root, and the most."""
    passed = np.zeros(len(below))
    level, deepest = roots, 0
    while True:
        level = level[below[level] != level]
        if not len(level):
            return passed, deepest
        deepest += 1
        level = np.concatenate([below[level], above[level]])
        passed[level] = deepest
