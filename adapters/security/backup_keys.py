"""Keep the key that proves back-ups, and take one from a passphrase."""

import contextlib
import hashlib
import hmac
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from adapters.security.file_modes import is_open, mode_of
from adapters.security.key_writing import write_once

KEY_BYTES = 32
SALT_BYTES = 16
PASSPHRASE_MIN = 12
_ID_CHARACTERS = 16
_BYTES_MAX = 4_096
_KEY = re.compile(rf"[0-9a-f]{{{2 * KEY_BYTES}}}")
# 128 MiB and about half a second for each guess (RFC 7914).
_SCRYPT_N, _SCRYPT_R, _SCRYPT_P = 2**17, 8, 1
_SCRYPT_BYTES_MAX = 256 * 1024 * 1024


class UnusableBackupKey(Exception):
    """The key cannot be read, is none, or others can read it; the message has no secret."""


@dataclass(frozen=True, slots=True)
class BackupKey:
    """What proves a back-up, and the name of it, which tells nothing."""

    id: str
    proof: bytes


def backup_key(master: bytes) -> BackupKey:
    """Return the key of 32 random bytes."""

    def derived(use: bytes) -> bytes:
        return hmac.digest(master, b"ballast.backup.key.1 " + use, "sha256")

    return BackupKey(id=derived(b"id").hex()[:_ID_CHARACTERS], proof=derived(b"proof"))


def key_of_passphrase(passphrase: str, *, salt: bytes) -> BackupKey:
    """Return the key of a passphrase and a back-up's salt; raises UnusableBackupKey."""
    if len(passphrase) < PASSPHRASE_MIN:
        raise UnusableBackupKey(
            f"the passphrase of back-ups must have at least {PASSPHRASE_MIN} characters"
        )
    return backup_key(
        hashlib.scrypt(
            passphrase.encode(errors="surrogatepass"),
            salt=salt,
            n=_SCRYPT_N,
            r=_SCRYPT_R,
            p=_SCRYPT_P,
            maxmem=_SCRYPT_BYTES_MAX,
            dklen=KEY_BYTES,
        )
    )


def key_from_text(text: str, *, source: str) -> BackupKey:
    """Return the key that is written out; raises UnusableBackupKey."""
    written = text.strip()
    if not _KEY.fullmatch(written):
        raise UnusableBackupKey(f"{source} must hold one key of {2 * KEY_BYTES} hexadecimal digits")
    return backup_key(bytes.fromhex(written))


def load_or_create_backup_key(path: Path) -> BackupKey:
    """Return the key in the file, a new one at first; raises UnusableBackupKey."""
    with contextlib.suppress(FileNotFoundError):
        return load_backup_key(path)
    write_once(path, f"{secrets.token_hex(KEY_BYTES)}\n".encode("ascii"))
    return load_backup_key(path)


def load_backup_key(path: Path) -> BackupKey:
    """Return the key in the file; raises FileNotFoundError, UnusableBackupKey."""
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            text = file.read(_BYTES_MAX).decode("ascii", "replace")
    except (PermissionError, IsADirectoryError) as problem:
        raise UnusableBackupKey(f"{path} cannot be read: {problem.strerror}") from problem
    if is_open(found):
        raise UnusableBackupKey(
            f"{path} can be read or changed by others (mode {mode_of(found):o}): run"
            f" `chmod 600 {path}`;"
            " who may have read it can make back-ups that pass for ours"
        )
    return key_from_text(text, source=str(path))
