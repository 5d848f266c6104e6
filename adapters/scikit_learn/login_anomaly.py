"""Score log-ins with scikit-learn's Isolation Forest, a small forest for each user."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Any
from uuid import UUID

from domain.identity.login_background import background
from domain.identity.login_features import LoginFeatures, LoginRecord
from ports.login_anomaly import Unscored

# As in the paper: more trees change little, and a tree needs to see no more points.
TREES = 100
POINTS_MAX = 256
SEED = 20_081_215
# A forest is grown again once it has not seen more of the log-ins than this part of them, and
# than so many: growing costs some 70 ms of the processor, as much as three hundred queries.
UNSEEN_PART = 10
UNSEEN_MIN = 4
# A forest takes about three megabytes; those asked for last are kept.
FORESTS_KEPT = 16
WAIT_S = 5.0
WAITING_MAX = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grown:
    forest: Any
    last: UUID
    unseen_max: int


class ForestLoginAnomaly:
    """Forests grown from what is remembered, when they are asked for (port LoginAnomaly).

    Nothing is stored of them: they are grown from the log-ins again, in a thread beside the
    event loop, one at a time. The first one waits for scikit-learn to be imported.
    """

    def __init__(self, *, wait_s: float = WAIT_S) -> None:
        self._wait_s = wait_s
        self._grown: OrderedDict[UUID, _Grown] = OrderedDict()
        self._thread: ThreadPoolExecutor | None = None
        # Given back by the thread.
        self._places = BoundedSemaphore(WAITING_MAX)

    async def score(
        self, *, user_id: UUID, past: Sequence[LoginRecord], now: LoginFeatures
    ) -> float | None:
        """Return the score of a log-in against the user's past; raises Unscored."""
        if not self._places.acquire(blocking=False):
            raise Unscored("too many log-ins wait for their score")
        if self._thread is None:
            self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="login-score")
        # The thread may still work for one who does not wait any more: it counts until then.
        work = self._thread.submit(self._score, user_id, tuple(past), now)
        work.add_done_callback(lambda _: self._places.release())
        try:
            async with asyncio.timeout(self._wait_s):
                return await asyncio.wrap_future(work)
        except TimeoutError as problem:
            raise Unscored("the score of a log-in took too long") from problem
        except (ArithmeticError, ImportError, MemoryError, ValueError) as problem:
            raise Unscored(f"the score of a log-in failed: {type(problem).__name__}") from problem

    def stop(self) -> None:
        """Let the thread go; what it has in hand is finished."""
        if self._thread is not None:
            self._thread.shutdown(wait=False, cancel_futures=True)
            self._thread = None

    def _score(self, user_id: UUID, past: Sequence[LoginRecord], now: LoginFeatures) -> float:
        grown = self._grown.get(user_id)
        if grown is None or not _still_holds(grown, past):
            grown = _Grown(
                forest=grow([one.features for one in past]),
                last=past[-1].id,
                unseen_max=unseen_max(len(past)),
            )
        self._grown[user_id] = grown
        self._grown.move_to_end(user_id)
        while len(self._grown) > FORESTS_KEPT:
            self._grown.popitem(last=False)
        return score_by(grown.forest, now)


def grow(habits: Sequence[LoginFeatures]) -> Any:
    """Return a forest of these log-ins and the background; the same for the same ones."""
    from sklearn.ensemble import IsolationForest

    points = [one.vector() for one in habits] + list(background(len(habits)))
    forest = IsolationForest(
        n_estimators=TREES, max_samples=min(POINTS_MAX, len(points)), random_state=SEED
    )
    return forest.fit(points)


def score_by(forest: Any, now: LoginFeatures) -> float:
    """Return s(x, n): scikit-learn gives the paper's score with its sign changed."""
    return float(-forest.score_samples([now.vector()])[0])


def _still_holds(grown: _Grown, past: Sequence[LoginRecord]) -> bool:
    return any(one.id == grown.last for one in past[-1 - grown.unseen_max :])


def unseen_max(logins: int) -> int:
    """Return how many log-ins may come before a forest grown from so many is grown again."""
    return max(UNSEEN_MIN, logins // UNSEEN_PART)
