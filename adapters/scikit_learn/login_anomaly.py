"""Score log-ins with scikit-learn's Isolation Forest, a small forest for each user."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import BoundedSemaphore, Lock
from uuid import UUID

from adapters.scikit_learn.forest import Forest, grow
from domain.identity.login_features import LoginFeatures, LoginRecord
from ports.login_anomaly import ReadPast, Unscored

# A forest is grown again once it has not seen more of the log-ins than this part of them, and
# than so many: growing costs some 20 ms of the processor, as much as fifty queries.
UNSEEN_PART = 10
UNSEEN_MIN = 4
# A forest takes some hundred kilobytes; those asked for last are kept.
FORESTS_KEPT = 16
WAIT_S = 5.0
WAITING_MAX = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class _TrainedForest:
    forest: Forest
    last: UUID
    unseen_max: int


class ForestLoginAnomaly:
    """Forests grown from what is remembered, when they are asked for (port LoginAnomaly).

    Nothing is stored of them: they are grown from the log-ins again, in a thread beside the
    event loop, one at a time. The first one waits for scikit-learn to be imported. One that is
    grown already answers at once.
    """

    def __init__(self, *, wait_s: float = WAIT_S) -> None:
        self._wait_s = wait_s
        self._grown: OrderedDict[UUID, _TrainedForest] = OrderedDict()
        self._kept = Lock()
        self._thread: ThreadPoolExecutor | None = None
        # Given back by the thread.
        self._places = BoundedSemaphore(WAITING_MAX)

    async def score(
        self, *, user_id: UUID, newest: Sequence[UUID], past: ReadPast, now: LoginFeatures
    ) -> float | None:
        """Return the score of a log-in against the user's past; raises Unscored."""
        grown = self._grown.get(user_id)
        try:
            if grown is None or not _still_holds(grown, newest):
                grown = await self._grow(user_id, await past())
            else:
                self._keep(user_id, grown)
            return grown.forest.score(now)
        except TimeoutError as problem:
            raise Unscored("the score of a log-in took too long") from problem
        except (ArithmeticError, ImportError, MemoryError, ValueError) as problem:
            raise Unscored(f"the score of a log-in failed: {type(problem).__name__}") from problem

    def stop(self) -> None:
        """Let the thread go; what it has in hand is finished."""
        if self._thread is not None:
            self._thread.shutdown(wait=False, cancel_futures=True)
            self._thread = None

    async def _grow(self, user_id: UUID, past: Sequence[LoginRecord]) -> _TrainedForest:
        """Grow a forest in the thread, unless who waited before for it had it grown."""
        if not self._places.acquire(blocking=False):
            raise Unscored("too many log-ins wait for their score")
        if self._thread is None:
            self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="login-score")
        # The thread may still work for one who does not wait any more: it counts until then.
        work = self._thread.submit(self._grown_of, user_id, tuple(past))
        work.add_done_callback(lambda _: self._places.release())
        async with asyncio.timeout(self._wait_s):
            return await asyncio.wrap_future(work)

    def _grown_of(self, user_id: UUID, past: Sequence[LoginRecord]) -> _TrainedForest:
        grown = self._grown.get(user_id)
        if grown is not None and _still_holds(grown, [one.id for one in past]):
            return grown
        grown = _TrainedForest(
            forest=grow([one.features for one in past]),
            last=past[-1].id,
            unseen_max=unseen_max(len(past)),
        )
        # Here, not by who asked: they may not have waited for it.
        self._keep(user_id, grown)
        return grown

    def _keep(self, user_id: UUID, grown: _TrainedForest) -> None:
        with self._kept:
            self._grown[user_id] = grown
            self._grown.move_to_end(user_id)
            while len(self._grown) > FORESTS_KEPT:
                self._grown.popitem(last=False)


def _still_holds(grown: _TrainedForest, newest: Sequence[UUID]) -> bool:
    return grown.last in newest[-1 - grown.unseen_max :]


def unseen_max(logins: int) -> int:
    """Return how many log-ins may come before a forest grown from so many is grown again."""
    return max(UNSEEN_MIN, logins // UNSEEN_PART)
