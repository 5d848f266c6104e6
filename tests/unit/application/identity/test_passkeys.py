"""Passkeys let their user in, once for each challenge, and nobody else."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from adapters.http.identity.passkey_schemas import AnswerBody, MadeCredentialBody
from application.identity.access_commands import NeedsPerson
from application.identity.deps import Asking
from application.identity.login import IssuedToken, LoginRefused
from application.identity.passkey_login import PasskeyTry, TooSoon
from application.identity.passkeys import (
    ChallengeSpent,
    NotAdded,
    PasskeyNotFound,
    PasskeyOptions,
    PasskeyRefused,
    PasskeyTaken,
    TooManyPasskeys,
)
from bootstrap.settings.identity import IdentitySettings
from domain.audit.entry import NOBODY
from domain.identity.passkey import PASSKEYS_MAX, Passkey
from domain.identity.tenant import PrincipalKind
from domain.shared.values import InvalidValue
from ports.passkeys import Flaw
from tests import builders
from tests.authenticator import Authenticator, Json, Twist
from tests.contracts.identity.scope import user
from tests.unit.application.identity.door import HOME, NOW, Door

OTHER_EMAIL = "other@example.com"
PLAIN = Twist()


class Desk(Door):
    """A door behind which passkeys are made and used."""

    async def asking_owner(self) -> Asking:
        """Ask as the owner, in a session."""
        return await self.asking((await self.log_in()).issued)

    async def make(
        self,
        device: Authenticator,
        asking: Asking,
        *,
        answering: Asking | None = None,
        twist: Twist = PLAIN,
        label: str = "Phone",
    ) -> Passkey | NotAdded:
        """Make a passkey as a browser does, maybe answering as somebody else."""
        asked = await self.identity.passkeys.options(asking)
        assert isinstance(asked, PasskeyOptions)
        return await self.add(
            device.make(browser(asked), twist=twist), answering or asking, label=label
        )

    async def add(self, made: Json, asking: Asking, *, label: str = "Phone") -> Passkey | NotAdded:
        """Send a made credential."""
        sent = msgspec.json.decode(json.dumps(made), type=MadeCredentialBody).sent()
        return await self.identity.passkeys.add(asking, sent=sent, label=label)

    async def owned(self, device: Authenticator) -> Passkey:
        """Give the owner a passkey on a device."""
        made = await self.make(device, await self.asking_owner())
        assert isinstance(made, Passkey)
        return made

    async def asked(self) -> Json:
        """Return what a browser is asked at a log-in."""
        asked = await self.identity.passkey_login.options(HOME)
        assert isinstance(asked, PasskeyOptions)
        return browser(asked)

    async def send(self, answer: Json, **given: str) -> IssuedToken | LoginRefused:
        """Send an answer."""
        sent = msgspec.json.decode(json.dumps(answer), type=AnswerBody).sent()
        tried = PasskeyTry(sent=sent, visitor=HOME, trace_id="t-1", **given)  # type: ignore[arg-type]
        return await self.identity.passkey_login(tried)

    async def enter(
        self, device: Authenticator, *, twist: Twist = PLAIN
    ) -> IssuedToken | LoginRefused:
        """Log in by a device."""
        return await self.send(device.answer(await self.asked(), twist=twist))

    async def refusals(self) -> list[tuple[str, str]]:
        """Return who was not let in by a passkey, and why."""
        return [
            (entry.actor, dict(entry.detail)["reason"])
            for entry in await self.audits()
            if entry.action == "identity.login_failed"
        ]

    async def other(self) -> Asking:
        """Let another user be there, and ask as them."""
        other = user(self.tenant_id, email=OTHER_EMAIL)
        async with self.storage.identity.begin() as scope:
            assert await scope.users.add(other)
        asking = await self.asking_owner()
        return replace(
            asking, principal=replace(asking.principal, user_id=other.id, session_id=None)
        )


def browser(asked: PasskeyOptions) -> Json:
    """Return options as a browser reads them."""
    read: Json = json.loads(asked.options)
    return read


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    made = Desk()
    await made.furnish()
    yield made


async def test_a_passkey_opens_a_session_as_a_password_does(desk: Desk) -> None:
    device = Authenticator()
    made = await desk.owned(device)
    assert (made.label, made.user_id, made.sign_count) == ("Phone", desk.user_id, 1)
    assert made.transports == ("hybrid", "internal")
    desk.clock.advance(60)
    issued = await desk.enter(device)
    assert isinstance(issued, IssuedToken)
    assert issued.refresh is not None
    assert await desk.holds(issued.token)
    assert issued.principal.user_id == desk.user_id
    assert issued.principal.authenticated_at == NOW + timedelta(seconds=60)
    again = await desk.refresh(issued.refresh.token, issued.refresh.device_token)
    assert isinstance(again, IssuedToken)
    entry = (await desk.audits())[-1]
    assert (entry.action, entry.trace_id) == ("identity.login", "t-1")
    assert dict(entry.detail)["method"] == "passkey"
    (kept,) = await desk.identity.passkeys.list(await desk.asking(issued))
    assert (kept.sign_count, kept.used_at) == (2, NOW + timedelta(seconds=60))


async def test_a_known_device_stays_known_and_a_session_is_remembered(desk: Desk) -> None:
    device = Authenticator()
    await desk.owned(device)
    visit = await desk.log_in(remember=True)
    sent = msgspec.json.decode(
        json.dumps(device.answer(await desk.asked())), type=AnswerBody
    ).sent()
    issued = await desk.identity.passkey_login(
        PasskeyTry(
            sent=sent,
            visitor=HOME,
            remember=True,
            device_token=visit.refresh.device_token,
            device_label="Desk",
        )
    )
    assert isinstance(issued, IssuedToken)
    assert issued.refresh is not None
    assert issued.refresh.device_token == visit.refresh.device_token
    assert issued.refresh.lapses_at == NOW + timedelta(days=14)


async def test_a_password_log_in_says_that_it_was_one(desk: Desk) -> None:
    await desk.log_in()
    assert dict((await desk.audits())[-1].detail)["method"] == "password"


async def test_making_renaming_and_removing_are_recorded(desk: Desk) -> None:
    asking = await desk.asking_owner()
    device = Authenticator(backup=True)
    made = await desk.make(device, asking, label="Old")
    assert isinstance(made, Passkey)
    renamed = await desk.identity.passkeys.rename(asking, passkey_id=made.id, label="New")
    assert renamed == replace(made, label="New")
    assert list(await desk.identity.passkeys.list(asking)) == [renamed]
    with pytest.raises(InvalidValue, match="printable"):
        await desk.identity.passkeys.rename(asking, passkey_id=made.id, label="")
    assert await desk.identity.passkeys.remove(asking, passkey_id=made.id) is None
    assert list(await desk.identity.passkeys.list(asking)) == []
    told = [
        (entry.action, entry.subject, dict(entry.detail))
        for entry in await desk.audits()
        if entry.action.startswith("passkey.")
    ]
    said = {"label": "New", "backed_up": "true"}
    assert told == [
        ("passkey.add", str(made.id), {"label": "Old", "backed_up": "true"}),
        ("passkey.rename", str(made.id), {**said, "label_before": "Old"}),
        ("passkey.remove", str(made.id), said),
    ]
    assert await desk.enter(device) == LoginRefused()
    assert await desk.refusals() == [("unknown", "unknown")]
    assert (await desk.audits())[-1].tenant_id == NOBODY


async def test_only_its_user_sees_renames_and_removes_a_passkey(desk: Desk) -> None:
    made = await desk.owned(Authenticator())
    other = await desk.other()
    assert list(await desk.identity.passkeys.list(other)) == []
    with pytest.raises(PasskeyNotFound):
        await desk.identity.passkeys.rename(other, passkey_id=made.id, label="Mine")
    with pytest.raises(PasskeyNotFound):
        await desk.identity.passkeys.remove(other, passkey_id=made.id)
    with pytest.raises(PasskeyNotFound):
        await desk.identity.passkeys.remove(other, passkey_id=builders.new_id())


@pytest.mark.parametrize("kind", [PrincipalKind.TOKEN, PrincipalKind.AGENT])
async def test_passkeys_take_a_person(desk: Desk, kind: PrincipalKind) -> None:
    asking = await desk.asking_owner()
    made = await desk.make(Authenticator(), asking)
    assert isinstance(made, Passkey)
    device = Authenticator()
    asked = await desk.identity.passkeys.options(asking)
    assert isinstance(asked, PasskeyOptions)
    token = replace(asking, principal=replace(asking.principal, kind=kind))
    assert await desk.identity.passkeys.options(token) == NeedsPerson()
    assert await desk.add(device.make(browser(asked)), token) == NeedsPerson()
    renamed = await desk.identity.passkeys.rename(token, passkey_id=made.id, label="X")
    assert renamed == NeedsPerson()
    assert await desk.identity.passkeys.remove(token, passkey_id=made.id) == NeedsPerson()
    assert list(await desk.identity.passkeys.list(asking)) == [made]


async def test_a_creation_challenge_is_good_once_for_its_user_and_session(desk: Desk) -> None:
    asking, elsewhere = await desk.asking_owner(), await desk.asking_owner()
    other = await desk.other()
    assert await desk.make(Authenticator(), asking, answering=elsewhere) == ChallengeSpent()
    assert await desk.make(Authenticator(), asking, answering=other) == ChallengeSpent()
    asked = await desk.identity.passkeys.options(asking)
    assert isinstance(asked, PasskeyOptions)
    assert asked.expires_at == NOW + timedelta(minutes=5)
    # A wrong answer uses it up as well.
    wrong = Authenticator().make(browser(asked), twist=Twist(origin="https://evil.example"))
    assert await desk.add(wrong, asking) == PasskeyRefused(flaw=Flaw.ORIGIN)
    right = Authenticator().make(browser(asked))
    assert await desk.add(right, asking) == ChallengeSpent()
    # One of a log-in makes no passkey, and the other way round.
    mixed = {**browser(asked), "challenge": (await desk.asked())["challenge"]}
    assert await desk.add(Authenticator().make(mixed), asking) == ChallengeSpent()
    invented = {**browser(asked), "challenge": "AAAA"}
    assert await desk.add(Authenticator().make(invented), asking) == ChallengeSpent()
    assert list(await desk.identity.passkeys.list(asking)) == []


@pytest.mark.parametrize(("late_s", "taken"), [(299, True), (300, False)])
async def test_challenges_lapse_after_five_minutes(desk: Desk, late_s: int, taken: bool) -> None:
    device = Authenticator()
    await desk.owned(device)
    asking = await desk.asking_owner()
    asked = await desk.identity.passkeys.options(asking)
    assert isinstance(asked, PasskeyOptions)
    entering = await desk.asked()
    desk.clock.advance(late_s)
    made = await desk.add(Authenticator().make(browser(asked)), asking)
    assert isinstance(made, Passkey) is taken
    assert isinstance(await desk.send(device.answer(entering)), IssuedToken) is taken
    assert await desk.refusals() == ([] if taken else [(f"user:{desk.user_id}", "challenge")])


async def test_a_credential_belongs_to_one_user(desk: Desk) -> None:
    device = Authenticator()
    made = await desk.owned(device)
    assert await desk.make(device, await desk.asking_owner()) == PasskeyTaken()
    assert await desk.make(device, await desk.other()) == PasskeyTaken()
    assert list(await desk.identity.passkeys.list(await desk.asking_owner())) == [made]


async def test_a_user_has_twenty_at_most(desk: Desk) -> None:
    asking = await desk.asking_owner()
    asked = await desk.identity.passkeys.options(asking)
    assert isinstance(asked, PasskeyOptions)
    for _ in range(PASSKEYS_MAX):
        assert isinstance(await desk.make(Authenticator(), asking), Passkey)
    assert await desk.identity.passkeys.options(asking) == TooManyPasskeys()
    assert await desk.add(Authenticator().make(browser(asked)), asking) == TooManyPasskeys()
    assert len(await desk.identity.passkeys.list(asking)) == PASSKEYS_MAX == 20


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
    desk: Desk, twist: Twist, reason: str
) -> None:
    device = Authenticator()
    await desk.owned(device)
    asked = await desk.asked()
    assert await desk.send(device.answer(asked, twist=twist)) == LoginRefused()
    assert await desk.refusals() == [(f"user:{desk.user_id}", reason)]
    entry = (await desk.audits())[-1]
    assert entry.tenant_id == desk.tenant_id
    assert dict(entry.detail)["method"] == "passkey"
    device.count = 5
    # The challenge that was answered wrongly is used up; one that was not answered is not.
    used_up = await desk.send(device.answer(asked))
    assert isinstance(used_up, IssuedToken) is (reason == "challenge")


async def test_an_answer_without_a_name_for_its_user_lets_nobody_in(desk: Desk) -> None:
    device = Authenticator()
    await desk.owned(device)
    device.user_handle = b""
    assert await desk.enter(device) == LoginRefused()
    assert await desk.refusals() == [(f"user:{desk.user_id}", "user_handle")]


async def test_a_count_that_goes_back_is_a_suspected_copy(desk: Desk) -> None:
    device = Authenticator()
    made = await desk.owned(device)
    for _ in range(3):
        assert isinstance(await desk.enter(device), IssuedToken)
    assert await desk.enter(device, twist=Twist(count=4)) == LoginRefused()
    entries = [one for one in await desk.audits() if one.action == "passkey.clone_suspected"]
    assert [(one.subject, dict(one.detail)) for one in entries] == [
        (str(made.id), {"known": "4", "shown": "4"})
    ]
    # The true one goes on.
    assert isinstance(await desk.enter(device, twist=Twist(count=5)), IssuedToken)


async def test_a_count_behind_a_wrong_signature_suspects_nobody(desk: Desk) -> None:
    device = Authenticator()
    await desk.owned(device)
    assert await desk.enter(device, twist=Twist(count=0, signed=b"x")) == LoginRefused()
    assert "passkey.clone_suspected" not in await desk.actions()
    assert await desk.refusals() == [(f"user:{desk.user_id}", "signature")]


async def test_those_that_do_not_count_are_taken_as_they_are(desk: Desk) -> None:
    device = Authenticator(counts=False, backup=True)
    await desk.owned(device)
    for _ in range(2):
        assert isinstance(await desk.enter(device), IssuedToken)


async def test_an_answer_is_taken_once_however_many_send_it(desk: Desk) -> None:
    device = Authenticator(counts=False)
    await desk.owned(device)
    answer = device.answer(await desk.asked())
    found = await asyncio.gather(*(desk.send(answer) for _ in range(50)))
    assert sum(isinstance(one, IssuedToken) for one in found) == 1
    assert sum(one == LoginRefused() for one in found) == 49
    assert await desk.refusals() == [(f"user:{desk.user_id}", "challenge")] * 49


async def test_who_is_disabled_does_not_come_in(desk: Desk) -> None:
    device = Authenticator()
    made = await desk.owned(device)
    async with desk.storage.identity.begin() as scope:
        owner = await scope.users.get(desk.user_id)
        assert owner is not None
        await scope.users.update(replace(owner, disabled_at=NOW))
    asked = await desk.asked()
    assert await desk.send(device.answer(asked)) == LoginRefused()
    assert await desk.refusals() == [(f"user:{desk.user_id}", "disabled")]
    async with desk.storage.identity.begin() as scope:
        await scope.users.update(replace(owner, disabled_at=None))
        assert await scope.passkeys.get(made.id) == made
    assert await desk.send(device.answer(asked)) == LoginRefused()
    assert isinstance(await desk.enter(device), IssuedToken)


async def test_another_users_credential_lets_in_that_user_or_nobody(desk: Desk) -> None:
    mine, theirs = Authenticator(), Authenticator()
    await desk.owned(mine)
    other = await desk.other()
    assert isinstance(await desk.make(theirs, other), Passkey)
    issued = await desk.enter(theirs)
    assert isinstance(issued, IssuedToken)
    assert issued.principal.user_id == other.principal.user_id
    # Their key under my credential's name, and my name in their answer.
    as_mine = Twist(credential_id=mine.credential_id, user_handle=mine.user_handle, count=9)
    assert await desk.enter(theirs, twist=as_mine) == LoginRefused()
    named = Twist(user_handle=mine.user_handle, count=10)
    assert await desk.enter(theirs, twist=named) == LoginRefused()
    assert [reason for _, reason in await desk.refusals()] == ["signature", "user_handle"]


async def test_tries_from_one_network_are_counted_and_so_are_questions() -> None:
    desk = Desk(settings=IdentitySettings(tries_per_minute=3))
    await desk.furnish()
    device = Authenticator()
    await desk.owned(device)
    asked = [await desk.asked() for _ in range(3)]
    assert await desk.identity.passkey_login.options(HOME) == TooSoon(retry_after_s=20)
    # The log-in by password before was the first.
    for one in asked[:2]:
        assert isinstance(await desk.send(device.answer(one)), IssuedToken)
    assert await desk.send(device.answer(asked[2])) == LoginRefused(retry_after_s=20)
    desk.clock.advance(20)
    assert isinstance(await desk.send(device.answer(asked[2])), IssuedToken)


async def test_what_anybody_is_asked_tells_nothing(desk: Desk) -> None:
    first = await desk.asked()
    await desk.owned(Authenticator())
    second = await desk.asked()
    assert first["challenge"] != second["challenge"]
    assert {**first, "challenge": ""} == {**second, "challenge": ""}
    assert first["allowCredentials"] == []
