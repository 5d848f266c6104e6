"""HashiCorp's own Python client finds the fake to be Vault, and reads what our adapter wrote.

Our adapter is tested against a fake of our own making. Were the fake wrong where the adapter is,
both would agree; hvac was written by others, against Vault itself.
"""

import base64
from collections.abc import Iterator

import hvac
import pytest
from hvac.exceptions import Forbidden, InvalidPath, InvalidRequest, VaultDown

from adapters.hashicorp_vault.client import VaultAddress, VaultClient
from adapters.hashicorp_vault.keys import TransitKeys
from ports.secrets import SecretUnreadable
from tests.fakes.vault import ROLE_ID, ROOT_TOKEN, SECRET_ID, FakeVault, vault_running
from tests.secret_rig import place

ROW, OTHER = place("1"), place("2")
KEY = bytes(range(32))
PLAIN = base64.b64encode(KEY).decode()
CONTEXT = base64.b64encode(ROW.context()).decode()


@pytest.fixture
def vault() -> Iterator[FakeVault]:
    with vault_running() as vault:
        yield vault


@pytest.fixture
def client(vault: FakeVault) -> Iterator[hvac.Client]:
    made = hvac.Client(url=vault.url, token=ROOT_TOKEN)
    yield made
    made.adapter.close()


def test_it_makes_reads_and_turns_a_key(client: hvac.Client) -> None:
    transit = client.secrets.transit
    with pytest.raises(InvalidPath):
        transit.read_key("ballast")
    transit.create_key("ballast", derived=True, key_type="aes256-gcm96")
    said = transit.read_key("ballast")["data"]
    assert (said["name"], said["type"], said["derived"]) == ("ballast", "aes256-gcm96", True)
    assert (said["latest_version"], said["min_decryption_version"]) == (1, 1)
    transit.rotate_key("ballast")
    transit.update_key_configuration("ballast", min_decryption_version=2)
    said = transit.read_key("ballast")["data"]
    assert (said["latest_version"], said["min_decryption_version"]) == (2, 2)
    # One that is there is kept as it is.
    transit.create_key("ballast", derived=True, key_type="aes256-gcm96")
    assert transit.read_key("ballast")["data"]["latest_version"] == 2
    with pytest.raises(InvalidRequest, match="out of range"):
        transit.update_key_configuration("ballast", min_decryption_version=3)


def test_it_encrypts_decrypts_and_rewraps(client: hvac.Client) -> None:
    transit = client.secrets.transit
    transit.create_key("ballast", derived=True)
    first = transit.encrypt_data("ballast", plaintext=PLAIN, context=CONTEXT)["data"]
    assert first["ciphertext"].startswith("vault:v1:")
    transit.rotate_key("ballast")
    again = transit.rewrap_data("ballast", ciphertext=first["ciphertext"], context=CONTEXT)
    assert again["data"]["ciphertext"].startswith("vault:v2:")
    older = transit.encrypt_data("ballast", plaintext=PLAIN, context=CONTEXT, key_version=1)
    assert older["data"]["ciphertext"].startswith("vault:v1:")
    for text in (first["ciphertext"], again["data"]["ciphertext"]):
        shown = transit.decrypt_data("ballast", ciphertext=text, context=CONTEXT)
        assert shown["data"]["plaintext"] == PLAIN
    strange = base64.b64encode(OTHER.context()).decode()
    with pytest.raises(InvalidRequest, match="authentication failed"):
        transit.decrypt_data("ballast", ciphertext=first["ciphertext"], context=strange)
    with pytest.raises(InvalidRequest, match="missing 'context'"):
        transit.decrypt_data("ballast", ciphertext=first["ciphertext"])
    transit.update_key_configuration("ballast", min_decryption_version=2)
    with pytest.raises(InvalidRequest, match="too old"):
        transit.decrypt_data("ballast", ciphertext=first["ciphertext"], context=CONTEXT)


def test_it_logs_in_by_an_approle_and_is_refused_as_vault_refuses(
    vault: FakeVault, client: hvac.Client
) -> None:
    said = client.auth.approle.login(role_id=ROLE_ID, secret_id=SECRET_ID)
    assert client.token == said["auth"]["client_token"] != ROOT_TOKEN
    assert said["auth"]["lease_duration"] == vault.token_lasts_s
    client.secrets.transit.create_key("ballast")
    with pytest.raises(InvalidRequest, match="invalid role or secret ID"):
        client.auth.approle.login(role_id=ROLE_ID, secret_id="wrong")
    client.token = "hvs.nobody"
    with pytest.raises(Forbidden, match="permission denied"):
        client.secrets.transit.read_key("ballast")
    vault.sealed = True
    with pytest.raises(VaultDown, match="sealed"):
        client.secrets.transit.read_key("ballast")


def test_it_finds_a_key_in_its_namespace_only(vault: FakeVault) -> None:
    vault.namespace = "desk/"
    inside = hvac.Client(url=vault.url, token=ROOT_TOKEN, namespace="desk/")
    inside.secrets.transit.create_key("ballast")
    assert inside.secrets.transit.read_key("ballast")["data"]["name"] == "ballast"
    outside = hvac.Client(url=vault.url, token=ROOT_TOKEN)
    with pytest.raises(InvalidPath):
        outside.secrets.transit.read_key("ballast")
    for one in (inside, outside):
        one.adapter.close()


async def test_each_reads_what_the_other_wrote(vault: FakeVault, client: hvac.Client) -> None:
    transit = client.secrets.transit
    ours = VaultClient(VaultAddress(url=vault.url, role_id=ROLE_ID, secret_id=SECRET_ID))
    keys = TransitKeys(ours, mount="transit", key="ballast")
    try:
        await keys.rotate(to=2)
        wrapped = (await keys.wrap(KEY, row=ROW, version=2)).decode()
        shown = transit.decrypt_data("ballast", ciphertext=wrapped, context=CONTEXT)
        assert shown["data"]["plaintext"] == PLAIN
        theirs = transit.encrypt_data("ballast", plaintext=PLAIN, context=CONTEXT, key_version=1)
        text = theirs["data"]["ciphertext"].encode()
        assert await keys.unwrap(text, row=ROW, version=1) == KEY
        again = await keys.rewrap(text, row=ROW, before=1, after=2)
        shown = transit.decrypt_data("ballast", ciphertext=again.decode(), context=CONTEXT)
        assert shown["data"]["plaintext"] == PLAIN
        await keys.forget(version=1)
        assert transit.read_key("ballast")["data"]["min_decryption_version"] == 2
        with pytest.raises(SecretUnreadable):
            await keys.unwrap(text, row=ROW, version=1)
    finally:
        await ours.stop()
