"""What every adapter of KeyMarks and SealedStore promises."""

from dataclasses import replace
from uuid import UUID

import pytest

from domain.secrets.address import RowAddress
from domain.secrets.keys import KeyMark, KeyState
from domain.secrets.sealed import SealedSecret
from ports.secrets import KeyStale, SealedRow
from tests import builders
from tests.contracts.storage import Storage, StorageContract


def mark_of(version: int) -> KeyMark:
    """Make the mark of a version that is to seal."""
    return KeyMark(
        version=version,
        state=KeyState.CURRENT,
        check=b"checked",
        parameters=b"salt",
        created_at=builders.AT,
    )


def kept_in(tenant_id: UUID, row: str, *, version: int = 1) -> SealedRow:
    """Make a sealed row; nothing in storage looks into it."""
    place = RowAddress(tenant_id=tenant_id, table="api_keys", column="credentials", row=row)
    sealed = SealedSecret(
        key_version=version,
        sealed_version=version,
        wrapped_key=b"w" * 60,
        nonce=b"n" * 12,
        ciphertext=row.encode().rjust(40, b"."),
    )
    return SealedRow(row=place, sealed=sealed)


async def tenant_in(storage: Storage) -> UUID:
    """Store a tenant."""
    tenant = builders.tenant()
    await storage.add_tenant(tenant)
    return tenant.id


class KeyMarksContract(StorageContract):
    async def test_a_new_version_seals_and_the_one_before_only_opens(
        self, storage: Storage
    ) -> None:
        assert list(await storage.key_marks.all()) == []
        assert await storage.key_marks.begin(mark_of(1))
        assert list(await storage.key_marks.all()) == [mark_of(1)]
        tenant_id = await tenant_in(storage)
        audit = builders.audit(tenant_id=tenant_id, action="secret_keys.rotate")
        assert await storage.key_marks.begin(mark_of(4), audit=[audit])
        assert [(one.version, one.state) for one in await storage.key_marks.all()] == [
            (1, KeyState.DECRYPT_ONLY),
            (4, KeyState.CURRENT),
        ]
        assert [one.action for one in await storage.audits(tenant_id)] == ["secret_keys.rotate"]

    async def test_a_version_that_is_known_or_older_is_not_begun_again(
        self, storage: Storage
    ) -> None:
        await storage.key_marks.begin(mark_of(2))
        tenant_id = await tenant_in(storage)
        audit = builders.audit(tenant_id=tenant_id, action="secret_keys.rotate")
        for version in (1, 2):
            assert not await storage.key_marks.begin(mark_of(version), audit=[audit])
        assert list(await storage.key_marks.all()) == [mark_of(2)]
        assert await storage.audits(tenant_id) == []

    async def test_a_version_is_retired_once_nothing_is_under_it(self, storage: Storage) -> None:
        tenant_id = await tenant_in(storage)
        await storage.key_marks.begin(mark_of(1))
        kept = kept_in(tenant_id, "a")
        await storage.sealed.put(kept)
        await storage.key_marks.begin(mark_of(2))
        audit = builders.audit(tenant_id=tenant_id, action="secret_keys.retire")
        assert await storage.key_marks.retire(at=builders.AT, audit=[audit]) == []
        assert await storage.audits(tenant_id) == []
        await storage.sealed.replace([(kept, replace(kept.sealed, key_version=2))])
        assert await storage.key_marks.retire(at=builders.AT, audit=[audit]) == [1]
        retired, current = await storage.key_marks.all()
        assert (retired.state, retired.retired_at) == (KeyState.RETIRED, builders.AT)
        assert current.state is KeyState.CURRENT
        assert [one.action for one in await storage.audits(tenant_id)] == ["secret_keys.retire"]

    async def test_a_lost_version_with_nothing_under_it_is_started_over(
        self, storage: Storage
    ) -> None:
        assert await storage.key_marks.unused()
        for version in (1, 2):
            await storage.key_marks.begin(mark_of(version))
        assert not await storage.key_marks.start_over(mark_of(2))
        assert await storage.key_marks.start_over(mark_of(3))
        assert [(one.version, one.state) for one in await storage.key_marks.all()] == [
            (1, KeyState.RETIRED),
            (2, KeyState.RETIRED),
            (3, KeyState.CURRENT),
        ]

    async def test_a_lost_version_with_a_secret_under_it_stays(self, storage: Storage) -> None:
        tenant_id = await tenant_in(storage)
        await storage.key_marks.begin(mark_of(1))
        await storage.sealed.put(kept_in(tenant_id, "a"))
        assert not await storage.key_marks.unused()
        assert not await storage.key_marks.start_over(mark_of(2))
        assert list(await storage.key_marks.all()) == [mark_of(1)]


