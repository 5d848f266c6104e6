"""Seal secrets with AES-256-GCM: a data key per record, wrapped by a versioned key.

NIST SP 800-38D: 96-bit nonces from the system's randomness, 128-bit tags. A data key seals one
record only, so that its nonce is never used twice.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.secrets.address import RowAddress, bound_to
from domain.secrets.keys import CHECKED, KeyMark, KeyState, check_address, current_of
from domain.secrets.sealed import NONCE_BYTES, SECRET_BYTES_MAX, SealedSecret
from ports.secrets import (
    KeyEncryption,
    KeyMarks,
    KeysMissing,
    KeysUnavailable,
    KeysUnusable,
    SecretsSealed,
    SecretUnreadable,
)
from ports.time import Clock

KEY_BYTES = 32
DATA = "data"


@dataclass(frozen=True, slots=True)
class _OpenKeys:
    """The versions that were found right, and the one that seals."""

    current: int
    usable: frozenset[int]


class EnvelopeVault:
    """Envelope encryption over any KeyEncryption (port SecretVault).

    Sealed until `refresh` has found the key of every version that is in use, and found it
    right. A first start begins version 1.
    """

    def __init__(
        self,
        *,
        keys: KeyEncryption,
        marks: KeyMarks,
        clock: Clock,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._keys = keys
        self._marks = marks
        self._clock = clock
        self._random = random
        self._opened: _OpenKeys | None = None
        self._why: str | None = "the keys were not read yet"

    def __repr__(self) -> str:
        return f"EnvelopeVault(why_sealed={self._why!r})"

    @property
    def why_sealed(self) -> str | None:
        """Say why nothing can be sealed or opened; None while it can."""
        return self._why

    @property
    def current(self) -> int:
        """The key version that seals; raises SecretsSealed."""
        return self._unsealed().current

    async def refresh(self) -> None:
        """Read keys and their versions again; what is wrong leaves the vault sealed."""
        try:
            self._opened = await self._read()
            self._why = None
        except (KeysUnavailable, KeysUnusable) as problem:
            self._opened, self._why = None, str(problem)

    async def seal(self, plaintext: bytes, *, row: RowAddress) -> SealedSecret:
        """Seal under the current version, with a data key of its own."""
        if len(plaintext) > SECRET_BYTES_MAX:
            raise ValueError(f"a secret has at most {SECRET_BYTES_MAX} bytes")
        version = self._unsealed().current
        key, nonce = self._random(KEY_BYTES), self._random(NONCE_BYTES)
        bound = bound_to(row, purpose=DATA, key_version=version)
        return SealedSecret(
            key_version=version,
            sealed_version=version,
            wrapped_key=await self._keys.wrap(key, row=row, version=version),
            nonce=nonce,
            ciphertext=AESGCM(key).encrypt(nonce, plaintext, bound),
        )

    async def open(self, sealed: SealedSecret, *, row: RowAddress) -> bytes:
        """Return the secret; whatever was altered or moved does not open."""
        await self._know(sealed.key_version)
        key = await self._keys.unwrap(sealed.wrapped_key, row=row, version=sealed.key_version)
        bound = bound_to(row, purpose=DATA, key_version=sealed.sealed_version)
        try:
            return AESGCM(key).decrypt(sealed.nonce, sealed.ciphertext, bound)
        except (InvalidTag, ValueError):
            # ValueError: an unwrapped key of no possible length.
            raise SecretUnreadable(f"a secret of {row.table} does not open") from None

    async def rewrap(self, sealed: SealedSecret, *, row: RowAddress) -> SealedSecret:
        """Wrap its data key under the current version; the data stays as it is."""
        await self._know(sealed.key_version)
        current = self._unsealed().current
        if sealed.key_version == current:
            return sealed
        wrapped = await self._keys.rewrap(
            sealed.wrapped_key, row=row, before=sealed.key_version, after=current
        )
        return sealed.rewrapped(key_version=current, wrapped_key=wrapped)

    def _unsealed(self) -> _OpenKeys:
        if self._opened is None:
            raise SecretsSealed(self._why or "the keys were not read yet")
        return self._opened

    async def _know(self, version: int) -> None:
        """Read the keys again for a version that came after the last look."""
        if version not in self._unsealed().usable:
            await self.refresh()
            if version not in self._unsealed().usable:
                raise SecretUnreadable(f"a secret is under key version {version}, which is not")

    async def _read(self) -> _OpenKeys:
        marks = await self._marks.all()
        try:
            there = await self._keys.versions(marks)
        except KeysMissing:
            # A restored database, say: where nothing is under it, a lost key is no loss.
            if not await self._marks.unused():
                raise
            await self._marks.start_over(await self.mark(marks[-1].version + 1))
            marks = await self._marks.all()
            there = await self._keys.versions(marks)
        if not marks:
            # The newest key that is there, or the first one; another process may be faster.
            await self._marks.begin(await self.mark(max(there, default=1)))
            marks = await self._marks.all()
            there = await self._keys.versions(marks)
        current = current_of(marks)
        if current is None:
            raise KeysUnusable("storage knows key versions, and none that seals")
        used = [mark for mark in marks if mark.state is not KeyState.RETIRED]
        missing = sorted({mark.version for mark in used} - there)
        if missing:
            raise KeysUnusable(f"the key of version {missing[0]} is missing: bring it back")
        for mark in used:
            await self._check(mark)
        return _OpenKeys(current=current.version, usable=frozenset(mark.version for mark in used))

    async def mark(self, version: int) -> KeyMark:
        """Make sure of a version's key and return what storage is to know of it."""
        parameters = await self._keys.rotate(to=version)
        address = check_address(version)
        return KeyMark(
            version=version,
            state=KeyState.CURRENT,
            check=await self._keys.wrap(CHECKED, row=address, version=version),
            parameters=parameters,
            created_at=self._clock.now(),
        )

    async def _check(self, mark: KeyMark) -> None:
        """Raise KeysUnusable unless the key opens the value that its version was begun with."""
        address = check_address(mark.version)
        try:
            found = await self._keys.unwrap(mark.check, row=address, version=mark.version)
        except SecretUnreadable:
            found = b""
        if found != CHECKED:
            raise KeysUnusable(
                f"the key of version {mark.version} is not the one that secrets are sealed under"
            )
