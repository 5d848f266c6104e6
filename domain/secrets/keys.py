"""Know the versions of the key-encryption key, and what each may still be used for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.secrets.address import RowAddress

# Opened at the start to know a right key from a wrong one; nothing secret.
CHECKED = b"ballast: the right key, surely.."
_NOBODY = UUID(int=0)


class KeyState(StrEnum):
    """What a version of the key is for."""

    CURRENT = "current"  # seals and opens
    DECRYPT_ONLY = "decrypt_only"  # opens what is not wrapped anew yet
    RETIRED = "retired"  # nothing is under it any more


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyMark:
    """What storage knows of a version: never the key itself.

    parameters are public, such as the salt of a passphrase. check is a known value under the
    key: only the right key opens it.
    """

    version: int
    state: KeyState
    check: bytes = field(repr=False)
    parameters: bytes = field(default=b"", repr=False)
    created_at: datetime
    retired_at: datetime | None = None


def current_of(marks: Sequence[KeyMark]) -> KeyMark | None:
    """Return the version that seals, None before the first."""
    return next((mark for mark in marks if mark.state is KeyState.CURRENT), None)


def check_address(version: int) -> RowAddress:
    """Return where the known value of a key version is bound to."""
    return RowAddress(tenant_id=_NOBODY, table="secret_keys", column="checked", row=str(version))
