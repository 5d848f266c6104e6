"""Keep the key that signs tokens with those that signed before, and change it while running."""

import contextlib
import fcntl
import json
import os
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from adapters.security.key_writing import replace_file
from adapters.security.keys import (
    BITS,
    SigningKey,
    UnusableKey,
    load_key,
    load_or_create_key,
    new_pem,
    thumbprint,
)
from domain.shared.json_names import load_unambiguous

# Beside the key's own file: one file a key that signed before, its public half only.
OLDER = "older"
_FILE_MAX = 65_536
_PEM_END = "-----END PUBLIC KEY-----"


@dataclass(frozen=True, slots=True)
class OlderKey:
    """A key that signs no more; what it signed is accepted until then, None is for ever."""

    public: RSAPublicKey
    kid: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The key that signs, and those whose tokens may still be in use."""

    signing: SigningKey
    older: tuple[OlderKey, ...] = ()

    def public(self, kid: str, *, now: datetime) -> RSAPublicKey | None:
        """Return the key of that id, None when there is none or its time is over."""
        if kid == self.signing.kid:
            return self.signing.private.public_key()
        for key in self.older:
            if key.kid == kid and (key.until is None or now < key.until):
                return key.public
        return None


class KeySource(Protocol):
    """Where the keys come from."""

    def read(self) -> KeyRing:
        """Return the keys of now; raises UnusableKey."""
        ...

    def stamp(self) -> Hashable:
        """Return what changes when the keys do; cheap enough to be asked each second."""
        ...


@dataclass(frozen=True, slots=True)
class GivenKeys:
    """Keys that hold as long as the process."""

    signing: Callable[[], SigningKey]
    older: Callable[[], tuple[OlderKey, ...]] = tuple

    def read(self) -> KeyRing:
        """Return the keys; raises UnusableKey."""
        return KeyRing(self.signing(), self.older())

    def stamp(self) -> Hashable:
        """Return nothing: they never change."""
        return None


@dataclass(frozen=True, slots=True)
class FolderKeys:
    """The key in a file, made at first, and the older ones in the folder beside it."""

    path: Path

    def read(self) -> KeyRing:
        """Return the keys of now; raises UnusableKey."""
        signing = load_or_create_key(self.path)
        older = tuple(_read_older(file) for file in _older_files(self.path))
        return KeyRing(signing, tuple(key for key in older if key.kid != signing.kid))

    def stamp(self) -> Hashable:
        """Return what the file and the folder look like from outside."""
        return (_look(self.path), _look(self.path.parent / OLDER))


def older_keys(text: str, *, source: str) -> tuple[OlderKey, ...]:
    """Read public keys written one after the other in PEM; raises UnusableKey."""
    parts = [part.strip() for part in text.split(_PEM_END)]
    if parts.pop():
        raise UnusableKey(f"{source} must hold public keys in PEM and nothing else")
    return tuple(_public(f"{part}\n{_PEM_END}\n", source=source, until=None) for part in parts)


def rotate(path: Path, *, now: datetime, until: datetime) -> tuple[str, str]:
    """Make a new key sign, accept the old one's tokens until then; return both ids, new first.

    Processes that read the folder notice within a second. Raises FileNotFoundError when there
    is no key yet, and UnusableKey.
    """
    old = load_key(path)
    with _alone(path.parent):
        old = load_key(path)
        folder = path.parent / OLDER
        folder.mkdir(mode=0o700, exist_ok=True)
        for file in _older_files(path):
            if not _holds(_read_older(file), now=now):
                file.unlink()
        said = {
            "kid": old.kid,
            "until": until.astimezone(UTC).isoformat(),
            "pem": old.private.public_key()
            .public_bytes(
                encoding=serialization.Encoding.PEM,
                format=serialization.PublicFormat.SubjectPublicKeyInfo,
            )
            .decode(),
        }
        # First the old one's public half, then the new key: no token is ever without its key.
        replace_file(folder / f"{old.kid}.json", json.dumps(said).encode())
        replace_file(path, new_pem())
        return load_key(path).kid, old.kid


def drop_older(path: Path) -> int:
    """Accept no older key's tokens any more; return how many keys that were."""
    with _alone(path.parent):
        files = list(_older_files(path))
        for file in files:
            file.unlink()
    return len(files)


def _holds(key: OlderKey, *, now: datetime) -> bool:
    return key.until is None or now < key.until


def _older_files(path: Path) -> Iterator[Path]:
    return iter(sorted((path.parent / OLDER).glob("*.json")))


def _read_older(file: Path) -> OlderKey:
    try:
        said = load_unambiguous(file.read_text(encoding="utf-8")[:_FILE_MAX])
        until = datetime.fromisoformat(said["until"])
        pem = str(said["pem"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as problem:
        raise UnusableKey(f"{file} cannot be read: delete it, and its tokens end") from problem
    return _public(pem, source=str(file), until=until)


def _public(pem: str, *, source: str, until: datetime | None) -> OlderKey:
    try:
        public = serialization.load_pem_public_key(pem.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm) as problem:
        raise UnusableKey(f"{source} holds no public key in PEM") from problem
    if not isinstance(public, RSAPublicKey) or public.key_size < BITS:
        raise UnusableKey(f"{source} must hold RSA keys of at least {BITS} bits")
    return OlderKey(public=public, kid=thumbprint(public), until=until)


def _look(path: Path) -> Hashable:
    try:
        seen = path.stat()
    except OSError:
        return None
    return (seen.st_ino, seen.st_mtime_ns, seen.st_size)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let nobody else change the keys meanwhile."""
    descriptor = os.open(folder / ".rotating", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
