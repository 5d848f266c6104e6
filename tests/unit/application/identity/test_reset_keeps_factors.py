"""A forgotten password is no way around a second factor."""

import pytest

from application.identity.challenges import ChallengeOpened, ChallengeOver
from application.identity.issued import IssuedToken
from application.identity.open_session import LoginTry
from application.identity.passwords import PasswordSet
from tests.unit.application.identity.door import EMAIL, HOME, Door
from tests.unit.application.identity.factor_door import Phone, answered, challenged, enrol

NEW = "harbour pencil walnut thunder"


@pytest.fixture
async def door() -> Door:
    return await Door().furnish()


async def _reset(door: Door, phone: Phone) -> None:
    made = await door.identity.passwords.issue_reset(phone.asking, user_id=door.user_id)
    done = await door.identity.passwords.reset(token=made.token, new=NEW, visitor=HOME, trace_id="")
    assert isinstance(done, PasswordSet)


async def test_after_a_reset_the_second_factor_is_asked_for_as_before(door: Door) -> None:
    phone = await enrol(door)
    await _reset(door, phone)
    opened = await door.identity.login(LoginTry(email=EMAIL, password=NEW, visitor=HOME))
    assert isinstance(opened, ChallengeOpened)
    assert isinstance(await answered(door, opened, phone.code()), IssuedToken)


async def test_a_reset_voids_a_challenge_that_is_open(door: Door) -> None:
    phone = await enrol(door)
    before = await challenged(door)
    await _reset(door, phone)
    assert isinstance(await answered(door, before, phone.code()), ChallengeOver)
