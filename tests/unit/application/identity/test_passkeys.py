"""A user's own passkeys: made once for a challenge, and nobody else's."""

from dataclasses import replace
from datetime import timedelta

import pytest

from application.identity.access_commands import NeedsPerson
from application.identity.login import LoginRefused
from application.identity.passkey_use import PasskeyOptions
from application.identity.passkeys import (
    ChallengeSpent,
    PasskeyNotFound,
    PasskeyRefused,
    PasskeyTaken,
    TooManyPasskeys,
)
from domain.audit.entry import NOBODY
from domain.identity.passkey import PASSKEYS_MAX, Passkey
from domain.identity.tenant import PrincipalKind
from domain.shared.values import InvalidValue
from ports.passkeys import Flaw
from tests import builders
from tests.authenticator import Authenticator, Twist
from tests.unit.application.identity.door import NOW
from tests.unit.application.identity.passkey_context import Context, browser


@pytest.fixture
async def context() -> Context:
    made = Context()
    await made.furnish()
    return made


async def test_making_renaming_and_removing_are_recorded(context: Context) -> None:
    asking = await context.asking_owner()
    device = Authenticator(backup=True)
    made = await context.make(device, asking, label="Old")
    assert isinstance(made, Passkey)
    renamed = await context.identity.passkeys.own.rename(asking, passkey_id=made.id, label="New")
    assert renamed == replace(made, label="New")
    assert list(await context.identity.passkeys.own.list(asking)) == [renamed]
    with pytest.raises(InvalidValue, match="printable"):
        await context.identity.passkeys.own.rename(asking, passkey_id=made.id, label="")
    assert await context.identity.passkeys.own.remove(asking, passkey_id=made.id) is None
    assert list(await context.identity.passkeys.own.list(asking)) == []
    told = [
        (entry.action, entry.subject, dict(entry.detail))
        for entry in await context.audits()
        if entry.action.startswith("passkey.")
    ]
    said = {"label": "New", "backed_up": "true"}
    assert told == [
        ("passkey.add", str(made.id), {"label": "Old", "backed_up": "true"}),
        ("passkey.rename", str(made.id), {**said, "label_before": "Old"}),
        ("passkey.remove", str(made.id), said),
    ]
    assert await context.enter(device) == LoginRefused()
    assert await context.refusals() == [("unknown", "unknown")]
    assert (await context.audits())[-1].tenant_id == NOBODY


async def test_only_its_user_sees_renames_and_removes_a_passkey(context: Context) -> None:
    made = await context.owned(Authenticator())
    other = await context.other()
    assert list(await context.identity.passkeys.own.list(other)) == []
    with pytest.raises(PasskeyNotFound):
        await context.identity.passkeys.own.rename(other, passkey_id=made.id, label="Mine")
    with pytest.raises(PasskeyNotFound):
        await context.identity.passkeys.own.remove(other, passkey_id=made.id)
    with pytest.raises(PasskeyNotFound):
        await context.identity.passkeys.own.remove(other, passkey_id=builders.new_id())


@pytest.mark.parametrize("kind", [PrincipalKind.TOKEN, PrincipalKind.AGENT])
async def test_passkeys_take_a_person(context: Context, kind: PrincipalKind) -> None:
    asking = await context.asking_owner()
    made = await context.make(Authenticator(), asking)
    assert isinstance(made, Passkey)
    device = Authenticator()
    asked = await context.identity.passkeys.own.options(asking)
    assert isinstance(asked, PasskeyOptions)
    token = replace(asking, principal=replace(asking.principal, kind=kind))
    assert await context.identity.passkeys.own.options(token) == NeedsPerson()
    assert await context.add(device.make(browser(asked)), token) == NeedsPerson()
    renamed = await context.identity.passkeys.own.rename(token, passkey_id=made.id, label="X")
    assert renamed == NeedsPerson()
    assert await context.identity.passkeys.own.remove(token, passkey_id=made.id) == NeedsPerson()
    assert list(await context.identity.passkeys.own.list(asking)) == [made]


