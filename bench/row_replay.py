"""Measure the whole-history replay beside NautilusTrader's BacktestEngine, on the same bars.

Both play the same 12,154 daily bars through the same EMA cross (raw prices, 100 shares, no
fees, a million dollars of cash) and must make the same number of orders and fills. Only the
run is timed on both sides, not the reading of prices nor the writing of results.

The two do not do the same work. The engine fills at the close of the bar that caused the order
and pays no dividends.
Ours makes eleven market events of each bar, and every order passes the application as served:
gate, decision record, compare-and-swap, audit, dispatch, venue, reports, double-entry books.
"""

import asyncio
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from application.backtest.run import Interrupt
from bench.peers.nautilus import PeerError, measure_replay
from bench.rows import Better, Row, alone, compare
from bench.stats import interleave
from bootstrap.replay.context import run_replay
from bootstrap.replay.market import ReplayMarket, load_market
from domain.backtest.options import BacktestOptions
from domain.backtest.result import BacktestResult

REPEATS = 5
UNIT = "bars/s"


def measure() -> Sequence[Row]:
    """Give the row beside the peer, and one of a run under the default rules."""
    market = asyncio.run(load_market(()))
    peer_totals: list[Mapping[str, Any]] = []
    our_totals: list[tuple[int, int, int]] = []

    def ours() -> float:
        result = _run(market, same_as_peer=True)
        our_totals.append((result.bars, len(result.orders), len(result.fills)))
        return result.bars / result.seconds

    def reference() -> float:
        answer = measure_replay(repeats=1)
        peer_totals.append(answer["totals"])
        median: float = answer["bars_per_s"]["median"]
        return median

    mine, theirs = interleave(ours, reference, repeats=REPEATS)
    expected = {(one["bars"], one["orders"], one["fills"]) for one in peer_totals}
    if set(our_totals) != expected:
        raise PeerError(f"bars, orders, fills: ours {set(our_totals)}, the peer's {expected}")
    ruled = [_run(market, same_as_peer=False) for _ in range(REPEATS)]
    return (
        compare(
            name="replay",
            unit=UNIT,
            better=Better.HIGHER,
            ours=mine,
            reference=theirs,
            reference_name="NautilusTrader BacktestEngine",
        ),
        alone(
            name=f"replay, {len(ruled[0].rules)} rules",
            unit=UNIT,
            better=Better.HIGHER,
            ours=[result.bars / result.seconds for result in ruled],
        ),
    )


def _run(market: ReplayMarket, *, same_as_peer: bool) -> BacktestResult:
    options = BacktestOptions(
        out=Path("never-written"),
        commission=Decimal(0),
        without_rules=same_as_peer,
        raw_signals=same_as_peer,
    )
    return asyncio.run(run_replay(options, market=market, interrupt=Interrupt()))
