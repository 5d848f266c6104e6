"""A venue that a stop cannot reach is told of each minute, until somebody takes it in hand."""

from datetime import timedelta

from adapters.memory.access import MemoryMembers
from adapters.memory.identity_scope import MemoryIdentityTransactions
from application.kill_switch.escalate import UNREACHABLE_S, EscalateVenue
from domain.identity.member import founder
from domain.identity.notice import Priority, UserNotice
from domain.identity.tenant import Tenant, User
from domain.kill_switch.latch import Latch, Scope, firm_scope
from ports.broker import BrokerUnavailable
from tests import builders
from tests.rig import Rig

AWAY = BrokerUnavailable("it is away")


async def _owner(rig: Rig) -> User:
    """Make the owner of the room's tenant."""
    owner = User(
        id=builders.new_id(),
        tenant_id=rig.tenant_id,
        email="ada@example.com",
        password_hash="hash",
        created_at=builders.AT,
    )
    rig.database.tenants[rig.tenant_id] = Tenant(
        id=rig.tenant_id, name="ours", created_at=builders.AT
    )
    rig.database.users[owner.id] = owner
    rig.database.members[owner.id] = founder(owner)
    return owner


def _escalate(rig: Rig) -> EscalateVenue:
    return EscalateVenue(
        transactions=MemoryIdentityTransactions(rig.link),
        members=MemoryMembers(rig.link),
        directory=rig.directory,
        clock=rig.clock,
        ids=rig.kill_context.ids,
    )


async def _told(rig: Rig, owner: User) -> list[UserNotice]:
    async with MemoryIdentityTransactions(rig.link).begin() as scope:
        return list(await scope.notices.of(owner.id, limit=99))


async def _fails(escalate: EscalateVenue, latch: Latch, *, rig: Rig, seconds: float) -> None:
    """Let every look at the venue fail, one a second."""
    for _ in range(int(seconds)):
        await escalate(latch, "paper", AWAY)
        rig.clock.advance(1)


async def test_it_is_told_once_a_minute_and_urgently() -> None:
    rig = Rig()
    owner = await _owner(rig)
    latch = builders.latch(scope=Scope(tenant_id=rig.tenant_id))
    escalate = _escalate(rig)
    await _fails(escalate, latch, rig=rig, seconds=UNREACHABLE_S)
    assert await _told(rig, owner) == []
    await _fails(escalate, latch, rig=rig, seconds=120)
    told = await _told(rig, owner)
    assert [one.priority for one in told] == [Priority.URGENT] * 2
    assert told[0].at - told[1].at == timedelta(minutes=1)
    assert dict(told[0].detail) == {
        "latch_id": str(latch.id),
        "broker": "paper",
        "problem": "it is away",
    }
    entries = [one.action for one in rig.database.audit]
    assert entries == ["notice.kill_venue_unreachable"] * 2


async def test_acknowledged_it_is_told_no_more_not_even_by_the_next_process() -> None:
    rig = Rig()
    owner = await _owner(rig)
    latch = builders.latch(scope=Scope(tenant_id=rig.tenant_id))
    await _fails(_escalate(rig), latch, rig=rig, seconds=10)
    (told,) = await _told(rig, owner)
    async with MemoryIdentityTransactions(rig.link).begin() as scope:
        await scope.notices.mark_acknowledged(told.id, at=rig.clock.now())
    await _fails(_escalate(rig), latch, rig=rig, seconds=200)
    assert len(await _told(rig, owner)) == 1
    other = builders.latch(scope=Scope(tenant_id=rig.tenant_id))
    await _fails(_escalate(rig), other, rig=rig, seconds=10)
    assert len(await _told(rig, owner)) == 2


async def test_a_venue_that_is_back_is_given_its_time_anew() -> None:
    rig = Rig()
    owner = await _owner(rig)
    latch = builders.latch(scope=Scope(tenant_id=rig.tenant_id))
    escalate = _escalate(rig)
    for _ in range(5):
        await _fails(escalate, latch, rig=rig, seconds=UNREACHABLE_S)
        await escalate(latch, "paper", None)
    assert await _told(rig, owner) == []


async def test_a_stop_of_the_firm_is_told_to_every_tenant_at_the_broker() -> None:
    rig = Rig()
    owner = await _owner(rig)
    latch = builders.latch(scope=firm_scope())
    await _fails(_escalate(rig), latch, rig=rig, seconds=10)
    (told,) = await _told(rig, owner)
    assert told.tenant_id == rig.tenant_id
