"""Only a log-in of an owner's own, that counts as theirs, is an act in person."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from domain.identity.access import Role
from domain.succession.plan import SuccessionState, Trading
from tests.succession_room import DAY, OWNER, TRUSTEES, SuccessionRoom

TICK = timedelta(hours=6)
S = SuccessionState


async def _in_grace() -> SuccessionRoom:
    """Return a room whose owner logged in some times, and then fell silent."""
    room = SuccessionRoom()
    for _ in range(5):
        room.clock.advance(60)
        room.log_in()
    await room.plan()
    await room.run(9 * DAY)
    assert room.is_in(S.GRACE)
    return room


async def test_a_log_in_is_an_act_in_person_and_a_doubtful_one_is_not() -> None:
    room = await _in_grace()
    room.log_in(learned=False)
    room.log_in(user_id=TRUSTEES[0])
    await room.run(TICK)
    assert room.is_in(S.GRACE)
    room.log_in()
    await room.run(TICK)
    assert (room.state, room.trading) == (S.ARMED, Trading.ACTIVE)


def _forget(room: SuccessionRoom, count: int) -> None:
    for _ in range(count):
        del room.database.logins[min(room.database.logins)]


async def _change(room: SuccessionRoom, what: str) -> None:
    """Change who owners are, or what is remembered of them, without a word of theirs."""
    members = room.database.members
    owner, spouse = members[OWNER], replace(members[OWNER], id=UUID(int=9))
    match what:
        case "a spouse becomes an owner":
            members[spouse.id] = spouse
            room.log_in(user_id=spouse.id)
        case "a spouse is an owner no more":
            members[spouse.id] = spouse
            await room.run(TICK)
            members[spouse.id] = replace(spouse, role=Role.VIEWER, version=2)
        case "a spouse is gone":
            members[spouse.id] = spouse
            await room.run(TICK)
            del members[spouse.id]
        case "the owner has another name":
            members[OWNER] = replace(owner, name="Another", version=2)
        case "old log-ins are forgotten":
            _forget(room, 3)
        case "strange log-ins push out known ones":
            for _ in range(3):
                room.log_in(learned=False)
                _forget(room, 1)
        case _:
            raise ValueError(what)


@pytest.mark.parametrize(
    "what",
    [
        "a spouse becomes an owner",
        "a spouse is an owner no more",
        "a spouse is gone",
        "the owner has another name",
        "old log-ins are forgotten",
        "strange log-ins push out known ones",
    ],
)
async def test_only_a_log_in_of_an_owner_s_own_is_one(what: str) -> None:
    room = await _in_grace()
    await _change(room, what)
    await room.run(2 * TICK)
    assert room.is_in(S.GRACE)
    # And one that is, beside all that, is not missed.
    room.log_in()
    await room.run(TICK)
    assert room.is_in(S.ARMED)
