"""Enrolling apps, backup codes, step-up and the way back: what users can do with factors."""

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import pyotp
import pytest

from application.identity.access_commands import NeedsPerson
from application.identity.challenges import ChallengeOpened, ChallengeOver
from application.identity.deps import Asking
from application.identity.factor_results import (
    Confirmed,
    Enrolled,
    FactorNotFound,
    NewCodes,
    NoFactor,
    TooManyFactors,
)
from application.identity.factor_tries import ProofRefused
from application.identity.issued import IssuedToken
from application.identity.passwords import WrongPassword
from application.identity.recovery import NoRecovery, RecoveryRefused, SettleRecoveries
from application.identity.step_up import FactorNeeded
from domain.identity.factors import FactorKind, Recovery
from domain.identity.tenant import PrincipalKind, User
from ports.factors import address_of
from ports.factors_of import FactorsOf
from ports.identity import InvalidToken
from ports.identity_scope import IdentityScope
from ports.storage import StorageCorrupt
from tests import builders
from tests.unit.application.identity.door import PASSWORD, Door
from tests.unit.application.identity.factor_door import Phone, answered, challenged, enrol

DELAY_S = 48 * 3600


@pytest.fixture
async def door() -> Door:
    return await Door().furnish()


@pytest.fixture
async def phone(door: Door) -> Phone:
    return await enrol(door)


async def logged_in(door: Door) -> Asking:
    return await door.asking((await door.log_in()).issued)


def as_script(asking: Asking) -> Asking:
    return replace(asking, principal=replace(asking.principal, kind=PrincipalKind.TOKEN))


async def test_an_app_is_told_its_seed_once_in_three_ways(door: Door) -> None:
    enrolled = await door.identity.factors.enrol(await logged_in(door), label="Phone")
    assert isinstance(enrolled, Enrolled)
    app = pyotp.parse_uri(enrolled.uri)
    assert isinstance(app, pyotp.TOTP)
    assert (app.secret, app.digits, app.interval) == (enrolled.seed, 6, 30)
    assert (app.issuer, app.name) == ("Ballast", "owner@example.com")
    assert len(app.byte_secret()) * 8 == 160
    assert enrolled.picture.startswith("<svg")
    assert "script" not in enrolled.picture
    assert enrolled.seed not in repr(enrolled)
    sealed = await door.storage.sealed.get(address_of(enrolled.factor))
    assert sealed is not None
    assert app.byte_secret() not in sealed.to_bytes()
    row = address_of(enrolled.factor)
    assert await door.secrets.vault.open(sealed, row=row) == app.byte_secret()


async def test_an_app_counts_only_once_its_code_was_shown(door: Door) -> None:
    asking = await logged_in(door)
    enrolled = await door.identity.factors.enrol(asking, label="Phone")
    assert isinstance(enrolled, Enrolled)
    app = pyotp.TOTP(enrolled.seed)
    # Nobody is asked for what may never have arrived.
    assert isinstance(await door.try_(), IssuedToken)
    assert (await door.identity.factors.list(asking)).apps == []
    confirm = door.identity.factors.confirm
    factor_id = enrolled.factor.id
    wrong = f"{(int(app.at(door.clock.now())) + 1) % 10**6:06}"
    for code in (wrong, "abcd-efgh", ""):
        assert await confirm(asking, factor_id=factor_id, code=code) == ProofRefused()
    right = app.at(door.clock.now())
    done = await confirm(asking, factor_id=factor_id, code=right)
    assert isinstance(done, Confirmed)
    assert len(set(done.codes)) == 10
    assert all(len(one.replace("-", "")) * 5 == 120 for one in done.codes)
    assert isinstance(await door.try_(), ChallengeOpened)
    # The code that confirmed it does not log in too.
    assert await answered(door, await challenged(door), right) == ProofRefused()
    with pytest.raises(FactorNotFound):
        await confirm(asking, factor_id=factor_id, code=right)
    assert (await door.actions()).count("factor.confirm") == 1


