"""Passwords are changed by who knows the old one, or by a one-time reset."""

from dataclasses import replace
from datetime import timedelta

import pytest

from application.identity.challenges import ChallengeOpened
from application.identity.login import LoginRefused
from application.identity.passwords import (
    PasswordSet,
    TokenSpent,
    WeakPassword,
    WrongPassword,
)
from application.identity.unknown_user import UserNotFound
from bootstrap.settings.identity import IdentitySettings
from domain.identity.password import Weakness
from domain.identity.session import Visitor
from tests import builders
from tests.unit.application.identity.door import BREACHED, EMAIL, HOME, PASSWORD, Door
from tests.unit.application.identity.factor_door import enrol

NEW = "seven copper lanterns drift"


@pytest.fixture
async def door() -> Door:
    return await Door().furnish()


async def _reset(door: Door, token: str, *, new: str = NEW, visitor: Visitor = HOME) -> object:
    return await door.identity.passwords.reset(token=token, new=new, visitor=visitor, trace_id="")


async def test_a_change_ends_the_other_sessions_and_keeps_this_one(door: Door) -> None:
    here, there = await door.log_in(), await door.log_in()
    asking = await door.asking(here.issued)
    changed = await door.identity.passwords.change(asking, current=PASSWORD, new=NEW)
    assert changed == PasswordSet(sessions_ended=1)
    assert await door.holds(here.issued.token)
    assert not await door.holds(there.issued.token)
    await door.log_in(password=NEW)
    assert (await door.actions()).count("password.change") == 1


async def test_the_old_password_is_needed_and_guessing_it_is_slowed_down(door: Door) -> None:
    asking = await door.asking((await door.log_in()).issued)
    change = door.identity.passwords.change
    assert await change(asking, current="wrong", new=NEW) == WrongPassword()
    soon = await change(asking, current=PASSWORD, new=NEW)
    assert soon == WrongPassword(retry_after_s=1)
    door.clock.advance(1)
    assert isinstance(await change(asking, current=PASSWORD, new=NEW), PasswordSet)


async def drawn(door: Door, *, hours: int = 72) -> None:
    """Let the owner's password be one that was drawn for them just now."""
    async with door.storage.identity.begin() as scope:
        user = await scope.users.get(door.user_id)
        assert user is not None
        until = door.clock.now() + timedelta(hours=hours)
        await scope.users.update(replace(user, password_until=until))


async def test_a_password_that_was_drawn_lapses_and_a_reset_lets_its_owner_in_again(
    door: Door,
) -> None:
    await drawn(door)
    door.clock.advance(72 * 3_600 - 1)
    visit = await door.log_in()
    door.clock.advance(1)
    assert await door.try_(PASSWORD) == LoginRefused()
    assert (await door.actions())[-1] == "identity.login_failed"
    asking = await door.asking(visit.issued)
    assert await door.identity.step_up.by_password(asking, password=PASSWORD) == WrongPassword()
    issued = await door.identity.passwords.issue_reset(asking, user_id=door.user_id)
    first = WeakPassword(weakness=Weakness.FIRST, length_min=15)
    assert await _reset(door, issued.token, new=PASSWORD) == first
    assert isinstance(await _reset(door, issued.token), PasswordSet)
    door.clock.advance(24 * 366 * 3_600)
    await door.log_in(password=NEW)


async def test_a_password_that_was_drawn_is_changed_for_another_one(door: Door) -> None:
    await drawn(door)
    asking = await door.asking((await door.log_in()).issued)
    change = door.identity.passwords.change
    same = await change(asking, current=PASSWORD, new=PASSWORD)
    assert same == WeakPassword(weakness=Weakness.FIRST, length_min=15)
    assert await change(asking, current=PASSWORD, new=NEW) == PasswordSet(sessions_ended=0)
    async with door.storage.identity.begin() as scope:
        user = await scope.users.get(door.user_id)
    assert user is not None
    assert user.password_until is None
    door.clock.advance(73 * 3_600)
    await door.log_in(password=NEW)


async def test_no_challenge_is_opened_for_a_password_that_lapsed(door: Door) -> None:
    await enrol(door)
    await drawn(door)
    assert isinstance(await door.try_(PASSWORD), ChallengeOpened)
    door.clock.advance(72 * 3_600)
    assert await door.try_(PASSWORD) == LoginRefused()


@pytest.mark.parametrize(
    ("new", "weakness"),
    [
        ("short", Weakness.TOO_SHORT),
        (BREACHED, Weakness.BREACHED),
        ("owner@example.com", Weakness.PERSONAL),
        ("a" * 20, Weakness.REPETITIVE),
    ],
)
async def test_a_weak_password_is_not_taken(door: Door, new: str, weakness: Weakness) -> None:
    here = await door.log_in()
    asking = await door.asking(here.issued)
    refused = await door.identity.passwords.change(asking, current=PASSWORD, new=new)
    assert refused == WeakPassword(weakness=weakness, length_min=15)
    await door.log_in()


async def test_a_reset_works_once_and_ends_every_session(door: Door) -> None:
    here = await door.log_in()
    made = await door.identity.passwords.issue_reset(
        await door.asking(here.issued), user_id=door.user_id
    )
    assert made.token not in repr(made)
    assert await _reset(door, made.token) == PasswordSet(sessions_ended=1)
    assert not await door.holds(here.issued.token)
    assert await _reset(door, made.token) == TokenSpent()
    await door.log_in(password=NEW)
    assert "password.reset" in await door.actions()


async def test_a_second_reset_voids_the_first_and_each_lapses(door: Door) -> None:
    asking = await door.asking((await door.log_in()).issued)
    issue = door.identity.passwords.issue_reset
    first = await issue(asking, user_id=door.user_id)
    second = await issue(asking, user_id=door.user_id)
    assert await _reset(door, first.token) == TokenSpent()
    door.clock.advance(3_600)
    assert await _reset(door, second.token) == TokenSpent()


async def test_a_change_of_password_voids_a_reset(door: Door) -> None:
    asking = await door.asking((await door.log_in()).issued)
    made = await door.identity.passwords.issue_reset(asking, user_id=door.user_id)
    await door.identity.passwords.change(asking, current=PASSWORD, new=NEW)
    assert await _reset(door, made.token, new=PASSWORD) == TokenSpent()


@pytest.mark.parametrize("token", ["", "blp_x", "x" * 10_000])
async def test_what_is_no_reset_costs_no_hash(door: Door, token: str) -> None:
    assert await _reset(door, token) == TokenSpent()
    assert await _reset(door, token, new="short") == TokenSpent()


async def test_a_weak_password_leaves_the_reset_usable(door: Door) -> None:
    asking = await door.asking((await door.log_in()).issued)
    made = await door.identity.passwords.issue_reset(asking, user_id=door.user_id)
    assert isinstance(await _reset(door, made.token, new="short"), WeakPassword)
    assert isinstance(await _reset(door, made.token), PasswordSet)


async def test_resets_are_for_users_of_the_tenant(door: Door) -> None:
    asking = await door.asking((await door.log_in()).issued)
    with pytest.raises(UserNotFound):
        await door.identity.passwords.issue_reset(asking, user_id=builders.new_id())


async def test_tokens_cannot_be_guessed_faster_than_log_ins() -> None:
    door = await Door(settings=IdentitySettings()).furnish()
    for _ in range(20):
        assert await _reset(door, "blp_guess") == TokenSpent()
    assert await _reset(door, "blp_guess") == WrongPassword(retry_after_s=3)
    assert (await door.try_("x", email=EMAIL, visitor=HOME)) is not None
