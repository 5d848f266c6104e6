"""Margin shares by Regulation T and FINRA Rule 4210(c)."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from domain.margin.book import MarginPosition
from domain.margin.rulebook import NO_HOUSE, House, Rulebook
from domain.margin.tables import EquityRates
from domain.shared.values import ONE, ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareRates:
    """What one share of a symbol needs, by its price: long or short, already with the house's.

    Each is a function of the price alone, so that it can be asked at another price too.
    """

    rates: EquityRates
    multiple: Decimal = ONE
    factor: Decimal = ONE

    def long(self, price: Decimal) -> Decimal:
        """Return what a long share needs, at most its price.

        A leveraged fund needs its factor times as much (FINRA Regulatory Notice 09-53).
        """
        return price * min(self.long_rate, ONE)

    @property
    def long_rate(self) -> Decimal:
        """The share of its price that a long share needs."""
        return self.rates.long * self.factor * self.multiple

    def short(self, price: Decimal) -> Decimal:
        """Return what a short share needs beside its proceeds."""
        rates = self.rates
        if price < rates.cheap_below:
            least = max(rates.cheap_share, price * rates.cheap_rate)
        else:
            least = max(rates.short_share, price * self._short_rate)
        return least * self.multiple

    def short_call(self, owed: Decimal) -> Decimal:
        """Return the price at which a short share and what it needs come to an amount a share.

        The requirement never falls while the price rises, so that there is one such price; which
        of its pieces it lies on is tried from the top.
        """
        rates, multiple = self.rates, self.multiple
        if rates.cheap_below == ZERO:
            return owed / (ONE + self._short_rate * multiple)
        price = owed / (ONE + self._short_rate * multiple)
        if price * self._short_rate >= rates.short_share:
            return price
        price = owed - rates.short_share * multiple
        if price >= rates.cheap_below:
            return price
        price = owed / (ONE + rates.cheap_rate * multiple)
        if price * rates.cheap_rate >= rates.cheap_share:
            return price
        return owed - rates.cheap_share * multiple

    @property
    def _short_rate(self) -> Decimal:
        return min(self.rates.short * self.factor, ONE)


Rates = tuple[ShareRates, ShareRates]


def share_rates(
    position: MarginPosition, *, initial: EquityRates, maintenance: EquityRates, house: House
) -> Rates:
    """Return the rates of one position to open it, and to hold it."""
    to_open, to_hold = house.of(position.symbol)
    return (
        ShareRates(rates=initial, multiple=to_open),
        ShareRates(rates=maintenance, multiple=to_hold, factor=position.leverage),
    )


def rates_by(rulebook: Rulebook) -> Callable[[MarginPosition], Rates]:
    """Return what gives the rates of many positions: nearly all have the same, made once."""
    initial, maintenance, house = rulebook.initial, rulebook.maintenance, rulebook.house
    usual = ShareRates(rates=initial), ShareRates(rates=maintenance)

    def rates(position: MarginPosition) -> Rates:
        if house is NO_HOUSE and position.leverage is ONE:
            return usual
        return share_rates(position, initial=initial, maintenance=maintenance, house=house)

    return rates
