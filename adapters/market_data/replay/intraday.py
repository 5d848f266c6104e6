"""Turn a day's open, high, low, close and volume into the market events of that day.

Daily bars do not say in which order the extremes came. The path assumed is open, the
extreme nearer to the open, the other extreme, close: the shortest way through all four
but for ties, and the usual assumption of bar-based backtests.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from adapters.market_data.replay.history import DailyPrice, TradingDay
from domain.market.instruments import Instrument
from domain.market.prices import (
    Bar,
    DividendEffective,
    MarketEvent,
    Quote,
    SessionClosed,
    SessionOpened,
    SplitEffective,
    TradedVolume,
)
from domain.shared.frozen import builder

# Parts of a day's volume in its steps: trading is thickest in the auctions' hours.
VOLUME_SHARES = (Decimal("0.10"), Decimal("0.25"), Decimal("0.30"), Decimal("0.25"))
STEPS_PER_DAY = len(VOLUME_SHARES) + 1

# How long before the open a day begins: its splits take effect then.
BEFORE_OPEN = timedelta(minutes=1)

# Every bar of the history makes eleven events.
_new_bar = builder(Bar)
_new_quote = builder(Quote)
_new_traded = builder(TradedVolume)

_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Events that share one market time, in order."""

    at: datetime
    events: tuple[MarketEvent, ...]


def path_of(price: DailyPrice) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """Return open, first extreme, second extreme, close in the order assumed."""
    up = price.high - price.open
    down = price.open - price.low
    # On a tie the extreme on the far side of the close comes first.
    low_first = down < up or (down == up and price.close >= price.open)
    first, second = (price.low, price.high) if low_first else (price.high, price.low)
    return price.open, first, second, price.close


def volumes_of(price: DailyPrice, *, lot: Decimal) -> tuple[Decimal, ...]:
    """Split a day's volume over its steps in whole lots; the last step takes the rest."""
    parts = [price.volume * share // lot * lot for share in VOLUME_SHARES]
    return (*parts, price.volume - sum(parts, Decimal(0)))


def quote_of(
    *, symbol: str, last: Decimal, tick: Decimal, half_spread_ticks: int, at: datetime
) -> Quote:
    """Quote a number of ticks on each side of the last trade, on the tick (17 CFR 242.612).

    A trade finer than the tick widens the quote to the next tick; where no bid above zero
    is that far away, the bid is one tick, or the trade itself if that is lower still.
    """
    half = half_spread_ticks * tick
    steps, rest = divmod(last, tick)
    at_or_below = steps * tick
    bid = at_or_below - half
    return _new_quote(
        symbol=symbol,
        bid=bid if bid > 0 else min(tick, last),
        ask=(at_or_below + tick if rest else at_or_below) + half,
        last=last,
        at=at,
    )


def day_steps(day: TradingDay, *, calendar: str, half_spread_ticks: int) -> tuple[Step, ...]:
    """Return a day's steps: splits before the open, then open, +1 h, middle, -1 min, close."""
    opens_at, closes_at = day.opens_at, day.closes_at
    length = closes_at - opens_at
    times = (
        opens_at,
        opens_at + min(_HOUR, length / 4),
        opens_at + length / 2,
        closes_at - min(_MINUTE, length / 4),
        closes_at,
    )
    groups: list[list[MarketEvent]] = [[] for _ in times]
    groups[0].append(SessionOpened(calendar=calendar, date=day.date, at=opens_at))
    # Behind the day's opening equity, at yesterday's prices, and before any trade of today.
    groups[0] += [DividendEffective(dividend=one, at=opens_at) for one in day.dividends]
    for instrument, price in day.prices:
        _trade(
            groups, times=times, instrument=instrument, price=price, half_spread=half_spread_ticks
        )
    groups[-1].extend(_bar(price, instrument=each, day=day) for each, price in day.prices)
    groups[-1].append(SessionClosed(calendar=calendar, date=day.date, at=closes_at))
    steps = tuple(
        Step(at=at, events=tuple(events)) for at, events in zip(times, groups, strict=True)
    )
    if not day.splits:
        return steps
    before = opens_at - BEFORE_OPEN
    splits = tuple(SplitEffective(split=split, at=before) for split in day.splits)
    return (Step(at=before, events=splits), *steps)


def closing_events(
    day: TradingDay, *, calendar: str, half_spread_ticks: int
) -> tuple[MarketEvent, ...]:
    """Return what of a past day still matters: its splits, closing quotes and bars."""
    wanted = (SplitEffective, Quote, Bar)
    steps = day_steps(day, calendar=calendar, half_spread_ticks=half_spread_ticks)
    relevant = [steps[0], steps[-1]] if day.splits else [steps[-1]]
    return tuple(event for step in relevant for event in step.events if isinstance(event, wanted))


def _trade(
    groups: list[list[MarketEvent]],
    *,
    times: tuple[datetime, ...],
    instrument: Instrument,
    price: DailyPrice,
    half_spread: int,
) -> None:
    """Add one symbol's trades and quotes, a pair for each step."""
    symbol = instrument.symbol
    opening, first, second, close = path_of(price)
    paths = ((opening,), (opening, first), (first, second), (second, close), (close,))
    volumes = volumes_of(price, lot=instrument.lot)
    for events, at, path, volume in zip(groups, times, paths, volumes, strict=True):
        events.append(_new_traded(symbol=symbol, at=at, path=path, volume=volume))
        events.append(
            quote_of(
                symbol=symbol,
                last=path[-1],
                tick=instrument.tick,
                half_spread_ticks=half_spread,
                at=at,
            )
        )


def _bar(price: DailyPrice, *, instrument: Instrument, day: TradingDay) -> Bar:
    return _new_bar(
        symbol=instrument.symbol,
        opened_at=day.opens_at,
        closed_at=day.closes_at,
        open=price.open,
        high=price.high,
        low=price.low,
        close=price.close,
        volume=price.volume,
    )
