"""A pattern beside NautilusTrader's EMA, SMA and VWAP: a tick at a time, and a whole batch.

A tick: ours is the whole pattern, two averages, VWAP, the deviations of 20 and 100 returns, the
volume's average, the score and whether it fires; theirs are three indicators in Cython. A batch:
the kernels of our sweeps work those three out for all ticks; theirs in Rust have no call for
many, so that each tick is three calls. One core each, the same ticks, and what both say last has
to be the same.
"""

import math
from datetime import date, timedelta
from time import perf_counter
from typing import Any

import numpy as np

from adapters.compute.averages import exponential, simple, weighted
from bench.peers.nautilus import measure_indicators
from bench.rows import Better, Row, compare
from bench.ticks import Ticks, ticks
from domain.signals.pattern import FAST, VOLUMES, Pattern, PatternBar

COUNT, TURNS = 20_000, 7
TICK, BATCH = 1.0, 4.0
BATCHES = 10
PEER = "NautilusTrader"
_DAY = date(2026, 1, 5)


def measure() -> list[Row]:
    """Measure ticks a second of both, in turn."""
    given = ticks(COUNT)
    figures: dict[str, list[float]] = {name: [] for name in ("tick", "batch", "cython", "rust")}
    for turn in range(TURNS):
        # Whoever goes first alternates.
        for side in ("ours", "theirs") if turn % 2 == 0 else ("theirs", "ours"):
            if side == "ours":
                figures["tick"].append(_ticks(given))
                figures["batch"].append(_batch(given))
                continue
            answer = measure_indicators(ticks=COUNT)
            for name in ("cython", "rust"):
                figures[name].append(1 / min(answer[name]["s"]))
                _agree(answer[name]["last"], given)
    return [
        _row("patterns_tick", figures["tick"], figures["cython"], of="Cython", goal=TICK),
        _row("patterns_batch", figures["batch"], figures["rust"], of="Rust", goal=BATCH),
    ]


def _row(name: str, ours: list[float], theirs: list[float], *, of: str, goal: float) -> Row:
    return compare(
        name=name,
        unit="1/s",
        better=Better.HIGHER,
        ours=ours,
        reference=theirs,
        reference_name=f"{PEER} {of} EMA, SMA, VWAP",
        goal=goal,
    )


def _ticks(given: Ticks) -> float:
    """Return ticks a second of the fastest of five passes, as the peer has it."""
    days = [_DAY + timedelta(one) for one in given.sessions]
    return max(_pass(given, days)[0] for _ in range(5))


def _pass(given: Ticks, days: list[date]) -> tuple[float, PatternBar]:
    pattern = Pattern()
    begun = perf_counter()
    for price, volume, day in zip(given.prices, given.volumes, days, strict=True):
        bar = pattern.update(price=price, volume=volume, session=day)
    return len(given.prices) / (perf_counter() - begun), bar


def _arrays(given: Ticks) -> tuple[Any, Any, Any]:
    return np.array(given.prices), np.array(given.volumes), np.array(given.sessions)


def _three(prices: Any, volumes: Any, sessions: Any) -> list[Any]:
    return [
        exponential(prices, FAST),
        simple(volumes, VOLUMES),
        weighted(prices, volumes, sessions),
    ]


def _batch(given: Ticks) -> float:
    """Return ticks a second of the fastest of five passes; compiled before."""
    arrays = _arrays(given)
    _three(*arrays)
    fastest = 0.0
    for _ in range(5):
        begun = perf_counter()
        for _ in range(BATCHES):
            _three(*arrays)
        fastest = max(fastest, BATCHES * len(given.prices) / (perf_counter() - begun))
    return fastest


def _agree(theirs: list[float], given: Ticks) -> None:
    """Refuse figures of work that does not say the same."""
    _, bar = _pass(given, [_DAY + timedelta(one) for one in given.sessions])
    ours = [float(one[-1]) for one in _three(*_arrays(given))]
    for mine, other in zip(ours, theirs, strict=True):
        if not math.isclose(mine, other, rel_tol=1e-9):
            raise RuntimeError(f"ours say {ours}, theirs {theirs}: figures are void")
    if not (math.isclose(bar.ema_fast, ours[0]) and math.isclose(bar.vwap or 0.0, ours[2])):
        raise RuntimeError(f"the pattern says {bar}, the batch {ours}: figures are void")
