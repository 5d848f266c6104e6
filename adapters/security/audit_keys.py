"""Keep the keys that prove audit entries in a file that only its owner can read."""

import contextlib
import os
import re
import secrets
from pathlib import Path

from adapters.security.file_modes import is_open, mode_of
from adapters.security.key_writing import replace_file, write_once
from domain.audit.macs import KEY_BYTES, AuditKeys, audit_keys

_BYTES_MAX = 64 * 1024
_KEY = re.compile(rf"[0-9a-f]{{{2 * KEY_BYTES}}}")


class UnusableAuditKeys(Exception):
    """The keys cannot be read, are none, or others can read them; the message has no secret."""


def load_or_create_audit_keys(path: Path) -> AuditKeys:
    """Return the keys in the file, a new one at first; raises UnusableAuditKeys."""
    with contextlib.suppress(FileNotFoundError):
        return load_audit_keys(path)
    write_once(path, f"{secrets.token_hex(KEY_BYTES)}\n".encode("ascii"))
    return load_audit_keys(path)


def load_audit_keys(path: Path) -> AuditKeys:
    """Return the keys in the file; raises FileNotFoundError, UnusableAuditKeys."""
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            text = file.read(_BYTES_MAX).decode("ascii", "replace")
    except (PermissionError, IsADirectoryError) as problem:
        raise UnusableAuditKeys(f"{path} cannot be read: {problem.strerror}") from problem
    if is_open(found):
        raise UnusableAuditKeys(
            f"{path} can be read by others (mode {mode_of(found):o}): run `chmod 600 {path}`, then"
            " `ballast audit rotate`, as others may have read it"
        )
    return audit_keys_from(text, source=str(path))


def audit_keys_from(text: str, *, source: str) -> AuditKeys:
    """Return the keys of a text, one a line, the last of which signs; raises UnusableAuditKeys."""
    lines = [line.strip() for line in re.split(r"[\s,]+", text) if line.strip()]
    if not lines or not all(_KEY.fullmatch(line) for line in lines):
        raise UnusableAuditKeys(
            f"{source} must hold keys of {2 * KEY_BYTES} hexadecimal digits, one a line"
        )
    return audit_keys(*(bytes.fromhex(line) for line in lines))


def add_audit_key(path: Path) -> AuditKeys:
    """Add a key that signs from now on; the others go on proving. Raises as loading does."""
    load_audit_keys(path)
    text = f"{path.read_text('ascii').rstrip()}\n{secrets.token_hex(KEY_BYTES)}\n"
    replace_file(path, text.encode("ascii"))
    return load_audit_keys(path)
