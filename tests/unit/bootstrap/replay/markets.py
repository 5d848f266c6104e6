"""Small markets to replay: a wave up and down, so that averages cross."""

import math
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from adapters.market_data.replay.history import DailyPrice, PriceHistory
from adapters.memory.market import MemoryCalendars, weekday_calendar
from bootstrap.replay.market import ReplayMarket
from domain.backtest.options import BacktestOptions
from domain.market.instruments import Instrument
from domain.market.prices import Dividend, Split

FIRST = date(2012, 1, 2)
_CENT = Decimal("0.01")


def weekdays(count: int) -> list[date]:
    return weekdays_from(FIRST, count=count)


def weekdays_from(first: date, *, count: int) -> list[date]:
    days = (first + timedelta(days=index) for index in range(2 * count + 7))
    return [day for day in days if day.weekday() < 5][:count]


def wave(count: int, *, mean: float, swing: float, length: int) -> list[Decimal]:
    return [
        Decimal(repr(mean + swing * math.sin(2 * math.pi * index / length))).quantize(_CENT)
        for index in range(count)
    ]


def daily(closes: Sequence[Decimal]) -> tuple[DailyPrice, ...]:
    """Prices that open at the close of the day before, with a dollar of room."""
    rows = []
    for index, (day, close) in enumerate(zip(weekdays(len(closes)), closes, strict=True)):
        opening = closes[max(index - 1, 0)]
        rows.append(
            DailyPrice(
                date=day,
                open=opening,
                high=max(opening, close) + 1,
                low=min(opening, close) - 1,
                close=close,
                volume=Decimal(1_000_000),
            )
        )
    return tuple(rows)


def market(
    prices: dict[str, tuple[DailyPrice, ...]],
    *,
    splits: tuple[Split, ...] = (),
    dividends: tuple[Dividend, ...] = (),
) -> ReplayMarket:
    last = max(rows[-1].date for rows in prices.values())
    return ReplayMarket(
        history=PriceHistory(
            calendar="XNYS",
            instruments=tuple(
                Instrument(symbol=symbol, name=symbol, sector="Tests") for symbol in sorted(prices)
            ),
            prices=prices,
            splits=splits,
            dividends=dividends,
        ),
        calendars=MemoryCalendars(
            [
                weekday_calendar(
                    "XNYS", first=FIRST - timedelta(days=7), last=last + timedelta(days=7)
                )
            ]
        ),
    )


def two_waves(*, days: int = 120) -> ReplayMarket:
    return market(
        {
            "AAA": daily(wave(days, mean=100, swing=20, length=40)),
            "BBB": daily(wave(days, mean=50, swing=8, length=56)),
        }
    )


def options(**changes: Any) -> BacktestOptions:
    return BacktestOptions(out=Path("never-written"), **changes)
