"""Keys from a file, from a setting, from a passphrase and from Vault keep the same promises."""

import base64
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from adapters.hashicorp_vault.client import VaultAddress, VaultClient
from adapters.hashicorp_vault.keys import TransitKeys
from adapters.security.given_keys import ListedKeys, PassphraseKeys
from adapters.security.key_files import FileKeys
from adapters.security.local_keys import LocalKeys
from ports.secrets import KeyEncryption
from tests.contracts.secrets.key_encryption import KeyEncryptionContract
from tests.fakes.vault import ROOT_TOKEN, FakeVault, vault_running

LISTED = ",".join(
    f"{version}:{base64.b64encode(bytes([version]) * 32).decode()}" for version in (1, 2)
)


class TestKeysOfAFile(KeyEncryptionContract):
    @pytest.fixture
    async def keys(self, tmp_path: Path) -> KeyEncryption:
        return LocalKeys(source=FileKeys(path=tmp_path / "keys/secrets.json"))


class TestKeysOfASetting(KeyEncryptionContract):
    @pytest.fixture
    async def keys(self) -> KeyEncryption:
        return LocalKeys(source=ListedKeys(text=LISTED))


class TestKeysOfAPassphrase(KeyEncryptionContract):
    @pytest.fixture
    async def keys(self) -> KeyEncryption:
        # The number of iterations is a parameter of each version; few are as binding as many.
        return LocalKeys(source=PassphraseKeys(passphrase="a long passphrase", iterations=10))


class TestKeysOfVault(KeyEncryptionContract):
    @pytest.fixture
    def vault(self) -> Iterator[FakeVault]:
        with vault_running() as vault:
            yield vault

    @pytest.fixture
    async def keys(self, vault: FakeVault) -> AsyncIterator[KeyEncryption]:
        client = VaultClient(VaultAddress(url=vault.url, token=ROOT_TOKEN))
        yield TransitKeys(client, mount="transit", key="ballast")
        await client.stop()
