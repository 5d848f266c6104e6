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
from tests.room import Room

AWAY = BrokerUnavailable("it is away")


async def _owner(room: Room) -> User:
    """Make the owner of the room's tenant."""
    owner = User(
        id=builders.new_id(),
        tenant_id=room.tenant_id,
        email="ada@example.com",
        password_hash="hash",
        created_at=builders.AT,
    )
    room.database.tenants[room.tenant_id] = Tenant(
        id=room.tenant_id, name="ours", created_at=builders.AT
    )
    room.database.users[owner.id] = owner
    room.database.members[owner.id] = founder(owner)
    return owner


def _escalate(room: Room) -> EscalateVenue:
    return EscalateVenue(
        transactions=MemoryIdentityTransactions(room.link),
        members=MemoryMembers(room.link),
        directory=room.directory,
        clock=room.clock,
        ids=room.kill_context.ids,
    )


async def _told(room: Room, owner: User) -> list[UserNotice]:
    async with MemoryIdentityTransactions(room.link).begin() as scope:
        return list(await scope.notices.of(owner.id, limit=99))


async def _fails(escalate: EscalateVenue, latch: Latch, *, room: Room, seconds: float) -> None:
    """Let every look at the venue fail, one a second."""
    for _ in range(int(seconds)):
        await escalate(latch, "paper", AWAY)
        room.clock.advance(1)


async def test_it_is_told_once_a_minute_and_urgently() -> None:
    room = Room()
    owner = await _owner(room)
    latch = builders.latch(scope=Scope(tenant_id=room.tenant_id))
    escalate = _escalate(room)
    await _fails(escalate, latch, room=room, seconds=UNREACHABLE_S)
    assert await _told(room, owner) == []
    await _fails(escalate, latch, room=room, seconds=120)
    told = await _told(room, owner)
    assert [one.priority for one in told] == [Priority.URGENT] * 2
    assert told[0].at - told[1].at == timedelta(minutes=1)
    assert dict(told[0].detail) == {
        "latch_id": str(latch.id),
        "broker": "paper",
        "problem": "it is away",
    }
    entries = [one.action for one in room.database.audit]
    assert entries == ["notice.kill_venue_unreachable"] * 2


async def test_acknowledged_it_is_told_no_more_not_even_by_the_next_process() -> None:
    room = Room()
    owner = await _owner(room)
    latch = builders.latch(scope=Scope(tenant_id=room.tenant_id))
    await _fails(_escalate(room), latch, room=room, seconds=10)
    (told,) = await _told(room, owner)
    async with MemoryIdentityTransactions(room.link).begin() as scope:
        await scope.notices.mark_acknowledged(told.id, at=room.clock.now())
    await _fails(_escalate(room), latch, room=room, seconds=200)
    assert len(await _told(room, owner)) == 1
    other = builders.latch(scope=Scope(tenant_id=room.tenant_id))
    await _fails(_escalate(room), other, room=room, seconds=10)
    assert len(await _told(room, owner)) == 2


async def test_a_venue_that_is_back_is_given_its_time_anew() -> None:
    room = Room()
    owner = await _owner(room)
    latch = builders.latch(scope=Scope(tenant_id=room.tenant_id))
    escalate = _escalate(room)
    for _ in range(5):
        await _fails(escalate, latch, room=room, seconds=UNREACHABLE_S)
        await escalate(latch, "paper", None)
    assert await _told(room, owner) == []


async def test_a_stop_of_the_firm_is_told_to_every_tenant_at_the_broker() -> None:
    room = Room()
    owner = await _owner(room)
    latch = builders.latch(scope=firm_scope())
    await _fails(_escalate(room), latch, room=room, seconds=10)
    (told,) = await _told(room, owner)
    assert told.tenant_id == room.tenant_id