class SealedStoreContract(StorageContract):
    async def test_a_secret_is_found_in_its_place_only_until_it_is_erased(
        self, storage: Storage
    ) -> None:
        mine, other = await tenant_in(storage), await tenant_in(storage)
        await storage.key_marks.begin(mark_of(1))
        kept = kept_in(mine, "a")
        await storage.sealed.put(kept)
        assert await storage.sealed.get(kept.row) == kept.sealed
        for elsewhere in (
            replace(kept.row, tenant_id=other),
            replace(kept.row, table="x"),
            replace(kept.row, column="x"),
            replace(kept.row, row="x"),
        ):
            assert await storage.sealed.get(elsewhere) is None
        assert await storage.sealed.erase(kept.row)
        assert not await storage.sealed.erase(kept.row)
        assert await storage.sealed.get(kept.row) is None

    async def test_a_secret_takes_the_place_of_the_one_before(self, storage: Storage) -> None:
        tenant_id = await tenant_in(storage)
        await storage.key_marks.begin(mark_of(1))
        kept = kept_in(tenant_id, "a")
        later = replace(kept, sealed=replace(kept.sealed, ciphertext=b"c" * 30))
        for one in (kept, later):
            await storage.sealed.put(one)
        assert await storage.sealed.get(kept.row) == later.sealed
        assert dict(await storage.sealed.counts()) == {1: 1}

    @pytest.mark.parametrize("version", [1, 3])
    async def test_nothing_is_stored_under_a_version_that_does_not_seal(
        self, storage: Storage, version: int
    ) -> None:
        tenant_id = await tenant_in(storage)
        for each in (1, 2):
            await storage.key_marks.begin(mark_of(each))
        with pytest.raises(KeyStale):
            await storage.sealed.put(kept_in(tenant_id, "a", version=version))
        assert dict(await storage.sealed.counts()) == {}

    async def test_secrets_below_a_version_are_found_and_wrapped_anew(
        self, storage: Storage
    ) -> None:
        tenant_id = await tenant_in(storage)
        await storage.key_marks.begin(mark_of(1))
        rows = [kept_in(tenant_id, name) for name in "abc"]
        for kept in rows:
            await storage.sealed.put(kept)
        await storage.key_marks.begin(mark_of(2))
        assert len(await storage.sealed.below(version=2, limit=2)) == 2
        found = await storage.sealed.below(version=2, limit=10)
        assert {kept.row for kept in found} == {kept.row for kept in rows}
        pairs = [(kept, kept.sealed.rewrapped(key_version=2, wrapped_key=b"x")) for kept in found]
        # One was changed by somebody else meanwhile: theirs stands.
        changed = replace(rows[0], sealed=replace(pairs[0][1], ciphertext=b"c" * 30))
        await storage.sealed.put(changed)
        assert await storage.sealed.replace(pairs) == 2
        assert await storage.sealed.below(version=2, limit=10) == []
        assert await storage.sealed.get(rows[0].row) == changed.sealed
        assert dict(await storage.sealed.counts()) == {2: 3}

    async def test_nothing_is_wrapped_anew_under_a_version_that_is_over(
        self, storage: Storage
    ) -> None:
        tenant_id = await tenant_in(storage)
        await storage.key_marks.begin(mark_of(1))
        kept = kept_in(tenant_id, "a")
        await storage.sealed.put(kept)
        for version in (2, 3):
            await storage.key_marks.begin(mark_of(version))
        with pytest.raises(KeyStale):
            await storage.sealed.replace([(kept, replace(kept.sealed, key_version=2))])
        assert await storage.sealed.get(kept.row) == kept.sealed

    async def test_all_secrets_are_walked_page_by_page(self, storage: Storage) -> None:
        tenants = [await tenant_in(storage) for _ in range(2)]
        await storage.key_marks.begin(mark_of(1))
        kept = [kept_in(tenant_id, name) for tenant_id in tenants for name in ("b", "B", "a")]
        for one in kept:
            await storage.sealed.put(one)
        walked: list[SealedRow] = []
        while page := await storage.sealed.after(walked[-1].row if walked else None, limit=2):
            walked += page
        assert walked == sorted(kept, key=lambda one: (one.row.tenant_id, one.row.row))
