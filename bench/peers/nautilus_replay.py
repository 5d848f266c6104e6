"""Time NautilusTrader's BacktestEngine over the sample daily bars with an EMA cross strategy.

Bars: bokeh_sampledata's AAPL, MSFT, IBM (2000-2013), GOOG and FB, raw prices, four decimals.
Strategy, one instance per symbol: exponential averages of 10 and 20 closes (their own
indicator: it starts at the first close, alpha = 2 / (period + 1), ready after `period` bars);
once both are ready, buy a fixed quantity at the market when flat and fast >= slow, sell all of
it when long and fast < slow. The venue has a cash account, netting, the default fill model
(a market order fills at the close of the bar that caused it), no fees and no latency.

Only `BacktestEngine.run` is timed: loading bars, building the engine and their statistics
afterwards are left out, and logging is bypassed, all in the reference's favour. Every repeat
runs a fresh engine, and all repeats must give the same totals.

Run `python -m bench.peers.nautilus_replay` from the repository's root with an interpreter that
has nautilus_trader and bokeh_sampledata; one JSON object comes on standard output.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from time import perf_counter

import nautilus_trader
from bokeh_sampledata import stocks
from nautilus_trader.backtest.config import BacktestEngineConfig
from nautilus_trader.backtest.engine import BacktestEngine
from nautilus_trader.common.config import LoggingConfig
from nautilus_trader.config import StrategyConfig
from nautilus_trader.indicators import ExponentialMovingAverage
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import Bar, BarType
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
from nautilus_trader.model.identifiers import InstrumentId, Symbol, Venue
from nautilus_trader.model.instruments import Equity
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.trading.strategy import Strategy

from bench.stats import summarise

SYMBOLS = ("AAPL", "MSFT", "IBM", "GOOG", "FB")
VENUE = Venue("XNAS")
FAST = 10
SLOW = 20
QUANTITY = 100
START_USD = 1_000_000
PRICE_DECIMALS = 4
# The New York close, as near as a daily bar needs it.
CLOSE_UTC = time(21, tzinfo=UTC)
REPEATS_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What a run did: equal in every repeat."""

    bars: int
    orders: int
    fills: int
    positions_closed: int
    positions_open: int
    final_cash_usd: str


# Nautilus ships no types, and is not there where mypy runs.
class EmaCrossConfig(StrategyConfig, frozen=True):  # type: ignore[misc, call-arg, unused-ignore]
    """Which symbol one strategy instance trades."""

    instrument_id: InstrumentId
    bar_type: BarType


# As above.
class EmaCross(Strategy):  # type: ignore[misc, unused-ignore]
    """Long when the fast average is at or above the slow one, flat otherwise."""

    def __init__(self, config: EmaCrossConfig) -> None:
        super().__init__(config)
        self._fast = ExponentialMovingAverage(FAST)
        self._slow = ExponentialMovingAverage(SLOW)
        self._quantity = Quantity.from_int(QUANTITY)

    def on_start(self) -> None:
        """Follow the bars of the one symbol."""
        self.register_indicator_for_bars(self.config.bar_type, self._fast)
        self.register_indicator_for_bars(self.config.bar_type, self._slow)
        self.subscribe_bars(self.config.bar_type)

    def on_bar(self, _: Bar) -> None:
        """Buy or flatten on the averages, which the engine has brought up to this bar."""
        if not self.indicators_initialized():
            return
        rising = self._fast.value >= self._slow.value
        if rising and self.portfolio.is_flat(self.config.instrument_id):
            self._trade(OrderSide.BUY)
        elif not rising and self.portfolio.is_net_long(self.config.instrument_id):
            self._trade(OrderSide.SELL)

    def _trade(self, side: OrderSide) -> None:
        self.submit_order(
            self.order_factory.market(self.config.instrument_id, side, self._quantity)
        )


