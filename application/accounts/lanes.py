"""Let one change of an account at a time through; the ones behind it go on together."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

from domain.accounts.book import AccountBook
from domain.accounts.book_change import BookChange
from ports.storage import StorageUnavailable

T = TypeVar("T")

Decide: TypeAlias = Callable[[AccountBook], BookChange | T]
Settle: TypeAlias = Callable[[UUID, "list[WaitingChange]"], Awaitable[None]]

TOGETHER_MAX = 32


def _future() -> "asyncio.Future[Any]":
    return asyncio.get_running_loop().create_future()


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingChange:
    """A change that waits for its turn."""

    tenant_id: UUID
    decide: Decide[Any]
    said: "asyncio.Future[Any]" = field(default_factory=_future)

    def answer(self, outcome: object) -> None:
        """Tell whoever asked, if it still listens."""
        if not self.said.done():
            self.said.set_result(outcome)

    def fail(self, problem: Exception) -> None:
        """Raise the problem to whoever asked, if it still listens."""
        if not self.said.done():
            self.said.set_exception(problem)


class Lanes:
    """One lane per account: a first one goes at once, those behind it are settled together.

    settle is given what waits, at most TOGETHER_MAX at a time, in the order it came, and
    must answer or fail every one of it.
    """

    def __init__(self, *, settle: Settle) -> None:
        self._settle = settle
        # By the id as a number: a UUID computes its hash anew in Python each time.
        self._waiting: dict[int, deque[WaitingChange]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def enter(self, account_id: UUID) -> bool:
        """Take the lane if it is free; whoever has it must leave it."""
        key = account_id.int
        if key in self._waiting:
            return False
        self._waiting[key] = deque()
        return True

    async def wait(self, account_id: UUID, asked: WaitingChange) -> Any:
        """Wait behind whoever has the lane for the answer."""
        self._waiting[account_id.int].append(asked)
        return await asked.said

    def leave(self, account_id: UUID) -> None:
        """Let those go on that wait; the lane is free when nobody does."""
        key = account_id.int
        if not self._waiting[key]:
            del self._waiting[key]
            return
        # A task of its own: none of them shall end with another's request.
        task = asyncio.get_running_loop().create_task(self._run(account_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, account_id: UUID) -> None:
        waiting = self._waiting[account_id.int]
        batch: list[WaitingChange] = []
        try:
            while waiting:
                # Whoever gave up waiting gets nothing done.
                batch = [one for one in _first(waiting) if not one.said.done()]
                if batch:
                    await self._settle(account_id, batch)
        except Exception as problem:  # noqa: BLE001 - it is everyone's who was in the batch
            for one in batch:
                one.fail(problem)
        except BaseException:
            for one in (*batch, *waiting):
                one.fail(StorageUnavailable("the process ends: ask what became of it"))
            waiting.clear()
            raise
        finally:
            self.leave(account_id)


def _first(waiting: "deque[WaitingChange]") -> "list[WaitingChange]":
    return [waiting.popleft() for _ in range(min(len(waiting), TOGETHER_MAX))]
