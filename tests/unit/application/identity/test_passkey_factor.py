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
from tests.unit.application.identity.passkey_context import PLAIN, Context, browser


@pytest.fixture
async def context() -> Context:
    made = Context()
    await made.furnish()
    return made


def sent(answer: Json) -> Assertion:
    return msgspec.json.decode(json.dumps(answer), type=AnswerBody).sent()


async def asked_for(context: Context, token: str) -> Json:
    options = await context.identity.passkeys.factor.for_challenge(token, visitor=HOME)
    assert isinstance(options, PasskeyOptions)
    return browser(options)


async def show(
    context: Context, token: str, answer: Json
) -> IssuedToken | ChallengeOver | ProofRefused:
    proof = context.identity.passkeys.factor.answers(sent(answer), token=token)
    return await context.identity.challenges.answer(
        ChallengeAnswer(token=token, proof=proof, visitor=HOME)
    )


async def stepped(
    context: Context, asking: Asking, device: Authenticator, *, twist: Twist = PLAIN
) -> IssuedToken | ProofRefused | NeedsPerson:
    options = await context.identity.passkeys.factor.for_step_up(asking)
    assert isinstance(options, PasskeyOptions)
    answer = sent(device.answer(browser(options), twist=twist))
    proof = context.identity.passkeys.factor.steps_up(answer, asking=asking)
    return await context.identity.step_up.by_factor(asking, proof=proof)


async def test_who_has_a_passkey_is_asked_for_it_behind_the_password(context: Context) -> None:
    # One that verifies nobody does here: the password was right.
    device = Authenticator(verifies=False)
    made = await context.owned(device)
    opened = await challenged(context)
    assert list(opened.kinds) == [FactorKind.PASSKEY]
    asked = await asked_for(context, opened.token)
    assert asked["userVerification"] == "preferred"
    assert len(asked["allowCredentials"]) == 1
    let_in = await show(context, opened.token, device.answer(asked))
    assert isinstance(let_in, IssuedToken)
    assert let_in.principal.user_id == context.user_id
    entry = next(one for one in reversed(await context.audits()) if one.action == "identity.login")
    said = dict(entry.detail)
    assert (said["method"], said["factor"]) == ("password", "passkey")
    (kept,) = await context.identity.passkeys.own.list(await context.asking(let_in))
    assert kept == replace(made, sign_count=2, used_at=NOW)
    assert await show(context, opened.token, device.answer(asked)) == ChallengeOver()


async def test_an_app_and_a_passkey_are_as_good(context: Context) -> None:
    phone = await enrol(context)
    device = Authenticator()
    assert isinstance(await context.make(device, phone.asking), Passkey)
    opened = await challenged(context)
    assert list(opened.kinds) == ["backup_code", "passkey", "totp"]
    assert isinstance(await answered(context, opened, phone.code()), IssuedToken)
    opened = await challenged(context)
    asked = await asked_for(context, opened.token)
    assert isinstance(await show(context, opened.token, device.answer(asked)), IssuedToken)


async def test_an_answer_is_good_for_the_log_in_that_it_was_asked_in(context: Context) -> None:
    device = Authenticator()
    await context.owned(device)
    first, second = await challenged(context), await challenged(context)
    asked = await asked_for(context, first.token)
    answer = device.answer(asked)
    assert await show(context, second.token, answer) == ProofRefused()
    # It was used up there.
    assert await show(context, first.token, answer) == ProofRefused()
    entering = await context.asked()
    assert await show(context, first.token, device.answer(entering)) == ProofRefused()
    asking = await context.asking_owner()
    stepping = await context.identity.passkeys.factor.for_step_up(asking)
    assert isinstance(stepping, PasskeyOptions)
    assert await show(context, first.token, device.answer(browser(stepping))) == ProofRefused()
    fresh = await asked_for(context, first.token)
    assert isinstance(await show(context, first.token, device.answer(fresh)), IssuedToken)
    other = await challenged(context)
    again = await asked_for(context, other.token)
    # Nor does what was asked behind a password open anything without it.
    assert not isinstance(await context.send(device.answer(again)), IssuedToken)


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
async def test_a_wrong_answer_counts_as_a_wrong_code(context: Context, twist: Twist) -> None:
    device = Authenticator()
    await context.owned(device)
    opened = await challenged(context)
    for _ in range(5):
        answer = device.answer(await asked_for(context, opened.token), twist=twist)
        assert await show(context, opened.token, answer) == ProofRefused()
    assert (await context.actions()).count("factor.refused") == 5
    options = await context.identity.passkeys.factor.for_challenge(opened.token, visitor=HOME)
    assert options == ChallengeOver()


async def test_another_users_passkey_answers_nothing_of_mine(context: Context) -> None:
    mine, theirs = Authenticator(), Authenticator()
    await context.owned(mine)
    assert isinstance(await context.make(theirs, await context.other()), Passkey)
    opened = await challenged(context)
    answer = theirs.answer(await asked_for(context, opened.token))
    assert await show(context, opened.token, answer) == ProofRefused()


