"""Whatever happens to an API key is written down exactly, in the audit trail and as a notice."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from adapters.memory.time import ManualClock, ManualSleeper
from application.secrets.commands import (
    ApiKeyNotFound,
    CreateApiKey,
    KeyFields,
    KeyStored,
    KeyVersionMismatch,
    WithdrawalRefused,
)
from application.secrets.context import KeyContext
from application.secrets.create_key import KEYS_MAX, CreateKey, checked_expiry
from application.secrets.delete_key import DeleteKey
from application.secrets.remind import EVERY_S, RemindOfKeys
from application.secrets.rotate_key import RotateKey
from application.secrets.turn_over import TurnedOver
from application.secrets.update_key import UpdateKey
from application.secrets.verify_key import VerifyKey
from application.shared.asker import Asker
from application.shared.change import ATTEMPTS_MAX
from domain.audit.entry import AuditEntry
from domain.secrets.api_key import ApiKey, Credentials, Environment, KeyPermission
from domain.shared.notices import Notice
from domain.shared.values import InvalidValue
from ports.api_keys import address_of
from ports.broker_credentials import CredentialsHold, CredentialsRefused
from ports.secrets import KeyStale, KeysUnavailable, SealedRow
from ports.storage import StorageCorrupt, StorageUnavailable
from tests import builders
from tests.secret_rig import SecretRig

ASKER = Asker(tenant_id=builders.new_id(), actor="user:1", trace_id="t" * 32)
TRADING = frozenset({KeyPermission.READ, KeyPermission.TRADE})
FIRST = Credentials(key="PK-first-0123456789", secret="first secret 0123456789")
SECOND = Credentials(key="PK-second-012345abcd", secret="second secret 0123456789")
DAY = timedelta(days=1)


@pytest.fixture
async def rig(tmp_path: Path) -> SecretRig:
    rig = SecretRig(folder=tmp_path)
    await rig.vault.refresh()
    for credentials in (FIRST, SECOND):
        rig.book.issue(credentials, permissions=TRADING)
    return rig


def command(**fields: Any) -> CreateApiKey:
    return CreateApiKey(
        fields=KeyFields(**{"name": "Main", "label": "of the desk", **fields}),
        broker="paper",
        environment=Environment.PAPER,
        credentials=FIRST,
    )


async def created(rig: SecretRig, **fields: Any) -> ApiKey:
    outcome = await CreateKey(context=rig.context())(command(**fields), asker=ASKER)
    assert isinstance(outcome, KeyStored)
    return outcome.key


def described(key: ApiKey, **more: str) -> dict[str, str]:
    return {
        "name": key.name,
        "broker": "paper",
        "environment": "paper",
        "key": key.masked,
        "permissions": " ".join(sorted(key.permissions)),
        "allows_withdrawal": "true" if key.allows_withdrawal else "false",
        "verified": "true" if key.verified else "false",
        "due_at": key.due_at.isoformat(),
        "version": str(key.version),
        **more,
    }


def last(rig: SecretRig, key: ApiKey, action: str, **more: str) -> None:
    """Hold the last audit entry against what it has to be."""
    made = rig.database.audit[-1]
    assert made == AuditEntry(
        id=made.id,
        tenant_id=ASKER.tenant_id,
        account_id=key.account_id,
        actor=ASKER.actor,
        action=f"api_key.{action}",
        subject=str(key.id),
        at=rig.clock.now(),
        trace_id=ASKER.trace_id,
        detail=tuple(described(key, **more).items()),
    )


def noticed(rig: SecretRig, key: ApiKey, what: str, **more: str) -> None:
    """Hold the last notice against what it has to be."""
    made = rig.database.notices[-1]
    assert made == Notice(
        id=made.id,
        tenant_id=ASKER.tenant_id,
        account_id=None,
        channel="secrets",
        sequence=made.sequence,
        type=f"api_key.{what}",
        subject=str(key.id),
        at=rig.clock.now(),
        market_at=None,
        body=made.body,
    )
    assert dict(made.body) == described(key, **more)


async def test_a_key_from_its_making_to_its_end(rig: SecretRig) -> None:
    ends = builders.AT + 200 * DAY
    key = await created(rig, expires_at=ends, rotate_every_days=30)
    assert key == ApiKey(
        id=key.id,
        tenant_id=ASKER.tenant_id,
        name="Main",
        label="of the desk",
        broker="paper",
        environment=Environment.PAPER,
        account_id=None,
        masked="****6789",
        permissions=TRADING,
        allows_withdrawal=False,
        created_at=builders.AT,
        updated_at=builders.AT,
        rotated_at=builders.AT,
        verified_at=builders.AT,
        expires_at=ends,
        rotate_every_days=30,
    )
    last(rig, key, "create")
    noticed(rig, key, "created")

    rig.clock.advance(5)
    done = await VerifyKey(context=rig.context())(key_id=key.id, asker=ASKER)
    at = rig.clock.now()
    assert done.key == replace(key, verified_at=at, last_used_at=at)
    last(rig, done.key, "verify", reason="")
    noticed(rig, done.key, "verified", reason="")

    rig.clock.advance(5)
    changed = await UpdateKey(context=rig.context())(
        KeyFields(name="Other", label="x", allows_withdrawal=True, rotate_every_days=40),
        key_id=key.id,
        asker=ASKER,
        expected_version=1,
    )
    assert isinstance(changed, KeyStored)
    assert changed.key == replace(
        done.key,
        name="Other",
        label="x",
        allows_withdrawal=True,
        expires_at=None,
        rotate_every_days=40,
        updated_at=rig.clock.now(),
        version=2,
    )
    last(rig, changed.key, "update", allowed_withdrawal="false")
    noticed(rig, changed.key, "updated", allowed_withdrawal="false")

    rig.clock.advance(5)
    rotated = await RotateKey(context=rig.context())(SECOND, key_id=key.id, asker=ASKER)
    assert isinstance(rotated, KeyStored)
    at = rig.clock.now()
    assert rotated.key == replace(
        changed.key,
        masked="****abcd",
        verified_at=at,
        rotated_at=at,
        updated_at=at,
        version=3,
    )
    last(rig, rotated.key, "rotate", key_before="****6789")
    noticed(rig, rotated.key, "rotated", key_before="****6789")

    delete = DeleteKey(context=rig.context())
    stale = await delete(key_id=key.id, asker=ASKER, expected_version=2)
    assert stale == KeyVersionMismatch(current=rotated.key)
    await delete(key_id=key.id, asker=ASKER, expected_version=3)
    last(rig, rotated.key, "delete")
    noticed(rig, rotated.key, "deleted")
    assert rig.database.secrets == {}


async def test_refusals_are_written_down_with_their_reason(rig: SecretRig) -> None:
    rig.book.issue(FIRST, permissions=frozenset(KeyPermission))
    account_less = CreateKey(context=rig.context())
    assert await account_less(command(), asker=ASKER) == WithdrawalRefused()
    made = rig.database.audit[-1]
    assert (made.action, dict(made.detail)["reason"]) == (
        "api_key.create_refused",
        "it can withdraw",
    )
    assert dict(made.detail)["permissions"] == "read trade withdraw"
    rig.book.revoke(FIRST.key)
    refused = await account_less(command(), asker=ASKER)
    assert isinstance(refused, CredentialsRefused)
    assert dict(rig.database.audit[-1].detail)["reason"] == refused.reason
    assert rig.database.notices == []

    rig.book.issue(FIRST, permissions=TRADING)
    key = await created(rig)
    rig.book.issue(SECOND, permissions=frozenset(KeyPermission))
    rig.clock.advance(1)
    rotate = RotateKey(context=rig.context())
    assert await rotate(SECOND, key_id=key.id, asker=ASKER) == WithdrawalRefused()
    made = rig.database.audit[-1]
    assert (made.action, dict(made.detail)["reason"]) == (
        "api_key.rotate_refused",
        "it can withdraw",
    )
    rig.book.revoke(SECOND.key)
    refused = await rotate(SECOND, key_id=key.id, asker=ASKER)
    assert isinstance(refused, CredentialsRefused)
    last(rig, key, "rotate_refused", reason=refused.reason)
    assert await rig.context().opened(key) == FIRST


async def test_a_reminder_says_what_is_due(rig: SecretRig) -> None:
    key = await created(rig, rotate_every_days=30)
    rig.clock.advance((23 * DAY).total_seconds())
    remind = RemindOfKeys(context=rig.context(), sleeper=ManualSleeper(rig.clock))
    assert await remind.round() == 1
    made = rig.database.audit[-1]
    assert (made.actor, made.action) == ("system:reminders", "api_key.remind")
    assert dict(made.detail) == described(key, due="rotation")
    noticed(rig, key, "rotation_due", due="rotation")


async def test_many_reminders_are_told_page_by_page(rig: SecretRig) -> None:
    key = await created(rig, rotate_every_days=5)
    for number in range(250):
        copy = replace(key, id=builders.new_id(), name=str(number))
        rig.database.api_keys[copy.id] = copy
    remind = RemindOfKeys(context=rig.context(), sleeper=ManualSleeper(rig.clock))
    assert [await remind.round() for _ in range(2)] == [251, 0]


async def test_reminders_go_on_after_an_outage() -> None:
    slept: list[float] = []

    class Over(Exception):
        pass

    class Sleeper:
        async def sleep(self, seconds: float) -> None:
            slept.append(seconds)
            if len(slept) == 3:
                raise Over

    class Away:
        async def everywhere(self, *_: Any, **__: Any) -> None:
            raise StorageUnavailable("away")

    changes = SimpleNamespace(clock=ManualClock(builders.AT), works=Away())
    context: Any = SimpleNamespace(changes=changes)
    with pytest.raises(Over):
        await RemindOfKeys(context=context, sleeper=Sleeper()).run()
    assert slept == [EVERY_S] * 3 == [300.0] * 3


def test_an_expiry_is_still_to_come() -> None:
    now = builders.AT
    assert checked_expiry(None, now=now) is None
    tick = timedelta(microseconds=1)
    assert checked_expiry(now + tick, now=now) == now + tick
    for wrong in (now, now - tick):
        with pytest.raises(InvalidValue) as caught:
            checked_expiry(wrong, now=now)
        assert (caught.value.field, caught.value.problem) == (
            "expires_at",
            "must be later than now",
        )
    with pytest.raises(InvalidValue) as caught:
        checked_expiry((now + DAY).replace(tzinfo=None), now=now)
    assert caught.value.field == "expires_at"


async def test_an_expiry_that_is_left_alone_may_have_passed(rig: SecretRig) -> None:
    ends = builders.AT + DAY
    key = await created(rig, expires_at=ends)
    rig.clock.advance(2 * 86_400)
    update = UpdateKey(context=rig.context())
    same = KeyFields(name="Late", expires_at=ends)
    done = await update(same, key_id=key.id, asker=ASKER, expected_version=None)
    assert isinstance(done, KeyStored)
    assert done.key.expires_at == ends
    with pytest.raises(InvalidValue):
        await update(
            replace(same, expires_at=ends + timedelta(hours=1)),
            key_id=key.id,
            asker=ASKER,
            expected_version=None,
        )


async def test_a_reminder_stays_given_while_the_due_date_does(rig: SecretRig) -> None:
    key = await created(rig, rotate_every_days=5)
    remind = RemindOfKeys(context=rig.context(), sleeper=ManualSleeper(rig.clock))
    assert await remind.round() == 1
    update = UpdateKey(context=rig.context())
    same = KeyFields(name="Renamed", rotate_every_days=5)
    await update(same, key_id=key.id, asker=ASKER, expected_version=None)
    assert await remind.round() == 0


async def test_what_is_not_there_is_named(rig: SecretRig) -> None:
    absent = UUID(int=5)
    with pytest.raises(ApiKeyNotFound, match=f"^API key {absent} does not exist$") as caught:
        await rig.context().find(tenant_id=ASKER.tenant_id, key_id=absent)
    assert caught.value.key_id == absent
    with pytest.raises(InvalidValue) as wrong:
        await rig.context().ask(FIRST, broker="elsewhere", environment=Environment.PAPER)
    assert (wrong.value.field, wrong.value.problem) == ("broker", "must be one of paper")
    key = await created(rig)
    row = address_of(tenant_id=key.tenant_id, key_id=key.id)
    sealed = await rig.vault.seal(b'{"key": 1}', row=row)
    rig.database.secrets[row] = sealed
    with pytest.raises(StorageCorrupt, match=r"^opened credentials are not what we write$"):
        await rig.context().opened(key)
    del rig.database.secrets[row]
    with pytest.raises(StorageCorrupt, match=f"^API key {key.id} has no credentials$"):
        await rig.context().opened(key)


async def test_credentials_are_written_so_for_ever(rig: SecretRig) -> None:
    whole = replace(FIRST, passphrase="words")
    rig.book.issue(whole, permissions=TRADING)
    given = replace(command(), credentials=whole)
    done = await CreateKey(context=rig.context())(given, asker=ASKER)
    assert isinstance(done, KeyStored)
    row = address_of(tenant_id=ASKER.tenant_id, key_id=done.key.id)
    sealed = await rig.store.get(row)
    assert sealed is not None
    assert json.loads(await rig.vault.open(sealed, row=row)) == {
        "key": whole.key,
        "secret": whole.secret,
        "passphrase": "words",
    }
    assert await rig.context().opened(done.key) == whole


async def test_key_versions_that_change_all_the_time_are_given_up_on(rig: SecretRig) -> None:
    tried: list[SealedRow] = []

    async def store(sealed: SealedRow) -> None:
        tried.append(sealed)
        raise KeyStale(1)

    problem = "^the key versions change faster than a secret is sealed$"
    with pytest.raises(KeysUnavailable, match=problem):
        await rig.context().sealed_and(
            FIRST, tenant_id=ASKER.tenant_id, key_id=UUID(int=1), store=store
        )
    assert len(tried) == ATTEMPTS_MAX
    assert {one.row for one in tried} == {address_of(tenant_id=ASKER.tenant_id, key_id=UUID(int=1))}


async def test_a_broker_is_shown_what_was_given_and_its_environment_counts(
    rig: SecretRig,
) -> None:
    shown: list[Credentials] = []

    class Broker:
        async def verify(self, credentials: Credentials) -> CredentialsHold | CredentialsRefused:
            shown.append(credentials)
            return CredentialsHold(environment=Environment.LIVE, permissions=TRADING)

    context: KeyContext = replace(
        rig.context(), brokers={"live": Broker(), "b": Broker(), "a": Broker()}
    )
    held = await context.ask(FIRST, broker="live", environment=Environment.LIVE)
    assert held == CredentialsHold(environment=Environment.LIVE, permissions=TRADING)
    refused = await context.ask(SECOND, broker="live", environment=Environment.PAPER)
    assert refused == CredentialsRefused("they are for live, not for paper")
    assert shown == [FIRST, SECOND]
    with pytest.raises(InvalidValue, match="must be one of a, b, live"):
        await context.ask(FIRST, broker="c", environment=Environment.LIVE)


async def test_a_rotation_of_keys_is_written_down_for_every_tenant(rig: SecretRig) -> None:
    tenant = builders.tenant()
    rig.database.tenants[tenant.id] = tenant
    await rig.fill(3)
    heard: list[TurnedOver] = []
    done = await rig.turn_over()(actor="tester", batch=2, say=lambda at: heard.append(at))
    # Two batches that wrapped something; the empty one after them is not told.
    assert [one.rewrapped for one in heard] == [3, 3]
    assert heard[0] is done
    entries = rig.database.audit
    assert [(one.tenant_id, one.actor, one.action, one.subject, one.at) for one in entries] == [
        (tenant.id, "tester", f"secret_keys.{what}", "2", rig.clock.now())
        for what in ("rotate", "retire")
    ]
    assert KEYS_MAX == 200
