"""Describe an asset without a ticker, and estimate what it is worth."""

import re
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from uuid import UUID

from domain.shared.values import CENT, ONE, InvalidValue, checked_decimal, checked_time, plain

# How many a tenant may have.
ASSETS_MAX = 2_000
NOTE_MAX = 2_000
APPRECIATION_MAX = Decimal(10)
_EARLIEST = date(1900, 1, 1)
_CURRENCY = re.compile(r"[A-Z]{3}")


class AssetKind(StrEnum):
    """What sort of thing it is."""

    REAL_ESTATE = "real_estate"
    VEHICLE = "vehicle"
    ART = "art"
    COLLECTIBLE = "collectible"
    JEWELLERY = "jewellery"
    BUSINESS = "business"
    INSURANCE = "insurance"
    LOAN = "loan"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One thing of a tenant, known by its name.

    value is what it was worth on valued_on, in currency (ISO 4217); appreciation the share by
    which that grows each year, 0.03 for 3 %, below zero for what wears off.
    """

    id: UUID
    tenant_id: UUID
    kind: AssetKind
    name: str
    value: Decimal
    currency: str
    valued_on: date
    owner: str
    appreciation: Decimal
    note: str
    created_at: datetime
    version: int = 1

    def __post_init__(self) -> None:
        """Raise InvalidValue for what no asset can be."""
        for field, text, most in (("name", self.name, 200), ("owner", self.owner, 200)):
            if len(text) > most or text != text.strip() or not (text or field == "owner"):
                problem = f"must be at most {most} characters, without space around them"
                raise InvalidValue(field=field, problem=problem)
        if len(self.note) > NOTE_MAX:
            raise InvalidValue(field="note", problem=f"must be at most {NOTE_MAX} characters")
        if _CURRENCY.fullmatch(self.currency) is None:
            raise InvalidValue(field="currency", problem="must be a code such as USD (ISO 4217)")
        if checked_decimal(self.value, field="value") < 0:
            raise InvalidValue(field="value", problem="must not be below zero")
        if self.valued_on < _EARLIEST:
            raise InvalidValue(field="valued_on", problem=f"must not be before {_EARLIEST}")
        if not -ONE < checked_decimal(self.appreciation, field="appreciation") <= APPRECIATION_MAX:
            problem = f"must be above -1 and at most {APPRECIATION_MAX}: 0.03 is 3 % a year"
            raise InvalidValue(field="appreciation", problem=problem)
        checked_time(self.created_at, field="created_at")

    def worth(self, on: date) -> Decimal:
        """Return what it is worth on a day, in cents: compounded by days of 365 a year."""
        years = Decimal((on - self.valued_on).days) / 365
        worth = self.value * (ONE + self.appreciation) ** years
        return worth.quantize(CENT, rounding=ROUND_HALF_EVEN)


def describe_asset(asset: Asset) -> dict[str, str]:
    """List what a reader of the trail needs to know of an asset: all but its note's text."""
    shown = {one.name: getattr(asset, one.name) for one in fields(asset)}
    for hidden in ("tenant_id", "created_at"):
        del shown[hidden]
    shown["note"] = f"{len(asset.note)} characters"
    return {
        name: plain(value) if isinstance(value, Decimal) else str(value)
        for name, value in shown.items()
    }
