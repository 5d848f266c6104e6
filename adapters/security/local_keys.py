"""Keep key-encryption keys on this machine: AES-256-GCM under keys from one source."""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.secrets.address import RowAddress, bound_to
from domain.secrets.keys import KeyMark
from domain.secrets.sealed import NONCE_BYTES
from ports.secrets import KeysUnusable, SecretUnreadable

A = TypeVar("A")
R = TypeVar("R")

_PURPOSE = "key"


class KeySource(Protocol):
    """Where keys of 256 bits come from, by version.

    is_slow: whether to ask it in a thread, as for files and passphrases.
    """

    @property
    def is_slow(self) -> bool:
        """Whether an answer takes a while."""
        ...

    def read(self, known: Sequence[KeyMark]) -> Mapping[int, bytes]:
        """Return the keys that are there; raises KeysUnusable."""
        ...

    def add(self, version: int) -> tuple[bytes, bytes]:
        """Return a new version's key and public parameters, durable; raises KeysUnusable.

        A version that is there already stays as it is.
        """
        ...

    def remove(self, version: int) -> None:
        """Destroy a version; raises KeysUnusable where a person has to."""
        ...


class LocalKeys:
    """Wraps data keys in this process (port KeyEncryption); the keys are in no repr."""

    def __init__(self, *, source: KeySource, random: Callable[[int], bytes] = os.urandom) -> None:
        self._source = source
        self._random = random
        self._ciphers: dict[int, AESGCM] = {}

    def __repr__(self) -> str:
        return f"LocalKeys(versions={sorted(self._ciphers)})"

    async def versions(self, known: Sequence[KeyMark]) -> frozenset[int]:
        """Read the source again and return the versions that are there."""
        found = await self._asked(self._source.read, known)
        self._ciphers = {version: AESGCM(key) for version, key in found.items()}
        return frozenset(self._ciphers)

    async def rotate(self, *, to: int) -> bytes:
        """Make sure that a version is there, and return its public parameters."""
        key, parameters = await self._asked(self._source.add, to)
        self._ciphers[to] = AESGCM(key)
        return parameters

    async def wrap(self, key: bytes, *, row: RowAddress, version: int) -> bytes:
        """Encrypt a data key, bound to the row and the version."""
        nonce = self._random(NONCE_BYTES)
        bound = bound_to(row, purpose=_PURPOSE, key_version=version)
        return nonce + self._cipher(version).encrypt(nonce, key, bound)

    async def unwrap(self, wrapped: bytes, *, row: RowAddress, version: int) -> bytes:
        """Decrypt a data key; raises SecretUnreadable where it does not belong there."""
        return unwrapped(wrapped, cipher=self._cipher(version), row=row, version=version)

    async def rewrap(self, wrapped: bytes, *, row: RowAddress, before: int, after: int) -> bytes:
        """Encrypt a data key anew under another version."""
        key = await self.unwrap(wrapped, row=row, version=before)
        return await self.wrap(key, row=row, version=after)

    async def forget(self, *, version: int) -> None:
        """Destroy a version for good."""
        await self._asked(self._source.remove, version)
        self._ciphers.pop(version, None)

    async def _asked(self, ask: Callable[[A], R], about: A) -> R:
        return await asyncio.to_thread(ask, about) if self._source.is_slow else ask(about)

    def _cipher(self, version: int) -> AESGCM:
        cipher = self._ciphers.get(version)
        if cipher is None:
            raise KeysUnusable(f"the key of version {version} is missing: bring it back")
        return cipher


def unwrapped(wrapped: bytes, *, cipher: AESGCM, row: RowAddress, version: int) -> bytes:
    """Return a data key; raises SecretUnreadable where it does not belong there."""
    bound = bound_to(row, purpose=_PURPOSE, key_version=version)
    try:
        return cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], bound)
    except (InvalidTag, ValueError):
        # ValueError: too short to have a nonce.
        raise SecretUnreadable(f"a key of {row.table} does not open") from None
