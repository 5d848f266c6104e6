"""Passkeys let their user in, once for each challenge, and nobody else."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from adapters.http.identity.passkey_schemas import AnswerBody
from application.identity.challenges import ChallengeOpened
from application.identity.issued import IssuedToken
from application.identity.login import LoginRefused
from application.identity.passkey_login import PasskeyTry, TooSoon
from application.identity.passkey_use import PasskeyOptions
from bootstrap.settings.identity import IdentitySettings
from domain.identity.fingerprint import Fingerprint
from domain.identity.notice import NEW_DEVICE
from domain.identity.one_time import digest_of
from domain.identity.passkey import Passkey
from tests.authenticator import Authenticator, Twist
from tests.unit.application.identity.door import HOME, NOW
from tests.unit.application.identity.passkey_context import Context, browser


@pytest.fixture
async def context() -> Context:
    made = Context()
    await made.furnish()
    return made


async def test_a_passkey_opens_a_session_as_a_password_does(context: Context) -> None:
    device = Authenticator()
    made = await context.owned(device)
    assert (made.label, made.user_id, made.sign_count) == ("Phone", context.user_id, 1)
    assert made.transports == ("hybrid", "internal")
    context.clock.advance(60)
    let_in = await context.enter(device)
    assert isinstance(let_in, IssuedToken)
    assert let_in.refresh is not None
    assert await context.holds(let_in.token)
    assert let_in.principal.user_id == context.user_id
    assert let_in.principal.authenticated_at == NOW + timedelta(seconds=60)
    again = await context.refresh(let_in.refresh.token, let_in.refresh.device_token)
    assert isinstance(again, IssuedToken)
    entry = next(one for one in reversed(await context.audits()) if one.action == "identity.login")
    assert entry.trace_id == "t-1"
    said = dict(entry.detail)
    assert (said["method"], said["factor"]) == ("passkey", "passkey")
    (kept,) = await context.identity.passkeys.own.list(await context.asking(let_in))
    assert (kept.sign_count, kept.used_at) == (2, NOW + timedelta(seconds=60))


async def test_a_known_device_stays_known_and_a_session_is_remembered(context: Context) -> None:
    device = Authenticator()
    visit = await context.log_in(remember=True)
    await context.owned(device)
    sent = msgspec.json.decode(
        json.dumps(device.answer(await context.asked())), type=AnswerBody
    ).sent()
    let_in = await context.identity.passkeys.login(
        PasskeyTry(
            sent=sent,
            visitor=HOME,
            remember=True,
            device_token=visit.refresh.device_token,
            device_label="Desk",
        )
    )
    assert isinstance(let_in, IssuedToken)
    assert let_in.refresh is not None
    assert let_in.refresh.device_token == visit.refresh.device_token
    assert let_in.refresh.lapses_at == NOW + timedelta(days=30)


async def test_what_a_device_says_of_itself_is_kept_and_compared(context: Context) -> None:
    device = Authenticator()
    await context.owned(device)

    async def enter(told: Fingerprint | None, *, token: str | None = None) -> IssuedToken:
        sent = msgspec.json.decode(
            json.dumps(device.answer(await context.asked())), type=AnswerBody
        ).sent()
        tried = PasskeyTry(sent=sent, visitor=HOME, device_token=token, fingerprint=told)
        issued = await context.identity.passkeys.login(tried)
        assert isinstance(issued, IssuedToken)
        return issued

    before = Fingerprint(agent="firefox", platform="linux")
    first = await enter(before)
    assert first.refresh is not None
    token = first.refresh.device_token
    await enter(before, token=token)
    after = Fingerprint(agent="firefox", platform="windows")
    last = await enter(after, token=token)
    asking = await context.asking(last)
    async with context.storage.identity.begin() as scope:
        known = await scope.devices.find(digest_of(token))
        past = await scope.logins.past(context.user_id)
    assert known is not None
    assert known.fingerprint == after
    of_device = [one for one in past.logins if one.device_id == known.id]
    assert [one.features.fingerprint_changed for one in of_device] == [False, False, True]
    assert [one.learned for one in of_device] == [True, True, True]
    kinds = [one.kind for one in await context.identity.notices.list(asking, limit=9)]
    # The one that it was registered from, and the one that told of itself.
    assert kinds.count(NEW_DEVICE) == 2


async def test_a_password_log_in_says_that_it_was_one(context: Context) -> None:
    await context.log_in()
    (entry,) = [one for one in await context.audits() if one.action == "identity.login"]
    assert dict(entry.detail)["method"] == "password"


@pytest.mark.parametrize(("late_s", "taken"), [(299, True), (300, False)])
async def test_challenges_lapse_after_five_minutes(
    context: Context, late_s: int, taken: bool
) -> None:
    device = Authenticator()
    await context.owned(device)
    asking = await context.asking_owner()
    asked = await context.identity.passkeys.own.options(asking)
    assert isinstance(asked, PasskeyOptions)
    entering = await context.asked()
    context.clock.advance(late_s)
    made = await context.add(Authenticator().make(browser(asked)), asking)
    assert isinstance(made, Passkey) is taken
    assert isinstance(await context.send(device.answer(entering)), IssuedToken) is taken
    assert await context.refusals() == ([] if taken else [(f"user:{context.user_id}", "challenge")])


@pytest.mark.parametrize(
    ("twist", "reason"),
    [
        (Twist(type="webauthn.create"), "type"),
        (Twist(origin="https://evil.example"), "origin"),
        (Twist(cross_origin=True), "cross_origin"),
        (Twist(rp_id="evil.example"), "relying_party"),
        (Twist(flip=1), "user_absent"),
        (Twist(flip=4), "user_unverified"),
        (Twist(signed=b"other"), "signature"),
        (Twist(challenge=bytes(32)), "challenge"),
        (Twist(user_handle=bytes(16)), "user_handle"),
        (Twist(count=1), "sign_count"),
        (Twist(count=0), "sign_count"),
    ],
)
async def test_an_answer_with_one_thing_wrong_lets_nobody_in(
    context: Context, twist: Twist, reason: str
) -> None:
    device = Authenticator()
    await context.owned(device)
    asked = await context.asked()
    assert await context.send(device.answer(asked, twist=twist)) == LoginRefused()
    assert await context.refusals() == [(f"user:{context.user_id}", reason)]
    entry = (await context.audits())[-1]
    assert entry.tenant_id == context.tenant_id
    assert dict(entry.detail)["method"] == "passkey"
    device.count = 5
    # The challenge that was answered wrongly is used up; one that was not answered is not.
    used_up = await context.send(device.answer(asked))
    assert isinstance(used_up, IssuedToken) is (reason == "challenge")


async def test_an_answer_without_a_name_for_its_user_lets_nobody_in(context: Context) -> None:
    device = Authenticator()
    await context.owned(device)
    device.user_handle = b""
    assert await context.enter(device) == LoginRefused()
    assert await context.refusals() == [(f"user:{context.user_id}", "user_handle")]


async def test_a_count_that_goes_back_is_a_suspected_copy(context: Context) -> None:
    device = Authenticator()
    made = await context.owned(device)
    for _ in range(3):
        assert isinstance(await context.enter(device), IssuedToken)
    assert await context.enter(device, twist=Twist(count=4)) == LoginRefused()
    entries = [one for one in await context.audits() if one.action == "passkey.clone_suspected"]
    assert [(one.subject, dict(one.detail)) for one in entries] == [
        (str(made.id), {"known": "4", "shown": "4"})
    ]
    # The true one goes on.
    assert isinstance(await context.enter(device, twist=Twist(count=5)), IssuedToken)


async def test_a_count_behind_a_wrong_signature_suspects_nobody(context: Context) -> None:
    device = Authenticator()
    await context.owned(device)
    assert await context.enter(device, twist=Twist(count=0, signed=b"x")) == LoginRefused()
    assert "passkey.clone_suspected" not in await context.actions()
    assert await context.refusals() == [(f"user:{context.user_id}", "signature")]


async def test_those_that_do_not_count_are_taken_as_they_are(context: Context) -> None:
    device = Authenticator(counts=False, backup=True)
    await context.owned(device)
    for _ in range(2):
        assert isinstance(await context.enter(device), IssuedToken)


async def test_an_answer_is_taken_once_however_many_send_it(context: Context) -> None:
    device = Authenticator(counts=False)
    await context.owned(device)
    answer = device.answer(await context.asked())
    found = await asyncio.gather(*(context.send(answer) for _ in range(50)))
    assert sum(isinstance(one, IssuedToken) for one in found) == 1
    assert sum(one == LoginRefused() for one in found) == 49
    assert await context.refusals() == [(f"user:{context.user_id}", "challenge")] * 49


async def test_who_is_disabled_does_not_come_in(context: Context) -> None:
    device = Authenticator()
    made = await context.owned(device)
    async with context.storage.identity.begin() as scope:
        owner = await scope.users.get(context.user_id)
        assert owner is not None
        await scope.users.update(replace(owner, disabled_at=NOW))
    asked = await context.asked()
    assert await context.send(device.answer(asked)) == LoginRefused()
    assert await context.refusals() == [(f"user:{context.user_id}", "disabled")]
    async with context.storage.identity.begin() as scope:
        await scope.users.update(replace(owner, disabled_at=None))
        assert await scope.passkeys.get(made.id) == made
    assert await context.send(device.answer(asked)) == LoginRefused()
    assert isinstance(await context.enter(device), IssuedToken)


async def test_another_users_credential_lets_in_that_user_or_nobody(context: Context) -> None:
    mine, theirs = Authenticator(), Authenticator()
    await context.owned(mine)
    other = await context.other()
    assert isinstance(await context.make(theirs, other), Passkey)
    let_in = await context.enter(theirs)
    assert isinstance(let_in, IssuedToken)
    assert let_in.principal.user_id == other.principal.user_id
    # Their key under my credential's name, and my name in their answer.
    as_mine = Twist(credential_id=mine.credential_id, user_handle=mine.user_handle, count=9)
    assert await context.enter(theirs, twist=as_mine) == LoginRefused()
    named = Twist(user_handle=mine.user_handle, count=10)
    assert await context.enter(theirs, twist=named) == LoginRefused()
    assert [reason for _, reason in await context.refusals()] == ["signature", "user_handle"]


async def test_tries_from_one_network_are_counted_and_so_are_questions() -> None:
    context = Context(settings=IdentitySettings(tries_per_minute=3))
    await context.furnish()
    device = Authenticator()
    await context.owned(device)
    asked = [await context.asked() for _ in range(3)]
    assert await context.identity.passkeys.login.options(HOME) == TooSoon(retry_after_s=20)
    for one in asked[:2]:
        assert isinstance(await context.send(device.answer(one)), IssuedToken)
    # A try by password counts beside them.
    assert isinstance(await context.try_(), ChallengeOpened)
    assert await context.send(device.answer(asked[2])) == LoginRefused(retry_after_s=20)
    context.clock.advance(20)
    assert isinstance(await context.send(device.answer(asked[2])), IssuedToken)


async def test_what_anybody_is_asked_tells_nothing(context: Context) -> None:
    first = await context.asked()
    await context.owned(Authenticator())
    second = await context.asked()
    assert first["challenge"] != second["challenge"]
    assert {**first, "challenge": ""} == {**second, "challenge": ""}
    assert first["allowCredentials"] == []
