"""Check plain values where they enter the domain: decimals, times, symbols."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache

ZERO = Decimal(0)
ONE = Decimal(1)
CENT = Decimal("0.01")

# Storage is NUMERIC(38,18): twenty digits before the point, eighteen behind it.
LARGEST_DIGITS = 20
LARGEST = Decimal(10) ** LARGEST_DIGITS
SMALLEST_EXPONENT = -18

_SYMBOL = re.compile(r"[A-Z0-9][A-Z0-9./_-]{0,31}")


class InvalidValue(ValueError):
    """A value that the domain refuses: which field, and what would be right."""

    def __init__(self, *, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


@contextmanager
def inside(field: str) -> Iterator[None]:
    """Name the field that a value was in, when the domain refuses it."""
    try:
        yield
    except InvalidValue as error:
        raise InvalidValue(field=f"{field}.{error.field}", problem=error.problem) from None


def is_usual(value: Decimal) -> bool:
    """Tell whether the decimal is whole or in hundredths, hence finite and short enough.

    Most are; looking at the digits of the others costs ten times as much.
    """
    return value.same_quantum(CENT) or value.same_quantum(ONE)


def checked_decimal(value: Decimal, *, field: str) -> Decimal:
    """Return the decimal if it is finite and fits storage, else raise InvalidValue."""
    if is_usual(value) and -LARGEST < value < LARGEST:
        return value
    if not value.is_finite():
        raise InvalidValue(field=field, problem=f"must be a finite number, not {value}")
    exponent = value.as_tuple().exponent
    # A Decimal that is finite has an integer exponent; the check is for the type checker.
    if not isinstance(exponent, int) or exponent < SMALLEST_EXPONENT:
        raise InvalidValue(field=field, problem="must have at most 18 decimal places")
    # By its digits: arithmetic on 1e999999999 overflows before it compares, and a zero with
    # such an exponent is nothing that storage can write.
    if value.adjusted() >= LARGEST_DIGITS:
        raise InvalidValue(field=field, problem="must be smaller than 1e20")
    return value


def positive_decimal(value: Decimal, *, field: str) -> Decimal:
    """Return the decimal if it is storable and above zero, else raise InvalidValue."""
    checked_decimal(value, field=field)
    if value <= ZERO:
        raise InvalidValue(field=field, problem=f"must be above 0, not {value}")
    return value


@lru_cache(maxsize=4_096)
def checked_symbol(value: str, *, field: str = "symbol") -> str:
    """Return the symbol if it is upper-case and well formed, else raise InvalidValue."""
    if not _SYMBOL.fullmatch(value):
        raise InvalidValue(
            field=field, problem="must be 1 to 32 of A-Z 0-9 . / _ - and start with A-Z or 0-9"
        )
    return value


def checked_time(value: datetime, *, field: str) -> datetime:
    """Return the time in UTC if it carries a time zone, else raise InvalidValue."""
    if value.tzinfo is None:
        raise InvalidValue(
            field=field, problem="must carry a time zone, such as 2026-01-02T15:04:05Z"
        )
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise InvalidValue(field=field, problem="must lie within the years 1 to 9999") from None


def plain(value: Decimal) -> str:
    """Write a decimal without exponent and without trailing zeros: 1E+2 is "100"."""
    if value == ZERO:
        return "0"
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def plain_figure(value: Decimal, *, places: int = 10) -> str:
    """Write a computed decimal with at most so many places."""
    # What is larger than any amount there is has no room for places, and needs none.
    return plain(round(value, places) if abs(value) < LARGEST else value)
