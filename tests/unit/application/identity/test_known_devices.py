"""A thief of the password keeps strangers waiting, and nobody on a device that showed a factor."""

from dataclasses import replace

import pytest

from application.identity.challenges import ChallengeOpened, ChallengeOver
from application.identity.deps import Asking
from application.identity.factor_tries import ProofRefused
from application.identity.issued import IssuedToken
from application.identity.login import LoginRefused
from application.identity.login_try import LoginTry
from application.identity.passwords import PasswordSet
from bootstrap.settings.identity import IdentitySettings
from domain.identity.one_time import digest_of
from domain.identity.session import Visitor
from tests.contracts.identity.devices import device
from tests.contracts.identity.scope import user
from tests.unit.application.identity.door import EMAIL, HOME, PASSWORD, Door
from tests.unit.application.identity.factor_door import (
    AWAY,
    Phone,
    answered,
    challenged,
    enrol,
)

HOUR_S = 3600
ELSEWHERE = Visitor(ip="198.51.100.9", user_agent="agent")


@pytest.fixture
async def door() -> Door:
    return await Door().furnish()


@pytest.fixture
async def phone(door: Door) -> Phone:
    return await enrol(door)


async def device_of(door: Door, phone: Phone) -> str:
    """Log in with the factor, and return the token of the device."""
    let_in = await answered(door, await challenged(door), phone.code())
    assert isinstance(let_in, IssuedToken)
    assert let_in.refresh is not None
    door.clock.advance(30)
    return let_in.refresh.device_token


async def guess(door: Door, phone: Phone, *, times: int, visitor: Visitor = AWAY) -> None:
    """Give wrong codes from somewhere, as who knows the password."""
    for _ in range(times):
        said = await answered(door, await challenged(door), phone.wrong(), visitor=visitor)
        assert said == ProofRefused()


async def test_the_owner_s_device_takes_a_code_while_a_thief_keeps_guessing(
    door: Door, phone: Phone
) -> None:
    own = await device_of(door, phone)
    for _ in range(24):
        await guess(door, phone, times=5)
        await guess(door, phone, times=5, visitor=HOME)
        # Also behind the same address the device is told from a stranger.
        assert await answered(door, await challenged(door), phone.wrong()) == ProofRefused(
            retry_after_s=HOUR_S
        )
        opened = await challenged(door)
        let_in = await answered(door, opened, phone.code(), device_token=own)
        assert isinstance(let_in, IssuedToken)
        door.clock.advance(HOUR_S)


async def test_a_network_of_its_own_lets_the_owner_in_on_a_new_device(
    door: Door, phone: Phone
) -> None:
    await guess(door, phone, times=5)
    waits = await answered(door, await challenged(door), phone.wrong(), visitor=AWAY)
    assert waits == ProofRefused(retry_after_s=HOUR_S)
    assert isinstance(await answered(door, await challenged(door), phone.code()), IssuedToken)


async def test_a_device_that_is_known_has_ten_tries_of_its_own(door: Door, phone: Phone) -> None:
    own = await device_of(door, phone)
    for number in range(10):
        opened = await challenged(door)
        visitor = (HOME, AWAY, HOME, ELSEWHERE)[number % 4]
        said = await answered(door, opened, phone.wrong(), device_token=own, visitor=visitor)
        assert said == ProofRefused(), number
    for visitor in (HOME, AWAY, ELSEWHERE):
        opened = await challenged(door)
        said = await answered(door, opened, phone.wrong(), device_token=own, visitor=visitor)
        assert said == ProofRefused(retry_after_s=HOUR_S)
    # A stranger's device, that of the owner's too, is not held up by that.
    assert isinstance(await answered(door, opened, phone.code()), IssuedToken)


async def test_whoever_stole_a_device_s_token_does_not_keep_its_owner_waiting(
    door: Door, phone: Phone
) -> None:
    own = await device_of(door, phone)
    for _ in range(24):
        # Each hour the thief uses up what there is, from wherever.
        for visitor in (AWAY, ELSEWHERE, AWAY, ELSEWHERE, AWAY):
            said = await answered(
                door, await challenged(door), phone.wrong(), device_token=own, visitor=visitor
            )
            assert said == ProofRefused()
        for visitor in (AWAY, ELSEWHERE):
            said = await answered(
                door, await challenged(door), phone.wrong(), device_token=own, visitor=visitor
            )
            assert said == ProofRefused(retry_after_s=HOUR_S)
        await guess(door, phone, times=5)
        await guess(door, phone, times=5, visitor=HOME)
        # The owner mistypes, and gets in all the same.
        for _ in range(4):
            said = await answered(door, await challenged(door), phone.wrong(), device_token=own)
            assert said == ProofRefused()
        let_in = await answered(door, await challenged(door), phone.code(), device_token=own)
        assert isinstance(let_in, IssuedToken)
        door.clock.advance(HOUR_S)


