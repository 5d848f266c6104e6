"""Describe what can be traded and in which steps."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from domain.shared.values import ZERO, InvalidValue, checked_symbol, plain, positive_decimal


class AssetClass(StrEnum):
    """What kind of thing is traded; margin, expiry and settlement differ by it."""

    EQUITY = "equity"
    OPTION = "option"
    FUTURE = "future"
    CRYPTO_PERP = "crypto_perp"


class OptionRight(StrEnum):
    """What the holder of an option may do."""

    CALL = "call"
    PUT = "put"


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionTerms:
    """What an option is on; how many units one contract covers is the instrument's multiplier.

    strike is in the underlying's currency per unit. broad_index: the underlying is a broad-based
    index, whose options need less margin than those of one share.
    """

    underlying: str
    right: OptionRight
    strike: Decimal
    expiry: date
    broad_index: bool = False

    def __post_init__(self) -> None:
        checked_symbol(self.underlying, field="underlying")
        positive_decimal(self.strike, field="strike")


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """One tradable thing, its increments, its sector and its trading calendar.

    tick and prices are in `currency` per unit; quantities are in units (shares);
    notional = quantity x price x multiplier. option holds the terms of an option, and only its.
    """

    symbol: str
    name: str
    currency: str = "USD"
    tick: Decimal = Decimal("0.01")
    lot: Decimal = Decimal(1)
    min_quantity: Decimal = Decimal(1)
    max_quantity: Decimal = Decimal(1_000_000)
    multiplier: Decimal = Decimal(1)
    sector: str = ""
    calendar: str = "XNYS"
    asset_class: AssetClass = AssetClass.EQUITY
    option: OptionTerms | None = None

    def __post_init__(self) -> None:
        checked_symbol(self.symbol)
        if (self.option is None) is (self.asset_class is AssetClass.OPTION):
            raise InvalidValue(field="option", problem="an option, and nothing else, has terms")
        for field in ("tick", "lot", "min_quantity", "max_quantity", "multiplier"):
            positive_decimal(getattr(self, field), field=field)
        if self.min_quantity > self.max_quantity:
            raise InvalidValue(field="min_quantity", problem="must not exceed max_quantity")

    def price_problem(self, price: Decimal) -> str | None:
        """Say why the price cannot be quoted on this instrument, or None if it can."""
        # Orders may name any price, for some markets go below zero: none of these do.
        if price <= ZERO:
            return f"must be above 0, not {plain(price)}"
        if price % self.tick:
            return f"must be a multiple of the tick {plain(self.tick)}, not {plain(price)}"
        return None

    def quantity_problem(self, quantity: Decimal) -> str | None:
        """Say why the quantity cannot be ordered, or None if it can."""
        if quantity < self.min_quantity:
            return f"must be at least {plain(self.min_quantity)}, not {plain(quantity)}"
        if quantity > self.max_quantity:
            return f"must be at most {plain(self.max_quantity)}, not {plain(quantity)}"
        if quantity % self.lot:
            return f"must be a multiple of the lot {plain(self.lot)}, not {plain(quantity)}"
        return None
