"""Read amounts that people and programs write: one way for every intake.

Decimal() alone takes "1_0" for 10, and digits of every script, spaces and signs besides.
"""

import re
from decimal import Decimal, InvalidOperation

from domain.shared.values import (
    LARGEST_DIGITS,
    SMALLEST_EXPONENT,
    InvalidValue,
    checked_decimal,
)

# As schemas publish it; what reads is made of the same text.
_WRITTEN = rf"-?[0-9]{{1,{LARGEST_DIGITS}}}(\.[0-9]{{1,{-SMALLEST_EXPONENT}}})?"
AMOUNT_PATTERN = f"^{_WRITTEN}$"
AMOUNT_WANTED = (
    "must be a plain decimal such as 118.25: digits 0 to 9, with at most"
    f" {LARGEST_DIGITS} before a point and {-SMALLEST_EXPONENT} behind it"
)
# More characters than any number within those bounds needs.
_LITERAL_MAX = 64

# Whole, where $ would let a line end follow.
_is_written = re.compile(_WRITTEN).fullmatch


def read_amount(text: str, *, field: str) -> Decimal:
    """Return the decimal that a text is; raises InvalidValue, which says what would be right."""
    if _is_written(text) is None:
        raise InvalidValue(field=field, problem=AMOUNT_WANTED)
    return Decimal(text)


def read_number(number: str | int | Decimal, *, field: str) -> Decimal:
    """Return the decimal that a number of JSON or TOML is, by its text or as it was parsed.

    Their grammars say how it may be written; bounds and places are those of any amount.
    Raises InvalidValue.
    """
    if isinstance(number, str) and len(number) > _LITERAL_MAX:
        raise InvalidValue(field=field, problem=AMOUNT_WANTED)
    try:
        value = Decimal(number)
    except InvalidOperation:
        raise InvalidValue(field=field, problem=AMOUNT_WANTED) from None
    return checked_decimal(value, field=field)
