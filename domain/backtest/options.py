"""Say how a run over past prices is to go, and check it before anything is read."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from domain.shared.values import ZERO, InvalidValue, checked_decimal, checked_symbol
from domain.shared.values import positive_decimal as positive
from domain.signals.sizing import FixedQuantity, Sizing
from domain.strategies.strategy import Strategy

# The one that trades: the gate knows it, as it would know an agent that is registered.
STRATEGY = "ema-cross"
SEED_MAX = 2**63 - 1
HUNDRED_SHARES = FixedQuantity(Decimal(100))


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestOptions:
    """What the run depends on, besides the prices and the program.

    market: a folder of prices, None for those that ship with the product. symbols: empty for
    all. cash and commission per share in the currency of the instruments. rules: a TOML or JSON
    file, None for the default rules; without_rules: no rules at all, only the checks that
    no tenant can switch off. start, end: first and last day, None for all there are. strategy:
    which of those that act on signals trades, None for the baseline EMA cross; stored: that one as
    somebody keeps it, None for a kind with the usual limits. raw_signals: the baseline's averages
    do not follow splits, as where prices are not adjusted.
    """

    out: Path
    market: Path | None = None
    start: date | None = None
    end: date | None = None
    symbols: tuple[str, ...] = ()
    cash: Decimal = Decimal(1_000_000)
    sizing: Sizing = HUNDRED_SHARES
    commission: Decimal = Decimal("0.005")
    rules: Path | None = None
    without_rules: bool = False
    seed: int = 0
    raw_signals: bool = False
    strategy: str | None = None
    stored: Strategy | None = None

    def __post_init__(self) -> None:
        positive(self.cash, field="cash")
        checked_decimal(self.commission, field="commission")
        if self.commission < ZERO:
            raise InvalidValue(field="commission", problem="must be 0 or more")
        if not 0 <= self.seed <= SEED_MAX:
            raise InvalidValue(field="seed", problem=f"must be from 0 to {SEED_MAX}")
        if self.start is not None and self.end is not None and self.start > self.end:
            raise InvalidValue(field="start", problem=f"{self.start} lies after end {self.end}")
        for symbol in self.symbols:
            checked_symbol(symbol, field="symbols")
        if len(set(self.symbols)) != len(self.symbols):
            raise InvalidValue(field="symbols", problem="must not name a symbol twice")
        if self.rules is not None and self.without_rules:
            raise InvalidValue(field="rules", problem="a rule file and no rules exclude each other")
