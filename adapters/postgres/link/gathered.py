"""Read for many in one statement what they ask for one by one at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeVar
from uuid import UUID

from ports.storage import StorageUnavailable

Value = TypeVar("Value")
Load = Callable[[UUID, Sequence[UUID]], Awaitable[Mapping[UUID, Value]]]

TOGETHER_MAX = 64


class SharedLookups(Generic[Value]):
    """Look things up by id: what is asked while a look is on its way shares the next one."""

    def __init__(self, load: Load[Value]) -> None:
        self._load = load
        self._asked: dict[UUID, dict[UUID, list[asyncio.Future[Value | None]]]] = {}
        self._looking: set[UUID] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def get(self, *, tenant_id: UUID, key: UUID) -> Value | None:
        """Return the tenant's thing of that id as it is now or later; raises what loading does."""
        answer: asyncio.Future[Value | None] = asyncio.get_running_loop().create_future()
        self._asked.setdefault(tenant_id, {}).setdefault(key, []).append(answer)
        if tenant_id not in self._looking:
            self._looking.add(tenant_id)
            task = asyncio.get_running_loop().create_task(self._look(tenant_id))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await answer

    async def _look(self, tenant_id: UUID) -> None:
        taken: dict[UUID, list[asyncio.Future[Value | None]]] = {}
        try:
            while asked := self._asked.get(tenant_id):
                taken = {key: asked.pop(key) for key in list(asked)[:TOGETHER_MAX]}
                await self._answer(tenant_id, taken)
        finally:
            self._looking.discard(tenant_id)
            for answer in (one for several in taken.values() for one in several):
                answer.cancel()

    async def _answer(
        self, tenant_id: UUID, taken: "Mapping[UUID, list[asyncio.Future[Value | None]]]"
    ) -> None:
        try:
            found = await self._load(tenant_id, list(taken))
        except Exception as problem:  # noqa: BLE001 - it is everyone's who asked
            if len(taken) > 1 and not isinstance(problem, StorageUnavailable):
                # One of them is at fault: each meets its own fate.
                for key, several in taken.items():
                    await self._answer(tenant_id, {key: several})
                return
            for answer in (one for several in taken.values() for one in several):
                if not answer.done():
                    answer.set_exception(problem)
            return
        for key, several in taken.items():
            for answer in several:
                if not answer.done():
                    answer.set_result(found.get(key))
