"""What every adapter of Latches promises."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from domain.kill_switch.latch import Latch, LatchCause, Scope
from tests import builders
from tests.contracts.storage import Storage, StorageContract

AT_ONCE = 16


async def _engage(storage: Storage, latch: Latch) -> Latch:
    tenant_id = latch.scope.tenant_id
    await storage.latches.engage(
        latch=latch,
        audit=builders.audit(tenant_id=tenant_id, action="kill_switch.activate"),
        notice=builders.notice(tenant_id=tenant_id, sequence=0),
    )
    return latch


async def _update(storage: Storage, latch: Latch) -> Latch:
    tenant_id = latch.scope.tenant_id
    told = builders.notice(tenant_id=tenant_id, sequence=0)
    await storage.latches.update(latch=latch, audit=None, notice=told)
    return latch


async def _told(storage: Storage, tenant_id: UUID) -> list[int]:
    told = await storage.journal.replay(
        tenant_id=tenant_id, account_id=None, channel="kill_switch", after_sequence=0, limit=100
    )
    return [one.sequence for one in told]


class LatchesContract(StorageContract):
    """The promises of Latches."""

    async def test_a_latch_is_stored_with_what_tells_of_it(self, storage: Storage) -> None:
        tenant_id = (await storage.home()).tenant_id
        latch = builders.latch(
            scope=Scope(tenant_id=tenant_id, account_id=builders.new_id()),
            cause=LatchCause.RECONCILIATION,
            flatten=True,
        )
        audit = builders.audit(tenant_id=tenant_id, action="kill_switch.activate")
        told = builders.notice(tenant_id=tenant_id, sequence=1)
        await storage.latches.engage(latch=latch, audit=audit, notice=told)
        assert await storage.latches.find(tenant_id=tenant_id, latch_id=latch.id) == latch
        assert list(await storage.latches.engaged(tenant_id=tenant_id)) == [latch]
        assert list(await storage.audits(tenant_id)) == [audit]
        assert [one.notice for one in await storage.journal.after(cursor="", limit=9)] == [told]

    async def test_every_step_of_a_latch_is_kept(self, storage: Storage) -> None:
        tenant_id = (await storage.home()).tenant_id
        latch = await _engage(storage, builders.latch(scope=Scope(tenant_id=tenant_id)))
        steps = (
            {"acknowledged_at": builders.later(1).at},
            {"orders_cancelled": 7},
            {"canceled_at": builders.later(2).at},
            {"flat_at": builders.later(3).at},
            {"released_at": builders.later(4).at, "released_by": "user:other"},
        )
        for step in steps:
            latch = await _update(storage, replace(latch, **step))
            assert await storage.latches.find(tenant_id=tenant_id, latch_id=latch.id) == latch
        assert await _told(storage, tenant_id) == [1, 2, 3, 4, 5, 6]

    async def test_a_stage_once_stored_stays(self, storage: Storage) -> None:
        tenant_id = (await storage.home()).tenant_id
        latch = await _engage(storage, builders.latch(scope=Scope(tenant_id=tenant_id)))
        done = replace(
            latch,
            acknowledged_at=builders.later(1).at,
            canceled_at=builders.later(2).at,
            flat_at=builders.later(3).at,
            released_at=builders.later(4).at,
            released_by="user:other",
        )
        done = replace(done, orders_cancelled=3)
        await _update(storage, done)
        late = replace(latch, acknowledged_at=builders.later(9).at, orders_cancelled=1)
        await _update(storage, late)
        assert await storage.latches.find(tenant_id=tenant_id, latch_id=latch.id) == done
        assert list(await storage.latches.engaged(tenant_id=tenant_id)) == []

    async def test_a_released_latch_is_kept_but_not_engaged(self, storage: Storage) -> None:
        tenant_id = (await storage.home()).tenant_id
        first = await _engage(storage, builders.latch(scope=Scope(tenant_id=tenant_id)))
        second = await _engage(
            storage,
            builders.latch(scope=Scope(tenant_id=tenant_id), engaged_at=builders.later(1).at),
        )
        assert list(await storage.latches.engaged(tenant_id=tenant_id)) == [first, second]
        released = replace(first, released_at=builders.AT, released_by="user:test")
        await _update(storage, released)
        assert list(await storage.latches.engaged(tenant_id=tenant_id)) == [second]
        assert await storage.latches.find(tenant_id=tenant_id, latch_id=first.id) == released

    @pytest.mark.parametrize(
        ("flatten", "canceled", "flat", "released", "unfinished"),
        [
            (False, False, False, False, True),
            (False, True, False, False, False),
            (True, True, False, False, True),
            (True, True, True, False, False),
            (True, False, False, True, False),
        ],
    )
    async def test_a_latch_is_unfinished_until_its_work_is_done(
        self,
        storage: Storage,
        flatten: bool,
        canceled: bool,
        flat: bool,
        released: bool,
        unfinished: bool,
    ) -> None:
        tenant_id = (await storage.home()).tenant_id
        latch = await _engage(
            storage, builders.latch(scope=Scope(tenant_id=tenant_id), flatten=flatten)
        )
        latch = await _update(
            storage,
            replace(
                latch,
                canceled_at=builders.AT if canceled else None,
                flat_at=builders.AT if flat else None,
                released_at=builders.AT if released else None,
            ),
        )
        assert list(await storage.latches.unfinished()) == ([latch] if unfinished else [])
        assert latch.is_unfinished is unfinished

    async def test_unfinished_latches_are_those_of_every_tenant(self, storage: Storage) -> None:
        homes = [await storage.home() for _ in range(2)]
        latches = [
            await _engage(storage, builders.latch(scope=Scope(tenant_id=home.tenant_id)))
            for home in homes
        ]
        assert list(await storage.latches.unfinished()) == latches

    async def test_another_tenants_latch_is_not_there(self, storage: Storage) -> None:
        ours, theirs = (await storage.home()).tenant_id, (await storage.home()).tenant_id
        latch = await _engage(storage, builders.latch(scope=Scope(tenant_id=ours)))
        assert await storage.latches.find(tenant_id=theirs, latch_id=latch.id) is None
        assert list(await storage.latches.engaged(tenant_id=theirs)) == []
        await _engage(storage, builders.latch(scope=Scope(tenant_id=theirs)))
        assert await _told(storage, theirs) == await _told(storage, ours) == [1]

    async def test_whatever_number_a_notice_comes_with_it_gets_the_next(
        self, storage: Storage
    ) -> None:
        tenant_id = (await storage.home()).tenant_id
        for sequence in (7, 1, 0):
            told = builders.notice(tenant_id=tenant_id, sequence=sequence)
            audit = builders.audit(tenant_id=tenant_id)
            latch = builders.latch(scope=Scope(tenant_id=tenant_id))
            await storage.latches.engage(latch=latch, audit=audit, notice=told)
        assert await _told(storage, tenant_id) == [1, 2, 3]

    async def test_many_at_once_number_their_notices_without_gap_or_repeat(
        self, storage: Storage
    ) -> None:
        tenant_id = (await storage.home()).tenant_id
        latches = [builders.latch(scope=Scope(tenant_id=tenant_id)) for _ in range(AT_ONCE)]
        await asyncio.gather(*(_engage(storage, one) for one in latches))
        assert await _told(storage, tenant_id) == list(range(1, AT_ONCE + 1))
        assert len(await storage.latches.engaged(tenant_id=tenant_id)) == AT_ONCE
