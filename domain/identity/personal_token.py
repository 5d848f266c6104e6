"""Hold personal access tokens: what a script comes in with instead of a password."""

import hashlib
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.identity.access import FOR_PERSONS, Permission
from domain.shared.values import InvalidValue

# Scanners for leaked secrets know a token by what it begins with, and by its check digits.
PREFIX = "blst_"
SECRET_BYTES = 24
NAME_LENGTH_MAX = 64
ACCOUNTS_MAX = 100

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_KNOWN = frozenset(_DIGITS)
# 62^33 is above 2^192, and 62^6 above 2^32.
_BODY = 33
_CHECK = 6
LENGTH = len(PREFIX) + _BODY + _CHECK


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalToken:
    """A personal access token as it is kept: its SHA-256 and its last letters, never itself.

    It allows what its member may do and its scopes name, on the accounts named or, with
    None, on all that the member reaches.
    """

    id: UUID
    tenant_id: UUID
    member_id: UUID
    name: str
    digest: bytes
    hint: str
    scopes: frozenset[Permission]
    accounts: frozenset[UUID] | None
    created_at: datetime
    expires_at: datetime
    created_by: str
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None

    def __post_init__(self) -> None:
        if not 1 <= len(self.name) <= NAME_LENGTH_MAX or not self.name.isprintable():
            raise InvalidValue(
                field="name", problem=f"must be 1 to {NAME_LENGTH_MAX} printable characters"
            )
        if not self.scopes:
            raise InvalidValue(field="scopes", problem="must name what the token is for")
        if self.accounts is not None and not 1 <= len(self.accounts) <= ACCOUNTS_MAX:
            raise InvalidValue(field="accounts", problem=f"must be 1 to {ACCOUNTS_MAX} accounts")

    def is_good(self, *, now: datetime) -> bool:
        """Tell whether it still lets in; an expiry gets no grace."""
        return self.revoked_at is None and now < self.expires_at


def checked_scopes(scopes: Iterable[Permission]) -> frozenset[Permission]:
    """Return scopes that a token may have; raises InvalidValue."""
    asked = frozenset(scopes)
    barred = sorted(asked & FOR_PERSONS)
    if barred:
        raise InvalidValue(
            field="scopes",
            problem=f"no token may carry {', '.join(barred)}: it needs a step-up, which only a"
            " person can give",
        )
    return asked


def secret_of(drawn: bytes) -> str:
    """Return the token that is made of random bytes: prefix, 33 letters, 6 check letters."""
    if len(drawn) != SECRET_BYTES:
        raise ValueError(f"a token is made of {SECRET_BYTES} random bytes")
    text = PREFIX + _written(int.from_bytes(drawn), length=_BODY)
    return text + _check(text)


def is_personal(token: str) -> bool:
    """Tell whether a token claims to be a personal one."""
    return token.startswith(PREFIX)


def is_whole(token: str) -> bool:
    """Tell whether a token is one that could have been made: no letter is wrong or missing."""
    if len(token) != LENGTH or not token.startswith(PREFIX):
        return False
    text, check = token[:-_CHECK], token[-_CHECK:]
    return _KNOWN.issuperset(token[len(PREFIX) :]) and check == _check(text)


def digest_of(token: str) -> bytes:
    """Return what a token is kept by: 192 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).digest()


def hint_of(token: str) -> str:
    """Return the letters by which its owner knows a token again: the last of its check."""
    return token[-4:]


def _check(text: str) -> str:
    return _written(zlib.crc32(text.encode()), length=_CHECK)


def _written(number: int, *, length: int) -> str:
    letters = []
    for _ in range(length):
        number, digit = divmod(number, len(_DIGITS))
        letters.append(_DIGITS[digit])
    return "".join(reversed(letters))
