"""Declare the parameters of rule types and read them, refusing what is unknown or unfit."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum

from domain.risk.rule import Parameters
from domain.shared.values import InvalidValue, checked_decimal, checked_symbol, plain

SYMBOLS_MAX = 1_000


class Looser(Enum):
    """In which direction a threshold or parameter lets more orders pass.

    What does not say counts as looser whenever it changes.
    """

    UNKNOWN = "unknown"
    HIGHER = "higher"
    LOWER = "lower"
    # It plays no part.
    NEITHER = "neither"

    def loosens(self, before: Decimal, after: Decimal) -> bool:
        """Tell whether a number that goes from one value to another may let more pass."""
        if before == after or self is Looser.NEITHER:
            return False
        return {Looser.HIGHER: after > before, Looser.LOWER: after < before}.get(self, True)


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberParameter:
    """A number within bounds, both included."""

    name: str
    default: Decimal
    low: Decimal
    high: Decimal
    looser: Looser = Looser.UNKNOWN

    def read(self, given: Parameters) -> Decimal:
        """Return the number, or the default; raise InvalidValue."""
        text = given.get(self.name)
        if text is None:
            return self.default
        field = f"parameters.{self.name}"
        try:
            value = Decimal(text) if isinstance(text, str) else None
        except InvalidOperation:
            value = None
        if value is None:
            raise InvalidValue(field=field, problem=f"must be a number, not {text!r}")
        checked_decimal(value, field=field)
        if not self.low <= value <= self.high:
            raise InvalidValue(
                field=field,
                problem=f"must be from {plain(self.low)} to {plain(self.high)}, not {plain(value)}",
            )
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceParameter:
    """One of a few words; the first is the default."""

    name: str
    choices: tuple[str, ...]

    def read(self, given: Parameters) -> str:
        """Return the word, or the default; raise InvalidValue."""
        word = given.get(self.name, self.choices[0])
        if not isinstance(word, str) or word not in self.choices:
            raise InvalidValue(
                field=f"parameters.{self.name}",
                problem=f"must be one of {', '.join(self.choices)}, not {word!r}",
            )
        return word


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolsParameter:
    """A list of symbols, empty by default.

    bans: the symbols are those that may not be traded, and without any of them all are.
    """

    name: str
    bans: bool = False

    def read(self, given: Parameters) -> frozenset[str]:
        """Return the symbols; raise InvalidValue."""
        listed = given.get(self.name, ())
        field = f"parameters.{self.name}"
        if isinstance(listed, str):
            raise InvalidValue(field=field, problem='must be a list of symbols, such as ["GME"]')
        if len(listed) > SYMBOLS_MAX:
            raise InvalidValue(field=field, problem=f"must list at most {SYMBOLS_MAX} symbols")
        return frozenset(checked_symbol(symbol, field=field) for symbol in listed)


Parameter = NumberParameter | ChoiceParameter | SymbolsParameter


def refuse_unknown(given: Parameters, *, declared: Sequence[Parameter]) -> None:
    """Raise InvalidValue for a parameter that the rule type does not declare."""
    names = [parameter.name for parameter in declared]
    for name in given:
        if name not in names:
            known = ", ".join(names) or "none"
            raise InvalidValue(
                field=f"parameters.{name}", problem=f"is not known here; known are: {known}"
            )


def within(threshold: Decimal, *, low: Decimal, high: Decimal, unit: str) -> Decimal:
    """Return the threshold if it lies between the bounds, both included."""
    if not low <= threshold <= high:
        raise InvalidValue(
            field="threshold",
            problem=f"must be from {plain(low)} to {plain(high)} ({unit}), not {plain(threshold)}",
        )
    return threshold


def whole(threshold: Decimal) -> int:
    """Return the threshold as an integer, refusing fractions."""
    if threshold != threshold.to_integral_value():
        raise InvalidValue(
            field="threshold", problem=f"must be a whole number, not {plain(threshold)}"
        )
    return int(threshold)


def seconds_of(value: Decimal) -> timedelta:
    """Return a span of that many seconds, to the microsecond below."""
    return timedelta(microseconds=int(value * 1_000_000))


def heard_from(threshold: Decimal, *, quiet: Decimal) -> int:
    """Return the first whole number at or above the quiet share of a threshold."""
    return math.ceil(threshold * quiet)