@pytest.mark.parametrize(("seconds", "taken"), [(899, True), (900, False)])
async def test_an_enrolment_lapses_after_a_quarter_of_an_hour(seconds: int, taken: bool) -> None:
    door = await Door().furnish()
    asking = await logged_in(door)
    enrolled = await door.identity.factors.enrol(asking, label="Phone")
    assert isinstance(enrolled, Enrolled)
    assert (enrolled.confirm_by - door.clock.now()).total_seconds() == 900
    door.clock.advance(seconds)
    code = pyotp.TOTP(enrolled.seed).at(door.clock.now())
    confirming = door.identity.factors.confirm(asking, factor_id=enrolled.factor.id, code=code)
    if taken:
        assert isinstance(await confirming, Confirmed)
    else:
        with pytest.raises(FactorNotFound):
            await confirming


async def test_a_second_enrolment_takes_the_place_of_an_unfinished_one(door: Door) -> None:
    asking = await logged_in(door)
    enrol_ = door.identity.factors.enrol
    first, second = await enrol_(asking, label="A"), await enrol_(asking, label="B")
    assert isinstance(first, Enrolled)
    assert isinstance(second, Enrolled)
    assert await door.storage.sealed.get(address_of(first.factor)) is None
    with pytest.raises(FactorNotFound):
        await door.identity.factors.confirm(
            asking, factor_id=first.factor.id, code=pyotp.TOTP(first.seed).at(door.clock.now())
        )
    # Nor does the second's code confirm the first.
    with pytest.raises(FactorNotFound):
        await door.identity.factors.confirm(
            asking, factor_id=builders.new_id(), code=pyotp.TOTP(second.seed).at(door.clock.now())
        )


async def begun(door: Door, asking: Asking) -> tuple[Enrolled, pyotp.TOTP]:
    """Begin to enrol an app."""
    enrolled = await door.identity.factors.enrol(asking, label="Phone")
    assert isinstance(enrolled, Enrolled)
    return enrolled, pyotp.TOTP(enrolled.seed)


async def test_who_is_in_beside_the_user_does_not_keep_their_first_app_out(door: Door) -> None:
    thief, owner = await logged_in(door), await logged_in(door)
    confirm = door.identity.factors.confirm
    own, app = await begun(door, owner)
    for _ in range(3):
        # What the thief begins, over and over, and gives wrong codes for is the thief's alone.
        theirs, _ = await begun(door, thief)
        for _ in range(10):
            said = await confirm(thief, factor_id=theirs.factor.id, code="000 00x")
            assert said == ProofRefused()
        said = await confirm(thief, factor_id=theirs.factor.id, code="000 00x")
        assert said == ProofRefused(retry_after_s=3600)
    last, late = await begun(door, thief)
    code = app.at(door.clock.now())
    assert isinstance(await confirm(owner, factor_id=own.factor.id, code=code), Confirmed)
    # Nor can the thief's be confirmed now, even by who would let the others go on.
    with pytest.raises(FactorNotFound):
        await confirm(thief, factor_id=last.factor.id, code=late.at(door.clock.now()))
    assert await door.storage.sealed.get(address_of(last.factor)) is None
    listed = await door.identity.factors.list(owner)
    assert [one.id for one in listed.apps] == [own.factor.id]


async def test_of_more_enrolments_than_apps_may_be_the_oldest_makes_way(door: Door) -> None:
    sessions = [await logged_in(door) for _ in range(6)]
    enrolled = [await begun(door, one) for one in sessions]
    sealed = [await door.storage.sealed.get(address_of(one.factor)) for one, _ in enrolled]
    assert [one is not None for one in sealed] == [False, *[True] * 5]
    confirm = door.identity.factors.confirm
    (first, app), (second, other), *_ = enrolled
    with pytest.raises(FactorNotFound):
        await confirm(sessions[0], factor_id=first.factor.id, code=app.at(door.clock.now()))
    code = other.at(door.clock.now())
    done = await confirm(sessions[1], factor_id=second.factor.id, code=code)
    assert isinstance(done, Confirmed)