async def test_a_creation_challenge_is_good_once_for_its_user_and_session(context: Context) -> None:
    asking, elsewhere = await context.asking_owner(), await context.asking_owner()
    other = await context.other()
    assert await context.make(Authenticator(), asking, answering=elsewhere) == ChallengeSpent()
    assert await context.make(Authenticator(), asking, answering=other) == ChallengeSpent()
    asked = await context.identity.passkeys.own.options(asking)
    assert isinstance(asked, PasskeyOptions)
    assert asked.expires_at == NOW + timedelta(minutes=5)
    # A wrong answer uses it up as well.
    wrong = Authenticator().make(browser(asked), twist=Twist(origin="https://evil.example"))
    assert await context.add(wrong, asking) == PasskeyRefused(flaw=Flaw.ORIGIN)
    right = Authenticator().make(browser(asked))
    assert await context.add(right, asking) == ChallengeSpent()
    # One of a log-in makes no passkey, and the other way round.
    mixed = {**browser(asked), "challenge": (await context.asked())["challenge"]}
    assert await context.add(Authenticator().make(mixed), asking) == ChallengeSpent()
    invented = {**browser(asked), "challenge": "AAAA"}
    assert await context.add(Authenticator().make(invented), asking) == ChallengeSpent()
    assert list(await context.identity.passkeys.own.list(asking)) == []


async def test_a_credential_belongs_to_one_user(context: Context) -> None:
    device = Authenticator()
    made = await context.owned(device)
    assert await context.make(device, await context.asking_owner()) == PasskeyTaken()
    assert await context.make(device, await context.other()) == PasskeyTaken()
    assert list(await context.identity.passkeys.own.list(await context.asking_owner())) == [made]


async def test_a_user_has_twenty_at_most(context: Context) -> None:
    asking = await context.asking_owner()
    asked = await context.identity.passkeys.own.options(asking)
    assert isinstance(asked, PasskeyOptions)
    for _ in range(PASSKEYS_MAX):
        assert isinstance(await context.make(Authenticator(), asking), Passkey)
    assert await context.identity.passkeys.own.options(asking) == TooManyPasskeys()
    assert await context.add(Authenticator().make(browser(asked)), asking) == TooManyPasskeys()
    assert len(await context.identity.passkeys.own.list(asking)) == PASSKEYS_MAX == 20


async def test_its_user_is_told_of_a_passkey_that_comes_and_goes(context: Context) -> None:
    asking = await context.asking_owner()
    made = await context.make(Authenticator(), asking, label="Key")
    assert isinstance(made, Passkey)
    assert await context.identity.passkeys.own.remove(asking, passkey_id=made.id) is None
    told = [
        (entry.action, {name: said for name, said in entry.detail if name != "notice"})
        for entry in await context.audits()
        if entry.action.startswith("notice.factor_")
    ]
    said = {"factor": "passkey", "label": "Key"}
    first = {"sessions_ended": "0", "sessions_open": "0", "personal_tokens": "0"}
    assert told == [("notice.factor_added", said | first), ("notice.factor_removed", said)]


async def test_of_transports_few_and_short_ones_are_kept(context: Context) -> None:
    asking = await context.asking_owner()
    asked = await context.identity.passkeys.own.options(asking)
    assert isinstance(asked, PasskeyOptions)
    answer = Authenticator().make(browser(asked))
    short = "u" * 32
    answer["response"]["transports"] = ["usb", "usb", short, "v" * 33, *"abcdefg", "w"]
    made = await context.add(answer, asking)
    assert isinstance(made, Passkey)
    assert made.transports == (*"abcdefg", "usb")
    asked = await context.identity.passkeys.own.options(asking)
    assert isinstance(asked, PasskeyOptions)
    answer = Authenticator().make(browser(asked))
    answer["response"]["transports"] = [short, "v" * 33]
    made = await context.add(answer, asking)
    assert isinstance(made, Passkey)
    assert made.transports == (short,)
