"""Work out the margin of a book that somebody only asks about."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import date

from domain.margin.assess import assess
from domain.margin.assessment import Assessment
from domain.margin.book import MarginBook, MarginPosition
from domain.margin.rulebook import NoTable, RulebookName
from domain.risk.portfolio import daily_returns, volatility
from domain.shared.values import InvalidValue
from ports.market import Instruments, MarketView

# Daily prices that a volatility is taken from.
DAYS = 61


@dataclass(frozen=True, slots=True, kw_only=True)
class TryBook:
    """Assess a book without an account; what the market is known for gets its distance in days."""

    instruments: Instruments
    view: MarketView
    # One at a time: many legs are work for a second or two, and other threads need the time.
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False, compare=False)

    async def assess(self, book: MarginBook, *, rulebook: RulebookName, as_of: date) -> Assessment:
        """Return the assessment; raises InvalidValue, by field, for what has no table."""
        known = replace(book, positions=tuple(self._known(one) for one in book.positions))
        async with self._turn:
            found = await asyncio.to_thread(assess, known, rulebook=rulebook, on=as_of)
        if isinstance(found, NoTable):
            raise InvalidValue(field=_field(found, book), problem=found.problem)
        return found

    def _known(self, position: MarginPosition) -> MarginPosition:
        symbol = position.symbol
        if position.option is not None or self.instruments.find(symbol) is None:
            return position
        returns = daily_returns({symbol: self.view.bars(symbol, count=DAYS)})
        if returns is None:
            return position
        return replace(position, volatility=float(volatility(returns, symbol=symbol)))


def _field(missing: NoTable, book: MarginBook) -> str:
    for at, one in enumerate(book.positions):
        if missing.symbol and one.symbol == missing.symbol:
            return f"positions.{at}.{missing.field}"
    return "as_of"
