"""Hold how far beyond the quote a buy without a limit is reserved, and capped."""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from domain.market.prices import Session
from domain.orders.terms import OrderTerms, Side, TimeInForce
from domain.shared.values import ZERO, InvalidValue, checked_decimal

_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Collars:
    """Percent beyond the quote: of an open market, and over the gap that a closed one leaves."""

    market_percent: Decimal = ZERO
    opening_percent: Decimal = ZERO

    def __post_init__(self) -> None:
        for name in ("market_percent", "opening_percent"):
            value = checked_decimal(getattr(self, name), field=name)
            if not ZERO <= value <= _HUNDRED:
                raise InvalidValue(field=name, problem="must be from 0 to 100 percent")

    def of(self, terms: OrderTerms, *, session: Session | None) -> Decimal:
        """Return the collar of an order, ZERO for one that cannot pay more than it names."""
        if terms.side is not Side.BUY or terms.limit_price is not None:
            return ZERO
        if session is None or not session.is_open or terms.time_in_force is TimeInForce.OPG:
            return self.opening_percent
        return self.market_percent


NO_COLLARS = Collars()


def collared(price: Decimal, *, percent: Decimal, tick: Decimal) -> Decimal:
    """Return the highest price on the tick that lies within so many percent above a price.

    Never less than the price itself: a coarse tick leaves no room, not less than none.
    """
    highest = price + abs(price) * percent / _HUNDRED
    return max((highest / tick).to_integral_value(ROUND_FLOOR) * tick, price)
