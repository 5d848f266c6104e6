"""Vault is asked as its API wants it, and each of its refusals is told apart."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from adapters.hashicorp_vault.client import KeyAbsent, VaultAddress, VaultClient
from adapters.hashicorp_vault.keys import TransitKeys
from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.secrets import MemoryKeyMarks
from adapters.memory.time import ManualClock
from adapters.security.envelope import EnvelopeVault
from ports.secrets import KeysUnavailable, KeysUnusable, SecretUnreadable
from tests import builders
from tests.fakes.vault import ROLE_ID, ROOT_TOKEN, SECRET_ID, FakeVault, TransitKey, vault_running
from tests.secret_rig import place

ROW = place("1")
KEY = bytes(range(32))


@pytest.fixture
def vault() -> Iterator[FakeVault]:
    with vault_running() as vault:
        yield vault


@asynccontextmanager
async def client_of(vault: FakeVault, **changes: Any) -> AsyncIterator[VaultClient]:
    """Give a client that logs in with a token unless it is told otherwise."""
    given: dict[str, Any] = {"url": vault.url, "token": ROOT_TOKEN, **changes}
    client = VaultClient(VaultAddress(**given))
    try:
        yield client
    finally:
        await client.stop()


def keys_of(client: VaultClient) -> TransitKeys:
    """Return the keys behind a client."""
    return TransitKeys(client, mount="transit", key="ballast")


async def test_the_key_is_made_derived_and_each_row_has_its_own(vault: FakeVault) -> None:
    async with client_of(vault) as client:
        await keys_of(client).rotate(to=1)
        wrapped = await keys_of(client).wrap(KEY, row=ROW, version=1)
    (key,) = vault.keys.values()
    assert (key.type, key.derived) == ("aes256-gcm96", True)
    assert wrapped.startswith(b"vault:v1:")


async def test_a_rewrap_does_not_show_the_key(vault: FakeVault) -> None:
    async with client_of(vault) as client:
        keys = keys_of(client)
        await keys.rotate(to=2)
        wrapped = await keys.wrap(KEY, row=ROW, version=1)
        vault.seen.clear()
        again = await keys.rewrap(wrapped, row=ROW, before=1, after=2)
        assert vault.seen == [("POST", "transit/rewrap/ballast")]
        assert await keys.unwrap(again, row=ROW, version=2) == KEY


async def test_forgetting_lets_vault_decrypt_with_later_versions_only(vault: FakeVault) -> None:
    async with client_of(vault) as client:
        keys = keys_of(client)
        await keys.rotate(to=3)
        wrapped = await keys.wrap(KEY, row=ROW, version=1)
        assert await keys.versions([]) == {1, 2, 3}
        for _ in range(2):
            await keys.forget(version=1)
        assert await keys.versions([]) == {2, 3}
        with pytest.raises(SecretUnreadable):
            await keys.unwrap(wrapped, row=ROW, version=1)


async def test_the_namespace_is_named_in_every_request(vault: FakeVault) -> None:
    vault.namespace = "desk/"
    async with client_of(vault, namespace="desk/") as client:
        await keys_of(client).rotate(to=1)
        assert await keys_of(client).versions([]) == {1}
    async with client_of(vault) as client:
        assert await keys_of(client).versions([]) == frozenset()


async def test_an_approle_logs_in_once_and_again_when_its_token_ends(vault: FakeVault) -> None:
    given = {"token": None, "role_id": ROLE_ID, "secret_id": SECRET_ID}
    async with client_of(vault, **given) as client:
        keys = keys_of(client)
        for _ in range(3):
            await keys.rotate(to=1)
        assert vault.logins == 1
        # Revoked, as by an operator: 403 until a new login.
        vault.tokens.clear()
        assert await keys.versions([]) == {1}
        assert vault.logins == 2


async def test_an_approle_logs_in_before_its_token_ends(vault: FakeVault) -> None:
    now = [0.0]
    address = VaultAddress(url=vault.url, role_id=ROLE_ID, secret_id=SECRET_ID)
    client = VaultClient(address, monotonic=lambda: now[0])
    keys = keys_of(client)
    await keys.rotate(to=1)
    now[0] = vault.token_lasts_s - 31.0
    await keys.versions([])
    assert vault.logins == 1
    now[0] += 2
    await keys.versions([])
    assert vault.logins == 2
    await client.stop()


@pytest.mark.parametrize(
    "given",
    [
        {"token": "hvs.wrong"},
        {"token": None},
        {"token": None, "role_id": ROLE_ID, "secret_id": "wrong"},
    ],
    ids=["token", "nothing", "approle"],
)
async def test_who_is_not_let_in_is_told_to_a_person(
    vault: FakeVault, given: dict[str, Any]
) -> None:
    async with client_of(vault, **given) as client:
        with pytest.raises(KeysUnusable) as caught:
            await keys_of(client).versions([])
    assert "wrong" not in str(caught.value) + repr(client)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_what_passes_by_is_tried_again_later(vault: FakeVault, status: int) -> None:
    async with client_of(vault) as client:
        keys = keys_of(client)
        await keys.rotate(to=1)
        wrapped = await keys.wrap(KEY, row=ROW, version=1)
        vault.troubles.append(status)
        with pytest.raises(KeysUnavailable):
            await keys.unwrap(wrapped, row=ROW, version=1)
        assert await keys.unwrap(wrapped, row=ROW, version=1) == KEY


async def test_a_policy_that_forbids_is_told_to_a_person(vault: FakeVault) -> None:
    async with client_of(vault) as client:
        keys = keys_of(client)
        await keys.rotate(to=1)
        vault.forbidden.add("decrypt")
        wrapped = await keys.wrap(KEY, row=ROW, version=1)
        with pytest.raises(KeysUnusable, match="policy"):
            await keys.unwrap(wrapped, row=ROW, version=1)


async def test_a_key_that_somebody_deleted_is_told(vault: FakeVault) -> None:
    async with client_of(vault) as client:
        keys = keys_of(client)
        await keys.rotate(to=1)
        wrapped = await keys.wrap(KEY, row=ROW, version=1)
        vault.keys.clear()
        with pytest.raises(SecretUnreadable):
            await keys.unwrap(wrapped, row=ROW, version=1)
        assert await keys.versions([]) == frozenset()
        with pytest.raises(KeyAbsent):
            await client.ask("GET", "transit/keys/ballast")


async def test_a_key_of_another_kind_is_refused(vault: FakeVault) -> None:
    vault.keys["", "ballast"] = TransitKey(type="aes256-gcm96", derived=False)
    async with client_of(vault) as client:
        with pytest.raises(KeysUnusable, match="derived"):
            await keys_of(client).versions([])


async def test_an_answer_that_is_no_answer_of_vault_is_not_believed(vault: FakeVault) -> None:
    async with client_of(vault) as client:
        keys = keys_of(client)
        await keys.rotate(to=1)
        wrapped = await keys.wrap(KEY, row=ROW, version=1)
        vault.garbled = True
        with pytest.raises(KeysUnavailable):
            await keys.unwrap(wrapped, row=ROW, version=1)
        with pytest.raises(KeysUnavailable):
            await keys.wrap(KEY, row=ROW, version=1)


async def test_nobody_there_is_unavailable() -> None:
    with vault_running() as vault:
        gone = vault.url
    client = VaultClient(VaultAddress(url=gone, token=ROOT_TOKEN))
    with pytest.raises(KeysUnavailable, match="does not answer"):
        await keys_of(client).versions([])
    assert ROOT_TOKEN not in repr(client) + repr(VaultAddress(url=gone, token=ROOT_TOKEN))


async def test_a_sealed_vault_seals_ours_until_it_answers_again(vault: FakeVault) -> None:
    async with client_of(vault) as client:
        marks = MemoryKeyMarks(MemoryLink(MemoryDatabase()))
        clock = ManualClock(builders.AT)
        ours = EnvelopeVault(keys=keys_of(client), marks=marks, clock=clock)
        vault.sealed = True
        await ours.refresh()
        assert "sealed" in str(ours.why_sealed)
        vault.sealed = False
        await ours.refresh()
        sealed = await ours.seal(b"secret", row=ROW)
        vault.sealed = True
        with pytest.raises(KeysUnavailable):
            await ours.open(sealed, row=ROW)
        with pytest.raises(KeysUnavailable):
            await ours.seal(b"secret", row=ROW)
        vault.sealed = False
        assert await ours.open(sealed, row=ROW) == b"secret"


async def test_another_vault_with_a_key_of_that_name_is_known_as_wrong(vault: FakeVault) -> None:
    marks = MemoryKeyMarks(MemoryLink(MemoryDatabase()))
    clock = ManualClock(builders.AT)
    async with client_of(vault) as client:
        await EnvelopeVault(keys=keys_of(client), marks=marks, clock=clock).refresh()
        vault.keys["", "ballast"] = TransitKey(type="aes256-gcm96", derived=True)
        ours = EnvelopeVault(keys=keys_of(client), marks=marks, clock=clock)
        await ours.refresh()
        assert "not the one" in str(ours.why_sealed)
