"""Whoever has the password only: no second factor falls to them, and its owner gets in."""

from datetime import timedelta

import pytest

from application.identity.challenges import ChallengeOpened
from application.identity.factor_tries import ProofRefused
from application.identity.issued import IssuedToken
from application.identity.recovery import RecoveryRefused
from tests.unit.application.identity.door import Door
from tests.unit.application.identity.factor_door import Phone, answered, challenged, enrol


@pytest.fixture
async def door() -> Door:
    return await Door().furnish()


@pytest.fixture
async def phone(door: Door) -> Phone:
    return await enrol(door)


async def use_up(door: Door, phone: Phone) -> ChallengeOpened:
    """Give as many wrong codes as an hour takes, and return one more challenge."""
    for _ in range(10):
        assert await answered(door, await challenged(door), phone.wrong()) == ProofRefused()
    return await challenged(door)


async def test_a_code_that_has_to_wait_still_cancels_a_recovery(door: Door, phone: Phone) -> None:
    asked = await door.identity.recoveries.ask(challenge=(await challenged(door)).token)
    assert not isinstance(asked, RecoveryRefused)
    opened = await use_up(door, phone)
    # The owner comes, with the app at hand; the thief's tries make them wait.
    assert await answered(door, opened, phone.code()) == ProofRefused(retry_after_s=3600)
    assert (await door.identity.factors.list(phone.asking)).recovery is None
    assert "notice.recovery_canceled" in await door.actions()
    door.clock.advance(timedelta(hours=49).total_seconds())
    assert await door.identity.recoveries.settle() == 0
    assert isinstance(await challenged(door), ChallengeOpened)


async def test_a_wrong_code_that_has_to_wait_cancels_nothing_and_does_not_count(
    door: Door, phone: Phone
) -> None:
    asked = await door.identity.recoveries.ask(challenge=(await challenged(door)).token)
    opened = await use_up(door, phone)
    for _ in range(7):
        refused = await answered(door, opened, phone.wrong())
        assert refused == ProofRefused(retry_after_s=3600)
    assert (await door.identity.factors.list(phone.asking)).recovery == asked
    assert (await door.actions()).count("factor.refused") == 10


async def test_a_backup_code_lets_in_whoever_tried_before(door: Door, phone: Phone) -> None:
    opened = await use_up(door, phone)
    assert isinstance(await answered(door, opened, phone.codes[0]), IssuedToken)
    again = await challenged(door)
    assert await answered(door, again, phone.codes[0]) == ProofRefused(retry_after_s=3600)


async def test_an_app_is_not_confirmed_while_its_user_waits(door: Door, phone: Phone) -> None:
    await use_up(door, phone)
    before = await door.identity.factors.list(phone.asking)
    with pytest.raises(AssertionError):
        await enrol(door, asking=phone.asking)
    assert await door.identity.factors.list(phone.asking) == before
