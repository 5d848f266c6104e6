"""Hold a position: quantity, cost, realised and unrealised profit and loss."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

from domain.shared.values import ONE, SMALLEST_EXPONENT, ZERO

# Cost leaves a position in proportion to the units that leave it; the share is rounded
# here, and what is rounded away stays in the position: nothing is lost between the two.
COST_STEP = Decimal("1E-10")
# Storage keeps eighteen places; a price times a quantity can have more.
VALUE_STEP = Decimal("1E-18")


def traded_value(*, quantity: Decimal, price: Decimal, multiplier: Decimal) -> Decimal:
    """Return the signed money that a trade moves, to the places that storage keeps."""
    value = quantity * price * multiplier
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent < SMALLEST_EXPONENT:
        return value.quantize(VALUE_STEP, ROUND_HALF_EVEN)
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Units held of one symbol (negative when short), at average cost.

    cost is the signed total paid for the open units, multiplier included, without
    commissions: realised + unrealised = cash flow of the trades + market value.
    """

    symbol: str
    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    realised_pnl: Decimal = ZERO
    commissions: Decimal = ZERO
    multiplier: Decimal = ONE
    # The ex-date of the latest split that the units are restated for, None before any.
    split_on: date | None = None
    # The units that were held when that split came, in the units before it.
    split_from: Decimal = ZERO

    @property
    def average_cost(self) -> Decimal | None:
        """Cost per unit, None when flat."""
        return self.cost / (self.quantity * self.multiplier) if self.quantity else None

    def market_value(self, price: Decimal) -> Decimal:
        """Signed value at a price."""
        return self.quantity * price * self.multiplier

    def unrealised_pnl(self, price: Decimal) -> Decimal:
        """Value at a price less cost."""
        return self.quantity * price * self.multiplier - self.cost

    def traded(self, *, quantity: Decimal, price: Decimal, commission: Decimal) -> "Position":
        """Return the position after a fill of signed quantity; a flip opens the other side."""
        paid = replace(self, commissions=self.commissions + commission)
        value = traded_value(quantity=quantity, price=price, multiplier=self.multiplier)
        held = self.quantity
        if not held or (held > 0) == (quantity > 0):
            return replace(
                paid,
                quantity=held + quantity,
                cost=self.cost + value,
            )
        closing = quantity if abs(quantity) <= abs(held) else -held
        whole = closing == -held
        cost_out = (
            self.cost
            if whole
            else (self.cost * -closing / held).quantize(COST_STEP, ROUND_HALF_EVEN)
        )
        closed = traded_value(quantity=closing, price=price, multiplier=self.multiplier)
        return replace(
            paid,
            quantity=held + quantity,
            cost=self.cost - cost_out + (value - closed),
            realised_pnl=self.realised_pnl - closed - cost_out,
        )
