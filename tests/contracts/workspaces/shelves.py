"""What every keeper of workspaces promises."""

import asyncio
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import pytest

from domain.accounts.change import Reply
from domain.workspaces.layout import Layout
from domain.workspaces.shelf import Owner, Removed, Saved, Shelf
from ports.idempotency import Claimed, UsedOtherwise
from ports.storage import ConstraintBroken
from ports.workspaces import ShelfChange
from tests import builders
from tests.contracts.storage import Storage, StorageContract

PLAIN = b'{"panels":[]}'
# Every freedom that JSON leaves: spaces, escapes, the order of names, how numbers are written.
WRITTEN = '{ "b":1.0,\r\n\t"a" : [1e2, -0, "\\u00e9é\\/"] ,"\\u0000":{}}'.encode()
ALLOWED = 9


async def owner_in(storage: Storage) -> Owner:
    """Store a tenant and return a person of it."""
    tenant = builders.tenant()
    await storage.add_tenant(tenant)
    return Owner(tenant_id=tenant.id, user_id=builders.new_id())


def saving(
    shelf: Shelf,
    name: str,
    *,
    text: bytes = PLAIN,
    at: datetime = builders.AT,
    make_default: bool = False,
    reply: Reply | None = None,
) -> ShelfChange:
    """Make the change that saves a layout over whatever is there under the name."""
    layout = Layout.read(text)
    known = any(one.name == name for one in shelf.workspaces)
    saved = shelf.save(
        layout,
        name=name,
        id=builders.new_id(),
        at=at,
        expected="*" if known else None,
        make_default=make_default,
        allowed=ALLOWED,
    )
    assert isinstance(saved, Saved)
    return ShelfChange(
        before=shelf,
        after=saved.shelf,
        stored=(saved.workspace, layout),
        audit=builders.audit(tenant_id=shelf.owner.tenant_id, action="workspace.created"),
        reply=reply,
    )


def removing(shelf: Shelf, workspace_id: UUID) -> ShelfChange:
    """Make the change that takes a workspace away."""
    removed = shelf.remove(workspace_id, expected=None)
    assert isinstance(removed, Removed)
    return ShelfChange(
        before=shelf,
        after=removed.shelf,
        removed=workspace_id,
        audit=builders.audit(tenant_id=shelf.owner.tenant_id, action="workspace.deleted"),
    )


def answered(key: str = "k") -> Reply:
    """Make an answer to be stored with a change."""
    return Reply(key=key, request_hash=b"hash", status=201, body=b'{"id":1}')


