"""Write ids and times as text once, however many records, notices and replies show them."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from domain.shared.values import plain

T = TypeVar("T")

# What one order shows stays for as long as it is worked on; then it makes room.
_KEPT_MAX = 256


def kept(write: Callable[[T], str]) -> Callable[[T], str]:
    """Return a function that does what write does, and remembers it for the latest values.

    write must give the same text for the same value, whenever it is asked: values are known
    again by identity, which costs a tenth of comparing them. Each is held beside its text,
    so that no other value can take its place in memory meanwhile.
    """
    known: dict[int, tuple[T, str]] = {}
    find = known.get

    def text_of(value: T) -> str:
        found = find(id(value))
        if found is not None:
            return found[1]
        if len(known) >= _KEPT_MAX:
            known.clear()
        text = write(value)
        known[id(value)] = (value, text)
        return text

    return text_of


def _time_text(at: datetime) -> str:
    return (at if at.tzinfo is UTC else at.astimezone(UTC)).isoformat()


# A number as plain writes it.
number_text: Callable[[Decimal], str] = kept(plain)
# An id as str writes it.
id_text: Callable[[UUID], str] = kept(str)
# An aware time in UTC, ISO 8601.
time_text = kept(_time_text)
