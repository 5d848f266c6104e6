"""Read and write the codes that people type: six digits of an app, or a backup code."""

import hashlib
import re
from base64 import b32encode
from dataclasses import dataclass, field

SEED_BYTES = 20
STEP_S = 30
DIGITS = 6
# A clock may be off by so many steps.
DRIFT = 1
BACKUP_BYTES = 15
BACKUP_CODES = 10
CODE_MAX = 64
_GROUP = 4
_APP = re.compile(r"[0-9]{6}", re.ASCII)
_BACKUP = re.compile(r"[A-Z2-7]{24}", re.ASCII)
_BETWEEN = str.maketrans("", "", " -")


@dataclass(frozen=True, slots=True)
class AppCode:
    """Six digits, as an authenticator app shows them."""

    digits: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OnceCode:
    """A backup code, as it is kept."""

    digest: bytes


def backup_text(drawn: bytes) -> str:
    """Write 120 random bits as a backup code: six groups of four letters and digits."""
    if len(drawn) != BACKUP_BYTES:
        raise ValueError(f"a backup code is made of {BACKUP_BYTES} random bytes")
    letters = b32encode(drawn).decode().lower()
    return "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))


def read_code(text: str) -> AppCode | OnceCode | None:
    """Return what was typed, however it was spaced and cased; None for what is no code."""
    if len(text) > CODE_MAX:
        return None
    plain = text.translate(_BETWEEN)
    if _APP.fullmatch(plain):
        return AppCode(plain)
    letters = plain.upper()
    if _BACKUP.fullmatch(letters):
        return OnceCode(hashlib.sha256(letters.encode()).digest())
    return None


def digest_of_backup(text: str) -> bytes:
    """Return what is kept of a backup code."""
    code = read_code(text)
    if not isinstance(code, OnceCode):
        raise ValueError("that is no backup code")
    return code.digest
