"""Whoever has the password only: no second factor falls to them, and its owner gets in."""

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from uuid import UUID

import pyotp
import pytest

from application.identity.challenges import ChallengeOpened
from application.identity.deps import Asking
from application.identity.devices import OwnDevice
from application.identity.factor_results import Confirmed, Enrolled, FactorNotFound
from application.identity.factor_tries import ProofRefused
from application.identity.issued import IssuedToken
from application.identity.login import LoginRefused
from application.identity.login_try import LoginTry
from application.identity.recovery import RecoveryRefused
from application.identity.step_up import FactorNeeded
from domain.identity.demand import Demand
from domain.identity.factors import FactorKind
from domain.identity.session import Device
from domain.identity.tenant import User
from ports.factors_of import FactorsOf
from ports.identity_scope import IdentityScope
from tests.unit.application.identity.door import EMAIL, HOME, PASSWORD, Door
from tests.unit.application.identity.factor_door import AWAY, Phone, answered, challenged, enrol


@pytest.fixture
async def door() -> Door:
    return await Door().furnish()


@pytest.fixture
async def phone(door: Door) -> Phone:
    return await enrol(door)


async def use_up(door: Door, phone: Phone) -> ChallengeOpened:
    """Give as many wrong codes as an hour takes of strangers, and return one more challenge."""
    for number in range(10):
        visitor = HOME if number % 2 else AWAY
        said = await answered(door, await challenged(door), phone.wrong(), visitor=visitor)
        assert said == ProofRefused()
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


async def test_an_app_is_confirmed_though_codes_of_others_wait(door: Door, phone: Phone) -> None:
    await use_up(door, phone)
    wrong = door.identity.codes.of(phone.wrong())
    for _ in range(10):
        assert await door.identity.step_up.by_factor(phone.asking, proof=wrong) == ProofRefused()
    factors = door.identity.factors
    enrolled = await factors.enrol(phone.asking, label="Tablet")
    assert isinstance(enrolled, Enrolled)
    app = pyotp.parse_uri(enrolled.uri)
    assert isinstance(app, pyotp.TOTP)
    confirm = partial(factors.confirm, phone.asking, factor_id=enrolled.factor.id)
    # Its code would tell who gives it the backup codes: it has ten tries, of its own.
    for _ in range(9):
        assert await confirm(code="abc") == ProofRefused()
    assert isinstance(await confirm(code=app.at(door.clock.now())), Confirmed)
    # They take nothing from those of the apps that count.
    proof = door.identity.codes.of(phone.code())
    waits = await door.identity.step_up.by_factor(phone.asking, proof=proof)
    assert waits == ProofRefused(retry_after_s=3600)


async def test_the_code_of_an_app_that_is_enrolled_is_not_guessed_either(
    door: Door, phone: Phone
) -> None:
    factors = door.identity.factors
    enrolled = await factors.enrol(phone.asking, label="Tablet")
    assert isinstance(enrolled, Enrolled)
    confirm = partial(factors.confirm, phone.asking, factor_id=enrolled.factor.id)
    for _ in range(10):
        assert await confirm(code="abc") == ProofRefused()
    app = pyotp.TOTP(enrolled.seed)
    waits = ProofRefused(retry_after_s=3600)
    assert await confirm(code=app.at(door.clock.now())) == waits
    # It lapses long before there is room again: begin another.
    door.clock.advance(900)
    with pytest.raises(FactorNotFound):
        await confirm(code=app.at(door.clock.now()))
    again = await enrol(door, asking=phone.asking)
    assert again.enrolled.factor.id != enrolled.factor.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """Factors of a user who gets the first one just after it was asked for (port FactorsOf)."""

    door: Door
    inner: FactorsOf
    asking: Asking

    async def kinds(self, user_id: UUID) -> frozenset[FactorKind]:
        """Return what there was a moment ago."""
        found = await self.inner.kinds(user_id)
        await enrol(self.door, asking=self.asking)
        return found

    async def within(self, scope: IdentityScope, *, user_id: UUID) -> frozenset[FactorKind]:
        """Return what there is."""
        return await self.inner.within(scope, user_id=user_id)

    async def remove_all(self, scope: IdentityScope, *, user_id: UUID) -> int:
        """Take them."""
        return await self.inner.remove_all(scope, user_id=user_id)


async def test_a_log_in_beside_the_first_enrolment_opens_no_session(door: Door) -> None:
    asking = await door.asking((await door.log_in()).issued)
    login = door.identity.logging_in

    async def demand(user: User, tried: LoginTry, device: Device | None) -> Demand:
        found = await login.demand(user, tried, device)
        assert found.kinds == frozenset()
        await enrol(door, asking=asking)
        return found

    late = replace(login, demand=demand)
    before = await door.identity.sessions.list(asking, limit=9)
    told = await late(LoginTry(email=EMAIL, password=PASSWORD, visitor=HOME, lasting=True))
    assert told == LoginRefused()
    assert await door.identity.sessions.list(asking, limit=9) == before
    await challenged(door)


async def test_a_password_steps_nobody_up_beside_the_first_enrolment(door: Door) -> None:
    asking = await door.asking((await door.log_in()).issued)
    step_up = door.identity.step_up
    late = replace(step_up, factors=Late(door=door, inner=step_up.factors, asking=asking))
    assert await late.by_password(asking, password=PASSWORD) == FactorNeeded()
    assert "session.step_up" not in await door.actions()


async def test_trust_from_before_the_first_factor_does_not_skip_it(door: Door) -> None:
    # With the password alone somebody logs in, steps up by it and trusts their own device.
    thief = await door.log_in()
    asking = await door.asking(thief.issued)
    [own] = await door.identity.devices.list(asking, limit=9)
    trusted = await door.identity.devices.trust(asking, device_id=own.device.id)
    assert isinstance(trusted, OwnDevice)
    assert trusted.trusted_until is not None
    door.clock.advance(60)
    phone = await enrol(door, asking=await door.asking((await door.log_in()).issued))
    assert isinstance(
        await challenged(door, device_token=thief.refresh.device_token), ChallengeOpened
    )
    shown = await door.identity.devices.list(phone.asking, limit=9)
    assert [one.trusted_until for one in shown] == [None, None]
    # The owner trusts a device behind the factor.
    again = await door.identity.devices.trust(phone.asking, device_id=shown[1].device.id)
    assert isinstance(again, OwnDevice)
    assert again.trusted_until is not None
