"""Let Vault's transit engine keep the key-encryption keys: they never leave it.

The key is a derived one: each row has its own, from a context that only that row has. Vault
writes the version into what it encrypts. The API: developer.hashicorp.com/vault/api-docs, page
secret/transit.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any

from adapters.hashicorp_vault.client import KeyAbsent, VaultClient, VaultRefused
from domain.secrets.address import RowAddress
from domain.secrets.keys import KeyMark
from ports.secrets import KeysUnavailable, KeysUnusable, SecretUnreadable

_TYPE = "aes256-gcm96"
_ROTATIONS_MAX = 100


class TransitKeys:
    """Data keys wrapped by Vault (port KeyEncryption)."""

    def __init__(self, client: VaultClient, *, mount: str, key: str) -> None:
        self._client = client
        self._mount = mount
        self._key = key

    def __repr__(self) -> str:
        return f"TransitKeys({self._mount}/{self._key})"

    async def versions(self, known: Sequence[KeyMark]) -> frozenset[int]:
        """Return the versions that Vault still decrypts with, none where it has no such key."""
        said = await self._described()
        if said is None:
            return frozenset()
        if said.get("type") != _TYPE or not said.get("derived"):
            raise KeysUnusable(f"Vault's key {self._key} must be a derived one of type {_TYPE}")
        lowest = _number(said, "min_decryption_version")
        return frozenset(range(max(lowest, 1), _number(said, "latest_version") + 1))

    async def rotate(self, *, to: int) -> bytes:
        """Make the key, or new versions of it, up to that one."""
        said = await self._described()
        if said is None:
            # Vault keeps a key that is there as it is: two of us may come at once.
            body = {"type": _TYPE, "derived": True}
            await self._asked("POST", f"{self._mount}/keys/{self._key}", body)
            said = await self._described() or {}
        for _ in range(_ROTATIONS_MAX):
            latest = _number(said, "latest_version")
            if latest >= to:
                return b""
            await self._asked("POST", f"{self._mount}/keys/{self._key}/rotate", {})
            said = await self._described() or {}
        raise KeysUnusable(f"Vault's key {self._key} does not come to version {to}")

    async def wrap(self, key: bytes, *, row: RowAddress, version: int) -> bytes:
        """Encrypt a data key, bound to the row and the version."""
        body = {"plaintext": _text(key), "key_version": version}
        return await self._encrypted("encrypt", body, row=row, version=version)

    async def unwrap(self, wrapped: bytes, *, row: RowAddress, version: int) -> bytes:
        """Decrypt a data key; raises SecretUnreadable where it does not belong there."""
        body = {"ciphertext": _written(wrapped, row=row, version=version)}
        said = await self._worked("decrypt", body, row=row)
        try:
            return base64.b64decode(said["plaintext"], validate=True)
        except (KeyError, TypeError, ValueError, binascii.Error):
            raise KeysUnavailable("Vault's answer to decrypt cannot be read") from None

    async def rewrap(self, wrapped: bytes, *, row: RowAddress, before: int, after: int) -> bytes:
        """Let Vault encrypt a data key anew; it is not shown to us."""
        ciphertext = _written(wrapped, row=row, version=before)
        body = {"ciphertext": ciphertext, "key_version": after}
        return await self._encrypted("rewrap", body, row=row, version=after)

    async def forget(self, *, version: int) -> None:
        """Let Vault decrypt with later versions only; it archives the earlier ones."""
        said = await self._described() or {}
        if _number(said, "min_decryption_version") <= version:
            path = f"{self._mount}/keys/{self._key}/config"
            await self._asked("POST", path, {"min_decryption_version": version + 1})

    async def _described(self) -> Mapping[str, Any] | None:
        try:
            return await self._asked("GET", f"{self._mount}/keys/{self._key}", None)
        except KeyAbsent:
            return None

    async def _asked(
        self, method: str, path: str, body: Mapping[str, Any] | None
    ) -> Mapping[str, Any]:
        try:
            return await self._client.ask(method, path, body)
        except VaultRefused as problem:
            raise KeysUnusable(str(problem)) from None

    async def _encrypted(
        self, work: str, body: Mapping[str, Any], *, row: RowAddress, version: int
    ) -> bytes:
        said = await self._worked(work, body, row=row)
        ciphertext = said.get("ciphertext")
        if not isinstance(ciphertext, str) or not ciphertext.startswith(f"vault:v{version}:"):
            # A ciphertext of another version would be lost once we look for this one.
            raise KeysUnavailable(f"Vault's answer to {work} is of another version")
        return ciphertext.encode("ascii", errors="replace")

    async def _worked(
        self, work: str, body: Mapping[str, Any], *, row: RowAddress
    ) -> Mapping[str, Any]:
        asked = {**body, "context": _text(row.context())}
        try:
            return await self._client.ask("POST", f"{self._mount}/{work}/{self._key}", asked)
        except KeyAbsent as problem:
            raise KeysUnusable(str(problem)) from None
        except VaultRefused:
            raise SecretUnreadable(f"Vault does not {work} a key of {row.table}") from None


def _written(wrapped: bytes, *, row: RowAddress, version: int) -> str:
    """Return Vault's ciphertext; raises SecretUnreadable for that of another version."""
    text = wrapped.decode("ascii", errors="replace")
    if not text.startswith(f"vault:v{version}:"):
        raise SecretUnreadable(f"a key of {row.table} is not of version {version}")
    return text


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _number(said: Mapping[str, Any], name: str) -> int:
    value = said.get(name)
    if type(value) is not int:
        raise KeysUnavailable(f"Vault does not tell the {name} of the key")
    return value
