"""Describe who inherits which part of an asset class."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.shared.values import InvalidValue, checked_decimal

NAME_MAX = 200
CLASSES_MAX = 32
SHARES_MAX = 64
WHOLE = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one person gets of an asset class, in percent."""

    name: str
    percent: Decimal

    def __post_init__(self) -> None:
        """Raise InvalidValue for nobody, and for a part that is none."""
        _check_name(self.name, field="name")
        checked_decimal(self.percent, field="percent")
        if not 0 < self.percent <= WHOLE:
            raise InvalidValue(field="percent", problem="must be above 0 and at most 100")


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """Who gets an asset class, and who instead where none of these can."""

    asset_class: str
    beneficiaries: tuple[Share, ...]
    contingents: tuple[Share, ...] = ()

    def __post_init__(self) -> None:
        """Raise InvalidValue for parts that are not exactly the whole."""
        _check_name(self.asset_class, field="asset_class")
        _check_whole(self.beneficiaries, field="beneficiaries")
        if self.contingents:
            _check_whole(self.contingents, field="contingents")


def check_allocations(allocations: Sequence[Allocation]) -> None:
    """Raise InvalidValue for too many of them, and for an asset class that is there twice."""
    if len(allocations) > CLASSES_MAX:
        raise InvalidValue(field="allocations", problem=f"must be at most {CLASSES_MAX}")
    known: set[str] = set()
    for index, one in enumerate(allocations):
        if one.asset_class in known:
            raise InvalidValue(
                field=f"allocations[{index}].asset_class",
                problem=f"stands in the list before: {one.asset_class}",
            )
        known.add(one.asset_class)


def _check_whole(shares: Sequence[Share], *, field: str) -> None:
    if not 1 <= len(shares) <= SHARES_MAX:
        raise InvalidValue(field=field, problem=f"must be 1 to {SHARES_MAX} of them")
    if len({one.name for one in shares}) < len(shares):
        raise InvalidValue(field=field, problem="must each be named once")
    if (total := sum((one.percent for one in shares), Decimal(0))) != WHOLE:
        raise InvalidValue(field=field, problem=f"must sum to exactly 100 percent, not {total}")


def _check_name(name: str, *, field: str) -> None:
    if not 1 <= len(name) <= NAME_MAX or name != name.strip() or not name.isprintable():
        raise InvalidValue(
            field=field,
            problem=f"must be 1 to {NAME_MAX} printable characters, none of them blank at an end",
        )
