"""Value European options by Black, Scholes and Merton."""

import math
from dataclasses import dataclass

from domain.market.instruments import OptionRight
from domain.shared.values import InvalidValue

VOLATILITY_MAX = 10.0
_HALVINGS = 100
_ROOT_TWO = math.sqrt(2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class EuropeanOption:
    """What is valued: strike in money, years until expiry, yearly rates continuously compounded."""

    right: OptionRight
    strike: float
    years: float
    rate: float = 0.0
    dividend_yield: float = 0.0

    def __post_init__(self) -> None:
        for field in ("strike", "years", "rate", "dividend_yield"):
            if not math.isfinite(getattr(self, field)):
                raise InvalidValue(field=field, problem="must be a finite number")
        if self.strike <= 0:
            raise InvalidValue(field="strike", problem="must be above 0")
        if self.years < 0:
            raise InvalidValue(field="years", problem="must not be below 0")

    def value(self, spot: float, *, volatility: float) -> float:
        """Return the value at a price of the underlying and a yearly volatility (0.2 is 20 %).

        Black and Scholes (1973), with Merton's (1973) continuous dividend yield:
        c = S e^(-qT) N(d1) - K e^(-rT) N(d2), p by parity. Without time or volatility it is what
        exercising at the forward pays.
        """
        held = spot * math.exp(-self.dividend_yield * self.years)
        owed = self.strike * math.exp(-self.rate * self.years)
        sign = 1.0 if self.right is OptionRight.CALL else -1.0
        deviation = volatility * math.sqrt(self.years)
        if deviation <= 0.0 or held <= 0.0:
            return max(sign * (held - owed), 0.0)
        upper = math.log(held / owed) / deviation + deviation / 2.0
        lower = upper - deviation
        # Rounding may leave what is worth nothing a hair below it.
        return max(sign * (held * _normal(sign * upper) - owed * _normal(sign * lower)), 0.0)

    def exercised(self, spot: float) -> float:
        """Return what exercising at once pays."""
        paid = spot - self.strike
        return max(paid if self.right is OptionRight.CALL else -paid, 0.0)

    def volatility(self, price: float, *, spot: float) -> float | None:
        """Return the volatility at which the option is worth a price, by halving.

        0 where the price is no more than exercising at the forward pays, None where no volatility
        up to 1,000 % makes it worth so much.
        """
        if price <= self.value(spot, volatility=0.0):
            return 0.0
        low, high = 0.0, VOLATILITY_MAX
        if self.value(spot, volatility=high) < price:
            return None
        for _ in range(_HALVINGS):
            middle = (low + high) / 2.0
            if middle in (low, high):
                break
            if self.value(spot, volatility=middle) < price:
                low = middle
            else:
                high = middle
        return high


def _normal(z: float) -> float:
    """The standard normal distribution function, exact in both tails."""
    return 0.5 * math.erfc(-z / _ROOT_TWO)
