"""After a restore the anchor goes on where the back-up ends; what it lost can be given up."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from adapters.memory.audit import MemoryAnchor, MemoryAuditSealing, MemoryAuditTrail
from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.ids import SeededIds
from adapters.memory.time import ManualClock, ManualSleeper
from application.audit.give_up_anchors import GiveUpAnchors, NothingLost
from application.audit.record import Recorder
from application.audit.seal_trail import SealTrail
from application.audit.settle_restored import SettleRestored
from domain.audit.anchoring import AnchorKind, AnchorRecord, Anchors, Gap
from domain.audit.chain import Head
from domain.audit.entry import NOBODY
from domain.audit.macs import START, audit_keys

KEYS = audit_keys(b"1" * 32)
AT = datetime(2026, 1, 2, tzinfo=UTC)
TENANT, OTHER, GONE = UUID(int=7), UUID(int=8), UUID(int=9)


class Anchor(MemoryAnchor):
    """One that can keep that some of its records are lost."""

    given_up: Gap | None = None

    async def give_up(self, gap: Gap) -> None:
        self.given_up = gap


def head(tenant_id: UUID, position: int) -> Head:
    return Head(tenant_id=tenant_id, position=position, link=bytes([position]) * 32)


def settling(target: MemoryAnchor) -> SettleRestored:
    clock = ManualClock(AT)
    seal = SealTrail(
        sealing=MemoryAuditSealing(MemoryLink(MemoryDatabase())),
        anchors=[target],
        read_keys=lambda: KEYS,
        clock=clock,
        sleeper=ManualSleeper(clock),
    )
    return SettleRestored(seal=seal, target=target, clock=clock)


async def test_only_heads_behind_which_others_were_anchored_are_set_back() -> None:
    target, anchors = MemoryAnchor(), Anchors()
    for one in (head(TENANT, 5), head(OTHER, 2), head(GONE, 3)):
        anchors.take_record(AnchorRecord(kind=AnchorKind.HEAD, head=one, at=AT))
    await settling(target).set_back(anchors, heads=[head(TENANT, 4), head(OTHER, 2)])
    assert [(one.kind, one.head) for one in target.records] == [
        (AnchorKind.RESTORED, head(TENANT, 4)),
        # Of a tenant that the back-up does not know, the chain begins anew.
        (AnchorKind.RESTORED, Head(tenant_id=GONE, position=0, link=START)),
    ]


@pytest.mark.parametrize(("signed_under", "vouched"), [({KEYS.current.id}, 0), ({"another"}, 1)])
async def test_a_restore_vouches_only_for_what_no_key_here_proves(
    signed_under: set[str], vouched: int
) -> None:
    target = MemoryAnchor()
    await settling(target).vouch([head(TENANT, 4)], signed_under=signed_under)
    assert len(target.records) == vouched


async def test_what_is_lost_is_given_up_in_the_trail_and_in_the_anchor() -> None:
    target, clock, database = Anchor(), ManualClock(AT), MemoryDatabase()
    trail = MemoryAuditTrail(MemoryLink(database))
    record = Recorder(trail=trail, clock=clock, ids=SeededIds(clock=clock, seed=1))
    give_up = GiveUpAnchors(target=target, record=record, clock=clock)
    await target.append([AnchorRecord(kind=AnchorKind.HEAD, head=head(TENANT, 1), at=AT)])
    with pytest.raises(NothingLost, match="1 heads were anchored"):
        await give_up(counted=1)
    gap = await give_up(counted=4)
    assert (gap.first, gap.last, target.given_up) == (2, 4, gap)
    (told,) = database.audit
    assert (told.tenant_id, told.action, told.subject) == (
        NOBODY,
        "audit.give_up_anchors",
        "memory",
    )
    assert told.detail == (("first", "2"), ("last", "4"))