async def test_a_user_has_five_apps_at_most(door: Door, phone: Phone) -> None:
    for _ in range(4):
        await enrol(door, asking=phone.asking)
    assert await door.identity.factors.enrol(phone.asking, label="6") == TooManyFactors(allowed=5)
    own = await door.identity.factors.list(phone.asking)
    assert (len(own.apps), own.codes_left) == (5, 10)


async def test_codes_of_every_app_count_and_go_with_it(door: Door, phone: Phone) -> None:
    other = await enrol(door, asking=phone.asking)
    # Confirmed anew: the codes of before are void.
    assert await answered(door, await challenged(door), phone.codes[0]) == ProofRefused()
    assert isinstance(await answered(door, await challenged(door), phone.code()), IssuedToken)
    remove = door.identity.factors.remove
    assert await remove(phone.asking, factor_id=phone.enrolled.factor.id) is None
    door.clock.advance(30)
    opened = await challenged(door)
    assert await answered(door, opened, phone.code()) == ProofRefused()
    assert isinstance(await answered(door, opened, other.code()), IssuedToken)
    assert (await door.identity.factors.list(phone.asking)).codes_left == 10
    await remove(phone.asking, factor_id=other.enrolled.factor.id)
    assert (await door.identity.factors.list(phone.asking)).codes_left == 0
    assert isinstance(await door.try_(), IssuedToken)
    with pytest.raises(FactorNotFound):
        await remove(phone.asking, factor_id=other.enrolled.factor.id)


async def test_new_backup_codes_make_the_old_ones_void(door: Door, phone: Phone) -> None:
    made = await door.identity.factors.renew_codes(phone.asking)
    assert isinstance(made, NewCodes)
    assert not set(made.codes) & set(phone.codes)
    opened = await challenged(door)
    assert await answered(door, opened, phone.codes[0]) == ProofRefused()
    assert isinstance(await answered(door, opened, made.codes[0]), IssuedToken)


async def test_without_a_factor_there_are_no_backup_codes(door: Door) -> None:
    assert await door.identity.factors.renew_codes(await logged_in(door)) == NoFactor()


async def test_only_a_person_changes_factors(door: Door, phone: Phone) -> None:
    script, factor_id = as_script(phone.asking), phone.enrolled.factor.id
    factors = door.identity.factors
    assert await factors.enrol(script, label="") == NeedsPerson()
    assert await factors.confirm(script, factor_id=factor_id, code="000000") == NeedsPerson()
    assert await factors.remove(script, factor_id=factor_id) == NeedsPerson()
    assert await factors.renew_codes(script) == NeedsPerson()
    assert await door.identity.step_up.by_password(script, password=PASSWORD) == NeedsPerson()
    proof = door.identity.codes.of(phone.code())
    assert await door.identity.step_up.by_factor(script, proof=proof) == NeedsPerson()
    assert await door.identity.recoveries.cancel(script) == NeedsPerson()


async def test_a_password_steps_up_who_has_no_factor(door: Door) -> None:
    asking = await logged_in(door)
    began = door.clock.now()
    door.clock.advance(400)
    step_up = door.identity.step_up
    assert await step_up.by_password(asking, password="wrong") == WrongPassword()
    soon = await step_up.by_password(asking, password=PASSWORD)
    assert soon == WrongPassword(retry_after_s=1)
    door.clock.advance(1)
    renewed = await step_up.by_password(asking, password=PASSWORD)
    assert isinstance(renewed, IssuedToken)
    assert renewed.refresh is None
    assert renewed.principal.session_id == asking.principal.session_id
    assert renewed.principal.authenticated_at == door.clock.now() != began
    (session,) = await door.identity.sessions.list(asking, limit=9)
    assert session.authenticated_at == door.clock.now()
    assert await door.holds(renewed.token)
    assert "session.step_up" in await door.actions()


