"""Find the key that proves back-ups: the passphrase or the key that is set, else the file."""

import contextlib
import secrets
from dataclasses import dataclass
from pathlib import Path

from adapters.postgres.backup.seal import Head, KeyKind, Sealer
from adapters.security.backup_keys import (
    SALT_BYTES,
    BackupKey,
    key_from_text,
    key_of_passphrase,
    load_backup_key,
    load_or_create_backup_key,
)
from bootstrap.settings.sections import Settings

KEY_FILE = Path("keys/backup.key")


def sealer_of(settings: Settings) -> Sealer:
    """Return what proves a new back-up; the key is made at the first; raises UnusableBackupKey."""
    own = settings.backup
    if own.passphrase is not None:
        salt = secrets.token_bytes(SALT_BYTES)
        key = key_of_passphrase(own.passphrase, salt=salt)
        return Sealer(key=key, kind=KeyKind.PASSPHRASE, salt=salt)
    if own.key is not None:
        return Sealer(key=key_from_text(own.key, source="backup.key"), kind=KeyKind.KEY)
    return Sealer(key=load_or_create_backup_key(settings.data_dir / KEY_FILE), kind=KeyKind.KEY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """The keys that an operator has at hand for a restore."""

    settings: Settings
    key_file: Path | None = None

    def key_of(self, head: Head) -> BackupKey | None:
        """Return the key that a back-up names, None where it is not here.

        Raises UnusableBackupKey, and FileNotFoundError for a file that was named.
        """
        own = self.settings.backup
        if head.kind is KeyKind.PASSPHRASE:
            if own.passphrase is None:
                return None
            # A wrong one has another name.
            return _named(head, [key_of_passphrase(own.passphrase, salt=head.salt)])
        if self.key_file is not None:
            return _named(head, [load_backup_key(self.key_file)])
        kept = []
        if own.key is not None:
            kept.append(key_from_text(own.key, source="backup.key"))
        with contextlib.suppress(FileNotFoundError):
            kept.append(load_backup_key(self.settings.data_dir / KEY_FILE))
        return _named(head, kept)


def _named(head: Head, keys: list[BackupKey]) -> BackupKey | None:
    return next((key for key in keys if key.id == head.key_id), None)
