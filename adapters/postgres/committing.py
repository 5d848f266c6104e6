"""Store changes of books: at once while there is room, several in one statement when not."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import chain
from typing import Any
from uuid import UUID

import asyncpg

from adapters.postgres.accepting import STORE_MANY, STORE_ONE, Row, together
from adapters.postgres.link.database import Database
from adapters.postgres.link.held import HeldStatement
from ports.storage import ConstraintBroken, StorageUnavailable

# The arguments of commit_book, in its order.
SCALARS = 10
ROWS = slice(SCALARS, 17)
ALONE = slice(17, 22)
HEARD = 23
_REPLY = 16

_ONE = f"SELECT commit_book({', '.join(f'${n}' for n in range(1, HEARD + 2))})"
# Of an order that was decided on beside the tenant's other accounts: those, the versions that
# their books must have, and the key of its answer. All the books are held before any is looked
# at, so that of two accounts that share a limit one comes after the other.
_BESIDE = (
    f"SELECT coalesce(stale_beside($1, $2, ${HEARD + 2}, ${HEARD + 3}, ${HEARD + 4}),"
    f" commit_book({', '.join(f'${n}' for n in range(1, HEARD + 2))}))"
)
_MANY = f"SELECT commit_books({', '.join(f'${n}' for n in range(1, SCALARS + 9))})"
# What comes while a statement is on its way shares the next one, which takes no more than so
# many: some are decided on while others are stored, and nobody waits for all. A second one
# goes beside the first only when as many wait again, or one for so long, as behind a slow
# disk or a lock.
_LANES = 2
_BATCH_MAX = 16
_PATIENCE_S = 0.005
_CONNECTIONS_MAX = 6
AGAIN = "again"
COMMITTED = "committed"

Arguments = tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """A change of an account's book on its way to the database.

    others are the versions that the books of the tenant's other accounts must have;
    accepted is the short form of an order taken in, for changes that are nothing else;
    arguments gives those of commit_book, which can store and explain every change.
    """

    tenant_id: UUID
    account_id: UUID
    others: tuple[tuple[UUID, int], ...] | None = None
    accepted: Row | None
    arguments: Callable[[], Arguments]


@dataclass(frozen=True, slots=True)
class _Waiting:
    commit: Commit
    said: "asyncio.Future[str]"


class Committer:
    """Runs commit_book for one change, or commit_books for those that queued up meanwhile.

    Only changes that touch nothing but a book, its orders and their journal share a
    statement; fills and the like always go alone. A batch that breaks a constraint is
    taken apart and each of its changes meets its own fate.
    """

    def __init__(self, database: Database) -> None:
        self._one = HeldStatement(database, _ONE, connections_max=_CONNECTIONS_MAX)
        self._many = HeldStatement(database, _MANY, connections_max=_LANES)
        self._queue: deque[_Waiting] = deque()
        self._busy = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._losing_patience: asyncio.TimerHandle | None = None

    async def said(self, commit: Commit) -> str:
        """Return what the database says to a change; raises storage errors and the driver's."""
        if commit.others is not None:
            return await self._beside(commit, others=commit.others)
        if commit.accepted is None and _goes_alone(arguments := commit.arguments()):
            return str(await self._one.value(*arguments))
        if self._busy:
            waiting = _Waiting(commit, asyncio.get_running_loop().create_future())
            self._queue.append(waiting)
            if len(self._queue) >= _BATCH_MAX:
                self._open_lane()
            elif self._losing_patience is None:
                self._lose_patience()
            return await waiting.said
        self._busy += 1
        try:
            return await self._alone(commit)
        finally:
            self._leave_lane()

    async def _beside(self, commit: Commit, *, others: tuple[tuple[UUID, int], ...]) -> str:
        accounts = [account_id for account_id, _ in others]
        versions = [version for _, version in others]
        arguments = commit.arguments()
        replies = arguments[_REPLY]
        key = replies[0][1] if replies is not None else None
        beside = (*arguments, accounts, versions, key)
        return str(await self._one.value_of(_BESIDE, beside))

    async def _alone(self, commit: Commit) -> str:
        row = commit.accepted
        if row is not None:
            try:
                if await self._one.value_of(STORE_ONE, row):
                    return COMMITTED
            except (ConstraintBroken, asyncpg.PostgresError):
                # Nothing is stored, and commit_book puts into words why.
                pass
        return await self._in_full(commit)

    async def _in_full(self, commit: Commit) -> str:
        return str(await self._one.value(*commit.arguments()))

    def _leave_lane(self) -> None:
        if self._queue:
            self._start_batch()
        else:
            self._busy -= 1

    def _open_lane(self) -> None:
        if self._queue and self._busy < _LANES:
            self._busy += 1
            self._start_batch()

    def _lose_patience(self) -> None:
        loop = asyncio.get_running_loop()
        self._losing_patience = loop.call_later(_PATIENCE_S, self._patience_lost)

    def _patience_lost(self) -> None:
        self._losing_patience = None
        self._open_lane()

    def _start_batch(self) -> None:
        task = asyncio.get_running_loop().create_task(self._run_batch())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run_batch(self) -> None:
        batch = self._take_batch()
        if self._losing_patience is not None:
            self._losing_patience.cancel()
            self._losing_patience = None
        if self._queue:
            self._lose_patience()
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
        """Take what waits and is stored alike, one change per account, of one tenant.

        A second change of an account belongs behind its first. A statement sees one tenant's
        rows, and stores no other's.
        """
        batch: list[_Waiting] = []
        accounts: set[UUID] = set()
        alike: tuple[UUID, bool] | None = None
        left: list[_Waiting] = []
        while self._queue and len(batch) < _BATCH_MAX:
            waiting = self._queue.popleft()
            if waiting.said.done():
                continue
            account_id = waiting.commit.account_id
            kind = (waiting.commit.tenant_id, waiting.commit.accepted is not None)
            if account_id in accounts or (batch and kind != alike):
                left.append(waiting)
            else:
                alike = kind
                batch.append(waiting)
            accounts.add(account_id)
        self._queue.extendleft(reversed(left))
        return batch

    async def _settle(self, batch: list[_Waiting]) -> None:
        rows = [one.commit.accepted for one in batch if one.commit.accepted is not None]
        try:
            if rows:
                stored = await self._many.value_of(STORE_MANY, together(rows)) or ()
                kept = {account_id.int for account_id in stored}
                said = [COMMITTED if one.commit.account_id.int in kept else AGAIN for one in batch]
            else:
                arguments = _together([one.commit.arguments() for one in batch])
                said = await self._many.value(*arguments)
        except (ConstraintBroken, asyncpg.PostgresError, UnicodeEncodeError):
            # One of them is at fault, and nothing of any is stored.
            said = [AGAIN] * len(batch)
        # Whatever else went wrong is every change's, none of which may be stored.
        except Exception as problem:  # noqa: BLE001
            for waiting in batch:
                _fail(waiting, problem)
            return
        for waiting, word in zip(batch, said, strict=True):
            if word == AGAIN:
                await self._settle_alone(waiting, way=self._in_full)
            elif not waiting.said.done():
                waiting.said.set_result(word)

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


def _goes_alone(arguments: Arguments) -> bool:
    return arguments[HEARD] is not None or any(rows is not None for rows in arguments[ALONE])


def _together(batch: list[Arguments]) -> Arguments:
    """Turn the arguments of several commit_book calls into those of one of commit_books."""
    columns = list(zip(*batch, strict=True))
    keys = [replies[0][1] if replies is not None else None for replies in columns[_REPLY]]
    scalars = [list(column) for column in columns[:SCALARS]]
    rows = [list(chain.from_iterable(filter(None, column))) or None for column in columns[ROWS]]
    return (*scalars, keys, *rows)


def _fail(waiting: _Waiting, problem: Exception) -> None:
    if not waiting.said.done():
        waiting.said.set_exception(problem)
