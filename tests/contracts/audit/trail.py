"""What every adapter of AuditTrail and AuditSealing promises."""

import asyncio
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest

from adapters.memory.audit import MemoryAnchor
from adapters.memory.time import ManualClock
from adapters.system.time import SystemSleeper
from application.audit.seal_trail import SealTrail
from domain.audit.chain import Head
from domain.audit.entry import AuditEntry
from domain.audit.macs import AuditKeys, audit_keys
from domain.audit.origin import Origin, coming_from
from domain.audit.review import REVIEWED, Review
from ports.audit import AuditFilter, AuditSealing, AuditTrail, AuditUnsealable
from tests import builders
from tests.contracts.contract import Contract
from tests.torture.audit_stored import entry_of

KEYS = audit_keys(b"1" * 32)
EVERY = AuditFilter()
TENANT = UUID("01900000-0000-7000-8000-000000000001")
OTHER = UUID("01900000-0000-7000-8000-000000000002")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """A trail with what seals it, over one empty database, signing with KEYS."""

    trail: AuditTrail
    sealing: AuditSealing
    keys: AuditKeys = KEYS

    def sealer(self, *, anchor: MemoryAnchor | None = None) -> SealTrail:
        """Return the job that seals."""
        return SealTrail(
            sealing=self.sealing,
            anchors=[anchor or MemoryAnchor()],
            read_keys=lambda: self.keys,
            clock=ManualClock(builders.AT),
            sleeper=SystemSleeper(),
        )

    async def write(self, *entries: AuditEntry) -> None:
        """Store entries one after the other, and seal them."""
        for entry in entries:
            await self.trail.add(entry)
        await self.sealer().drain()


def entries(count: int, *, tenant_id: UUID = TENANT, seed: int = 1) -> list[AuditEntry]:
    random = Random(seed)
    return [entry_of(random, tenant_id) for _ in range(count)]


