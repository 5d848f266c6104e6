"""Time NautilusTrader's EMA, SMA and VWAP, those in Cython and those in Rust, a tick at a time.

Each tick calls `update_raw` of all three, the least that their public API can be asked for: the
figures are ready, and so are the times of VWAP (a pandas Timestamp for the one in Cython, seconds
for the one in Rust). EMA and VWAP read prices, SMA volumes. Neither has a call for many ticks.

Run `python -m bench.peers.nautilus_indicators` from the repository's root with an interpreter
that has nautilus_trader; one JSON object comes on standard output: seconds a tick, by language
and pass, and what all three said last.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from time import perf_counter
from typing import Any

import nautilus_trader
import pandas as pd
from nautilus_trader.core import nautilus_pyo3
from nautilus_trader.indicators import (
    ExponentialMovingAverage,
    SimpleMovingAverage,
    VolumeWeightedAveragePrice,
)

from bench.ticks import Ticks, ticks

# Their EMA weighs by 2 / (period + 1): a tenth.
EMA, SMA = 19, 20


def _passed(three: tuple[Any, Any, Any], given: Ticks, times: Sequence[Any]) -> tuple[float, Any]:
    ema, sma, vwap = three
    begun = perf_counter()
    for price, volume, at in zip(given.prices, given.volumes, times, strict=True):
        ema.update_raw(price)
        sma.update_raw(volume)
        vwap.update_raw(price, volume, at)
    took = perf_counter() - begun
    return took / len(given.prices), [ema.value, sma.value, vwap.value]


def main() -> None:
    """Measure both and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ticks", type=int, default=20_000)
    parser.add_argument("--passes", type=int, default=5)
    chosen = parser.parse_args()
    given = ticks(chosen.ticks)
    days = [pd.Timestamp("2026-01-05 15:00", tz="UTC") + pd.Timedelta(days=n) for n in range(10)]
    made = {
        "cython": (
            (ExponentialMovingAverage, SimpleMovingAverage, VolumeWeightedAveragePrice),
            [days[one] for one in given.sessions],
        ),
        "rust": (
            (
                nautilus_pyo3.ExponentialMovingAverage,
                nautilus_pyo3.SimpleMovingAverage,
                nautilus_pyo3.VolumeWeightedAveragePrice,
            ),
            [one * 86_400.0 for one in given.sessions],
        ),
    }
    told: dict[str, Any] = {"version": nautilus_trader.__version__}
    for name, ((ema, sma, vwap), times) in made.items():
        passes = [_passed((ema(EMA), sma(SMA), vwap()), given, times) for _ in range(chosen.passes)]
        told[name] = {"s": [took for took, _ in passes], "last": passes[-1][1]}
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
