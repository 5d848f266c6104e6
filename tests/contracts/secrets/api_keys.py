"""What every adapter of ApiKeys promises, and every unit of work of sealed secrets."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.secrets.api_key import ApiKey, Environment, KeyPermission
from ports.api_keys import API_KEYS, KEY_REMINDERS, address_of
from ports.secrets import KeyStale, SealedRow
from ports.work import AtMost
from tests import builders
from tests.contracts.secrets.store import kept_in, mark_of, tenant_in
from tests.contracts.storage import Storage, StorageContract

PAGE = 10
DAY = timedelta(days=1)


def key_of(tenant_id: UUID, **changes: Any) -> ApiKey:
    """Make a key that holds."""
    made = ApiKey(
        id=builders.new_id(),
        tenant_id=tenant_id,
        name="Main",
        label="",
        broker="paper",
        environment=Environment.PAPER,
        account_id=None,
        masked="****1234",
        permissions=frozenset({KeyPermission.READ, KeyPermission.TRADE}),
        allows_withdrawal=False,
        created_at=builders.AT,
        updated_at=builders.AT,
        rotated_at=builders.AT,
        verified_at=builders.AT,
    )
    return replace(made, **changes)


def sealed_of(key: ApiKey, *, version: int = 1, text: str = "a") -> SealedRow:
    """Make the sealed row of a key's credentials."""
    kept = kept_in(key.tenant_id, text, version=version)
    return replace(kept, row=address_of(tenant_id=key.tenant_id, key_id=key.id))


async def stored(storage: Storage, tenant_id: UUID, **changes: Any) -> ApiKey:
    """Store a key with its sealed credentials."""
    key = key_of(tenant_id, **changes)
    async with storage.works.begin(tenant_id) as work:
        await work.records(API_KEYS).add(key)
        await work.seal(sealed_of(key))
    return key