class WorkspacesContract(StorageContract):
    async def test_a_person_starts_with_an_empty_shelf(self, storage: Storage) -> None:
        owner = await owner_in(storage)
        assert await storage.workspaces.shelf(owner=owner) == Shelf(owner=owner)
        assert await storage.workspaces.restore(owner=owner) is None

    async def test_what_was_saved_is_what_is_restored_byte_for_byte(self, storage: Storage) -> None:
        owner = await owner_in(storage)
        change = saving(Shelf(owner=owner), "Écran 1", text=WRITTEN)
        assert await storage.workspaces.commit(change)
        assert await storage.workspaces.shelf(owner=owner) == change.after
        (workspace,) = change.after.workspaces
        for which in ({}, {"workspace_id": workspace.id}, {"name": "Écran 1"}):
            kept = await storage.workspaces.restore(owner=owner, **which)
            assert kept is not None
            assert (kept.layout, kept.workspace, kept.is_default) == (WRITTEN, workspace, True)

    async def test_a_layout_of_the_full_size_is_kept(self, storage: Storage) -> None:
        owner = await owner_in(storage)
        text = b'{"a":"' + b"x" * (1_048_576 - 8) + b'"}'
        assert await storage.workspaces.commit(saving(Shelf(owner=owner), "big", text=text))
        kept = await storage.workspaces.restore(owner=owner)
        assert kept is not None
        assert kept.layout == text

    async def test_saving_again_replaces_the_layout_and_keeps_the_rest(
        self, storage: Storage
    ) -> None:
        owner = await owner_in(storage)
        first = saving(Shelf(owner=owner), "a")
        assert await storage.workspaces.commit(first)
        second = saving(first.after, "a", text=WRITTEN, at=builders.later(60).at)
        assert await storage.workspaces.commit(second)
        kept = await storage.workspaces.restore(owner=owner, name="a")
        assert kept is not None
        assert kept.layout == WRITTEN
        assert kept.workspace == replace(
            first.after.workspaces[0],
            version=2,
            size_bytes=len(WRITTEN),
            sha256=Layout.read(WRITTEN).sha256,
            updated_at=builders.later(60).at,
        )

    async def test_the_default_moves_and_outlives_the_deletion_of_others(
        self, storage: Storage
    ) -> None:
        owner = await owner_in(storage)
        shelf = Shelf(owner=owner)
        for name, make_default in (("a", False), ("b", True), ("c", False)):
            change = saving(shelf, name, make_default=make_default)
            assert await storage.workspaces.commit(change)
            shelf = change.after
        kept = await storage.workspaces.restore(owner=owner)
        assert kept is not None
        assert kept.workspace.name == "b"
        other = await storage.workspaces.restore(owner=owner, name="a")
        assert other is not None
        assert not other.is_default
        while shelf.workspaces:
            change = removing(shelf, shelf.workspaces[0].id)
            assert await storage.workspaces.commit(change)
            shelf = await storage.workspaces.shelf(owner=owner)
            assert shelf == change.after
            restored = await storage.workspaces.restore(owner=owner)
            assert (restored and restored.workspace) == shelf.default
        # The shelf goes on where it was: an old reading of it cannot fit again.
        assert shelf.revision == 6

    async def test_a_change_of_an_older_shelf_stores_nothing(self, storage: Storage) -> None:
        owner = await owner_in(storage)
        empty = Shelf(owner=owner)
        assert await storage.workspaces.commit(saving(empty, "a"))
        assert not await storage.workspaces.commit(saving(empty, "b", reply=answered()))
        shelf = await storage.workspaces.shelf(owner=owner)
        assert [one.name for one in shelf.workspaces] == ["a"]
        assert len(await storage.audits(owner.tenant_id)) == 1
        assert await storage.workspaces.answer(tenant_id=owner.tenant_id, key="k") is None

    async def test_of_many_at_once_one_is_stored(self, storage: Storage) -> None:
        owner = await owner_in(storage)
        empty = Shelf(owner=owner)
        for shelf in (empty, saving(empty, "0").after):
            if shelf.revision:
                shelf = await storage.workspaces.shelf(owner=owner)
            changes = [saving(shelf, f"{shelf.revision} {number}") for number in range(8)]
            stored = await asyncio.gather(*(storage.workspaces.commit(one) for one in changes))
            assert sum(stored) == 1
            after = await storage.workspaces.shelf(owner=owner)
            assert after == changes[stored.index(True)].after

    async def test_the_entry_and_the_answer_are_stored_with_the_change(
        self, storage: Storage
    ) -> None:
        owner = await owner_in(storage)
        change = saving(Shelf(owner=owner), "a", reply=answered())
        assert await storage.workspaces.commit(change)
        assert await storage.audits(owner.tenant_id) == [change.audit]
        found = await storage.workspaces.answer(tenant_id=owner.tenant_id, key="k")
        assert found == answered()
        assert await storage.workspaces.answer(tenant_id=builders.new_id(), key="k") is None
        # The same key on another route.
        claimed = await storage.keys.claim(
            tenant_id=owner.tenant_id, key="k", request_hash=b"other", lapse_s=60
        )
        assert claimed == UsedOtherwise()

    async def test_a_key_that_is_used_already_stores_nothing(self, storage: Storage) -> None:
        owner = await owner_in(storage)
        first = saving(Shelf(owner=owner), "a", reply=answered("used"))
        assert await storage.workspaces.commit(first)
        claim = await storage.keys.claim(
            tenant_id=owner.tenant_id, key="claimed", request_hash=b"x", lapse_s=60
        )
        assert isinstance(claim, Claimed)
        for key in ("used", "claimed"):
            with pytest.raises(ConstraintBroken):
                await storage.workspaces.commit(saving(first.after, "b", reply=answered(key)))
        assert await storage.workspaces.shelf(owner=owner) == first.after
        assert len(await storage.audits(owner.tenant_id)) == 1
        known = await storage.workspaces.answer(tenant_id=owner.tenant_id, key="claimed")
        assert known is not None
        assert known.request_hash == b"x"

    async def test_nobody_sees_or_changes_anothers(self, storage: Storage) -> None:
        mine = await owner_in(storage)
        colleague = Owner(tenant_id=mine.tenant_id, user_id=builders.new_id())
        stranger = Owner(tenant_id=(await owner_in(storage)).tenant_id, user_id=mine.user_id)
        change = saving(Shelf(owner=mine), "a", text=WRITTEN)
        assert await storage.workspaces.commit(change)
        (workspace,) = change.after.workspaces
        for other in (colleague, stranger):
            assert await storage.workspaces.shelf(owner=other) == Shelf(owner=other)
            assert await storage.workspaces.restore(owner=other) is None
            assert await storage.workspaces.restore(owner=other, name="a") is None
            found = await storage.workspaces.restore(owner=other, workspace_id=workspace.id)
            assert found is None
            # The same name is another workspace there.
            assert await storage.workspaces.commit(saving(Shelf(owner=other), "a"))
        kept = await storage.workspaces.restore(owner=mine)
        assert kept is not None
        assert kept.layout == WRITTEN
