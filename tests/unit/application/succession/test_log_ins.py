"""Only a log-in of an owner's own, that counts as theirs, is an act in person."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from domain.identity.access import Role
from domain.succession.plan import SuccessionState, Trading
from tests.succession_rig import DAY, OWNER, TRUSTEES, SuccessionRig

TICK = timedelta(hours=6)
S = SuccessionState


async def _in_grace() -> SuccessionRig:
    """Return a room whose owner logged in some times, and then fell silent."""
    rig = SuccessionRig()
    for _ in range(5):
        rig.clock.advance(60)
        rig.log_in()
    await rig.plan()
    await rig.run(9 * DAY)
    assert rig.is_in(S.GRACE)
    return rig


async def test_a_log_in_is_an_act_in_person_and_a_doubtful_one_is_not() -> None:
    rig = await _in_grace()
    rig.log_in(learned=False)
    rig.log_in(user_id=TRUSTEES[0])
    await rig.run(TICK)
    assert rig.is_in(S.GRACE)
    rig.log_in()
    await rig.run(TICK)
    assert (rig.state, rig.trading) == (S.ARMED, Trading.ACTIVE)


def _forget(rig: SuccessionRig, count: int) -> None:
    for _ in range(count):
        del rig.database.logins[min(rig.database.logins)]


async def _change(rig: SuccessionRig, what: str) -> None:
    """Change who owners are, or what is remembered of them, without a word of theirs."""
    members = rig.database.members
    owner, spouse = members[OWNER], replace(members[OWNER], id=UUID(int=9))
    match what:
        case "a spouse becomes an owner":
            members[spouse.id] = spouse
            rig.log_in(user_id=spouse.id)
        case "a spouse is an owner no more":
            members[spouse.id] = spouse
            await rig.run(TICK)
            members[spouse.id] = replace(spouse, role=Role.VIEWER, version=2)
        case "a spouse is gone":
            members[spouse.id] = spouse
            await rig.run(TICK)
            del members[spouse.id]
        case "the owner has another name":
            members[OWNER] = replace(owner, name="Another", version=2)
        case "old log-ins are forgotten":
            _forget(rig, 3)
        case "strange log-ins push out known ones":
            for _ in range(3):
                rig.log_in(learned=False)
                _forget(rig, 1)
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
    rig = await _in_grace()
    await _change(rig, what)
    await rig.run(2 * TICK)
    assert rig.is_in(S.GRACE)
    # And one that is, beside all that, is not missed.
    rig.log_in()
    await rig.run(TICK)
    assert rig.is_in(S.ARMED)
