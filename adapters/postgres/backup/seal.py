"""Prove by a head of one line that a back-up is what an installation of ours wrote.

The line holds how the key was had, its name, a passphrase's salt, and an HMAC-SHA-256 over the
line before it and everything behind it. It is of one length, so that it can be written last.
"""

import hmac
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import BinaryIO, Protocol

SALT_BYTES = 16
_BEGINS = b"ballast back-up 2 "
_HEAD = re.compile(
    rb"ballast back-up 2 (key       |passphrase) ([0-9a-f]{16}) ([0-9a-f]{32}) ([0-9a-f]{64})\n"
)
_MAC_CHARACTERS = 64
HEAD_BYTES = len(_BEGINS) + 10 + 1 + 16 + 1 + 32 + 1 + _MAC_CHARACTERS + 1
_PIECE = 1_048_576


class ProofKey(Protocol):
    """What proves a back-up, and the name of it, which tells nothing."""

    @property
    def id(self) -> str: ...

    @property
    def proof(self) -> bytes: ...


class KeyKind(StrEnum):
    """How the key of a back-up was had."""

    KEY = "key"
    PASSPHRASE = "passphrase"  # noqa: S105 - a name, no secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The first line of a back-up."""

    kind: KeyKind
    key_id: str
    salt: bytes
    mac: bytes = bytes(32)

    def line(self) -> bytes:
        """Return it as it stands in the file."""
        return self.signed() + self.mac.hex().encode() + b"\n"

    def signed(self) -> bytes:
        """Return what of it is proven."""
        return _BEGINS + f"{self.kind.value:<10} {self.key_id} {self.salt.hex()} ".encode()


@dataclass(frozen=True, slots=True)
class Sealer:
    """The key that proves what is written, and what its readers must know of it."""

    key: ProofKey
    kind: KeyKind
    salt: bytes = bytes(SALT_BYTES)

    @property
    def head(self) -> Head:
        """The line, still without its proof."""
        return Head(kind=self.kind, key_id=self.key.id, salt=self.salt)


def seal(file: BinaryIO, *, sealer: Sealer) -> None:
    """Prove a file whose head has been left free, by all that stands in it now."""
    head = sealer.head
    proven = replace(head, mac=_mac_of(file, head=head, key=sealer.key))
    file.seek(0)
    file.write(proven.line())


def head_of(file: BinaryIO) -> Head | None:
    """Return a file's head, None for one that has none of ours; the file stands behind it."""
    file.seek(0)
    found = _HEAD.fullmatch(file.read(HEAD_BYTES))
    if found is None:
        return None
    return Head(
        kind=KeyKind(found[1].decode().strip()),
        key_id=found[2].decode(),
        salt=bytes.fromhex(found[3].decode()),
        mac=bytes.fromhex(found[4].decode()),
    )


def is_proven(file: BinaryIO, *, head: Head, key: ProofKey) -> bool:
    """Tell whether every byte of the file is what was written under the key."""
    return hmac.compare_digest(_mac_of(file, head=head, key=key), head.mac)


class ProvenAgain:
    """A file behind its head, read once more from there on, and proven by what was read.

    Who may write the file could change it between the proof and the reading.
    """

    def __init__(self, file: BinaryIO, *, head: Head, key: ProofKey) -> None:
        self._file, self._head = file, head
        self._mac = hmac.new(key.proof, head.signed(), "sha256")
        file.seek(HEAD_BYTES)

    def read(self, size: int = -1) -> bytes:
        """Read on."""
        piece = self._file.read(size)
        self._mac.update(piece)
        return piece

    def is_proven(self) -> bool:
        """Read to the end and tell whether it was what was proven."""
        while self.read(_PIECE):
            pass
        return hmac.compare_digest(self._mac.digest(), self._head.mac)


def _mac_of(file: BinaryIO, *, head: Head, key: ProofKey) -> bytes:
    mac = hmac.new(key.proof, head.signed(), "sha256")
    file.seek(HEAD_BYTES)
    while piece := file.read(_PIECE):
        mac.update(piece)
    return mac.digest()
