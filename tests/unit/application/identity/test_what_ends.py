"""What ends with a user who is kept out, and with a password that is changed or set anew."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import pytest

from application.identity.challenges import ChallengeOpened, ChallengeOver
from application.identity.deps import Asking
from application.identity.devices import OwnDevice
from application.identity.invitations import Invited, Joined, JoinTry
from application.identity.issued import IssuedToken
from application.identity.login import LoginRefused
from application.identity.login_try import LoginTry
from application.identity.passwords import PasswordSet
from application.identity.recovery import RecoveryRefused
from application.identity.refresh import RefreshRefused
from domain.identity.factors import Recovery
from domain.identity.tenant import User
from ports.identity import InvalidToken
from tests.unit.application.identity.door import EMAIL, HOME, PASSWORD, Door, Visit
from tests.unit.application.identity.factor_door import Phone, answered, challenged, enrol

NEW = "another velvet cactus lantern"
DAY_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """All that a user has under way: a trusted device, a log-in, a recovery."""

    door: Door
    phone: Phone
    # A second owner, who may keep the first one out.
    other: Asking
    visit: Visit
    asking: Asking
    opened: ChallengeOpened
    recovery: Recovery


async def _second_owner(door: Door) -> Asking:
    first = await door.asking((await door.log_in()).issued)
    made = await door.identity.invitations.invite(first, email="ada@example.com", role="owner")
    assert isinstance(made, Invited)
    joined = await door.identity.invitations.accept(
        JoinTry(token=made.token, name="Ada", password=PASSWORD, visitor=HOME)
    )
    assert isinstance(joined, Joined)
    return await door.asking((await door.log_in(email="ada@example.com")).issued)


@pytest.fixture
async def before() -> Before:
    door = await Door().furnish()
    other = await _second_owner(door)
    phone = await enrol(door)
    let_in = await answered(door, await challenged(door), phone.code())
    assert isinstance(let_in, IssuedToken)
    assert let_in.refresh is not None
    visit = Visit(issued=let_in, refresh=let_in.refresh)
    asking = await door.asking(let_in)
    own = await door.identity.devices.list(asking, limit=9)
    async with door.storage.identity.begin() as scope:
        session = await scope.sessions.get(visit.refresh.session_id)
    assert session is not None
    (device,) = (one.device for one in own if one.device.id == session.device_id)
    trusted = await door.identity.devices.trust(asking, device_id=device.id)
    assert isinstance(trusted, OwnDevice)
    door.clock.advance(30)
    opened = await challenged(door)
    recovery = await door.identity.recoveries.ask(challenge=opened.token)
    assert isinstance(recovery, Recovery)
    made = Before(
        door=door,
        phone=phone,
        other=other,
        visit=visit,
        asking=asking,
        opened=opened,
        recovery=recovery,
    )
    # As it should be: nothing more is asked on the trusted device, whose session it replaces.
    again = await on_the_device(made)
    assert isinstance(again, IssuedToken)
    assert again.refresh is not None
    visit = Visit(issued=again, refresh=again.refresh)
    return replace(made, visit=visit, asking=await door.asking(again))


async def on_the_device(
    before: Before, *, password: str = PASSWORD
) -> IssuedToken | ChallengeOpened | LoginRefused:
    """Log in on the device that is trusted."""
    return await before.door.identity.login(
        LoginTry(
            email=EMAIL,
            password=password,
            visitor=HOME,
            lasting=True,
            device_token=before.visit.refresh.device_token,
        )
    )


async def disabled(before: Before) -> str:
    """Keep the user out, and let them in again."""
    users = before.door.identity.users
    kept_out = await users.disable(before.other, user_id=before.door.user_id)
    assert isinstance(kept_out, User)
    assert await on_the_device(before) == LoginRefused()
    before.door.clock.advance(60)
    await users.enable(before.other, user_id=before.door.user_id)
    return PASSWORD


async def changed(before: Before) -> str:
    """Change the password in another session."""
    elsewhere = before.phone.asking
    done = await before.door.identity.passwords.change(elsewhere, current=PASSWORD, new=NEW)
    assert isinstance(done, PasswordSet)
    assert done.sessions_ended >= 1
    return NEW


async def reset(before: Before) -> str:
    """Set the password by a one-time token."""
    passwords = before.door.identity.passwords
    made = await passwords.issue_reset(before.other, user_id=before.door.user_id)
    done = await passwords.reset(token=made.token, new=NEW, visitor=HOME, trace_id="")
    assert isinstance(done, PasswordSet)
    return NEW


async def everywhere(before: Before) -> str:
    """Log out everywhere."""
    await before.door.identity.sessions.logout_everywhere(before.phone.asking)
    return PASSWORD


Ends = Callable[[Before], Awaitable[str]]
ALL = pytest.mark.parametrize("ends", [disabled, changed, reset, everywhere])
# Whoever logs out everywhere may be the very one who lost the factors.
BUT_LOG_OUT = pytest.mark.parametrize("ends", [disabled, changed, reset])


@ALL
async def test_sessions_and_their_tokens_end(before: Before, ends: Ends) -> None:
    door, visit = before.door, before.visit
    assert await door.holds(visit.issued.token)
    await ends(before)
    assert not await door.storage.credential_status.holds(before.asking.principal)
    again = await door.refresh(visit.refresh.token, visit.refresh.device_token)
    assert isinstance(again, RefreshRefused)


@ALL
async def test_trust_in_devices_ends(before: Before, ends: Ends) -> None:
    password = await ends(before)
    assert isinstance(await on_the_device(before, password=password), ChallengeOpened)


@ALL
async def test_no_step_up_is_left_nor_can_one_be_had(before: Before, ends: Ends) -> None:
    await ends(before)
    proof = before.door.identity.codes.of(before.phone.code())
    with pytest.raises(InvalidToken):
        await before.door.identity.step_up.by_factor(before.asking, proof=proof)


@ALL
async def test_a_log_in_that_was_begun_cannot_be_finished(before: Before, ends: Ends) -> None:
    await ends(before)
    door = before.door
    assert await answered(door, before.opened, before.phone.codes[0]) == ChallengeOver()
    assert await door.identity.recoveries.ask(challenge=before.opened.token) == RecoveryRefused()
    told = await door.identity.passkeys.factor.for_challenge(before.opened.token, visitor=HOME)
    assert told == ChallengeOver()


@BUT_LOG_OUT
async def test_a_recovery_that_waits_is_canceled(before: Before, ends: Ends) -> None:
    door = before.door
    password = await ends(before)
    async with door.storage.identity.begin() as scope:
        assert await scope.factors.recovery(door.user_id) is None
    door.clock.advance(3 * DAY_S)
    assert await door.identity.recoveries.settle() == 0
    assert isinstance(await door.try_(password), ChallengeOpened)


async def test_a_recovery_from_before_a_disablement_was_told_takes_nothing(before: Before) -> None:
    door = before.door
    async with door.storage.identity.begin() as scope:
        user = await scope.users.get(door.user_id)
        assert user is not None
        await scope.users.update(replace(user, disabled_at=door.clock.now()))
    door.clock.advance(3 * DAY_S)
    assert await door.identity.recoveries.settle() == 0
    async with door.storage.identity.begin() as scope:
        assert await scope.factors.recovery(door.user_id) is None
        assert [one.is_active for one in await scope.factors.totps(door.user_id)] == [True]
    assert "recovery.cancel" in await door.actions()
