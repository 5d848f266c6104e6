"""A forgotten password is no way around a second factor."""

from datetime import timedelta

import pytest

from application.identity.challenges import ChallengeOpened, ChallengeOver
from application.identity.issued import IssuedToken
from application.identity.login_try import LoginTry
from application.identity.passwords import PasswordSet
from domain.identity.factors import Recovery
from tests.unit.application.identity.door import EMAIL, HOME, PASSWORD, Door
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


async def test_a_new_password_cancels_what_was_asked_with_the_old_one(door: Door) -> None:
    phone = await enrol(door)
    asked = await door.identity.recoveries.ask(challenge=(await challenged(door)).token)
    assert isinstance(asked, Recovery)
    await _reset(door, phone)
    assert (await door.identity.factors.list(phone.asking)).recovery is None
    entry = next(one for one in await door.audits() if one.action == "recovery.cancel")
    assert dict(entry.detail) == {"recovery": str(asked.id), "why": "password.reset"}
    door.clock.advance(timedelta(hours=49).total_seconds())
    assert await door.identity.recoveries.settle() == 0


async def test_a_change_of_password_cancels_it_too(door: Door) -> None:
    phone = await enrol(door)
    await door.identity.recoveries.ask(challenge=(await challenged(door)).token)
    done = await door.identity.passwords.change(phone.asking, current=PASSWORD, new=NEW)
    assert isinstance(done, PasswordSet)
    assert (await door.identity.factors.list(phone.asking)).recovery is None
