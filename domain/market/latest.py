"""Keep the latest quotes, closed bars and average volumes as market events come in."""

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from itertools import islice

from domain.market.prices import (
    Bar,
    MarketEvent,
    Quote,
    Split,
    SplitEffective,
    SplitHistory,
    TradedVolume,
)
from domain.shared.values import InvalidValue

AVERAGE_VOLUME_DAYS = 20
# About two trading years: enough for a year of returns on top of a year's warm-up.
BARS_KEPT = 512

# Finer than any venue's price steps, coarse enough to stay storable after many splits.
_RESTATED_STEP = Decimal("0.000001")


class LatestPrices:
    """The latest prices of every symbol; mutable, since a copy per tick would cost a map.

    since is the market time from which on every split will have been told here.
    """

    def __init__(self, *, since: datetime | None = None) -> None:
        self._quotes: dict[str, Quote] = {}
        self._bars: dict[str, deque[Bar]] = {}
        self._average_volumes: dict[str, Decimal] = {}
        self._since = since
        self._splits: dict[str, tuple[SplitEffective, ...]] = {}

    def apply(self, event: MarketEvent) -> None:
        """Take one event in; raise InvalidValue on a bar that is not later than the last."""
        # By frequency: quotes and trades are nearly all of what comes.
        if isinstance(event, Quote):
            self._quotes[event.symbol] = event
        elif isinstance(event, TradedVolume):
            return
        elif isinstance(event, Bar):
            self._close_bar(event)
        elif isinstance(event, SplitEffective):
            self._restate(event.split)
            earlier = self._splits.get(event.split.symbol, ())
            self._splits[event.split.symbol] = (*earlier, event)

    def quote(self, symbol: str) -> Quote | None:
        """Return the latest quote, restated for a split since, or None."""
        return self._quotes.get(symbol)

    def average_daily_volume(self, symbol: str) -> Decimal | None:
        """Return the mean volume of the last 20 closed bars in today's units, or None."""
        return self._average_volumes.get(symbol)

    def bars(self, symbol: str, *, count: int) -> Sequence[Bar]:
        """Return at most `count` of the latest bars, restated for splits, oldest first."""
        if count < 1:
            raise InvalidValue(field="count", problem=f"must be at least 1, not {count}")
        bars = self._bars.get(symbol, ())
        return tuple(islice(bars, max(0, len(bars) - count), None))

    def splits(self, symbol: str) -> SplitHistory:
        """Return the splits of a symbol that were told."""
        return SplitHistory(since=self._since, splits=self._splits.get(symbol, ()))

    def _close_bar(self, bar: Bar) -> None:
        bars = self._bars.setdefault(bar.symbol, deque(maxlen=BARS_KEPT))
        if bars and bar.closed_at <= bars[-1].closed_at:
            raise InvalidValue(
                field="closed_at",
                problem=f"the bar of {bar.symbol} must close after {bars[-1].closed_at},"
                f" not at {bar.closed_at}",
            )
        bars.append(bar)
        self._average(bar.symbol)

    def _average(self, symbol: str) -> None:
        bars = self._bars.get(symbol, deque())
        if len(bars) >= AVERAGE_VOLUME_DAYS:
            recent = islice(bars, len(bars) - AVERAGE_VOLUME_DAYS, None)
            total = sum((bar.volume for bar in recent), Decimal(0))
            self._average_volumes[symbol] = total / AVERAGE_VOLUME_DAYS

    def _restate(self, split: Split) -> None:
        quote = self._quotes.get(split.symbol)
        if quote is not None:
            self._quotes[split.symbol] = replace(
                quote,
                bid=_price(quote.bid, split=split),
                ask=_price(quote.ask, split=split),
                last=_price(quote.last, split=split),
            )
        bars = self._bars.get(split.symbol)
        if bars is not None:
            restated = [_bar(bar, split=split) for bar in bars]
            bars.clear()
            bars.extend(restated)
            self._average(split.symbol)


def _bar(bar: Bar, *, split: Split) -> Bar:
    return replace(
        bar,
        open=_price(bar.open, split=split),
        high=_price(bar.high, split=split),
        low=_price(bar.low, split=split),
        close=_price(bar.close, split=split),
        volume=(bar.volume * split.numerator / split.denominator).quantize(_RESTATED_STEP),
    )


def _price(price: Decimal, *, split: Split) -> Decimal:
    return (price * split.denominator / split.numerator).quantize(_RESTATED_STEP)