async def test_where_a_factor_is_shown_its_device_is_at_home(door: Door, phone: Phone) -> None:
    own = await device_of(door, phone)
    for _ in range(5):
        said = await answered(
            door, await challenged(door), phone.wrong(), device_token=own, visitor=AWAY
        )
        assert said == ProofRefused()
    # What nobody guesses lets in from away, too, and makes a home of it.
    opened = await challenged(door)
    let_in = await answered(door, opened, phone.codes[0], device_token=own, visitor=AWAY)
    assert isinstance(let_in, IssuedToken)
    for visitor in (HOME, AWAY):
        opened = await challenged(door)
        let_in = await answered(door, opened, phone.code(), device_token=own, visitor=visitor)
        assert isinstance(let_in, IssuedToken)
        door.clock.advance(30)


async def test_a_stolen_device_token_that_is_used_to_guess_is_told(
    door: Door, phone: Phone
) -> None:
    own = await device_of(door, phone)
    for _ in range(5):
        await answered(door, await challenged(door), phone.wrong(), device_token=own, visitor=AWAY)
    assert (await door.actions()).count("notice.codes_guessed") == 1


@pytest.mark.parametrize("token", ["bld_" + "x" * 43, "x" * 10_000, "\ud800", ""])
async def test_a_made_up_device_is_a_stranger(door: Door, phone: Phone, token: str) -> None:
    await guess(door, phone, times=5)
    opened = await challenged(door)
    said = await answered(door, opened, phone.wrong(), device_token=token, visitor=AWAY)
    assert said == ProofRefused(retry_after_s=HOUR_S)


async def test_a_device_from_before_the_factor_is_a_stranger(door: Door) -> None:
    # With the password alone a thief logged in, more than once.
    thief = await door.log_in()
    phone = await enrol(door)
    await guess(door, phone, times=5)
    opened = await challenged(door)
    said = await answered(
        door, opened, phone.wrong(), device_token=thief.refresh.device_token, visitor=AWAY
    )
    assert said == ProofRefused(retry_after_s=HOUR_S)


async def test_another_user_s_device_is_a_stranger(door: Door, phone: Phone) -> None:
    ada = user(door.tenant_id, email="ada@example.com")
    token = "bld_" + "a" * 43
    async with door.storage.identity.begin() as scope:
        assert await scope.users.add(ada)
        hers = device(ada, digest=digest_of(token), proven_at=door.clock.now())
        await scope.devices.keep(hers)
    await guess(door, phone, times=5)
    opened = await challenged(door)
    said = await answered(door, opened, phone.wrong(), device_token=token, visitor=AWAY)
    assert said == ProofRefused(retry_after_s=HOUR_S)


async def test_a_device_that_was_forgotten_is_a_stranger(door: Door, phone: Phone) -> None:
    forgotten = await device_of(door, phone)
    async with door.storage.identity.begin() as scope:
        kept = [one for one in await scope.devices.of(door.user_id, limit=9) if one.proven_at]
        for one in kept:
            await scope.devices.drop(one.id)
    await guess(door, phone, times=5)
    opened = await challenged(door)
    said = await answered(door, opened, phone.wrong(), device_token=forgotten, visitor=AWAY)
    assert said == ProofRefused(retry_after_s=HOUR_S)


async def test_a_session_counts_where_its_device_does(door: Door, phone: Phone) -> None:
    # The app was confirmed in this session: its device is known.
    await guess(door, phone, times=5)
    await guess(door, phone, times=5, visitor=HOME)
    proof = door.identity.codes.of(phone.code())
    assert isinstance(await door.identity.step_up.by_factor(phone.asking, proof=proof), IssuedToken)
    # A script's session has no device: it waits as strangers do.
    door.clock.advance(30)
    opened = await challenged(door, lasting=False)
    let_in = await answered(door, opened, phone.codes[0])
    assert isinstance(let_in, IssuedToken)
    script = await door.asking(let_in)
    proof = door.identity.codes.of(phone.code())
    waits = HOUR_S - 30
    assert await door.identity.step_up.by_factor(script, proof=proof) == ProofRefused(
        retry_after_s=waits
    )


async def test_a_step_up_makes_the_device_known(door: Door) -> None:
    earlier = await door.log_in()
    asking = await door.asking(earlier.issued)
    phone = await enrol(door, asking=await door.asking((await door.log_in()).issued), keep=True)
    assert await known(door, asking) is False
    proof = door.identity.codes.of(phone.code())
    assert isinstance(await door.identity.step_up.by_factor(asking, proof=proof), IssuedToken)
    assert await known(door, asking) is True