async def test_who_has_a_factor_steps_up_with_it_and_not_with_the_password(
    door: Door, phone: Phone
) -> None:
    step_up = door.identity.step_up
    assert await step_up.by_password(phone.asking, password=PASSWORD) == FactorNeeded()
    wrong = door.identity.codes.of(phone.wrong())
    assert await step_up.by_factor(phone.asking, proof=wrong) == ProofRefused()
    proof = door.identity.codes.of(phone.code())
    renewed = await step_up.by_factor(phone.asking, proof=proof)
    assert isinstance(renewed, IssuedToken)
    assert renewed.principal.authenticated_at == door.clock.now()
    assert await step_up.by_factor(phone.asking, proof=proof) == ProofRefused()


async def test_a_session_that_is_over_steps_nobody_up(door: Door, phone: Phone) -> None:
    await door.identity.sessions.logout(phone.asking)
    proof = door.identity.codes.of(phone.code())
    with pytest.raises(InvalidToken):
        await door.identity.step_up.by_factor(phone.asking, proof=proof)
    # And no code was used up for it.
    assert isinstance(await answered(door, await challenged(door), phone.code()), IssuedToken)


async def asked(door: Door) -> Recovery:
    made = await door.identity.recoveries.ask(challenge=(await challenged(door)).token)
    assert isinstance(made, Recovery)
    return made


async def test_factors_go_after_the_delay_and_not_before(door: Door, phone: Phone) -> None:
    recoveries = door.identity.recoveries
    made = await asked(door)
    assert (made.effective_at - door.clock.now()).total_seconds() == DELAY_S
    assert (await door.identity.factors.list(phone.asking)).recovery == made
    assert await asked(door) == made
    door.clock.advance(DELAY_S - 1)
    assert await recoveries.settle() == 0
    assert isinstance(await door.try_(), ChallengeOpened)
    door.clock.advance(1)
    held = await challenged(door)
    assert await recoveries.settle() == 1
    assert await recoveries.settle() == 0
    assert isinstance(await door.try_(), IssuedToken)
    assert await answered(door, held, phone.code()) == ChallengeOver()
    own = await door.identity.factors.list(phone.asking)
    assert (own.apps, own.codes_left, own.recovery) == ([], 0, None)
    assert await door.storage.sealed.get(address_of(phone.enrolled.factor)) is None
    actions = await door.actions()
    assert actions.count("recovery.ask") == actions.count("notice.recovery_asked") == 1
    assert actions.count("recovery.done") == actions.count("notice.recovery_done") == 1


@pytest.mark.parametrize("shown", ["app", "paper", "step-up", "session"])
async def test_whoever_still_has_a_factor_or_a_session_cancels_a_recovery(
    door: Door, phone: Phone, shown: str
) -> None:
    await asked(door)
    match shown:
        case "app":
            await answered(door, await challenged(door), phone.code())
        case "paper":
            await answered(door, await challenged(door), phone.codes[0])
        case "step-up":
            proof = door.identity.codes.of(phone.code())
            await door.identity.step_up.by_factor(phone.asking, proof=proof)
        case _:
            assert await door.identity.recoveries.cancel(phone.asking) is None
    door.clock.advance(DELAY_S)
    assert await door.identity.recoveries.settle() == 0
    assert isinstance(await door.try_(), ChallengeOpened)
    assert "notice.recovery_canceled" in await door.actions()
    with pytest.raises(NoRecovery):
        await door.identity.recoveries.cancel(phone.asking)


async def test_wrong_codes_cancel_nothing(door: Door, phone: Phone) -> None:
    made = await asked(door)
    await answered(door, await challenged(door), phone.wrong())
    assert (await door.identity.factors.list(phone.asking)).recovery == made


async def test_nobody_asks_for_a_recovery_without_an_open_challenge(
    door: Door, phone: Phone
) -> None:
    recoveries = door.identity.recoveries
    assert await recoveries.ask(challenge="blc_" + "x" * 43) == RecoveryRefused()
    opened = await challenged(door)
    await answered(door, opened, phone.code())
    assert await recoveries.ask(challenge=opened.token) == RecoveryRefused()
    late = await challenged(door)
    door.clock.advance(300)
    assert await recoveries.ask(challenge=late.token) == RecoveryRefused()


