"""API keys are kept only as the broker knows them, and their secrets never come out again."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from adapters.memory.time import ManualSleeper
from application.accounts.book_store import AccountNotFound
from application.secrets.commands import (
    ApiKeyNotFound,
    CreateApiKey,
    KeyFields,
    KeyNameTaken,
    KeyStored,
    KeyVersionMismatch,
    TooManyKeys,
    WithdrawalRefused,
)
from application.secrets.create_key import KEYS_MAX, CreateKey
from application.secrets.delete_key import DeleteKey
from application.secrets.remind import RemindOfKeys
from application.secrets.rotate_key import RotateKey
from application.secrets.update_key import UpdateKey
from application.secrets.verify_key import VerifyKey
from application.shared.asker import Asker
from domain.secrets.api_key import ApiKey, Credentials, Environment, KeyPermission
from domain.shared.values import InvalidValue
from ports.api_keys import address_of
from ports.broker_credentials import CredentialsHold, CredentialsRefused
from ports.secrets import SecretsSealed
from ports.transactions import Conflict
from ports.work import Work
from tests import builders
from tests.secret_rig import SecretRig

ASKER = Asker(tenant_id=builders.new_id(), actor="user:1", trace_id="t" * 32)
TRADING = frozenset({KeyPermission.READ, KeyPermission.TRADE})
ALL = frozenset(KeyPermission)
FIRST = Credentials(key="PK-first-0123456789", secret="first secret 0123456789")
SECOND = Credentials(key="PK-second-0123456789", secret="second secret 0123456789", passphrase="x")
DAY = timedelta(days=1)


@pytest.fixture
async def rig(tmp_path: Path) -> SecretRig:
    rig = SecretRig(folder=tmp_path)
    await rig.vault.refresh()
    for credentials in (FIRST, SECOND):
        rig.book.issue(credentials, permissions=TRADING)
    return rig


def command(credentials: Credentials = FIRST, *, name: str = "Main", **fields: Any) -> CreateApiKey:
    """Return the command that keeps a key."""
    return CreateApiKey(
        fields=KeyFields(name=name, **fields),
        broker="paper",
        environment=Environment.PAPER,
        credentials=credentials,
    )


async def created(rig: SecretRig, given: CreateApiKey | None = None) -> ApiKey:
    """Keep a key."""
    outcome = await CreateKey(context=rig.context())(given or command(), asker=ASKER)
    assert isinstance(outcome, KeyStored)
    return outcome.key


def actions(rig: SecretRig) -> list[str]:
    """Return what the audit trail says was done."""
    return [entry.action for entry in rig.database.audit]


def leaks(rig: SecretRig, *secrets: Credentials) -> list[str]:
    """Return every secret that stands readable anywhere in the database."""
    kept = repr(rig.database)
    parts = [part for one in secrets for part in (one.key, one.secret)]
    raw = b"".join(sealed.to_bytes() for sealed in rig.database.secrets.values())
    return [part for part in parts if part in kept or part.encode() in raw]


async def test_a_key_is_kept_as_the_broker_knows_it(rig: SecretRig) -> None:
    key = await created(rig)
    assert (key.permissions, key.masked, key.verified) == (TRADING, "****6789", True)
    assert await rig.context().opened(key) == FIRST
    assert actions(rig) == ["api_key.create"]
    (notice,) = rig.database.notices
    assert (notice.channel, notice.type) == ("secrets", "api_key.created")
    assert leaks(rig, FIRST) == []


async def test_what_the_broker_does_not_know_is_not_kept_but_audited(rig: SecretRig) -> None:
    stranger = replace(FIRST, secret="another secret 0123456789")
    outcome = await CreateKey(context=rig.context())(command(stranger), asker=ASKER)
    assert isinstance(outcome, CredentialsRefused)
    assert rig.database.secrets == {}
    assert rig.database.api_keys == {}
    assert actions(rig) == ["api_key.create_refused"]
    assert leaks(rig, stranger) == []


async def test_a_key_of_another_environment_is_refused(rig: SecretRig) -> None:
    live = replace(command(), environment=Environment.LIVE)
    outcome = await CreateKey(context=rig.context())(live, asker=ASKER)
    assert outcome == CredentialsRefused("they are for paper, not for live")


async def test_a_key_that_can_withdraw_is_kept_only_where_that_is_allowed(
    rig: SecretRig,
) -> None:
    rig.book.issue(FIRST, permissions=ALL)
    assert await CreateKey(context=rig.context())(command(), asker=ASKER) == WithdrawalRefused()
    assert rig.database.secrets == {}
    key = await created(rig, command(allows_withdrawal=True))
    assert key.can_withdraw
    assert actions(rig) == ["api_key.create_refused", "api_key.create"]
    assert dict(rig.database.audit[-1].detail)["allows_withdrawal"] == "true"
    fields = KeyFields(name="Main")
    outcome = await UpdateKey(context=rig.context())(
        fields, key_id=key.id, asker=ASKER, expected_version=None
    )
    assert outcome == WithdrawalRefused()


async def test_an_unknown_broker_a_past_end_and_a_foreign_account_are_refused(
    rig: SecretRig,
) -> None:
    create = CreateKey(context=rig.context())
    for wrong, field in (
        (replace(command(), broker="elsewhere"), "broker"),
        (command(expires_at=builders.AT), "expires_at"),
        (command(name=""), "name"),
        (command(rotate_every_days=0), "rotate_every_days"),
    ):
        with pytest.raises(InvalidValue) as caught:
            await create(wrong, asker=ASKER)
        assert caught.value.field == field
    with pytest.raises(AccountNotFound):
        await create(command(account_id=builders.new_id()), asker=ASKER)
    assert rig.database.api_keys == {}


async def test_a_name_is_one_keys(rig: SecretRig) -> None:
    await created(rig)
    create = CreateKey(context=rig.context())
    assert await create(command(SECOND), asker=ASKER) == KeyNameTaken()
    other = await created(rig, command(SECOND, name="Other"))
    outcome = await UpdateKey(context=rig.context())(
        KeyFields(name="Main"), key_id=other.id, asker=ASKER, expected_version=None
    )
    assert outcome == KeyNameTaken()


async def test_a_tenant_has_so_many_keys_at_most(rig: SecretRig) -> None:
    key = await created(rig)
    for number in range(KEYS_MAX - 1):
        copy = replace(key, id=builders.new_id(), name=str(number))
        rig.database.api_keys[copy.id] = copy
    outcome = await CreateKey(context=rig.context())(command(SECOND, name="more"), asker=ASKER)
    assert outcome == TooManyKeys(KEYS_MAX)


async def test_new_credentials_take_the_place_of_the_old_ones(rig: SecretRig) -> None:
    key = await created(rig)
    rig.clock.advance(5)
    outcome = await RotateKey(context=rig.context())(SECOND, key_id=key.id, asker=ASKER)
    assert isinstance(outcome, KeyStored)
    after = outcome.key
    assert (after.version, after.rotated_at) == (2, rig.clock.now())
    assert await rig.context().opened(after) == SECOND
    assert len(rig.database.secrets) == 1
    assert actions(rig) == ["api_key.create", "api_key.rotate"]
    assert leaks(rig, FIRST, SECOND) == []


async def test_until_the_new_credentials_hold_the_old_ones_stay(rig: SecretRig) -> None:
    key = await created(rig)
    rotate = RotateKey(context=rig.context())
    stranger = replace(SECOND, secret="nobody's secret 0123456789")
    assert isinstance(await rotate(stranger, key_id=key.id, asker=ASKER), CredentialsRefused)
    rig.book.issue(SECOND, permissions=ALL)
    assert await rotate(SECOND, key_id=key.id, asker=ASKER) == WithdrawalRefused()
    assert await rig.context().opened(key) == FIRST
    assert actions(rig)[1:] == ["api_key.rotate_refused"] * 2
    with pytest.raises(ApiKeyNotFound):
        await rotate(SECOND, key_id=builders.new_id(), asker=ASKER)


async def test_asking_the_broker_again_keeps_what_it_says(rig: SecretRig) -> None:
    key = await created(rig)
    verify = VerifyKey(context=rig.context())
    rig.clock.advance(5)
    held = await verify(key_id=key.id, asker=ASKER)
    assert (held.key.verified, held.reason) == (True, "")
    assert held.key.last_used_at == rig.clock.now()
    rig.book.issue(FIRST, permissions=ALL)
    taking = await verify(key_id=key.id, asker=ASKER)
    assert (taking.key.verified, taking.reason) == (False, "it can withdraw")
    assert taking.key.permissions == ALL
    rig.book.revoke(FIRST.key)
    gone = await verify(key_id=key.id, asker=ASKER)
    assert not gone.key.verified
    assert "no such key" in gone.reason
    assert actions(rig)[1:] == ["api_key.verify"] * 3
    assert (await rig.context().find(tenant_id=ASKER.tenant_id, key_id=key.id)).version == 1


async def test_a_key_that_changed_while_the_broker_was_asked_is_not_written_over(
    rig: SecretRig,
) -> None:
    key = await created(rig)

    class Slow:
        async def verify(self, _: Credentials) -> CredentialsHold | CredentialsRefused:
            await RotateKey(context=rig.context())(SECOND, key_id=key.id, asker=ASKER)
            return CredentialsRefused("the old ones are gone")

    context = replace(rig.context(), brokers={"paper": Slow()})
    with pytest.raises(Conflict):
        await VerifyKey(context=context)(key_id=key.id, asker=ASKER)
    now = await rig.context().find(tenant_id=ASKER.tenant_id, key_id=key.id)
    assert (now.verified, now.version) == (True, 2)


async def test_what_the_broker_said_while_a_key_was_edited_is_not_undone(rig: SecretRig) -> None:
    key = await created(rig)
    rig.book.issue(FIRST, permissions=ALL)
    works = rig.context().changes.works

    class LearntBefore:
        """A change begins when the broker was just asked by another request."""

        look = staticmethod(works.look)
        everywhere = staticmethod(works.everywhere)

        @asynccontextmanager
        async def begin(self, tenant_id: UUID) -> AsyncIterator[Work]:
            await VerifyKey(context=rig.context())(key_id=key.id, asker=ASKER)
            async with works.begin(tenant_id) as work:
                yield work

    context = rig.context()
    context = replace(context, changes=replace(context.changes, works=LearntBefore()))
    outcome = await UpdateKey(context=context)(
        KeyFields(name="Renamed"), key_id=key.id, asker=ASKER, expected_version=1
    )
    assert outcome == WithdrawalRefused()
    outcome = await UpdateKey(context=context)(
        KeyFields(name="Renamed", allows_withdrawal=True),
        key_id=key.id,
        asker=ASKER,
        expected_version=1,
    )
    assert isinstance(outcome, KeyStored)
    assert (outcome.key.permissions, outcome.key.verified) == (ALL, False)


async def test_a_deleted_key_leaves_nothing_of_its_secret(rig: SecretRig) -> None:
    key = await created(rig)
    delete = DeleteKey(context=rig.context())
    stale = await delete(key_id=key.id, asker=ASKER, expected_version=9)
    assert stale == KeyVersionMismatch(current=key)
    await delete(key_id=key.id, asker=ASKER, expected_version=1)
    assert rig.database.secrets == {}
    assert address_of(tenant_id=key.tenant_id, key_id=key.id) not in rig.database.secrets
    assert actions(rig) == ["api_key.create", "api_key.delete"]


async def test_another_tenant_finds_no_key(rig: SecretRig) -> None:
    key = await created(rig)
    stranger = replace(ASKER, tenant_id=builders.new_id())
    context = rig.context()
    with pytest.raises(ApiKeyNotFound):
        await VerifyKey(context=context)(key_id=key.id, asker=stranger)
    with pytest.raises(ApiKeyNotFound):
        await DeleteKey(context=context)(key_id=key.id, asker=stranger, expected_version=None)
    with pytest.raises(ApiKeyNotFound):
        await RotateKey(context=context)(SECOND, key_id=key.id, asker=stranger)


async def test_sealed_what_needs_a_secret_refuses_and_the_rest_works(rig: SecretRig) -> None:
    key = await created(rig)
    rig.path.unlink()
    sealed = rig.process()
    await sealed.vault.refresh()
    context = sealed.context()
    with pytest.raises(SecretsSealed):
        await CreateKey(context=context)(command(SECOND, name="Other"), asker=ASKER)
    with pytest.raises(SecretsSealed):
        await RotateKey(context=context)(SECOND, key_id=key.id, asker=ASKER)
    with pytest.raises(SecretsSealed):
        await VerifyKey(context=context)(key_id=key.id, asker=ASKER)
    fields = KeyFields(name="Renamed")
    done = await UpdateKey(context=context)(fields, key_id=key.id, asker=ASKER, expected_version=1)
    assert isinstance(done, KeyStored)
    await DeleteKey(context=context)(key_id=key.id, asker=ASKER, expected_version=2)
    assert rig.database.secrets == {}


async def test_a_key_is_sealed_again_under_a_version_that_came_between(rig: SecretRig) -> None:
    other = rig.process()
    await other.vault.refresh()
    await rig.rotate()
    key = await created(other)
    assert (await rig.context().opened(key)) == FIRST
    assert dict(await rig.store.counts()) == {2: 1}


async def test_what_is_due_is_told_once_a_week_ahead(rig: SecretRig) -> None:
    key = await created(rig, command(rotate_every_days=30))
    remind = RemindOfKeys(context=rig.context(), sleeper=ManualSleeper(rig.clock))
    assert await remind.round() == 0
    rig.clock.advance((23 * DAY).total_seconds())
    assert [await remind.round() for _ in range(3)] == [1, 0, 0]
    notice = rig.database.notices[-1]
    assert (notice.type, notice.body["due"]) == ("api_key.rotation_due", "rotation")
    assert json.loads(json.dumps(dict(notice.body)))["due_at"] == key.due_at.isoformat()
    await RotateKey(context=rig.context())(SECOND, key_id=key.id, asker=ASKER)
    assert await remind.round() == 0
    rig.clock.advance((23 * DAY).total_seconds())
    assert await remind.round() == 1


async def test_a_changed_due_date_is_told_anew(rig: SecretRig) -> None:
    key = await created(rig, command(rotate_every_days=5))
    remind = RemindOfKeys(context=rig.context(), sleeper=ManualSleeper(rig.clock))
    assert await remind.round() == 1
    ends = builders.AT + 3 * DAY
    fields = KeyFields(name="Main", rotate_every_days=90, expires_at=ends)
    await UpdateKey(context=rig.context())(
        fields, key_id=key.id, asker=ASKER, expected_version=None
    )
    assert await remind.round() == 1
    assert rig.database.notices[-1].body["due"] == "expiry"