class ApiKeysContract(StorageContract):
    async def test_a_key_is_stored_whole_with_its_secret(self, storage: Storage) -> None:
        mine, other = await tenant_in(storage), await tenant_in(storage)
        await storage.key_marks.begin(mark_of(1))
        key = await stored(
            storage,
            mine,
            label="Swing",
            account_id=builders.new_id(),
            last_used_at=builders.later(1).at,
            expires_at=builders.later(9).at,
            reminded_at=builders.later(2).at,
            rotate_every_days=30,
        )
        async with storage.works.look(mine) as look:
            assert await look.records(API_KEYS).get(key.id) == key
        async with storage.works.look(other) as look:
            assert await look.records(API_KEYS).get(key.id) is None
        assert await storage.sealed.get(sealed_of(key).row) == sealed_of(key).sealed

    async def test_nothing_is_stored_under_a_version_that_does_not_seal(
        self, storage: Storage
    ) -> None:
        tenant_id = await tenant_in(storage)
        for version in (1, 2):
            await storage.key_marks.begin(mark_of(version))
        with pytest.raises(KeyStale):
            await stored(storage, tenant_id)
        async with storage.works.look(tenant_id) as look:
            assert await look.records(API_KEYS).count() == 0

    async def test_a_secret_is_replaced_and_erased_with_its_record_or_not_at_all(
        self, storage: Storage
    ) -> None:
        tenant_id = await tenant_in(storage)
        await storage.key_marks.begin(mark_of(1))
        key = await stored(storage, tenant_id)
        fresh = sealed_of(key, text="b")

        async def fail() -> None:
            async with storage.works.begin(tenant_id) as work:
                await work.seal(fresh)
                await work.erase(fresh.row)
                raise RuntimeError("on the way")

        with pytest.raises(RuntimeError, match="on the way"):
            await fail()
        assert await storage.sealed.get(fresh.row) == sealed_of(key).sealed
        async with storage.works.begin(tenant_id) as work:
            await work.seal(fresh)
        assert await storage.sealed.get(fresh.row) == fresh.sealed
        async with storage.works.begin(tenant_id) as work:
            await work.erase(fresh.row)
            await work.erase(fresh.row)
        assert await storage.sealed.get(fresh.row) is None

    async def test_nobody_seals_or_erases_anothers(self, storage: Storage) -> None:
        mine, other = await tenant_in(storage), await tenant_in(storage)
        await storage.key_marks.begin(mark_of(1))
        key = await stored(storage, mine)
        async with storage.works.begin(other) as work:
            with pytest.raises(ValueError, match="one transaction, two tenants"):
                await work.seal(sealed_of(key, text="b"))
            with pytest.raises(ValueError, match="one transaction, two tenants"):
                await work.erase(sealed_of(key).row)
        assert await storage.sealed.get(sealed_of(key).row) == sealed_of(key).sealed

    async def test_a_change_may_leave_the_version(self, storage: Storage) -> None:
        tenant_id = await tenant_in(storage)
        await storage.key_marks.begin(mark_of(1))
        key = await stored(storage, tenant_id)
        told = replace(key, verified=False, permissions=frozenset({KeyPermission.READ}))
        async with storage.works.begin(tenant_id) as work:
            keys = work.records(API_KEYS)
            assert not await keys.update(told, seen=2)
            assert not await keys.update(told, seen=0)
            assert await keys.update(told, seen=1)
            assert await keys.get(key.id) == told

    async def test_keys_are_found_by_name_and_by_what_is_due(self, storage: Storage) -> None:
        mine, other = await tenant_in(storage), await tenant_in(storage)
        await storage.key_marks.begin(mark_of(1))
        await stored(storage, other)
        keys = [
            await stored(storage, mine, name=str(days), rotate_every_days=days)
            for days in (30, 60, 90)
        ]
        async with storage.works.look(mine) as look:
            found = look.records(API_KEYS)
            assert await found.list(limit=PAGE, where={"name": "60"}) == [keys[1]]
            due = {"due_at": AtMost(builders.AT + 60 * DAY)}
            assert await found.list(limit=PAGE, where=due) == keys[:2]
            assert await found.count(where=due) == 2
        # A key that is due at another time is found by that.
        async with storage.works.begin(mine) as work:
            later = replace(keys[0], rotate_every_days=61, version=2)
            assert await work.records(API_KEYS).update(later)
            assert await work.records(API_KEYS).list(limit=PAGE, where=due) == [keys[1]]

    async def test_a_deleted_key_leaves_its_history(self, storage: Storage) -> None:
        mine, other = await tenant_in(storage), await tenant_in(storage)
        key_id = builders.new_id()
        done = ["api_key.create", "api_key.delete", "api_key.create_refused"]
        async with storage.works.begin(mine) as work:
            for action in (*done, "other.create"):
                entry = builders.audit(tenant_id=mine, action=action, subject=str(key_id))
                await work.audit(entry)
        found = await storage.api_keys.history(tenant_id=mine, key_id=key_id, limit=PAGE)
        assert [one.action for one in found] == done
        rest = await storage.api_keys.history(
            tenant_id=mine, key_id=key_id, limit=1, after=found[0].id
        )
        assert list(rest) == [found[1]]
        assert await storage.api_keys.history(tenant_id=other, key_id=key_id, limit=PAGE) == []

    async def test_what_is_due_is_reminded_of_once(self, storage: Storage) -> None:
        tenant_id = await tenant_in(storage)
        await storage.key_marks.begin(mark_of(1))
        key = await stored(storage, tenant_id, rotate_every_days=30)
        soon = builders.AT + 30 * DAY
        for before_, found in ((soon - DAY, []), (soon, [key])):
            where = {"due_at": AtMost(before_)}
            assert list(await storage.works.everywhere(API_KEYS, limit=9, where=where)) == found
        at = builders.AT + 25 * DAY
        async with storage.works.begin(tenant_id) as work:
            reminders = work.records(KEY_REMINDERS)
            before = await reminders.get(key.id)
            assert before is not None
            assert await reminders.update(replace(before, reminded_at=at), seen=1)
            assert await work.records(API_KEYS).get(key.id) == replace(key, reminded_at=at)
