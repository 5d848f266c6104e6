"""Logging in with a second factor: what is asked for, what is taken, what is over."""

import asyncio
from dataclasses import replace

import pytest

from application.identity.challenges import ChallengeOpened, ChallengeOver
from application.identity.factor_tries import ProofRefused
from application.identity.issued import IssuedToken
from application.identity.login import LoginRefused
from application.identity.login_try import LoginTry
from application.identity.open_session import NEVER
from domain.identity.demand import Demand
from domain.identity.factors import FactorKind
from domain.identity.session import Device
from domain.identity.tenant import User
from ports.secrets import SecretsSealed
from tests.unit.application.identity.door import EMAIL, HOME, NOW, PASSWORD, Door
from tests.unit.application.identity.factor_door import AWAY, Phone, answered, challenged, enrol


@pytest.fixture
async def door() -> Door:
    return await Door().furnish()


@pytest.fixture
async def phone(door: Door) -> Phone:
    return await enrol(door)


async def test_the_password_alone_opens_a_challenge_and_no_session(
    door: Door, phone: Phone
) -> None:
    before = len(await door.identity.sessions.list(phone.asking, limit=9))
    opened = await challenged(door)
    assert opened.kinds == [FactorKind.BACKUP_CODE, FactorKind.TOTP]
    assert opened.token.startswith("blc_")
    assert (opened.expires_at - door.clock.now()).total_seconds() == 300
    assert len(await door.identity.sessions.list(phone.asking, limit=9)) == before
    scripts = await door.try_()
    assert isinstance(scripts, ChallengeOpened)
    assert await door.try_("wrong") == LoginRefused()


async def test_a_code_of_the_app_lets_in_once(door: Door, phone: Phone) -> None:
    opened = await challenged(door)
    code = phone.code()
    let_in = await answered(door, opened, code)
    assert isinstance(let_in, IssuedToken)
    assert let_in.refresh is not None
    assert await door.holds(let_in.token)
    assert let_in.principal.authenticated_at == door.clock.now()
    # Neither the challenge nor the code is good again.
    assert await answered(door, opened, phone.code(steps=1)) == ChallengeOver()
    again = await challenged(door)
    assert await answered(door, again, code) == ProofRefused()
    door.clock.advance(30)
    assert isinstance(await answered(door, again, phone.code()), IssuedToken)
    entry = [one for one in await door.audits() if one.action == "identity.login"][-1]
    assert ("factor", "totp") in entry.detail


async def test_a_scripts_challenge_opens_a_scripts_session(door: Door, phone: Phone) -> None:
    opened = await challenged(door, lasting=False)
    let_in = await answered(door, opened, phone.code())
    assert isinstance(let_in, IssuedToken)
    assert let_in.refresh is None


async def test_a_known_device_stays_the_same_through_a_challenge(door: Door, phone: Phone) -> None:
    first = await answered(door, await challenged(door), phone.code())
    assert isinstance(first, IssuedToken)
    assert first.refresh is not None
    device = first.refresh.device_token
    door.clock.advance(30)
    opened = await challenged(door, device_token=device)
    second = await answered(door, opened, phone.code(), device_token=device)
    assert isinstance(second, IssuedToken)
    assert second.refresh is not None
    assert second.refresh.device_token == device


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (1, True), (2, False)])
async def test_codes_of_one_step_before_and_behind_are_taken(steps: int, taken: bool) -> None:
    door = await Door().furnish()
    phone = await enrol(door)
    door.clock.advance(300)
    said = await answered(door, await challenged(door), phone.code(steps=steps))
    assert isinstance(said, IssuedToken if taken else ProofRefused)


async def test_a_later_code_makes_the_earlier_ones_void(door: Door, phone: Phone) -> None:
    door.clock.advance(300)
    assert isinstance(
        await answered(door, await challenged(door), phone.code(steps=1)), IssuedToken
    )
    opened = await challenged(door)
    assert await answered(door, opened, phone.code()) == ProofRefused()
    assert await answered(door, opened, phone.code(steps=1)) == ProofRefused()


async def test_a_backup_code_is_good_once_however_it_is_typed(door: Door, phone: Phone) -> None:
    code = phone.codes[3]
    typed = code.upper().replace("-", " ")
    assert isinstance(await answered(door, await challenged(door), typed), IssuedToken)
    opened = await challenged(door)
    assert await answered(door, opened, code) == ProofRefused()
    assert isinstance(await answered(door, opened, phone.codes[4]), IssuedToken)
    assert (await door.identity.factors.list(phone.asking)).codes_left == 8
    told = [one for one in await door.audits() if one.action == "notice.backup_code_used"]
    assert [dict(one.detail)["left"] for one in told] == ["9", "8"]


async def test_five_wrong_codes_are_the_end_of_a_challenge(door: Door, phone: Phone) -> None:
    opened = await challenged(door)
    for _ in range(4):
        assert await answered(door, opened, phone.wrong()) == ProofRefused()
    assert await answered(door, opened, "no code at all") == ProofRefused()
    assert await answered(door, opened, phone.code()) == ChallengeOver()
    assert (await door.actions()).count("factor.refused") == 5


