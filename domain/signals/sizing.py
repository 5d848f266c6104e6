"""Say how many units a strategy asks for."""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from domain.market.instruments import Instrument
from domain.shared.values import ZERO, InvalidValue, positive_decimal

_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class FixedQuantity:
    """The same number of units every time."""

    units: Decimal

    def __post_init__(self) -> None:
        positive_decimal(self.units, field="quantity")


@dataclass(frozen=True, slots=True)
class FixedRisk:
    """As many units as lose `percent` of the equity when the price moves by the stop distance.

    The stop distance is `ranges` average true ranges (Tharp 2006, "Trade Your Way to
    Financial Freedom": the percent risk model).
    """

    percent: Decimal
    ranges: Decimal = Decimal(2)

    def __post_init__(self) -> None:
        positive_decimal(self.percent, field="risk_per_trade")
        positive_decimal(self.ranges, field="ranges")
        if self.percent > _HUNDRED:
            raise InvalidValue(field="risk_per_trade", problem="must be at most 100 percent")


Sizing = FixedQuantity | FixedRisk


def units_for(
    sizing: Sizing,
    *,
    instrument: Instrument,
    equity: Decimal,
    cash: Decimal,
    price: Decimal,
    true_range: float | None,
) -> Decimal:
    """Return the units to buy in whole lots; zero when the sizing asks for less than one.

    equity and cash in the instrument's currency; price and true_range per unit. A fixed
    risk never asks for more than the cash buys; it asks for nothing without a true range.
    """
    match sizing:
        case FixedQuantity(units):
            return units
        case FixedRisk(percent, ranges):
            if not true_range or price <= ZERO:
                return ZERO
            # A float's shortest text: the same decimal on every machine.
            distance = Decimal(repr(true_range)) * ranges * instrument.multiplier
            wanted = equity * percent / _HUNDRED / distance
            affordable = cash / (price * instrument.multiplier)
            units = min(wanted, affordable, instrument.max_quantity)
            lots = (units / instrument.lot).to_integral_value(ROUND_FLOOR)
            whole = max(lots * instrument.lot, ZERO)
            return whole if whole >= instrument.min_quantity else ZERO
