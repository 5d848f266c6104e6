"""Find the keys that prove audit entries."""

import functools
from collections.abc import Callable
from pathlib import Path

from adapters.security.audit_keys import audit_keys_from, load_or_create_audit_keys
from adapters.system.randomness import SystemRandomness
from bootstrap.settings.sections import Settings
from domain.audit.macs import KEY_BYTES, AuditKeys, audit_keys

KEY_FILE = Path("keys/audit.keys")
ANCHOR_FOLDER = Path("audit-anchor")


def key_reader(settings: Settings) -> Callable[[], AuditKeys]:
    """Return what reads the keys once, when they are first asked for.

    Those that are set, else those in the data folder, made at the first start. Memory ends
    with the process, and so do its keys.
    """
    given, path = settings.audit.keys, key_file(settings)

    @functools.cache
    def read() -> AuditKeys:
        if given is not None:
            return audit_keys_from(given, source="audit.keys")
        if settings.profile == "memory":
            return audit_keys(SystemRandomness().token(KEY_BYTES))
        return load_or_create_audit_keys(path)

    return read


def kept_keys(settings: Settings) -> AuditKeys | None:
    """Return the keys that are there, None where none were ever made; raises as key_reader."""
    if settings.audit.keys is None and not key_file(settings).exists():
        return None
    return key_reader(settings)()


def key_file(settings: Settings) -> Path:
    """Return where the keys are kept when they are not set."""
    return settings.data_dir / KEY_FILE


def anchor_folder(settings: Settings) -> Path:
    """Return where the heads of chains are kept."""
    return settings.audit.anchor_dir or settings.data_dir / ANCHOR_FOLDER