async def test_an_answer_lets_in_once_however_many_send_it(context: Context) -> None:
    device = Authenticator(counts=False)
    await context.owned(device)
    opened = await challenged(context)
    answer = device.answer(await asked_for(context, opened.token))
    found = await asyncio.gather(*(show(context, opened.token, answer) for _ in range(12)))
    assert sum(isinstance(one, IssuedToken) for one in found) == 1


async def test_a_copy_is_suspected_behind_a_password_too(context: Context) -> None:
    device = Authenticator()
    await context.owned(device)
    opened = await challenged(context)
    answer = device.answer(await asked_for(context, opened.token), twist=Twist(count=1))
    assert await show(context, opened.token, answer) == ProofRefused()
    actions = await context.actions()
    assert "passkey.clone_suspected" in actions
    assert "notice.passkey_clone_suspected" in actions


async def test_a_step_up_takes_a_passkey_in_its_own_session(context: Context) -> None:
    asking = await context.asking_owner()
    assert await context.identity.passkeys.factor.for_step_up(asking) == NoPasskey()
    device = Authenticator()
    await context.make(device, asking)
    context.clock.advance(600)
    assert await context.identity.step_up.by_password(asking, password=PASSWORD) == FactorNeeded()
    renewed = await stepped(context, asking, device)
    assert isinstance(renewed, IssuedToken)
    assert renewed.refresh is None
    assert renewed.principal.session_id == asking.principal.session_id
    assert renewed.principal.authenticated_at == NOW + timedelta(seconds=600)
    entry = (await context.audits())[-1]
    assert (entry.action, dict(entry.detail)) == ("session.step_up", {"shown": "passkey"})
    assert await stepped(context, asking, device, twist=Twist(signed=b"x")) == ProofRefused()
    elsewhere = await context.asking_owner()
    options = await context.identity.passkeys.factor.for_step_up(asking)
    assert isinstance(options, PasskeyOptions)
    answer = sent(device.answer(browser(options)))
    proof = context.identity.passkeys.factor.steps_up(answer, asking=elsewhere)
    assert await context.identity.step_up.by_factor(elsewhere, proof=proof) == ProofRefused()


async def test_a_step_up_takes_a_person_in_a_session(context: Context) -> None:
    await context.owned(Authenticator())
    asking = await context.asking_owner()
    for principal in (
        replace(asking.principal, kind=PrincipalKind.TOKEN),
        replace(asking.principal, session_id=None),
    ):
        asked = await context.identity.passkeys.factor.for_step_up(
            replace(asking, principal=principal)
        )
        assert asked == NeedsPerson()


async def test_backup_codes_stand_for_a_passkey_until_the_last_is_gone(context: Context) -> None:
    asking = await context.asking_owner()
    assert await context.identity.factors.renew_codes(asking) == NoFactor()
    first, second = await context.owned(Authenticator()), await context.owned(Authenticator())
    told = await context.identity.factors.renew_codes(asking)
    assert isinstance(told, NewCodes)
    opened = await challenged(context)
    assert list(opened.kinds) == ["backup_code", "passkey"]
    assert isinstance(await answered(context, opened, told.codes[0]), IssuedToken)
    await context.identity.passkeys.own.remove(asking, passkey_id=first.id)
    assert (await context.identity.factors.list(asking)).codes_left == 9
    await context.identity.passkeys.own.remove(asking, passkey_id=second.id)
    assert (await context.identity.factors.list(asking)).codes_left == 0
    assert isinstance(await context.try_(), IssuedToken)


async def test_codes_stay_while_an_app_does(context: Context) -> None:
    phone = await enrol(context)
    made = await context.make(Authenticator(), phone.asking)
    assert isinstance(made, Passkey)
    await context.identity.passkeys.own.remove(phone.asking, passkey_id=made.id)
    assert (await context.identity.factors.list(phone.asking)).codes_left == 10


async def test_a_recovery_takes_passkeys_and_a_passkey_shown_cancels_one(context: Context) -> None:
    device = Authenticator()
    await context.owned(device)

    async def ask() -> Recovery | RecoveryRefused:
        token = (await challenged(context)).token
        return await context.identity.recoveries.ask(challenge=token, trace_id="t")

    assert isinstance(await ask(), Recovery)
    assert isinstance(await context.enter(device), IssuedToken)
    asking = await context.asking_owner()
    assert (await context.identity.factors.list(asking)).recovery is None
    assert isinstance(await ask(), Recovery)
    context.clock.advance(timedelta(hours=48).total_seconds())
    await context.identity.recoveries.settle()
    assert list(await context.identity.passkeys.own.list(asking)) == []
    assert isinstance(await context.try_(), IssuedToken)
    assert not isinstance(await context.enter(device), IssuedToken)
