"""List the settings of back-ups."""

from dataclasses import dataclass

from adapters.settings.field import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupSettings:
    """Back-ups: what proves that one is ours."""

    key: str | None = setting(
        None,
        "The key that proves back-ups, 64 hexadecimal digits. Without it, one is made and kept"
        " in keys/backup.key of the data folder: a restore elsewhere needs a copy of it.",
        secret=True,
    )
    passphrase: str | None = setting(
        None,
        "A passphrase in place of the key, at least 12 characters.",
        secret=True,
    )
