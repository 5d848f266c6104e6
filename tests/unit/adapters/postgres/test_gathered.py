"""What is asked for at the same time is read together, and each meets its own fate."""

import asyncio
from collections.abc import Mapping, Sequence
from uuid import UUID

import pytest

from adapters.postgres.link.gathered import TOGETHER_MAX, SharedLookups
from ports.storage import StorageCorrupt, StorageUnavailable
from tests import builders

_TENANT = builders.new_id()


class _Store:
    """Answers with the key's text; remembers what was asked for in one look."""

    def __init__(self) -> None:
        self.looks: list[int] = []
        self.rotten: set[UUID] = set()
        self.away = False

    async def __call__(self, tenant_id: UUID, keys: Sequence[UUID]) -> Mapping[UUID, str]:
        self.looks.append(len(keys))
        await asyncio.sleep(0)
        if self.away:
            raise StorageUnavailable("away")
        if self.rotten & set(keys):
            raise StorageCorrupt("rotten")
        return (
            {key: f"{tenant_id} {key}" for key in keys[1:]}
            if len(keys) == 2
            else {key: f"{tenant_id} {key}" for key in keys}
        )


async def test_what_is_asked_for_together_is_one_look_and_no_more_than_so_many() -> None:
    book_store = _Store()
    gathered = SharedLookups(book_store)
    keys = [builders.new_id() for _ in range(TOGETHER_MAX + 3)]
    found = await asyncio.gather(
        *(gathered.get(tenant_id=_TENANT, key=key) for key in keys + keys[:1])
    )
    assert found == [f"{_TENANT} {key}" for key in keys + keys[:1]]
    assert book_store.looks == [TOGETHER_MAX, 3]


async def test_what_is_not_there_is_none() -> None:
    gathered = SharedLookups(_Store())
    first, second = builders.new_id(), builders.new_id()
    found = await asyncio.gather(
        *(gathered.get(tenant_id=_TENANT, key=key) for key in (first, second))
    )
    assert found == [None, f"{_TENANT} {second}"]


async def test_one_that_cannot_be_read_is_nobody_elses_trouble() -> None:
    book_store = _Store()
    gathered = SharedLookups(book_store)
    keys = [builders.new_id() for _ in range(3)]
    book_store.rotten = {keys[1]}
    found = await asyncio.gather(
        *(gathered.get(tenant_id=_TENANT, key=key) for key in keys), return_exceptions=True
    )
    assert [type(one) for one in found] == [str, StorageCorrupt, str]


async def test_storage_that_is_away_is_asked_once_and_again_later() -> None:
    book_store = _Store()
    book_store.away = True
    gathered = SharedLookups(book_store)
    keys = [builders.new_id() for _ in range(3)]
    found = await asyncio.gather(
        *(gathered.get(tenant_id=_TENANT, key=key) for key in keys), return_exceptions=True
    )
    assert [type(one) for one in found] == [StorageUnavailable] * 3
    assert book_store.looks == [3]
    book_store.away = False
    assert await gathered.get(tenant_id=_TENANT, key=keys[0]) is not None


async def test_who_gives_up_leaves_the_others_their_answer() -> None:
    gathered = SharedLookups(_Store())
    key = builders.new_id()
    gone = asyncio.ensure_future(gathered.get(tenant_id=_TENANT, key=key))
    stays = asyncio.ensure_future(gathered.get(tenant_id=_TENANT, key=key))
    await asyncio.sleep(0)
    gone.cancel()
    assert await stays == f"{_TENANT} {key}"
    with pytest.raises(asyncio.CancelledError):
        await gone
