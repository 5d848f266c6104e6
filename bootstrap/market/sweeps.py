"""Build what tries many patterns on past prices, and the arrays that it reads."""

from collections.abc import Sequence

import numpy as np

from adapters.cli.patterns import PriceRow
from domain.signals.sweep import SweepPrices, sweep
from ports.sweeps import PatternSweeps

# The ordinal of 1970-01-01.
_EPOCH_DAY = 719_163


def build_sweeps() -> PatternSweeps:
    """Return the compiled kernel where numba is installed (the extra compute)."""
    try:
        from adapters.compute.sweeps import sweep_compiled
    except ImportError:
        return sweep
    return sweep_compiled


def arrays_of(rows: Sequence[PriceRow], symbols: Sequence[str]) -> SweepPrices:
    """Return rows as arrays, a symbol in each row."""
    by_symbol = {symbol: [row for row in rows if row.symbol == symbol] for symbol in symbols}
    counts = np.array([len(own) for own in by_symbol.values()], dtype=np.int64)
    shape = (len(symbols), int(counts.max(initial=0)))
    prices, volumes = np.ones(shape), np.zeros(shape)
    sessions = np.zeros(shape, dtype=np.int64)
    for place, own in enumerate(by_symbol.values()):
        prices[place, : len(own)] = [row.price for row in own]
        volumes[place, : len(own)] = [row.volume for row in own]
        sessions[place, : len(own)] = [row.session.toordinal() - _EPOCH_DAY for row in own]
    return SweepPrices(prices=prices, volumes=volumes, sessions=sessions, counts=counts)
