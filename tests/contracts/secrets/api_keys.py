"""What every adapter of ApiKeys promises."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.secrets.api_key import ApiKey, Environment, KeyPermission
from ports.api_keys import NameTaken, Told, address_of
from ports.secrets import KeyStale, SealedRow
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


def told_of(key: ApiKey, what: str) -> Told:
    """Make the audit entry and notice of something done to a key."""
    return Told(
        audit=builders.audit(
            tenant_id=key.tenant_id, action=f"api_key.{what}", subject=str(key.id)
        ),
        notice=builders.notice(
            tenant_id=key.tenant_id, sequence=0, channel="secrets", type=f"api_key.{what}"
        ),
    )


class ApiKeysContract(StorageContract):
    async def _added(self, storage: Storage, tenant_id: UUID, **changes: Any) -> ApiKey:
        key = key_of(tenant_id, **changes)
        await storage.api_keys.add(key, sealed=sealed_of(key), told=told_of(key, "create"))
        return key

    async def _told(self, storage: Storage, tenant_id: UUID) -> list[tuple[int, str]]:
        found = await storage.journal.replay(
            tenant_id=tenant_id, account_id=None, channel="secrets", after_sequence=0, limit=PAGE
        )
        return [(one.sequence, one.type) for one in found]

    async def test_a_key_is_stored_whole_with_its_secret_and_told(self, storage: Storage) -> None:
        mine, other = await tenant_in(storage), await tenant_in(storage)
        await storage.key_marks.begin(mark_of(1))
        key = await self._added(
            storage,
            mine,
            label="Swing",
            account_id=builders.new_id(),
            last_used_at=builders.later(1).at,
            expires_at=builders.later(9).at,
            reminded_at=builders.later(2).at,
            rotate_every_days=30,
        )
        assert await storage.api_keys.get(tenant_id=mine, key_id=key.id) == key
        assert await storage.api_keys.get(tenant_id=other, key_id=key.id) is None
        assert await storage.sealed.get(sealed_of(key).row) == sealed_of(key).sealed
        assert await self._told(storage, mine) == [(1, "api_key.create")]
        assert [one.action for one in await storage.audits(mine)] == ["api_key.create"]

    async def test_a_name_is_one_keys_of_a_tenant(self, storage: Storage) -> None:
        mine, other = await tenant_in(storage), await tenant_in(storage)
        await storage.key_marks.begin(mark_of(1))
        await self._added(storage, mine)
        await self._added(storage, other)
        second = await self._added(storage, mine, name="Second")
        taken = key_of(mine)
        with pytest.raises(NameTaken):
            await storage.api_keys.add(
                taken, sealed=sealed_of(taken), told=told_of(taken, "create")
            )
        renamed = replace(second, name="Main", version=2)
        with pytest.raises(NameTaken):
            await storage.api_keys.change(renamed, sealed=None, told=told_of(second, "update"))
        assert await storage.sealed.get(sealed_of(taken).row) is None
        assert len(await storage.audits(mine)) == 2

    async def test_nothing_is_stored_under_a_version_that_does_not_seal(
        self, storage: Storage
    ) -> None:
        tenant_id = await tenant_in(storage)
        for version in (1, 2):
            await storage.key_marks.begin(mark_of(version))
        key = key_of(tenant_id)
        with pytest.raises(KeyStale):
            await storage.api_keys.add(key, sealed=sealed_of(key), told=told_of(key, "create"))
        assert await storage.api_keys.get(tenant_id=tenant_id, key_id=key.id) is None
        assert await storage.audits(tenant_id) == []
        assert await self._told(storage, tenant_id) == []

    async def test_a_key_changes_from_the_version_before_only(self, storage: Storage) -> None:
        tenant_id = await tenant_in(storage)
        await storage.key_marks.begin(mark_of(1))
        key = await self._added(storage, tenant_id)
        after = replace(key, name="Other", version=2, rotated_at=builders.later(5).at)
        fresh = sealed_of(key, text="b")
        assert await storage.api_keys.change(after, sealed=fresh, told=told_of(key, "rotate"))
        assert await storage.api_keys.get(tenant_id=tenant_id, key_id=key.id) == after
        assert await storage.sealed.get(fresh.row) == fresh.sealed
        assert not await storage.api_keys.change(
            after, sealed=sealed_of(key, text="c"), told=told_of(key, "rotate")
        )
        assert await storage.sealed.get(fresh.row) == fresh.sealed
        assert len(await storage.audits(tenant_id)) == 2

    async def test_what_the_broker_told_leaves_the_version(self, storage: Storage) -> None:
        tenant_id = await tenant_in(storage)
        await storage.key_marks.begin(mark_of(1))
        key = await self._added(storage, tenant_id)
        at = builders.later(5).at
        checked = replace(
            key,
            verified=False,
            verified_at=at,
            last_used_at=at,
            permissions=frozenset({KeyPermission.READ}),
        )
        assert await storage.api_keys.verified(checked, told=told_of(key, "verify"))
        assert await storage.api_keys.get(tenant_id=tenant_id, key_id=key.id) == checked
        assert not await storage.api_keys.verified(
            replace(checked, version=2), told=told_of(key, "verify")
        )
        assert len(await storage.audits(tenant_id)) == 2

    async def test_a_change_never_takes_back_a_later_use(self, storage: Storage) -> None:
        tenant_id = await tenant_in(storage)
        await storage.key_marks.begin(mark_of(1))
        key = await self._added(storage, tenant_id)
        at = builders.later(5).at
        await storage.api_keys.verified(replace(key, last_used_at=at), told=told_of(key, "verify"))
        changed = replace(key, name="Other", version=2)
        assert await storage.api_keys.change(changed, sealed=None, told=told_of(key, "update"))
        found = await storage.api_keys.get(tenant_id=tenant_id, key_id=key.id)
        assert found == replace(changed, last_used_at=at)

    async def test_a_deleted_key_leaves_no_secret_but_its_history(self, storage: Storage) -> None:
        mine, other = await tenant_in(storage), await tenant_in(storage)
        await storage.key_marks.begin(mark_of(1))
        key = await self._added(storage, mine)
        stale = replace(key, version=2)
        assert not await storage.api_keys.remove(stale, told=told_of(key, "delete"))
        assert await storage.api_keys.remove(key, told=told_of(key, "delete"))
        assert await storage.api_keys.get(tenant_id=mine, key_id=key.id) is None
        assert await storage.sealed.get(sealed_of(key).row) is None
        await storage.api_keys.refused(
            builders.audit(tenant_id=mine, action="api_key.create_refused", subject=str(key.id))
        )
        found = await storage.api_keys.history(tenant_id=mine, key_id=key.id, limit=PAGE)
        assert [one.action for one in found] == [
            "api_key.create",
            "api_key.delete",
            "api_key.create_refused",
        ]
        rest = await storage.api_keys.history(
            tenant_id=mine, key_id=key.id, limit=1, after=found[0].id
        )
        assert list(rest) == [found[1]]
        assert await storage.api_keys.history(tenant_id=other, key_id=key.id, limit=PAGE) == []

    async def test_keys_are_listed_page_by_page_and_by_what_is_due(self, storage: Storage) -> None:
        mine, other = await tenant_in(storage), await tenant_in(storage)
        await storage.key_marks.begin(mark_of(1))
        await self._added(storage, other)
        keys = [
            await self._added(storage, mine, name=str(days), rotate_every_days=days)
            for days in (30, 60, 90)
        ]
        first = await storage.api_keys.list(tenant_id=mine, limit=2)
        assert list(first) == keys[:2]
        rest = await storage.api_keys.list(tenant_id=mine, limit=2, after=first[-1].id)
        assert list(rest) == keys[2:]
        due = await storage.api_keys.list(tenant_id=mine, limit=PAGE, due_by=builders.AT + 60 * DAY)
        assert list(due) == keys[:2]

    async def test_of_two_who_remind_one_tells(self, storage: Storage) -> None:
        tenant_id = await tenant_in(storage)
        await storage.key_marks.begin(mark_of(1))
        key = await self._added(storage, tenant_id, rotate_every_days=30)
        soon = builders.AT + 30 * DAY
        assert await storage.api_keys.to_remind(before=soon - DAY, limit=PAGE) == []
        assert list(await storage.api_keys.to_remind(before=soon, limit=PAGE)) == [key]
        at = builders.AT + 25 * DAY
        told = [
            await storage.api_keys.reminded(key, at=at, told=told_of(key, "remind"))
            for _ in range(2)
        ]
        assert told == [True, False]
        assert await storage.api_keys.to_remind(before=soon, limit=PAGE) == []
        assert len(await storage.audits(tenant_id)) == 2
