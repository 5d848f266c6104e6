"""Describe a letter that is kept sealed, and the key that it is sealed for."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from domain.shared.values import InvalidValue
from domain.succession.age_file import check_age_file
from domain.succession.age_key import check_recipient
from domain.succession.plan import NAME_MAX, TRUSTEES_MAX

READERS_MAX = 50
# Those of the key in use, and those that are being sealed anew beside them.
LETTERS_MAX = 200
THRESHOLD_MIN = 2


class Handover(StrEnum):
    """When those who are named may have a letter."""

    AT_ONCE = "at_once"
    ON_RELEASE = "on_release"


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterKey:
    """The key that is shared among trustees: what anybody may know of it."""

    id: UUID
    tenant_id: UUID
    recipient: str
    threshold: int
    trustees: tuple[str, ...]
    set_at: datetime
    version: int = 1

    def __post_init__(self) -> None:
        """Raise InvalidValue for a key that one page alone would open, or none could."""
        check_recipient(self.recipient, field="recipient")
        if not 1 <= len(self.trustees) <= TRUSTEES_MAX:
            raise InvalidValue(field="trustees", problem=f"must be 1 to {TRUSTEES_MAX} of them")
        for index, name in enumerate(self.trustees):
            _check_name(name, field=f"trustees[{index}]")
        if not THRESHOLD_MIN <= self.threshold <= len(self.trustees):
            problem = f"must be {THRESHOLD_MIN} to {len(self.trustees)}, the number of trustees"
            raise InvalidValue(field="threshold", problem=problem)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is known of a sealed letter: to whom it goes and when, of what it says nothing."""

    id: UUID
    tenant_id: UUID
    name: str
    # The recipient of the shared key; the owner's own is not told.
    sealed_for: str
    handover: Handover
    readers: tuple[UUID, ...]
    size: int
    sha256: str
    created_at: datetime
    version: int = 1

    def __post_init__(self) -> None:
        """Raise InvalidValue for what no letter can be."""
        _check_name(self.name, field="name")
        check_recipient(self.sealed_for, field="sealed_for")
        if len(self.readers) > READERS_MAX or len(set(self.readers)) < len(self.readers):
            problem = f"must be at most {READERS_MAX}, each named once"
            raise InvalidValue(field="readers", problem=problem)

    def may_be_read_by(self, user_id: UUID, *, released: bool) -> bool:
        """Tell whether somebody who does not own it may have it now."""
        return user_id in self.readers and (released or self.handover is Handover.AT_ONCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterContent:
    """The age file of a letter, under the letter's id."""

    id: UUID
    tenant_id: UUID
    content: bytes
    version: int = 1

    def __post_init__(self) -> None:
        """Raise InvalidValue for what is no whole age file for two."""
        check_age_file(self.content, field="content")


def digest_of(content: bytes) -> str:
    """Return the SHA-256 of an age file in hexadecimal."""
    return sha256(content).hexdigest()


def describe_letter(letter: Letter) -> dict[str, str]:
    """List what the trail and the notices show."""
    return {
        "name": letter.name,
        "sealed_for": letter.sealed_for,
        "when": letter.handover.value,
        "readers": " ".join(map(str, letter.readers)),
        "size": str(letter.size),
        "sha256": letter.sha256,
    }


def describe_key(key: LetterKey) -> dict[str, str]:
    """List what the trail and the notices show."""
    return {
        "recipient": key.recipient,
        "threshold": str(key.threshold),
        "trustees": ", ".join(key.trustees),
    }


def _check_name(name: str, *, field: str) -> None:
    if not 1 <= len(name) <= NAME_MAX or not name.isprintable() or name != name.strip():
        raise InvalidValue(
            field=field, problem=f"must be 1 to {NAME_MAX} printable characters, no blank at an end"
        )