class AuditTrailContract(Contract):
    """Subclasses give a fixture `rig`."""

    @pytest.fixture
    @abstractmethod
    async def rig(self) -> Rig: ...

    async def test_an_entry_comes_back_as_it_was_written(self, rig: Rig) -> None:
        await rig.sealing.begin(keys=KEYS, may_adopt=True)
        (entry,) = entries(1)
        bare = AuditEntry(
            id=UUID(int=5),
            tenant_id=TENANT,
            actor="user:a",
            action="agent.pause",
            subject="ema",
            at=builders.AT,
        )
        await rig.write(entry, bare)
        page = await rig.trail.page(tenant_id=TENANT, wanted=EVERY, limit=10)
        assert [one.entry for one in page.entries] == [bare, entry]
        assert [one.position for one in page.entries] == [2, 1]
        assert page.before is None

    async def test_it_says_where_its_action_came_from(self, rig: Rig) -> None:
        await rig.sealing.begin(keys=KEYS, may_adopt=True)
        with coming_from(Origin(session_id=OTHER, ip="192.0.2.1", user_agent="desk/1")):
            entry = AuditEntry(
                id=UUID(int=5),
                tenant_id=TENANT,
                actor="user:a",
                action="agent.pause",
                subject="ema",
                at=builders.AT,
            )
        await rig.write(entry)
        (sealed,) = (await rig.trail.page(tenant_id=TENANT, wanted=EVERY, limit=1)).entries
        said = sealed.entry
        assert (said.session_id, said.ip, said.user_agent) == (OTHER, "192.0.2.1", "desk/1")

    async def test_what_is_not_sealed_is_not_shown(self, rig: Rig) -> None:
        await rig.sealing.begin(keys=KEYS, may_adopt=True)
        await rig.trail.add(entries(1)[0])
        page = await rig.trail.page(tenant_id=TENANT, wanted=EVERY, limit=10)
        assert page.entries == []
        assert await rig.sealer().drain() == 1
        page = await rig.trail.page(tenant_id=TENANT, wanted=EVERY, limit=10)
        assert len(page.entries) == 1

    async def test_pages_follow_each_other_without_gap_or_repetition(self, rig: Rig) -> None:
        await rig.sealing.begin(keys=KEYS, may_adopt=True)
        written = entries(7)
        await rig.write(*written)
        seen: list[AuditEntry] = []
        before: int | None = None
        while True:
            page = await rig.trail.page(tenant_id=TENANT, wanted=EVERY, limit=3, before=before)
            seen += [one.entry for one in page.entries]
            before = page.before
            if before is None:
                break
        assert seen == written[::-1]

    async def test_the_latest_review_is_shown_and_filtered_by(self, rig: Rig) -> None:
        await rig.sealing.begin(keys=KEYS, may_adopt=True)
        first, second = entries(2)
        marks = [
            builders.audit(
                id=UUID(int=90 + number),
                tenant_id=tenant_id,
                actor="user:boss",
                action=REVIEWED,
                subject=str(entry.id),
                reason=note,
                at=builders.AT + timedelta(minutes=number),
            )
            for number, (tenant_id, entry, note) in enumerate(
                ((TENANT, first, "odd"), (TENANT, first, "asked"), (OTHER, second, "not theirs"))
            )
        ]
        await rig.write(first, second, *marks)
        page = await rig.trail.page(tenant_id=TENANT, wanted=EVERY, limit=10)
        found = {one.entry.id: one.review for one in page.entries}
        assert found[first.id] == Review(actor="user:boss", at=marks[1].at, note="asked")
        assert found[second.id] is None
        for reviewed, wanted in ((True, {first.id}), (False, set(found) - {first.id})):
            asked = AuditFilter(reviewed=reviewed)
            page = await rig.trail.page(tenant_id=TENANT, wanted=asked, limit=10)
            assert {one.entry.id for one in page.entries} == wanted
        assert await rig.trail.has(tenant_id=TENANT, entry_id=first.id)
        assert not await rig.trail.has(tenant_id=OTHER, entry_id=first.id)
        assert not await rig.trail.has(tenant_id=TENANT, entry_id=UUID(int=1))

    async def test_filters_narrow_and_tenants_do_not_mix(self, rig: Rig) -> None:
        await rig.sealing.begin(keys=KEYS, may_adopt=True)
        own, others = entries(12), entries(5, tenant_id=OTHER, seed=2)
        await rig.write(*own, *others)
        one = own[4]
        wanted: tuple[tuple[AuditFilter, Callable[[AuditEntry], bool]], ...] = (
            (AuditFilter(actor=one.actor), lambda entry: entry.actor == one.actor),
            (AuditFilter(action=one.action), lambda entry: entry.action == one.action),
            (AuditFilter(subject=one.subject), lambda entry: entry.subject == one.subject),
            (AuditFilter(since=one.at), lambda entry: entry.at >= one.at),
            (AuditFilter(until=one.at), lambda entry: entry.at < one.at),
            (
                AuditFilter(since=one.at, until=one.at + timedelta(seconds=1)),
                lambda entry: one.at <= entry.at < one.at + timedelta(seconds=1),
            ),
        )
        for asked, fits in wanted:
            page = await rig.trail.page(tenant_id=TENANT, wanted=asked, limit=50)
            assert [found.entry for found in page.entries] == [
                entry for entry in own[::-1] if fits(entry)
            ]
        account = next(entry.account_id for entry in own if entry.account_id is not None)
        page = await rig.trail.page(
            tenant_id=TENANT, wanted=AuditFilter(account_id=account), limit=50
        )
        assert {found.entry.account_id for found in page.entries} == {account}
        page = await rig.trail.page(tenant_id=OTHER, wanted=EVERY, limit=50)
        assert [found.entry for found in page.entries] == others[::-1]

    async def test_secrets_are_hidden_before_they_are_stored(self, rig: Rig) -> None:
        await rig.sealing.begin(keys=KEYS, may_adopt=True)
        (entry,) = entries(1)
        told = replace(entry, after=(("passcode", "24681357"), ("url", "redis://:hunter2@h:1/0")))
        await rig.write(told)
        (sealed,) = (await rig.trail.page(tenant_id=TENANT, wanted=EVERY, limit=1)).entries
        assert "24681357" not in str(sealed.entry)
        assert "hunter2" not in str(sealed.entry)

    async def test_of_two_who_seal_at_once_each_entry_goes_once(self, rig: Rig) -> None:
        await rig.sealing.begin(keys=KEYS, may_adopt=True)
        for entry in entries(40):
            await rig.trail.add(entry)
        done = await asyncio.gather(*(rig.sealer().drain() for _ in range(3)))
        assert sum(done) == 40
        (head,) = await rig.sealing.heads()
        assert (head.tenant_id, head.position) == (TENANT, 40)

    async def test_heads_are_anchored_once_their_links_are_there(self, rig: Rig) -> None:
        await rig.sealing.begin(keys=KEYS, may_adopt=True)
        anchor = MemoryAnchor()
        sealer = rig.sealer(anchor=anchor)
        await rig.trail.add(entries(1)[0])
        await sealer.drain()
        await rig.trail.add(entries(1, tenant_id=OTHER)[0])
        await sealer.drain()
        heads = {head.tenant_id: head.link for head in await rig.sealing.heads()}
        assert {one.head.tenant_id: one.head.link for one in anchor.records} == heads
        assert len(anchor.records) == 2

    async def test_a_chain_that_is_not_as_it_was_is_told(self, rig: Rig) -> None:
        await rig.sealing.begin(keys=KEYS, may_adopt=True)
        await rig.write(entries(1)[0])
        await rig.trail.add(entries(2)[1])
        mark = await rig.sealing.mark()
        assert mark is not None
        other = Head(tenant_id=TENANT, position=1, link=b"x" * 32, seq=1)
        with pytest.raises(AuditUnsealable):
            await rig.sealing.seal(mark, keys=KEYS, limit=10, expected=lambda _: other)
        assert await rig.sealing.seal(mark, keys=KEYS, limit=10, expected=lambda _: None)
