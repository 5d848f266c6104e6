"""What the core needs to keep secrets: seal, open, and the keys that seals hang on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.audit.entry import AuditEntry
from domain.secrets.address import RowAddress
from domain.secrets.keys import KeyMark
from domain.secrets.sealed import SealedSecret


class SecretsSealed(Exception):
    """There is no usable key: nothing can be sealed or opened; the message says why."""


class KeysUnavailable(Exception):
    """The key-encryption keys cannot be reached now; it may be tried again."""


class KeysUnusable(Exception):
    """The keys are missing, malformed, readable by others or refused: a person must look."""


class KeysMissing(KeysUnusable):
    """There are no keys at all where some were used before."""


class SecretUnreadable(Exception):
    """The sealed bytes do not open here: altered, moved from another row, or another key's."""


class KeyStale(Exception):
    """Another version seals by now: nothing was stored; refresh and seal again."""


class SecretVault(Protocol):
    """Seal secrets so that they open in their own row only, under a key kept elsewhere."""

    @property
    def why_sealed(self) -> str | None:
        """Say why nothing can be sealed or opened; None while it can."""
        ...

    @property
    def current(self) -> int:
        """The key version that seals; raises SecretsSealed."""
        ...

    async def refresh(self) -> None:
        """Read keys and their versions again; raises StorageUnavailable only.

        A key that is missing or wrong leaves the vault sealed, and is never used to write.
        """
        ...

    async def seal(self, plaintext: bytes, *, row: RowAddress) -> SealedSecret:
        """Seal under the current version; raises SecretsSealed, KeysUnavailable, ValueError.

        Store it with SealedStore or a store that promises the same: a version that is no
        longer current is refused there with KeyStale.
        """
        ...

    async def open(self, sealed: SealedSecret, *, row: RowAddress) -> bytes:
        """Return the secret; raises SecretsSealed, KeysUnavailable, SecretUnreadable."""
        ...

    async def rewrap(self, sealed: SealedSecret, *, row: RowAddress) -> SealedSecret:
        """Wrap its data key under the current version; raises as open does."""
        ...

    async def mark(self, version: int) -> KeyMark:
        """Make sure of a version's key and return what KeyMarks.begin is to store of it.

        Raises KeysUnavailable, KeysUnusable where a person has to bring the key.
        """
        ...


class KeyEncryption(Protocol):
    """Key-encryption keys by version, wherever they are kept; they never leave it."""

    async def versions(self, known: Sequence[KeyMark]) -> frozenset[int]:
        """Return the versions that are there, of the known ones and new.

        known carries the public parameters of each version. Raises KeysUnavailable,
        KeysUnusable.
        """
        ...

    async def rotate(self, *, to: int) -> bytes:
        """Make sure that a version is there, and return its public parameters.

        Durable before it returns; one that is there already stays as it is. Raises
        KeysUnavailable, KeysUnusable where a person has to bring the key.
        """
        ...

    async def wrap(self, key: bytes, *, row: RowAddress, version: int) -> bytes:
        """Encrypt a data key, bound to the row and the version."""
        ...

    async def unwrap(self, wrapped: bytes, *, row: RowAddress, version: int) -> bytes:
        """Decrypt a data key; raises SecretUnreadable where it does not belong there."""
        ...

    async def rewrap(self, wrapped: bytes, *, row: RowAddress, before: int, after: int) -> bytes:
        """Encrypt a data key anew under another version; raises as unwrap does."""
        ...

    async def forget(self, *, version: int) -> None:
        """Destroy a version for good; one that is gone already is no error."""
        ...


class KeyMarks(Protocol):
    """What storage knows of the key versions: which one seals, and how to know each."""

    async def all(self) -> Sequence[KeyMark]:
        """Return every version, oldest first."""
        ...

    async def begin(self, mark: KeyMark, *, audit: Sequence[AuditEntry] = ()) -> bool:
        """Let a new version seal, and the one before it only open; all or nothing.

        False, and nothing, when the version is known or another came first. When it returns
        True, nothing can be stored under an earlier version any more.
        """
        ...

    async def unused(self) -> bool:
        """Tell whether no secret is stored under any version."""
        ...

    async def start_over(self, mark: KeyMark) -> bool:
        """Let a new version seal and retire all others, if no secret is under any.

        For a key that is lost with nothing under it. False, and nothing, when there is a
        secret, or the version is known.
        """
        ...

    async def retire(self, *, at: datetime, audit: Sequence[AuditEntry] = ()) -> Sequence[int]:
        """Retire the versions that only open and that nothing is under; return them.

        The audit entries are stored where there is one.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedRow:
    """A sealed secret in its place."""

    row: RowAddress
    sealed: SealedSecret


class SealedStore(Protocol):
    """Every sealed secret, whichever area's: rotation walks them all."""

    async def put(self, kept: SealedRow) -> None:
        """Store a secret in place of the row's former one; raises KeyStale."""
        ...

    async def get(self, row: RowAddress) -> SealedSecret | None:
        """Return the row's secret; raises StorageCorrupt where it is no such thing."""
        ...

    async def erase(self, row: RowAddress) -> bool:
        """Delete the row's secret; tell whether there was one."""
        ...

    async def counts(self) -> Mapping[int, int]:
        """Return how many secrets are under each version."""
        ...

    async def below(self, *, version: int, limit: int) -> Sequence[SealedRow]:
        """Return up to `limit` secrets that are under an earlier version."""
        ...

    async def after(self, place: RowAddress | None, *, limit: int) -> Sequence[SealedRow]:
        """Return secrets in the order of their places, behind one."""
        ...

    async def replace(self, pairs: Sequence[tuple[SealedRow, SealedSecret]]) -> int:
        """Put each new seal in place of the old one if that still stands; return how many.

        Raises KeyStale, and nothing is stored, when the new version does not seal any more.
        """
        ...
