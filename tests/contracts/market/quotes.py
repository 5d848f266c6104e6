"""A source of quotes alone, written from docs/adding-a-source.md: lines of text, as they come."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from domain.market.prices import Quote
from domain.shared.values import InvalidValue
from ports.market import Listener, MarketDataCorrupt

_START = datetime.min.replace(tzinfo=UTC)


class QuoteLines:
    """A MarketFeed over lines such as `AAPL,189.98,190.02,190.00,2026-01-02T15:00:00+00:00`."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines
        self._listeners: list[Listener] = []
        self._latest = _START
        # What a listener broke off comes again with the next run.
        self._left: Quote | None = None

    def subscribe(self, listener: Listener) -> None:
        """Add a listener."""
        self._listeners.append(listener)

    async def run(self) -> None:
        """Deliver quotes until the lines end; raise MarketDataCorrupt at one that is unfit."""
        if self._left is not None:
            await self._deliver(self._left)
        async for line in self._lines:
            quote = _quote(line)
            if quote.at < self._latest:
                raise MarketDataCorrupt(f"{line!r} is older than {self._latest}")
            self._latest = quote.at
            await self._deliver(quote)

    async def _deliver(self, quote: Quote) -> None:
        self._left = quote
        for listener in self._listeners:
            await listener(quote)
        self._left = None


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
