"""A passkey stands beside a password: for a log-in's challenge, and for a step-up."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from adapters.http.identity.passkey_schemas import AnswerBody
from application.identity.access_commands import NeedsPerson
from application.identity.challenges import ChallengeAnswer, ChallengeOver
from application.identity.deps import Asking
from application.identity.factor_results import NewCodes, NoFactor
from application.identity.factor_tries import ProofRefused
from application.identity.issued import IssuedToken
from application.identity.passkey_factor import NoPasskey
from application.identity.passkey_use import PasskeyOptions
from application.identity.recovery import RecoveryRefused
from application.identity.step_up import FactorNeeded
from domain.identity.factors import FactorKind, Recovery
from domain.identity.passkey import Passkey
from domain.identity.tenant import PrincipalKind
from ports.passkeys import Assertion
from tests.authenticator import Authenticator, Json, Twist
from tests.unit.application.identity.door import HOME, NOW, PASSWORD
from tests.unit.application.identity.factor_door import answered, challenged, enrol
from tests.unit.application.identity.passkey_desk import PLAIN, Desk, browser


@pytest.fixture
async def desk() -> Desk:
    made = Desk()
    await made.furnish()
    return made


def sent(answer: Json) -> Assertion:
    return msgspec.json.decode(json.dumps(answer), type=AnswerBody).sent()


async def asked_for(desk: Desk, token: str) -> Json:
    options = await desk.identity.passkeys.factor.for_challenge(token, visitor=HOME)
    assert isinstance(options, PasskeyOptions)
    return browser(options)


async def show(desk: Desk, token: str, answer: Json) -> IssuedToken | ChallengeOver | ProofRefused:
    proof = desk.identity.passkeys.factor.answers(sent(answer), token=token)
    return await desk.identity.challenges.answer(
        ChallengeAnswer(token=token, proof=proof, visitor=HOME)
    )


async def stepped(
    desk: Desk, asking: Asking, device: Authenticator, *, twist: Twist = PLAIN
) -> IssuedToken | ProofRefused | NeedsPerson:
    options = await desk.identity.passkeys.factor.for_step_up(asking)
    assert isinstance(options, PasskeyOptions)
    answer = sent(device.answer(browser(options), twist=twist))
    proof = desk.identity.passkeys.factor.steps_up(answer, asking=asking)
    return await desk.identity.step_up.by_factor(asking, proof=proof)


async def test_who_has_a_passkey_is_asked_for_it_behind_the_password(desk: Desk) -> None:
    # One that verifies nobody does here: the password was right.
    device = Authenticator(verifies=False)
    made = await desk.owned(device)
    opened = await challenged(desk)
    assert list(opened.kinds) == [FactorKind.PASSKEY]
    asked = await asked_for(desk, opened.token)
    assert asked["userVerification"] == "preferred"
    assert len(asked["allowCredentials"]) == 1
    let_in = await show(desk, opened.token, device.answer(asked))
    assert isinstance(let_in, IssuedToken)
    assert let_in.principal.user_id == desk.user_id
    entry = next(one for one in reversed(await desk.audits()) if one.action == "identity.login")
    said = dict(entry.detail)
    assert (said["method"], said["factor"]) == ("password", "passkey")
    (kept,) = await desk.identity.passkeys.own.list(await desk.asking(let_in))
    assert kept == replace(made, sign_count=2, used_at=NOW)
    assert await show(desk, opened.token, device.answer(asked)) == ChallengeOver()


async def test_an_app_and_a_passkey_are_as_good(desk: Desk) -> None:
    phone = await enrol(desk)
    device = Authenticator()
    assert isinstance(await desk.make(device, phone.asking), Passkey)
    opened = await challenged(desk)
    assert list(opened.kinds) == ["backup_code", "passkey", "totp"]
    assert isinstance(await answered(desk, opened, phone.code()), IssuedToken)
    opened = await challenged(desk)
    asked = await asked_for(desk, opened.token)
    assert isinstance(await show(desk, opened.token, device.answer(asked)), IssuedToken)


async def test_an_answer_is_good_for_the_log_in_that_it_was_asked_in(desk: Desk) -> None:
    device = Authenticator()
    await desk.owned(device)
    first, second = await challenged(desk), await challenged(desk)
    asked = await asked_for(desk, first.token)
    answer = device.answer(asked)
    assert await show(desk, second.token, answer) == ProofRefused()
    # It was used up there.
    assert await show(desk, first.token, answer) == ProofRefused()
    entering = await desk.asked()
    assert await show(desk, first.token, device.answer(entering)) == ProofRefused()
    asking = await desk.asking_owner()
    stepping = await desk.identity.passkeys.factor.for_step_up(asking)
    assert isinstance(stepping, PasskeyOptions)
    assert await show(desk, first.token, device.answer(browser(stepping))) == ProofRefused()
    fresh = await asked_for(desk, first.token)
    assert isinstance(await show(desk, first.token, device.answer(fresh)), IssuedToken)
    other = await challenged(desk)
    again = await asked_for(desk, other.token)
    # Nor does what was asked behind a password open anything without it.
    assert not isinstance(await desk.send(device.answer(again)), IssuedToken)


@pytest.mark.parametrize(
    "twist",
    [
        Twist(origin="https://evil.example"),
        Twist(rp_id="evil.example"),
        Twist(type="webauthn.create"),
        Twist(flip=1),
        Twist(signed=b"other"),
        Twist(user_handle=bytes(16)),
        Twist(count=1),
        Twist(challenge=bytes(32)),
        Twist(credential_id=b"nobody's"),
    ],
)
async def test_a_wrong_answer_counts_as_a_wrong_code(desk: Desk, twist: Twist) -> None:
    device = Authenticator()
    await desk.owned(device)
    opened = await challenged(desk)
    for _ in range(5):
        answer = device.answer(await asked_for(desk, opened.token), twist=twist)
        assert await show(desk, opened.token, answer) == ProofRefused()
    assert (await desk.actions()).count("factor.refused") == 5
    options = await desk.identity.passkeys.factor.for_challenge(opened.token, visitor=HOME)
    assert options == ChallengeOver()


async def test_another_users_passkey_answers_nothing_of_mine(desk: Desk) -> None:
    mine, theirs = Authenticator(), Authenticator()
    await desk.owned(mine)
    assert isinstance(await desk.make(theirs, await desk.other()), Passkey)
    opened = await challenged(desk)
    answer = theirs.answer(await asked_for(desk, opened.token))
    assert await show(desk, opened.token, answer) == ProofRefused()


async def test_an_answer_lets_in_once_however_many_send_it(desk: Desk) -> None:
    device = Authenticator(counts=False)
    await desk.owned(device)
    opened = await challenged(desk)
    answer = device.answer(await asked_for(desk, opened.token))
    found = await asyncio.gather(*(show(desk, opened.token, answer) for _ in range(12)))
    assert sum(isinstance(one, IssuedToken) for one in found) == 1


async def test_a_copy_is_suspected_behind_a_password_too(desk: Desk) -> None:
    device = Authenticator()
    await desk.owned(device)
    opened = await challenged(desk)
    answer = device.answer(await asked_for(desk, opened.token), twist=Twist(count=1))
    assert await show(desk, opened.token, answer) == ProofRefused()
    actions = await desk.actions()
    assert "passkey.clone_suspected" in actions
    assert "notice.passkey_clone_suspected" in actions


async def test_a_step_up_takes_a_passkey_in_its_own_session(desk: Desk) -> None:
    asking = await desk.asking_owner()
    assert await desk.identity.passkeys.factor.for_step_up(asking) == NoPasskey()
    device = Authenticator()
    await desk.make(device, asking)
    desk.clock.advance(600)
    assert await desk.identity.step_up.by_password(asking, password=PASSWORD) == FactorNeeded()
    renewed = await stepped(desk, asking, device)
    assert isinstance(renewed, IssuedToken)
    assert renewed.refresh is None
    assert renewed.principal.session_id == asking.principal.session_id
    assert renewed.principal.authenticated_at == NOW + timedelta(seconds=600)
    entry = (await desk.audits())[-1]
    assert (entry.action, dict(entry.detail)) == ("session.step_up", {"shown": "passkey"})
    assert await stepped(desk, asking, device, twist=Twist(signed=b"x")) == ProofRefused()
    elsewhere = await desk.asking_owner()
    options = await desk.identity.passkeys.factor.for_step_up(asking)
    assert isinstance(options, PasskeyOptions)
    answer = sent(device.answer(browser(options)))
    proof = desk.identity.passkeys.factor.steps_up(answer, asking=elsewhere)
    assert await desk.identity.step_up.by_factor(elsewhere, proof=proof) == ProofRefused()


async def test_a_step_up_takes_a_person_in_a_session(desk: Desk) -> None:
    await desk.owned(Authenticator())
    asking = await desk.asking_owner()
    for principal in (
        replace(asking.principal, kind=PrincipalKind.TOKEN),
        replace(asking.principal, session_id=None),
    ):
        asked = await desk.identity.passkeys.factor.for_step_up(
            replace(asking, principal=principal)
        )
        assert asked == NeedsPerson()


async def test_backup_codes_stand_for_a_passkey_until_the_last_is_gone(desk: Desk) -> None:
    asking = await desk.asking_owner()
    assert await desk.identity.factors.renew_codes(asking) == NoFactor()
    first, second = await desk.owned(Authenticator()), await desk.owned(Authenticator())
    told = await desk.identity.factors.renew_codes(asking)
    assert isinstance(told, NewCodes)
    opened = await challenged(desk)
    assert list(opened.kinds) == ["backup_code", "passkey"]
    assert isinstance(await answered(desk, opened, told.codes[0]), IssuedToken)
    await desk.identity.passkeys.own.remove(asking, passkey_id=first.id)
    assert (await desk.identity.factors.list(asking)).codes_left == 9
    await desk.identity.passkeys.own.remove(asking, passkey_id=second.id)
    assert (await desk.identity.factors.list(asking)).codes_left == 0
    assert isinstance(await desk.try_(), IssuedToken)


async def test_codes_stay_while_an_app_does(desk: Desk) -> None:
    phone = await enrol(desk)
    made = await desk.make(Authenticator(), phone.asking)
    assert isinstance(made, Passkey)
    await desk.identity.passkeys.own.remove(phone.asking, passkey_id=made.id)
    assert (await desk.identity.factors.list(phone.asking)).codes_left == 10


async def test_a_recovery_takes_passkeys_and_a_passkey_shown_cancels_one(desk: Desk) -> None:
    device = Authenticator()
    await desk.owned(device)

    async def ask() -> Recovery | RecoveryRefused:
        token = (await challenged(desk)).token
        return await desk.identity.recoveries.ask(challenge=token, trace_id="t")

    assert isinstance(await ask(), Recovery)
    assert isinstance(await desk.enter(device), IssuedToken)
    asking = await desk.asking_owner()
    assert (await desk.identity.factors.list(asking)).recovery is None
    assert isinstance(await ask(), Recovery)
    desk.clock.advance(timedelta(hours=48).total_seconds())
    await desk.identity.recoveries.settle()
    assert list(await desk.identity.passkeys.own.list(asking)) == []
    assert isinstance(await desk.try_(), IssuedToken)
    assert not isinstance(await desk.enter(device), IssuedToken)
