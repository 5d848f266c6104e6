"""Store changes of books: at once while there is room, several in one statement when not."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from adapters.postgres.change_rows import (
    NOTHING_ALONE,
    SHARED,
    Alone,
    SharedColumns,
    is_small,
    together,
)
from adapters.postgres.link.database import Database
from adapters.postgres.link.held import HeldStatement
from ports.storage import ConstraintBroken, StorageUnavailable


def _places(count: int) -> str:
    return ", ".join(f"${place}" for place in range(1, count + 1))


# The tenant, the book and its rows; then what goes alone.
_ARGUMENTS = 1 + SHARED + len(NOTHING_ALONE)
STORE_ONE = f"SELECT store_change({_places(_ARGUMENTS)})"
# Of an order that was decided on beside the tenant's other accounts: its own, those, the versions
# that their books must have, and the key of its answer. All the books are held before any is
# looked at, so that of two accounts that share a limit one comes after the other.
_BESIDE = (
    f"SELECT coalesce(stale_beside($1, ${_ARGUMENTS + 1}, ${_ARGUMENTS + 2}, ${_ARGUMENTS + 3},"
    f" ${_ARGUMENTS + 4}), store_change({_places(_ARGUMENTS)}))"
)
# Of one that was decided on beside the tenant's other orders of its symbols: these, and their
# versions. Their fences are held before any book is, whichever way a change is stored.
_SYMBOLS = (
    f"stale_symbols($1, ${_ARGUMENTS + 1}, ${_ARGUMENTS + 2}, ${_ARGUMENTS + 3})",
    f"raised_symbols(store_change({_places(_ARGUMENTS)}), $1, ${_ARGUMENTS + 1})",
)
_FENCED = f"SELECT coalesce({_SYMBOLS[0]}, {_SYMBOLS[1]})"
_FENCED_BESIDE = (
    f"SELECT coalesce({_SYMBOLS[0]}, stale_beside($1, ${_ARGUMENTS + 4}, ${_ARGUMENTS + 5},"
    f" ${_ARGUMENTS + 6}, ${_ARGUMENTS + 3}), {_SYMBOLS[1]})"
)
_MANY = f"SELECT store_changes({_places(1 + SHARED)})"
# What comes while a statement is on its way shares the next one, which takes no more than so
# many: some are decided on while others are stored, and nobody waits for all. A second one
# goes beside the first only when as many wait again, or one for so long, as behind a slow
# disk or a lock.
_LANES = 2
_BATCH_MAX = 16
_TIMEOUT_S = 0.005
_CONNECTIONS_MAX = 6
# It would have been stored but for another change of the batch.
AGAIN = "again"
# Its book is another's at the moment: it waits for that by itself.
HELD = "held"
FAILED = "failed"
_KEYS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """A change of an account's book on its way to the database.

    others are the versions that the books of the tenant's other accounts must have, symbols those
    of the symbols where it puts orders; shared is what several changes may store together, alone
    what only goes by itself.
    """

    tenant_id: UUID
    account_id: UUID
    others: tuple[tuple[UUID, int], ...] | None = None
    symbols: tuple[tuple[str, int], ...] | None = None
    shared: SharedColumns
    alone: Alone = NOTHING_ALONE


@dataclass(frozen=True, slots=True)
class _Waiting:
    commit: Commit
    said: "asyncio.Future[str]"


class Committer:
    """Runs store_change for one change, or store_changes for those that queued up meanwhile.

    Only changes that touch nothing but a book, its orders and their journal share a
    statement; fills and the like always go alone. A batch that breaks a constraint is
    taken apart and each of its changes meets its own fate.
    """

    def __init__(self, database: Database) -> None:
        self._one = HeldStatement(database, STORE_ONE, connections_max=_CONNECTIONS_MAX)
        self._many = HeldStatement(database, _MANY, connections_max=_LANES)
        self._queue: deque[_Waiting] = deque()
        self._busy = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None

    async def said(self, commit: Commit) -> str:
        """Return what the database says to a change; raises storage errors and the driver's."""
        if commit.symbols is not None:
            return await self._in_symbols(commit, symbols=commit.symbols)
        if commit.others is not None:
            return await self._beside(commit, others=commit.others)
        if commit.alone is not NOTHING_ALONE:
            return await self._in_full(commit)
        if self._busy:
            waiting = _Waiting(commit, asyncio.get_running_loop().create_future())
            self._queue.append(waiting)
            if len(self._queue) >= _BATCH_MAX:
                self._open_lane()
            elif self._timer is None:
                self._start_timer()
            return await waiting.said
        self._busy += 1
        try:
            return await self._alone(commit)
        finally:
            self._leave_lane()

    async def _in_symbols(self, commit: Commit, *, symbols: tuple[tuple[str, int], ...]) -> str:
        keys = commit.shared[0][_KEYS]
        names, versions = [name for name, _ in symbols], [version for _, version in symbols]
        fenced = (*_all_of(commit), names, versions, keys[0] if keys else None)
        if commit.others is None:
            return str(await self._one.value_of(_FENCED, fenced))
        accounts = [account_id for account_id, _ in commit.others]
        seen = [version for _, version in commit.others]
        beside = (*fenced, commit.account_id, accounts, seen)
        return str(await self._one.value_of(_FENCED_BESIDE, beside))

    async def _beside(self, commit: Commit, *, others: tuple[tuple[UUID, int], ...]) -> str:
        accounts = [account_id for account_id, _ in others]
        versions = [version for _, version in others]
        keys = commit.shared[0][_KEYS]
        key = keys[0] if keys else None
        beside = (*_all_of(commit), commit.account_id, accounts, versions, key)
        return str(await self._one.value_of(_BESIDE, beside))

    async def _alone(self, commit: Commit) -> str:
        if not is_small(commit.shared):
            (word,) = await self._many.value(commit.tenant_id, *together([commit.shared]))
            if word != HELD:
                return str(word)
        return await self._in_full(commit)

    async def _in_full(self, commit: Commit) -> str:
        return str(await self._one.value_of(STORE_ONE, _all_of(commit)))

    def _leave_lane(self) -> None:
        if self._queue:
            self._start_batch()
        else:
            self._busy -= 1

    def _open_lane(self) -> None:
        if self._queue and self._busy < _LANES:
            self._busy += 1
            self._start_batch()

    def _start_timer(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(_TIMEOUT_S, self._timed_out)

    def _timed_out(self) -> None:
        self._timer = None
        self._open_lane()

    def _start_batch(self) -> None:
        task = asyncio.get_running_loop().create_task(self._run_batch())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run_batch(self) -> None:
        batch = self._take_batch()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._queue:
            self._start_timer()
        try:
            if len(batch) == 1:
                await self._settle_alone(batch[0], way=self._alone)
            elif batch:
                await self._settle(batch)
        finally:
            for waiting in batch:
                _fail(waiting, StorageUnavailable("the process ends: ask what became of it"))
            self._leave_lane()

    def _take_batch(self) -> list[_Waiting]:
        """Take what waits, one change per account, of one tenant.

        A second change of an account belongs behind its first. A statement sees one tenant's
        rows, and stores no other's.
        """
        batch: list[_Waiting] = []
        accounts: set[UUID] = set()
        left: list[_Waiting] = []
        while self._queue and len(batch) < _BATCH_MAX:
            waiting = self._queue.popleft()
            if waiting.said.done():
                continue
            commit = waiting.commit
            anothers = bool(batch) and commit.tenant_id != batch[0].commit.tenant_id
            (left if anothers or commit.account_id in accounts else batch).append(waiting)
            accounts.add(commit.account_id)
        self._queue.extendleft(reversed(left))
        return batch

    async def _settle(self, batch: list[_Waiting]) -> None:
        """Store a batch; without those that are stale, when there are such, until all are told."""
        held: list[_Waiting] = []
        while len(batch) > 1:
            said = await self._said_together(batch)
            again: list[_Waiting] = []
            for waiting, word in zip(batch, said, strict=True):
                if word == AGAIN:
                    again.append(waiting)
                elif word == HELD:
                    held.append(waiting)
                elif not waiting.said.done():
                    waiting.said.set_result(word)
            batch = again
        for waiting in batch + held:
            await self._settle_alone(waiting, way=self._in_full)

    async def _said_together(self, batch: list[_Waiting]) -> list[str]:
        shared = together([waiting.commit.shared for waiting in batch])
        try:
            return list(await self._many.value(batch[0].commit.tenant_id, *shared))
        except (ConstraintBroken, asyncpg.PostgresError, UnicodeEncodeError):
            # One of them is at fault, and nothing of any is stored.
            return [HELD] * len(batch)
        # Whatever else went wrong is every change's, none of which may be stored.
        except Exception as problem:  # noqa: BLE001
            for waiting in batch:
                _fail(waiting, problem)
            return [FAILED] * len(batch)

    async def _settle_alone(
        self, waiting: _Waiting, *, way: Callable[[Commit], Awaitable[str]]
    ) -> None:
        try:
            word = await way(waiting.commit)
        # It belongs to whoever waits for this change.
        except Exception as problem:  # noqa: BLE001
            _fail(waiting, problem)
            return
        if not waiting.said.done():
            waiting.said.set_result(word)


def _all_of(commit: Commit) -> tuple[Any, ...]:
    return (commit.tenant_id, *commit.shared, *commit.alone)


def _fail(waiting: _Waiting, problem: Exception) -> None:
    if not waiting.said.done():
        waiting.said.set_exception(problem)
