"""Ask a strategy's own class what it thinks of a symbol now."""

from dataclasses import dataclass

from domain.market.latest import BARS_KEPT
from domain.strategies.factors import FactorAbsent, Read
from ports.market import MarketView
from ports.own_strategies import OwnStrategies


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnOpinion:
    """What the class says at the latest closed day, of the days that the market has told."""

    classes: OwnStrategies
    view: MarketView

    async def of(self, name: str, *, symbol: str) -> Read:
        """Return its score; raises OwnStrategyFailed, which stops a strategy that acts."""
        bars = self.view.bars(symbol, count=BARS_KEPT)
        if not bars:
            return FactorAbsent(f"the market has closed no day of {symbol} yet")
        latest = (await self.classes.scores(name, bars))[-1]
        return FactorAbsent(f"{name} says nothing of the latest day") if latest is None else latest