async def known(door: Door, asking: Asking) -> bool:
    """Tell whether the device of a session counts as known."""
    async with door.storage.identity.begin() as scope:
        assert asking.principal.session_id is not None
        session = await scope.sessions.get(asking.principal.session_id)
        user = await scope.users.get(door.user_id)
        assert session is not None
        assert user is not None
        assert session.device_id is not None
        device = await scope.devices.get(session.device_id)
        assert device is not None
        return device.is_known(tokens_from=user.tokens_from)


async def test_a_new_password_makes_strangers_of_all_devices(door: Door, phone: Phone) -> None:
    assert await known(door, phone.asking)
    door.clock.advance(1)
    done = await door.identity.passwords.change(
        phone.asking, current=PASSWORD, new="another velvet cactus lantern"
    )
    assert isinstance(done, PasswordSet)
    assert not await known(door, phone.asking)


async def test_the_owner_is_told_once_that_somebody_guesses(door: Door, phone: Phone) -> None:
    async def told() -> list[dict[str, str]]:
        return [
            dict(one.detail) for one in await door.audits() if one.action == "notice.codes_guessed"
        ]

    await guess(door, phone, times=4)
    assert await told() == []
    await guess(door, phone, times=1)
    [first] = await told()
    assert (first["wrong"], first["network"]) == ("5", AWAY.ip)
    await guess(door, phone, times=5, visitor=ELSEWHERE)
    door.clock.advance(HOUR_S)
    await guess(door, phone, times=5)
    assert len(await told()) == 1
    # A day after the last of them it is news again.
    door.clock.advance(24 * HOUR_S)
    await guess(door, phone, times=5)
    assert len(await told()) == 2


async def test_one_s_own_mistakes_are_no_news(door: Door, phone: Phone) -> None:
    wrong = door.identity.codes.of(phone.wrong())
    for _ in range(10):
        assert await door.identity.step_up.by_factor(phone.asking, proof=wrong) == ProofRefused()
    assert "notice.codes_guessed" not in await door.actions()


async def test_five_wrong_codes_still_end_a_challenge_on_a_known_device(
    door: Door, phone: Phone
) -> None:
    own = await device_of(door, phone)
    opened = await challenged(door)
    for _ in range(5):
        said = await answered(door, opened, phone.wrong(), device_token=own)
        assert said == ProofRefused()
    assert await answered(door, opened, phone.code(), device_token=own) == ChallengeOver()


async def test_strangers_behind_the_same_address_do_not_lock_a_known_device_out() -> None:
    door = await Door(settings=IdentitySettings(tries_per_minute=20)).furnish()
    own = (await door.log_in()).refresh.device_token
    phone = await enrol(door)
    door.clock.advance(60)
    for number in range(20):
        await door.try_("wrong", email=f"nobody{number}@example.com")
    # Whoever comes as a stranger waits, with the right password too.
    stranger = LoginTry(email=EMAIL, password=PASSWORD, visitor=HOME)
    assert await door.identity.login(stranger) == LoginRefused(retry_after_s=3)
    made_up = replace(stranger, device_token="bld_" + "x" * 43)
    assert await door.identity.login(made_up) == LoginRefused(retry_after_s=3)
    # The known device goes all the way in, its second factor too.
    opened = await door.identity.login(replace(stranger, device_token=own, lasting=True))
    assert isinstance(opened, ChallengeOpened)
    let_in = await answered(door, opened, phone.code(), device_token=own)
    assert isinstance(let_in, IssuedToken)


async def test_a_known_device_has_a_budget_and_not_more() -> None:
    door = await Door(settings=IdentitySettings(tries_per_minute=20)).furnish()
    own = (await door.log_in()).refresh.device_token
    door.clock.advance(60)
    for number in range(20):
        await door.try_("wrong", email=f"nobody{number}@example.com")
    tried = LoginTry(email=EMAIL, password=PASSWORD, visitor=HOME, device_token=own)
    for _ in range(20):
        assert isinstance(await door.identity.login(tried), IssuedToken)
    assert await door.identity.login(tried) == LoginRefused(retry_after_s=3)


async def test_an_open_challenge_is_no_way_to_guess_more_than_its_tries() -> None:
    door = await Door(settings=IdentitySettings(tries_per_minute=20)).furnish()
    phone = await enrol(door)
    opened = await challenged(door)
    for number in range(20):
        await door.try_("wrong", email=f"nobody{number}@example.com")
    for _ in range(5):
        assert await answered(door, opened, phone.wrong(), visitor=HOME) == ProofRefused()
    # Over, it is as any other token: the network's budget is used up.
    assert await answered(door, opened, phone.code(), visitor=HOME) == ProofRefused(retry_after_s=3)
