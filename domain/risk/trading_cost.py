"""Estimate what an order costs to trade, and how long a position takes to leave."""

from dataclasses import dataclass
from decimal import Decimal

from domain.market.prices import Quote
from domain.shared.values import ZERO

# Share of the daily volume that one participant can be without moving the price by itself.
PARTICIPATION = Decimal("0.1")
_TWO = Decimal(2)


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingCost:
    """Half the spread and the impact, each a fraction of the price; None where not known."""

    half_spread: Decimal | None
    impact: Decimal | None

    @property
    def total(self) -> Decimal | None:
        """What trading the quantity costs in all, as a fraction of its worth."""
        if self.half_spread is None or self.impact is None:
            return None
        return self.half_spread + self.impact


def half_spread(quote: Quote) -> Decimal | None:
    """Return (ask - bid) / 2 as a fraction of the middle; None without a price above zero."""
    middle = (quote.bid + quote.ask) / _TWO
    return (quote.ask - quote.bid) / _TWO / middle if middle > ZERO else None


def impact(
    quantity: Decimal, *, average_daily_volume: Decimal | None, volatility: Decimal | None
) -> Decimal | None:
    """Return volatility x sqrt(quantity / average daily volume), a fraction of the price.

    The square-root law with a factor of one: R. Almgren, C. Thum, E. Hauptmann and H. Li,
    Direct Estimation of Equity Market Impact, Risk 18(7), 2005; B. Toth et al., Anomalous
    Price Impact and the Critical Nature of Liquidity, Physical Review X 1, 021006, 2011.
    volatility is the sample deviation of daily returns, quantity and volume are in units.
    """
    if volatility is None or average_daily_volume is None or average_daily_volume <= ZERO:
        return None
    return volatility * (abs(quantity) / average_daily_volume).sqrt()


def days_to_exit(quantity: Decimal, *, average_daily_volume: Decimal | None) -> Decimal | None:
    """Return the trading days that selling (or buying back) takes at a tenth of the volume."""
    if average_daily_volume is None or average_daily_volume <= ZERO:
        return None
    return abs(quantity) / (average_daily_volume * PARTICIPATION)
