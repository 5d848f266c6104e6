"""Make up daily prices from a seed, to be played as any history is: for development alone.

Each symbol is a geometric random walk (log-normal returns without drift, as of Black and Scholes
1973) on the sessions of a real calendar. It is no market: nothing that is traded on it says how
anything would have gone. Names and sector of its instruments say so wherever they are shown.
"""

import math
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from random import Random

from adapters.market_data.calendars import session_dates
from adapters.market_data.replay.history import DailyPrice, PriceHistory
from domain.market.instruments import Instrument

CALENDAR = "XNYS"
FIRST, LAST = date(2015, 1, 2), date(2024, 12, 31)
SECTOR = "Synthetic"
SYMBOLS_MAX = 50
# Of a day's log return, and of what lies between a close and the next open.
_SIGMA, _NIGHT = 0.015, 0.005
_CENT, _CENTS = Decimal("0.01"), 100
# A walk goes far in ten years: what it would leave is held at these.
_LOWEST, _HIGHEST = 1.0, 100_000.0


def described(seed: int) -> str:
    """Say what such prices are, wherever the market is shown."""
    return f"synthetic prices, made up from seed {seed} for development"


def read_synthetic(*, seed: int, symbols: Sequence[str]) -> PriceHistory:
    """Return the history of a seed: the same one for the same seed and symbol, whatever else."""
    days = session_dates(CALENDAR, first=FIRST, last=LAST)
    return PriceHistory(
        calendar=CALENDAR,
        instruments=tuple(
            Instrument(symbol=one, name=f"{one} (synthetic, seed {seed})", sector=SECTOR)
            for one in sorted(symbols)
        ),
        prices={one: _walk(one, seed=seed, days=days) for one in sorted(symbols)},
        splits=(),
    )


def _walk(symbol: str, *, seed: int, days: Sequence[date]) -> tuple[DailyPrice, ...]:
    # Made to be drawn again, not to be secret; a text seeds it the same on every machine.
    random = Random(f"ballast synthetic {seed} {symbol}")  # noqa: S311 - as said
    close, typical = random.uniform(20.0, 200.0), random.uniform(1e6, 2e7)
    rows = []
    for day in days:
        opening = _held(close * math.exp(random.gauss(0.0, _NIGHT)))
        close = _held(opening * math.exp(random.gauss(0.0, _SIGMA)))
        high = max(opening, close) * math.exp(abs(random.gauss(0.0, _NIGHT)))
        low = min(opening, close) * math.exp(-abs(random.gauss(0.0, _NIGHT)))
        rows.append(
            DailyPrice(
                date=day,
                open=_price(opening),
                high=_price(high),
                low=_price(low),
                close=_price(close),
                volume=Decimal(round(typical * math.exp(random.gauss(0.0, 0.3)))),
            )
        )
    return tuple(rows)


def _held(price: float) -> float:
    return min(max(price, _LOWEST), _HIGHEST)


def _price(price: float) -> Decimal:
    # Never nothing: the low of the lowest price is still a cent.
    return max(Decimal(round(price * _CENTS)) / _CENTS, _CENT)
