"""Let requests for a model wait for each other for a moment, and run their rows together."""

import asyncio
import heapq
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from application.inference.refusals import CannotRun, QueueFull, RanTooLong
from domain.inference.batches import Key, key_of, rows_of, split, stacked
from domain.inference.limits import ROWS_MAX
from domain.inference.model import PRIORITY, PRIORITY_MAX, ServingFigures
from domain.inference.tensors import Arrays
from ports.inference import RunFailed, RunOverdue
from ports.time import Clock, Sleeper

Run = Callable[[Arrays], Awaitable[Arrays]]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRules:
    """How many rows are put together, how long is waited for them, how many requests may wait."""

    rows_max: int = ROWS_MAX
    wait_s: float = 0.002
    waiting_max: int = 1_024


@dataclass(slots=True)
class _Waiting:
    """One request."""

    inputs: Arrays
    rows: int
    key: Key
    since: float
    until: float | None
    answer: "asyncio.Future[Arrays]"


# The higher priority first, then who came first: the number is nobody else's.
_Ranked = tuple[int, int, _Waiting]


@dataclass(slots=True)
class _Counts:
    """What was done so far; counted with every request, and shown when somebody looks."""

    requests: int = 0
    rows: int = 0
    batches: int = 0
    failed: int = 0
    latency_ms: float = 0.0


class ModelQueue:
    """Answers every request once: with its outputs, or with why there are none.

    together: whether rows of several requests may be run as one. What fails together is run
    again one by one, so that a request pays for none but itself.
    """

    def __init__(
        self,
        run: Run,
        *,
        together: bool,
        rules: QueueRules,
        clock: Clock,
        sleeper: Sleeper,
        on_batch: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._run = run
        self._together = together
        self._rules = rules
        self._clock = clock
        self._sleeper = sleeper
        self._on_batch = on_batch
        self._waiting: list[_Ranked] = []
        self._number = 0
        self._work: asyncio.Task[None] | None = None
        # Whether several asked at the last look.
        self._crowded = False
        self._counts = _Counts()

    @property
    def figures(self) -> ServingFigures:
        """What was done since the start."""
        done = self._counts
        return ServingFigures(
            requests=done.requests,
            rows=done.rows,
            batches=done.batches,
            failed=done.failed,
            latency_ms=done.latency_ms,
            waiting=len(self._waiting),
        )

    def ask(
        self, inputs: Arrays, *, priority: int = PRIORITY, timeout_s: float | None = None
    ) -> "asyncio.Future[Arrays]":
        """Return the answer to come; raises QueueFull. A higher priority is run first.

        It is never waited for here: between finding the queue and standing in it nobody can
        take the model away.
        """
        if len(self._waiting) >= self._rules.waiting_max:
            raise QueueFull(f"{len(self._waiting)} requests wait for the model already")
        self._number += 1
        now = self._clock.monotonic()
        one = _Waiting(
            inputs,
            rows_of(inputs),
            key_of(inputs) if self._together else (),
            now,
            None if timeout_s is None else now + timeout_s,
            asyncio.get_running_loop().create_future(),
        )
        heapq.heappush(self._waiting, (PRIORITY_MAX - priority, self._number, one))
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._drain())
        return one.answer

    async def finish(self) -> None:
        """Return once every request that waits is answered."""
        while self._work is not None and not self._work.done():
            await asyncio.wait({self._work})

    async def stop(self) -> None:
        """Answer who still waits that the model is gone."""
        if self._work is not None:
            self._work.cancel()
            await asyncio.wait({self._work})
        while self._waiting:
            _fail(heapq.heappop(self._waiting)[2], CannotRun("the model is stopped"))

    async def _drain(self) -> None:
        while self._waiting:
            if self._crowded and self._rows() < self._rules.rows_max:
                await self._sleeper.sleep(self._rules.wait_s)
            batch = self._batch()
            if not batch:
                continue
            # Who asks alone is not made to wait for others: they wait while it is run.
            self._crowded = self._together and len(batch) + len(self._waiting) > 1
            try:
                await self._answer(batch)
            except Exception as defect:  # noqa: BLE001 - who asked is told, and others go on
                for one in batch:
                    _fail(one, defect)
            finally:
                for one in batch:
                    _fail(one, CannotRun("the model is stopped"))

    def _rows(self) -> int:
        return sum([one.rows or 1 for _, _, one in self._waiting])

    def _batch(self) -> list[_Waiting]:
        """Take the first request, and what can be run with it; tell who waited for too long."""
        batch: list[_Waiting] = []
        kept: list[_Ranked] = []
        rows, now = 0, self._clock.monotonic()
        while self._waiting and rows < self._rules.rows_max:
            ranked = heapq.heappop(self._waiting)
            one = ranked[2]
            if one.answer.done():
                continue
            if one.until is not None and now > one.until:
                self._counts.failed += 1
                _fail(one, RanTooLong("it waited for longer than its timeout for its turn"))
            elif not batch:
                batch.append(one)
                rows = max(one.rows, 1)
                if not self._together or one.rows == 0:
                    break
            elif one.key == batch[0].key and 0 < one.rows <= self._rules.rows_max - rows:
                batch.append(one)
                rows += one.rows
            else:
                kept.append(ranked)
        for ranked in kept:
            heapq.heappush(self._waiting, ranked)
        return batch

    async def _answer(self, batch: list[_Waiting]) -> None:
        if len(batch) > 1:
            try:
                found = await self._run(stacked([one.inputs for one in batch]))
                parts = split(found, [one.rows for one in batch])
            except (RunFailed, RunOverdue, ValueError):
                # One of them may be to blame: the others are not to suffer for it.
                pass
            else:
                for one, part in zip(batch, parts, strict=True):
                    self._give(one, part)
                self._ran(sum(one.rows for one in batch))
                return
        for one in batch:
            try:
                self._give(one, await self._run(one.inputs))
            except RunOverdue as problem:
                self._counts.failed += 1
                _fail(one, RanTooLong(str(problem)))
            except RunFailed as problem:
                self._counts.failed += 1
                _fail(one, CannotRun(str(problem)))
            self._ran(max(one.rows, 1))

    def _ran(self, rows: int) -> None:
        self._counts.batches += 1
        self._on_batch(rows)

    def _give(self, one: _Waiting, outputs: Arrays) -> None:
        if one.answer.done():
            return
        one.answer.set_result(outputs)
        took_ms = (self._clock.monotonic() - one.since) * 1_000
        done = self._counts
        done.requests += 1
        done.rows += max(one.rows, 1)
        # A mean that forgets: of the latest twenty or so.
        before = done.latency_ms
        done.latency_ms = took_ms if done.requests == 1 else before + (took_ms - before) / 20


def _fail(one: _Waiting, problem: Exception) -> None:
    if not one.answer.done():
        one.answer.set_exception(problem)
        # Whoever asked may be gone: nobody has to fetch it.
        one.answer.exception()