async def another(door: Door, *, email: str) -> Recovery:
    """Store a user of the same tenant with an open request, asked for just now."""
    at, user_id = door.clock.now(), builders.new_id()
    made = Recovery(
        id=builders.new_id(),
        tenant_id=door.tenant_id,
        user_id=user_id,
        asked_at=at,
        effective_at=at + timedelta(seconds=DELAY_S),
    )
    async with door.storage.identity.begin() as scope:
        assert await scope.users.add(
            User(
                id=user_id,
                tenant_id=door.tenant_id,
                email=email,
                password_hash="h",
                created_at=at,
            )
        )
        await scope.factors.keep_recovery(made)
    return made


async def open_recovery(door: Door, made: Recovery) -> Recovery | None:
    """Return what is open of a user's requests."""
    async with door.storage.identity.begin() as scope:
        return await scope.factors.recovery(made.user_id)


async def test_a_request_of_whom_the_server_keeps_out_is_over_and_stops_no_other(
    door: Door, phone: Phone
) -> None:
    disabled = await another(door, email="disabled@example.com")
    door.clock.advance(1)
    await asked(door)
    async with door.storage.identity.begin() as scope:
        user = await scope.users.get(disabled.user_id)
        assert user is not None
        await scope.users.update(replace(user, disabled_at=door.clock.now()))
    door.clock.advance(DELAY_S)
    assert await door.identity.recoveries.settle() == 1
    assert isinstance(await door.try_(), IssuedToken)
    assert await open_recovery(door, disabled) is None
    canceled = [one for one in await door.audits() if one.action == "recovery.cancel"]
    assert [dict(one.detail)["why"] for one in canceled] == ["the user is disabled"]


async def test_a_request_of_nobody_is_over_and_stops_no_other(door: Door, phone: Phone) -> None:
    gone = Recovery(
        id=builders.new_id(),
        tenant_id=door.tenant_id,
        user_id=builders.new_id(),
        asked_at=door.clock.now(),
        effective_at=door.clock.now() + timedelta(seconds=DELAY_S),
    )
    async with door.storage.identity.begin() as scope:
        await scope.factors.keep_recovery(gone)
    door.clock.advance(1)
    await asked(door)
    door.clock.advance(DELAY_S)
    assert await door.identity.recoveries.settle() == 1
    assert await open_recovery(door, gone) is None


async def test_what_cannot_be_settled_is_told_behind_all_that_can(door: Door, phone: Phone) -> None:
    # More than are read at once, and all of them due before the one that can be settled.
    stuck = [await another(door, email=f"stuck-{number}@example.com") for number in range(101)]
    door.clock.advance(1)
    made = await asked(door)
    recoveries = door.identity.recoveries

    @dataclass(frozen=True)
    class Broken:
        inner: FactorsOf

        async def kinds(self, user_id: UUID) -> frozenset[FactorKind]:
            return await self.inner.kinds(user_id)

        async def within(self, scope: IdentityScope, *, user_id: UUID) -> frozenset[FactorKind]:
            return await self.inner.within(scope, user_id=user_id)

        async def remove_all(self, scope: IdentityScope, *, user_id: UUID) -> int:
            if user_id != made.user_id:
                raise StorageCorrupt("an app without its seed")
            return await self.inner.remove_all(scope, user_id=user_id)

    door.clock.advance(DELAY_S)
    broken = replace(recoveries, factors=Broken(recoveries.factors))
    with pytest.raises(StorageCorrupt):
        await broken.settle()
    assert isinstance(await door.try_(), IssuedToken)
    assert await open_recovery(door, stuck[0]) == stuck[0]
    assert await recoveries.settle() == 101


async def test_what_became_due_while_the_server_was_down_is_settled_at_its_start(
    door: Door, phone: Phone
) -> None:
    class Stop(Exception):
        """End the loop."""

    class Once:
        async def sleep(self, seconds: float) -> None:
            assert seconds == 30.0
            raise Stop

    await asked(door)
    door.clock.advance(30 * DELAY_S)
    loop = SettleRecoveries(recoveries=door.identity.recoveries, sleeper=Once())
    with pytest.raises(Stop):
        await loop.run()
    assert isinstance(await door.try_(), IssuedToken)
