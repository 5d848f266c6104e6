"""Login lets the owner in, nobody else, and slows guessing down."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from application.identity.issued import IssuedToken
from application.identity.login import LoginRefused
from application.identity.login_try import LoginTry
from bootstrap.settings.identity import IdentitySettings
from domain.audit.entry import NOBODY
from domain.audit.suspicion import LOGIN_FAILED, LOGIN_OK
from domain.identity.session import Visitor
from ports.identity import HasherBusy, InvalidToken
from tests.unit.application.identity.door import EMAIL, HOME, NOW, PASSWORD, Door


@pytest.fixture
async def door() -> Door:
    return await Door().furnish()


async def test_the_right_password_gives_a_token_that_names_the_user(door: Door) -> None:
    issued = await door.try_(PASSWORD, email="OWNER@example.com")
    assert isinstance(issued, IssuedToken)
    principal = await door.identity.authenticate(issued.token)
    assert (principal.user_id, principal.tenant_id) == (door.user_id, door.tenant_id)
    assert principal.expires_at == issued.expires_at


async def test_a_wrong_password_and_an_unknown_user_look_and_cost_the_same(door: Door) -> None:
    assert await door.try_("wrong") == LoginRefused()
    assert door.hasher.verified == 1
    assert await door.try_(PASSWORD, email="nobody@example.com") == LoginRefused()
    assert door.hasher.verified == 2


@pytest.mark.parametrize("email", [EMAIL, "nobody@example.com"])
async def test_the_wait_doubles_with_each_failure_up_to_fifteen_minutes(
    door: Door, email: str
) -> None:
    waits = []
    for _ in range(13):
        assert await door.try_("wrong", email=email) == LoginRefused()
        refused = await door.try_(PASSWORD, email=email)
        assert isinstance(refused, LoginRefused)
        assert refused.retry_after_s is not None
        waits.append(refused.retry_after_s)
        door.clock.advance(refused.retry_after_s)
    assert waits[:4] == [1, 2, 4, 8]
    assert waits[-1] == 900
    assert waits == sorted(waits)


async def test_a_success_clears_the_failures(door: Door) -> None:
    await door.try_("wrong")
    door.clock.advance(1)
    assert isinstance(await door.try_(PASSWORD), IssuedToken)
    assert await door.try_("wrong") == LoginRefused()
    assert await door.try_("wrong") == LoginRefused(retry_after_s=1)


async def test_tries_side_by_side_check_only_one_password(door: Door) -> None:
    answers = await asyncio.gather(*(door.try_(f"guess {number}") for number in range(50)))
    assert answers.count(LoginRefused(retry_after_s=1)) == 49
    assert door.hasher.verified == 1


async def test_one_accounts_failures_do_not_slow_another(door: Door) -> None:
    await door.try_("wrong", email="other@example.com")
    assert isinstance(await door.try_(PASSWORD), IssuedToken)


async def test_a_busy_hasher_is_nobodys_failure() -> None:
    door = await Door(hashes_at_once=1).furnish()
    first = asyncio.create_task(door.hasher.verify(password="x", hash="quick$00$00"))
    await asyncio.sleep(0)
    with pytest.raises(HasherBusy):
        await door.try_(PASSWORD)
    await first
    assert isinstance(await door.try_(PASSWORD), IssuedToken)


async def test_a_strangers_token_is_refused(door: Door) -> None:
    with pytest.raises(InvalidToken):
        await door.identity.authenticate(f"{UUID(int=0)}.{UUID(int=0)}.x.1..1.seal")


async def test_a_known_device_is_not_held_up_by_strangers_who_guess(door: Door) -> None:
    visit = await door.log_in()
    for _ in range(12):
        refused = await door.try_("wrong")
        assert isinstance(refused, LoginRefused)
        door.clock.advance(refused.retry_after_s or 0)
    await door.try_("wrong")
    assert isinstance(await door.try_(), LoginRefused)
    again = await door.log_in(device_token=visit.refresh.device_token)
    assert again.refresh.device_token == visit.refresh.device_token
    # Its own failures count against it.
    tried = LoginTry(
        email=EMAIL, password="wrong", device_token=visit.refresh.device_token, lasting=True
    )
    assert await door.identity.login(tried) == LoginRefused()
    assert await door.identity.login(tried) == LoginRefused(retry_after_s=1)


async def test_a_device_token_of_another_or_none_opens_no_second_bucket(door: Door) -> None:
    await door.try_("wrong")
    for token in ("bld_unknown", "x" * 10_000, "\ud800"):
        tried = LoginTry(email=EMAIL, password=PASSWORD, device_token=token)
        assert await door.identity.login(tried) == LoginRefused(retry_after_s=1)


async def test_one_network_gets_twenty_tries_a_minute_at_any_addresses() -> None:
    door = await Door(settings=IdentitySettings()).furnish()
    for number in range(20):
        assert await door.try_("wrong", email=f"{number}@example.com") == LoginRefused()
    refused = await door.try_("wrong", email="last@example.com")
    assert refused == LoginRefused(retry_after_s=3)
    assert door.hasher.verified == 20
    elsewhere = Visitor(ip="192.0.2.2")
    assert await door.try_("wrong", email="last@example.com", visitor=elsewhere) == LoginRefused()
    door.clock.advance(3)
    assert isinstance(await door.try_(), IssuedToken)


async def test_a_disabled_user_looks_like_a_wrong_password(door: Door) -> None:
    owner = await door.storage.users.find(user_id=door.user_id)
    assert owner is not None
    async with door.storage.identity.begin() as scope:
        await scope.users.update(replace(owner, disabled_at=NOW))
    assert await door.try_() == LoginRefused()


async def test_an_outdated_hash_is_renewed_at_the_next_log_in(door: Door) -> None:
    before = await door.storage.users.find(user_id=door.user_id)
    door.hasher.outdated = True
    assert isinstance(await door.try_(), IssuedToken)
    after = await door.storage.users.find(user_id=door.user_id)
    assert before is not None
    assert after is not None
    assert after.password_hash != before.password_hash
    door.hasher.outdated = False
    assert isinstance(await door.try_(), IssuedToken)
    assert await door.storage.users.find(user_id=door.user_id) == after


async def test_a_scripts_session_ends_with_its_token_and_has_no_refresh(door: Door) -> None:
    issued = await door.try_()
    assert isinstance(issued, IssuedToken)
    assert issued.refresh is None
    asking = await door.asking(issued)
    (session,) = await door.identity.sessions.list(asking, limit=9)
    assert session.id == issued.principal.session_id
    assert session.expires_at == session.lapses_at
    assert session.visitor == HOME
    door.clock.advance(300)
    assert list(await door.identity.sessions.list(asking, limit=9)) == []


async def test_log_ins_and_refusals_are_in_the_audit_trail_without_secrets(door: Door) -> None:
    await door.try_("a guess")
    door.clock.advance(1)
    await door.log_in()
    await door.try_("a guess", email="nobody@example.com")
    assert await door.actions() == [LOGIN_FAILED, LOGIN_OK, "notice.new_device", LOGIN_FAILED]
    audits = await door.audits()
    assert [one.tenant_id for one in audits] == [*(3 * [door.tenant_id]), NOBODY]
    said = repr(audits)
    assert "nobody@example.com" not in said
    assert PASSWORD not in said
    assert "a guess" not in said
    assert "bl" + "r_" not in said
