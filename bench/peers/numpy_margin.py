"""The margin of shares in plain numpy: the same sums in floats, by who needs no exactness."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.margin.book import MarginPosition

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """What came out, and the arrays that it came of."""

    equity: float
    initial: float
    maintenance: float
    deposit: float
    buffer: float
    values: Floats
    needs: Floats
    prices: Floats
    held: Floats

    def call_prices(self) -> Floats:
        """Return where each position would be called, not a number where nowhere."""
        excess, size = self.equity - self.maintenance, np.abs(self.held)
        with np.errstate(divide="ignore", invalid="ignore"):
            longs = self.prices - excess / (size * 0.75)
            owed = (excess - self.values + self.needs) / size
        shorts = np.where(
            owed / 1.3 * 0.3 >= 5,
            owed / 1.3,
            np.where(owed - 5 >= 5, owed - 5, np.where(owed >= 5, owed / 2, owed - 2.5)),
        )
        calls = np.where(self.held < 0, shorts, longs)
        return np.where(calls > 0, calls, np.nan)


def margin(positions: Sequence[MarginPosition], *, cash: float) -> Margin:
    """Return Regulation T's initial margin and Rule 4210(c)'s maintenance."""
    held = np.array([float(one.quantity) for one in positions])
    prices = np.array([float(one.price) for one in positions])
    size, is_short = np.abs(held), held < 0
    values = held * prices
    cheap = np.maximum(2.5, prices)
    short = np.where(prices < 5, cheap, np.maximum(5.0, prices * 0.3))
    needs = np.where(is_short, short, prices * 0.25) * size
    opens = np.maximum(np.abs(values) * 0.5, needs)
    sold = float(-values[is_short].sum())
    equity = cash + float(values.sum())
    maintenance = float(needs.sum())
    initial = float(opens.sum()) + sold
    return Margin(
        equity=equity,
        initial=initial,
        maintenance=maintenance,
        deposit=initial - sold,
        buffer=(equity - maintenance) / equity,
        values=values,
        needs=needs,
        prices=prices,
        held=held,
    )
