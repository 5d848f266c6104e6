"""Turn what was written into a value of the setting's type, or say what would be right."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import msgspec

from adapters.settings.declared import Entry
from domain.shared.amounts import read_amount, read_number
from domain.shared.values import InvalidValue

_WORDS = {"true": True, "1": True, "yes": True, "on": True}
_WORDS |= {"false": False, "0": False, "no": False, "off": False}
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_TEXT_MAX = 65_536
_LENGTH = msgspec.Meta(min_length=1, max_length=_TEXT_MAX, pattern=r"\A[^\0]*\Z")

# By the setting's type: what a file holds for it, and how that is said.
_WRITTEN: dict[Any, tuple[Any, str]] = {
    str: (Annotated[str, _LENGTH], "text in quotes"),
    Path: (Annotated[str, _LENGTH], "text in quotes"),
    int: (int, "a whole number"),
    float: (int | float, "a number"),
    Decimal: (int | float, "a number"),
    bool: (bool, "true or false"),
    date: (date, "a date such as 2004-08-19"),
    tuple: (tuple[str, ...], 'a list of texts such as ["a", "b"]'),
}


class InvalidSetting(ValueError):
    """The value cannot be taken; the message says what would be right."""


def from_text(entry: Entry, text: str) -> Any:
    """Read an environment variable; raises Wrong."""
    if entry.optional and not text.strip():
        return None
    # What a file would have held. What is none of it stays text, and is refused as such.
    return from_toml(entry, _FROM_TEXT.get(entry.kind, str.strip)(text))


def from_toml(entry: Entry, value: Any) -> Any:
    """Read a TOML value; raises Wrong."""
    kind = entry.kind
    written, wanted = _WRITTEN[kind]
    try:
        read = msgspec.convert(_date(value) if kind is date else value, written)
    # The latter of bytes in the environment that are no UTF-8.
    except (msgspec.ValidationError, UnicodeEncodeError):
        if isinstance(value, str) and kind in (str, Path):
            raise InvalidSetting(f"must be 1 to {_TEXT_MAX} characters") from None
        raise InvalidSetting(f"must be {wanted}, not {_said(value)}") from None
    if kind in (float, Decimal):
        # By what was written, where a float has rounded it.
        read = kind(_number(read_number, value))
    return _within(entry, Path(read) if kind is Path else read)


def _within(entry: Entry, value: Any) -> Any:
    """Check limits and choices here: the constraints of msgspec know no Decimal."""
    rule = entry.rule
    if rule.choices and value not in rule.choices:
        raise InvalidSetting(f"must be one of {', '.join(rule.choices)}, not {value!r}")
    below = rule.low is not None and value < rule.low
    above = rule.high is not None and value > rule.high
    if below or above:
        raise InvalidSetting(f"must be from {_plain(rule.low)} to {_plain(rule.high)}, not {value}")
    return value


def _plain(number: float | None) -> str:
    return f"{number:g}" if number is not None and abs(number) < 100_000 else str(number)


def _number(read: Callable[..., Decimal], written: Any) -> Decimal:
    try:
        return read(written, field="")
    except InvalidValue as unfit:
        raise InvalidSetting(f"{unfit.problem}, not {_said(written)}") from None


def _said(value: object) -> str:
    text = repr(str(value)) if isinstance(value, Decimal) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _date(value: object) -> object:
    """Read every way of ISO 8601 to write a day; msgspec knows the one of RFC 3339."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return value


# Around a number nothing may stand: every intake reads numbers in one way.
_FROM_TEXT: dict[Any, Callable[[str], object]] = {
    int: lambda text: int(text) if _INTEGER.fullmatch(text) else text,
    float: lambda text: _number(read_amount, text),
    Decimal: lambda text: _number(read_amount, text),
    bool: lambda text: _WORDS.get(text.strip().lower(), text),
    tuple: lambda text: [part.strip() for part in text.split(",") if part.strip()],
}
