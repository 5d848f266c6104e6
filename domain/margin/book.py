"""Describe what is to be margined: cash, and positions at their prices."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.market.instruments import AssetClass, OptionTerms
from domain.shared.values import (
    LARGEST,
    ONE,
    ZERO,
    InvalidValue,
    checked_decimal,
    positive_decimal,
)

# More than any account holds; a body of more is no book.
POSITIONS_MAX = 5_000
TIERS_MAX = 50
LEVERAGE_MAX = Decimal(125)

# Contracts are named longer than shares, and with blanks.
NAME_MAX = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """The maintenance rate of a perpetual's notional from floor on, up to the next tier's."""

    floor: Decimal
    rate: Decimal

    def __post_init__(self) -> None:
        checked_decimal(self.floor, field="floor")
        checked_decimal(self.rate, field="rate")
        if self.floor < ZERO:
            raise InvalidValue(field="floor", problem="must not be below 0")
        if not ZERO < self.rate < ONE:
            raise InvalidValue(field="rate", problem="must lie between 0 and 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginPosition:
    """One position as margin sees it: a signed quantity at a price.

    price is in the book's currency per unit, multiplier in units a contract. leverage is what a
    perpetual was opened with, and the daily factor of a leveraged fund. entry_price and tiers are
    a perpetual's; option and underlying_price an option's. volatility is the standard deviation
    of daily log returns, where it is known.
    """

    symbol: str
    quantity: Decimal
    price: Decimal
    asset_class: AssetClass = AssetClass.EQUITY
    multiplier: Decimal = ONE
    option: OptionTerms | None = None
    underlying_price: Decimal | None = None
    entry_price: Decimal | None = None
    leverage: Decimal = ONE
    tiers: tuple[Tier, ...] = ()
    volatility: float | None = None

    def __post_init__(self) -> None:
        """Raise InvalidValue for what no position can be, by the field."""
        name = self.symbol
        if not (1 <= len(name) <= NAME_MAX and name.isprintable() and name == name.strip()):
            raise InvalidValue(
                field="symbol",
                problem=f"must be 1 to {NAME_MAX} characters such as IBM or IBM 261218C00100000",
            )
        checked_decimal(self.quantity, field="quantity")
        checked_decimal(self.price, field="price")
        if self.asset_class is AssetClass.EQUITY and self.option is None:
            if self.price <= ZERO:
                raise InvalidValue(field="price", problem="must be above 0")
            if self.multiplier is not ONE or self.leverage is not ONE:
                self._check_factors()
            return
        self._check_factors()
        self._check_terms()

    @property
    def value(self) -> Decimal:
        """What it is worth: below zero for what is owed."""
        value = self.quantity * self.price
        return value if self.multiplier is ONE else value * self.multiplier

    def _check_factors(self) -> None:
        positive_decimal(self.multiplier, field="multiplier")
        checked_decimal(self.leverage, field="leverage")
        if not ONE <= self.leverage <= LEVERAGE_MAX:
            raise InvalidValue(field="leverage", problem=f"must be between 1 and {LEVERAGE_MAX}")

    def _check_terms(self) -> None:
        is_option = self.asset_class is AssetClass.OPTION
        if is_option is (self.option is None):
            raise InvalidValue(
                field="asset_class",
                problem="must be option where right, strike and expiry are given, and nowhere else",
            )
        # An option may have become worthless; a future's price may be anything.
        if self.price < ZERO and self.asset_class is not AssetClass.FUTURE:
            raise InvalidValue(field="price", problem="must not be below 0")
        if self.asset_class is AssetClass.CRYPTO_PERP:
            positive_decimal(self.price, field="price")
            self._check_tiers()
        if is_option and self.quantity % ONE:
            raise InvalidValue(field="quantity", problem="must be whole contracts")
        for field in ("underlying_price", "entry_price"):
            if (given := getattr(self, field)) is not None:
                positive_decimal(given, field=field)

    def _check_tiers(self) -> None:
        if len(self.tiers) > TIERS_MAX:
            raise InvalidValue(field="tiers", problem=f"must be at most {TIERS_MAX}")
        last: Tier | None = None
        for tier in self.tiers:
            if last is None and tier.floor != ZERO:
                raise InvalidValue(field="tiers", problem="must begin at floor 0")
            # A larger position is never margined at less: the liquidation price is one only so.
            if last is not None and (tier.floor <= last.floor or tier.rate < last.rate):
                raise InvalidValue(
                    field="tiers", problem="must rise in floor, and not fall in rate"
                )
            last = tier


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginBook:
    """One account's cash, or wallet, and its positions, each symbol once.

    cash is below zero for a loan; for a perpetual's rulebook it is the wallet, without what open
    positions have gained or lost. sma is the special memorandum account of the day before.
    """

    cash: Decimal
    positions: tuple[MarginPosition, ...] = ()
    sma: Decimal = ZERO

    def __post_init__(self) -> None:
        """Raise InvalidValue for a cash that cannot be, and for a symbol that stands twice."""
        if not (self.cash.is_finite() and abs(self.cash) < LARGEST):
            raise InvalidValue(field="cash", problem="must be finite and smaller than 1e20")
        if len(self.positions) > POSITIONS_MAX:
            raise InvalidValue(field="positions", problem=f"must be at most {POSITIONS_MAX}")
        if len({one.symbol for one in self.positions}) < len(self.positions):
            at = _repeated(self.positions)
            raise InvalidValue(field=f"positions.{at}.symbol", problem="stands there twice")


def _repeated(positions: Sequence[MarginPosition]) -> int:
    seen: set[str] = set()
    for at, one in enumerate(positions):
        if one.symbol in seen:
            return at
        seen.add(one.symbol)
    raise LookupError("no symbol stands there twice")