async def test_ten_wrong_codes_in_an_hour_make_strangers_wait(door: Door, phone: Phone) -> None:
    for number in range(10):
        opened = await challenged(door)
        visitor = AWAY if number % 2 else HOME
        said = await answered(door, opened, phone.wrong(), visitor=visitor)
        assert said == ProofRefused(), number
        door.clock.advance(60)
    opened = await challenged(door)
    # The first was ten minutes ago.
    assert await answered(door, opened, phone.code()) == ProofRefused(retry_after_s=50 * 60)
    door.clock.advance(50 * 60 - 1)
    opened = await challenged(door)
    assert await answered(door, opened, phone.code()) == ProofRefused(retry_after_s=1)
    door.clock.advance(1)
    # What had to wait was looked at, so that it may cancel a recovery, and is void.
    assert isinstance(await answered(door, opened, phone.code(steps=1)), IssuedToken)


async def test_a_stranger_without_the_password_uses_no_try_up(door: Door, phone: Phone) -> None:
    for number in range(30):
        guess = "blc_" + f"{number:043}"
        assert await answered(door, guess, phone.wrong()) == ChallengeOver()
    assert await answered(door, "x" * 10_000, "000000") == ChallengeOver()
    assert await answered(door, "\ud800", "000000") == ChallengeOver()
    assert "factor.refused" not in await door.actions()
    assert isinstance(await answered(door, await challenged(door), phone.code()), IssuedToken)


async def test_a_challenge_lapses_after_five_minutes(door: Door, phone: Phone) -> None:
    early, late = await challenged(door), await challenged(door)
    door.clock.advance(299)
    assert isinstance(await answered(door, early, phone.code()), IssuedToken)
    door.clock.advance(1)
    assert await answered(door, late, phone.code(steps=1)) == ChallengeOver()


async def test_a_password_that_changed_or_a_user_who_is_out_ends_open_challenges(
    door: Door, phone: Phone
) -> None:
    opened = await challenged(door)
    await door.identity.passwords.change(
        phone.asking, current=PASSWORD, new="quartz meadow lantern drum"
    )
    assert await answered(door, opened, phone.code()) == ChallengeOver()
    tried = LoginTry(email=EMAIL, password="quartz meadow lantern drum", visitor=HOME)
    again = await door.identity.login(tried)
    assert isinstance(again, ChallengeOpened)
    owner = await door.storage.users.find(user_id=door.user_id)
    assert owner is not None
    async with door.storage.identity.begin() as scope:
        await scope.users.update(replace(owner, disabled_at=NOW))
    assert await answered(door, again, phone.code()) == ChallengeOver()


@pytest.mark.parametrize("kind", ["app", "paper"])
async def test_of_fifty_uses_of_one_code_one_wins(door: Door, phone: Phone, kind: str) -> None:
    opened = [await challenged(door) for _ in range(50)]
    code = phone.code() if kind == "app" else phone.codes[0]
    said = await asyncio.gather(*(answered(door, one, code) for one in opened))
    assert sum(isinstance(one, IssuedToken) for one in said) == 1
    # As many as strangers of one network may give; the others are told to wait.
    assert sum(one == ProofRefused() for one in said) == 5


async def test_while_seeds_cannot_be_opened_no_code_is_taken_for_wrong(
    door: Door, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def sealed(*_: object, **__: object) -> bytes:
        raise SecretsSealed("no key")

    opened = await challenged(door)
    with monkeypatch.context() as patched:
        patched.setattr(type(door.secrets.vault), "open", sealed)
        with pytest.raises(SecretsSealed):
            await answered(door, opened, phone.code())
        # Paper needs no key.
        assert isinstance(await answered(door, opened, phone.codes[0]), IssuedToken)
    assert "factor.refused" not in await door.actions()


async def test_a_demand_that_asks_for_nothing_opens_a_session_that_is_not_confirmed(
    door: Door, phone: Phone
) -> None:
    seen: list[tuple[User, LoginTry, Device | None]] = []

    async def trusting(user: User, tried: LoginTry, device: Device | None) -> Demand:
        seen.append((user, tried, device))
        return Demand(second_factor=False)

    first = await answered(door, await challenged(door), phone.code())
    assert isinstance(first, IssuedToken)
    assert first.refresh is not None
    door.identity.logging_in.demand = trusting
    visit = await door.log_in(device_token=first.refresh.device_token)
    assert visit.issued.principal.authenticated_at == NEVER
    assert seen[0][0].id == door.user_id
    assert seen[0][1].email == EMAIL
    assert seen[0][2] is not None


@pytest.mark.parametrize("unconfirmed", [True, False])
async def test_a_demand_can_leave_a_session_unconfirmed(door: Door, unconfirmed: bool) -> None:
    async def odd(_user: User, _tried: LoginTry, _device: Device | None) -> Demand:
        return Demand(unconfirmed=unconfirmed)

    door.identity.logging_in.demand = odd
    visit = await door.log_in()
    expected = NEVER if unconfirmed else door.clock.now()
    assert visit.issued.principal.authenticated_at == expected
