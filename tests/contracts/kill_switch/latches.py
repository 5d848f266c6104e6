"""What every adapter of Latches promises."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from domain.audit.entry import NOBODY
from domain.kill_switch.latch import (
    Latch,
    LatchCause,
    Level,
    PendingRelease,
    Scope,
    ScopeKind,
    firm_scope,
)
from domain.kill_switch.venue import LatchVenue
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

    async def test_a_pending_release_is_kept_and_takes_the_place_of_the_one_before(
        self, storage: Storage
    ) -> None:
        tenant_id = (await storage.home()).tenant_id
        latch = await _engage(storage, builders.latch(scope=Scope(tenant_id=tenant_id)))
        first = PendingRelease(actor="user:a", reason="well", asked_at=builders.AT)
        second = replace(first, to=Level.REDUCING, answered=("a", "b"), cancel_flatten=True)

        async def pend(before: PendingRelease | None, after: PendingRelease | None) -> bool:
            return await storage.latches.pend(
                latch=replace(latch, releasing=after),
                before=before,
                audit=builders.audit(tenant_id=tenant_id, action="kill_switch.release_asked"),
                notice=builders.notice(tenant_id=tenant_id, sequence=0),
            )

        assert await pend(None, first)
        assert not await pend(None, second)
        assert await pend(first, second)
        await _update(storage, replace(latch, canceled_at=builders.later(1).at))
        (found,) = await storage.latches.releasing()
        assert (found.releasing, found.is_engaged, found.level) == (second, True, latch.level)
        assert await pend(second, None)
        assert not await storage.latches.releasing()
        asked = [one.action for one in await storage.audits(tenant_id)]
        assert asked.count("kill_switch.release_asked") == 3
        assert await _told(storage, tenant_id) == [1, 2, 3, 4, 5]

    async def test_a_release_stores_what_is_left_of_it(self, storage: Storage) -> None:
        tenant_id = (await storage.home()).tenant_id
        latch = await _engage(storage, builders.latch(scope=Scope(tenant_id=tenant_id)))
        left = PendingRelease(actor="user:a", reason="x", asked_at=builders.AT, cancel_flatten=True)
        off = replace(latch, released_at=builders.later(1).at, released_by="user:a", releasing=left)
        assert await storage.latches.release(
            latch=off,
            audit=builders.audit(tenant_id=tenant_id, action="kill_switch.release"),
            notice=builders.notice(tenant_id=tenant_id, sequence=0),
        )
        assert list(await storage.latches.releasing()) == [off]
        assert list(await storage.latches.engaged(tenant_id=tenant_id)) == []

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

    @pytest.mark.parametrize("level", Level)
    @pytest.mark.parametrize(
        "named",
        [{"strategy_id": "ema"}, {"broker": "paper"}, {"symbol": "AAPL"}, {"tenant_id": NOBODY}],
    )
    async def test_what_a_latch_names_and_how_far_it_stops_is_kept(
        self, storage: Storage, named: dict[str, Any], level: Level
    ) -> None:
        ours, theirs = (await storage.home()).tenant_id, (await storage.home()).tenant_id
        fields: dict[str, Any] = {"tenant_id": ours, **named}
        scope = Scope(**fields)
        latch = await _engage(storage, builders.latch(scope=scope, level=level))
        assert list(await storage.latches.engaged(tenant_id=ours)) == [latch]
        firm = scope.kind is ScopeKind.FIRM
        assert list(await storage.latches.engaged(tenant_id=theirs)) == ([latch] if firm else [])
        # What concerns all tenants is told to each of them, under a number of its own.
        assert await _told(storage, ours) == [1]
        assert await _told(storage, theirs) == ([1] if firm else [])

    async def test_of_many_releases_at_once_one_is_stored_and_told(self, storage: Storage) -> None:
        tenant_id = (await storage.home()).tenant_id
        latch = await _engage(storage, builders.latch(scope=Scope(tenant_id=tenant_id)))
        done = await asyncio.gather(
            *(
                storage.latches.release(
                    latch=replace(latch, released_at=builders.AT, released_by=f"user:{place}"),
                    audit=builders.audit(tenant_id=tenant_id, action="kill_switch.release"),
                    notice=builders.notice(tenant_id=tenant_id, sequence=0),
                )
                for place in range(AT_ONCE)
            )
        )
        assert sorted(done) == [False] * (AT_ONCE - 1) + [True]
        (winner,) = [place for place, one in enumerate(done) if one]
        found = await storage.latches.find(tenant_id=tenant_id, latch_id=latch.id)
        assert found is not None
        assert found.released_by == f"user:{winner}"
        assert await _told(storage, tenant_id) == [1, 2]
        entries = await storage.audits(tenant_id)
        assert [one.action for one in entries].count("kill_switch.release") == 1

    async def test_a_latch_that_was_let_down_stays_so_whatever_comes_late(
        self, storage: Storage
    ) -> None:
        tenant_id = (await storage.home()).tenant_id
        latch = await _engage(
            storage, builders.latch(scope=Scope(tenant_id=tenant_id), flatten=True)
        )
        down = replace(latch, level=Level.REDUCING, flatten=False)
        for first in (True, False):
            done = await storage.latches.release(
                latch=down,
                audit=builders.audit(tenant_id=tenant_id),
                notice=builders.notice(tenant_id=tenant_id, sequence=0),
            )
            assert done is first
        await _update(storage, replace(latch, acknowledged_at=builders.AT))
        (found,) = await storage.latches.engaged(tenant_id=tenant_id)
        assert found == replace(down, acknowledged_at=builders.AT)
        assert await _told(storage, tenant_id) == [1, 2, 3]

    async def test_a_stage_that_a_venue_has_reached_stays(self, storage: Storage) -> None:
        ours, theirs = (await storage.home()).tenant_id, (await storage.home()).tenant_id
        latch = await _engage(storage, builders.latch(scope=Scope(tenant_id=ours)))
        first = LatchVenue(
            latch_id=latch.id, tenant_id=ours, broker="paper", dispatched_at=builders.AT
        )
        late = builders.later(9).at
        for venue in (
            first,
            replace(first, broker="other", problem="it is away"),
            replace(first, dispatched_at=late, canceled_at=late, round_trip_ms=Decimal("12.5")),
            replace(first, dispatched_at=None),
        ):
            await storage.latches.reach(venue)
        paper = replace(first, canceled_at=late, round_trip_ms=Decimal("12.5"))
        found = await storage.latches.venues(tenant_id=ours, latch_ids=[latch.id])
        assert [one.broker for one in found] == ["other", "paper"]
        assert found[0].problem == "it is away"
        assert replace(found[1], round_trip_ms=paper.round_trip_ms) == paper
        assert list(await storage.latches.venues(tenant_id=theirs, latch_ids=[latch.id])) == []

    async def test_latches_are_listed_newest_first_released_ones_too(
        self, storage: Storage
    ) -> None:
        ours, theirs = (await storage.home()).tenant_id, (await storage.home()).tenant_id
        scopes = [Scope(tenant_id=ours), firm_scope(), Scope(tenant_id=ours, symbol="AAPL")]
        latches = [await _engage(storage, builders.latch(scope=scope)) for scope in scopes]
        await _engage(storage, builders.latch(scope=Scope(tenant_id=theirs)))
        await _update(storage, replace(latches[0], released_at=builders.AT, released_by="x"))
        found = await storage.latches.list(tenant_id=ours, limit=2)
        assert [one.id for one in found] == [latches[2].id, latches[1].id]
        found = await storage.latches.list(tenant_id=ours, limit=2, after=found[-1].id)
        assert [one.id for one in found] == [latches[0].id]
        own = Scope(tenant_id=ours, account_id=builders.new_id())
        hidden = await _engage(storage, builders.latch(scope=own))
        seen = await storage.latches.list(tenant_id=ours, limit=1, among=frozenset())
        assert [one.id for one in seen] == [latches[2].id]
        assert own.account_id is not None
        seen = await storage.latches.list(
            tenant_id=ours, limit=1, among=frozenset({own.account_id})
        )
        assert [one.id for one in seen] == [hidden.id]

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
