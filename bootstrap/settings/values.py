"""Turn what was written into a value of the setting's type, or say what would be right."""

import re
import types
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Union, get_args, get_origin

from bootstrap.settings.catalogue import Entry
from domain.shared.amounts import read_amount, read_number
from domain.shared.values import InvalidValue

_WORDS = {"true": True, "1": True, "yes": True, "on": True}
_WORDS |= {"false": False, "0": False, "no": False, "off": False}
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_NUMBERS = frozenset({int, float, Decimal})
_TEXT_MAX = 65_536


class Wrong(ValueError):
    """The value cannot be taken; the message says what would be right."""


def from_text(entry: Entry, text: str) -> Any:
    """Read an environment variable; raises Wrong."""
    kind, optional = _kind(entry.type)
    if optional and not text.strip():
        return None
    # Around a number nothing may stand: every intake reads numbers in one way.
    return _checked(entry, _FROM_TEXT[kind](text if kind in _NUMBERS else text.strip()))


def from_toml(entry: Entry, value: object) -> Any:
    """Read a TOML value; raises Wrong."""
    kind, _ = _kind(entry.type)
    return _checked(entry, _FROM_TOML[kind](value))


def _kind(declared: Any) -> tuple[Any, bool]:
    """Return the plain type, and whether None is allowed."""
    if get_origin(declared) in (Union, types.UnionType):
        (kind,) = (one for one in get_args(declared) if one is not type(None))
        return kind, True
    return (get_origin(declared) or declared), False


def _checked(entry: Entry, value: Any) -> Any:
    rule = entry.rule
    if rule.choices and value not in rule.choices:
        raise Wrong(f"must be one of {', '.join(rule.choices)}, not {value!r}")
    below = rule.low is not None and value < rule.low
    above = rule.high is not None and value > rule.high
    if below or above:
        raise Wrong(f"must be from {_plain(rule.low)} to {_plain(rule.high)}, not {value}")
    return value


def _plain(number: float | None) -> str:
    return f"{number:g}" if number is not None and abs(number) < 100_000 else str(number)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise Wrong(f"must be text in quotes, not {_said(value)}")
    if not value or len(value) > _TEXT_MAX or "\0" in value:
        raise Wrong(f"must be 1 to {_TEXT_MAX} characters")
    return value


def _integer(value: object) -> int:
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    raise Wrong(f"must be a whole number, not {_said(value)}")


def _toml_integer(value: object) -> int:
    # To Python a boolean is an integer; to a reader it is a slip.
    if type(value) is int:
        return value
    raise Wrong(f"must be a whole number, not {_said(value)}")


def _decimal(value: str) -> Decimal:
    try:
        return read_amount(value, field="")
    except InvalidValue as unfit:
        raise Wrong(f"{unfit.problem}, not {_said(value)}") from None


def _toml_decimal(value: object) -> Decimal:
    if not isinstance(value, int | Decimal) or isinstance(value, bool):
        raise Wrong(f"must be a number, not {_said(value)}")
    try:
        return read_number(value, field="")
    except InvalidValue as unfit:
        raise Wrong(f"{unfit.problem}, not {_said(value)}") from None


def _boolean(value: object) -> bool:
    if isinstance(value, str) and value.lower() in _WORDS:
        return _WORDS[value.lower()]
    raise Wrong(f"must be true or false, not {_said(value)}")


def _toml_boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise Wrong(f"must be true or false, not {_said(value)}")


def _date(value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value) if isinstance(value, str) else _no_date(value)
    except ValueError:
        return _no_date(value)


def _no_date(value: object) -> date:
    raise Wrong(f"must be a date such as 2004-08-19, not {_said(value)}")


def _list_from_text(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _list_from_toml(value: object) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return tuple(value)
    raise Wrong(f'must be a list of texts such as ["a", "b"], not {_said(value)}')


def _said(value: object) -> str:
    text = repr(str(value)) if isinstance(value, Decimal) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


_FROM_TEXT: dict[Any, Callable[[str], Any]] = {
    str: _text,
    int: _integer,
    float: lambda text: float(_decimal(text)),
    Decimal: _decimal,
    bool: _boolean,
    date: _date,
    Path: lambda text: Path(_text(text)),
    tuple: _list_from_text,
}
_FROM_TOML: dict[Any, Callable[[object], Any]] = {
    str: _text,
    int: _toml_integer,
    float: lambda value: float(_toml_decimal(value)),
    Decimal: _toml_decimal,
    bool: _toml_boolean,
    date: _date,
    Path: lambda value: Path(_text(value)),
    tuple: _list_from_toml,
}