def main() -> None:
    """Run the replay the given number of times and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    repeats = parser.parse_args().repeats
    if not 1 <= repeats <= REPEATS_MAX:
        raise SystemExit(f"--repeats must be between 1 and {REPEATS_MAX}, got {repeats}")
    bars = {symbol: list(_bars(symbol)) for symbol in SYMBOLS}
    runs = [replay(bars) for _ in range(repeats)]
    totals = runs[0][1]
    if any(other != totals for _, other in runs):
        raise SystemExit("repeats gave different totals; figures are void")
    if totals.fills != totals.orders or totals.fills == 0:
        raise SystemExit(f"{totals.orders} orders, {totals.fills} fills: the replay did not trade")
    answer = {
        "peer": "nautilus_trader.backtest.BacktestEngine",
        "version": nautilus_trader.__version__,
        "unit": "bars/s",
        "bars_per_s": asdict(summarise([totals.bars / seconds for seconds, _ in runs])),
        "totals": asdict(totals),
    }
    json.dump(answer, sys.stdout)


def replay(bars: dict[str, list[Bar]]) -> tuple[float, Totals]:
    """Run one fresh engine over all bars and give the seconds of its run and its totals."""
    engine = BacktestEngine(
        BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True), run_analysis=False)
    )
    engine.add_venue(
        venue=VENUE,
        oms_type=OmsType.NETTING,
        account_type=AccountType.CASH,
        base_currency=USD,
        starting_balances=[Money(START_USD, USD)],
    )
    for symbol in SYMBOLS:
        instrument = _equity(symbol)
        engine.add_instrument(instrument)
        engine.add_data(bars[symbol])
        engine.add_strategy(
            EmaCross(
                EmaCrossConfig(
                    strategy_id=f"EMA-{symbol}",
                    instrument_id=instrument.id,
                    bar_type=_bar_type(symbol),
                )
            )
        )
    started = perf_counter()
    engine.run()
    seconds = perf_counter() - started
    totals = _totals(engine, bars=sum(map(len, bars.values())))
    engine.dispose()
    return seconds, totals


def _totals(engine: BacktestEngine, *, bars: int) -> Totals:
    cache = engine.cache
    return Totals(
        bars=bars,
        orders=cache.orders_total_count(),
        fills=sum(len(order.trade_ids) for order in cache.orders()),
        # A netting position that opens again replaces its closed self, which is snapshotted.
        positions_closed=cache.positions_closed_count() + len(cache.position_snapshots()),
        positions_open=cache.positions_open_count(),
        final_cash_usd=str(cache.account_for_venue(VENUE).balance_total(USD).as_decimal()),
    )


def _bars(symbol: str) -> Iterator[Bar]:
    table = getattr(stocks, symbol)
    bar_type = _bar_type(symbol)
    columns = (table[name] for name in ("date", "open", "high", "low", "close", "volume"))
    for day, opened, high, low, close, volume in zip(*columns, strict=True):
        moment = datetime.combine(date.fromisoformat(day), CLOSE_UTC)
        closed_ns = int(moment.timestamp()) * 1_000_000_000
        yield Bar(
            bar_type=bar_type,
            open=_price(opened),
            high=_price(high),
            low=_price(low),
            close=_price(close),
            volume=Quantity.from_int(volume),
            ts_event=closed_ns,
            ts_init=closed_ns,
        )


def _price(value: float) -> Price:
    return Price.from_str(f"{Decimal(repr(value)):.{PRICE_DECIMALS}f}")


def _bar_type(symbol: str) -> BarType:
    return BarType.from_str(f"{symbol}.{VENUE}-1-DAY-LAST-EXTERNAL")


def _equity(symbol: str) -> Equity:
    return Equity(
        instrument_id=InstrumentId(Symbol(symbol), VENUE),
        raw_symbol=Symbol(symbol),
        currency=USD,
        price_precision=PRICE_DECIMALS,
        price_increment=Price.from_str("0.0001"),
        lot_size=Quantity.from_int(1),
        ts_event=0,
        ts_init=0,
    )


if __name__ == "__main__":
    main()
