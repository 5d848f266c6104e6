"""Read the daily returns of symbols, each one's closes worked out once a day."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from domain.market.prices import Bar
from domain.risk.close_history import Closes, closes_of, returns_of_closes
from domain.risk.portfolio import Returns
from ports.market import MarketView

# Two trading years, as portfolio risk is measured over.
HISTORY_DAYS = 500
# Eight kilobytes each.
SYMBOLS_KEPT = 2_000


@dataclass(slots=True, kw_only=True)
class ReadReturns:
    """Keeps the closes of a symbol until its latest bar is another one.

    A split restates every bar, so that the latest is another one after it, too.
    """

    market: MarketView
    _kept: dict[str, tuple[Bar, Closes]] = field(default_factory=dict)

    def __call__(self, symbols: Iterable[str]) -> Returns | None:
        """Return the returns on the days that all have, None where there are too few."""
        closes: dict[str, Closes] = {}
        for symbol in symbols:
            found = self._closes(symbol)
            if found is None:
                return None
            closes[symbol] = found
        return returns_of_closes(closes)

    def _closes(self, symbol: str) -> Closes | None:
        latest = self.market.bars(symbol, count=1)
        if not latest:
            return None
        kept = self._kept.get(symbol)
        if kept is not None and kept[0] is latest[0]:
            return kept[1]
        if len(self._kept) >= SYMBOLS_KEPT:
            self._kept.clear()
        made = closes_of(self.market.bars(symbol, count=HISTORY_DAYS))
        self._kept[symbol] = latest[0], made
        return made
