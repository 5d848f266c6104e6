"""A source of quotes alone, written from docs/adding-a-source.md: lines of text, as they come."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from domain.market.prices import Quote
from domain.shared.values import InvalidValue
from ports.market import MarketDataCorrupt
from ports.market_source import KnownBefore, Moment, SourceAbilities


class QuoteLines:
    """A MarketSource over lines such as `AAPL,189.98,190.02,190.00,2026-01-02T15:00:00+00:00`."""

    abilities = SourceAbilities(tells=frozenset({Quote}))

    def __init__(self, lines: AsyncIterator[str], *, begins: datetime) -> None:
        self._lines = lines
        self._latest = begins
        # The line that not everybody has yet.
        self._line: str | None = None
        self._ended = False

    def known(self) -> KnownBefore:
        """Return the time of the latest quote that everybody has; no quotes from before."""
        return KnownBefore(at=self._latest)

    async def moments(self) -> AsyncIterator[Moment]:
        """Yield a quote a moment; raise MarketDataCorrupt at a line that is unfit, each time."""
        while True:
            if self._line is None:
                self._line = await anext(self._lines, None)
            if self._line is None:
                self._ended = True
                return
            quote = _quote(self._line)
            if quote.at < self._latest:
                raise MarketDataCorrupt(f"{self._line!r} is older than {self._latest}")
            yield Moment(at=quote.at, events=(quote,))
            self._line, self._latest = None, quote.at

    def ended(self) -> bool:
        """Tell whether the lines have ended."""
        return self._ended


def _quote(line: str) -> Quote:
    try:
        symbol, bid, ask, last, at = line.strip().split(",")
        prices = [Decimal(price) for price in (bid, ask, last)]
        time = datetime.fromisoformat(at).astimezone(UTC)
        if min(prices) <= 0 or datetime.fromisoformat(at).tzinfo is None:
            raise ValueError("a price is not above zero, or the time has no zone")
        return Quote(symbol=symbol, bid=prices[0], ask=prices[1], last=prices[2], at=time)
    except (ValueError, InvalidOperation, InvalidValue) as problem:
        raise MarketDataCorrupt(f"{line!r} is no quote: {problem}") from problem
