"""Ask all factors of a symbol, side by side, and weigh what they say."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from application.strategies.own_opinion import OwnOpinion
from domain.shared.values import ONE
from domain.strategies.factors import (
    OF_PATTERN,
    SIGNAL,
    WEIGHTS,
    FactorAbsent,
    FactorName,
    Opinion,
    Read,
    cross_of,
    factor_of,
    pattern_factors,
    weigh,
)
from domain.strategies.strategy import Strategy, StrategyKind
from ports.market import ReadLap
from ports.patterns import PatternRecord, PatternStates
from ports.strategy_factors import FactorSource

# Who has not answered by then is absent.
ASK_S = 5.0
REASON_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class GatherFactors:
    """Form the opinion of a strategy that goes by factors; one that fails is absent, by name.

    sources: who is asked for what no pattern tells. One that is not there yet is absent, too.
    """

    patterns: PatternStates
    lap: ReadLap
    sources: Mapping[FactorName, FactorSource]
    # Who asks people's own classes.
    own: OwnOpinion | None = None
    ask_s: float = ASK_S

    async def __call__(self, strategy: Strategy, *, symbol: str, at: datetime) -> Opinion:
        """Return what all factors say of a symbol now; at: the moment that this is.

        Raises OwnStrategyFailed of a strategy's own class: that stops it, and is no absence.
        """
        if strategy.kind is StrategyKind.FOLLOW:
            none = FactorAbsent("it goes by each signal as it comes, and by nothing else")
            return weigh([factor_of(SIGNAL, none, weight=ONE)])
        if strategy.kind is StrategyKind.EMA_CROSS:
            told = await self._pattern(symbol)
            read = told if isinstance(told, FactorAbsent) else cross_of(told.state)
            return weigh([factor_of(StrategyKind.EMA_CROSS, read, weight=ONE)])
        if strategy.kind is StrategyKind.OWN:
            read = await self._own(strategy, symbol=symbol)
            return weigh([factor_of(StrategyKind.OWN, read, weight=ONE)])
        others = [name for name in FactorName if name not in OF_PATTERN]
        kept, said = await asyncio.gather(
            self._pattern(symbol),
            asyncio.gather(
                *(self._ask(name, strategy=strategy, symbol=symbol, at=at) for name in others)
            ),
        )
        reads: dict[FactorName, Read] = dict(zip(others, said, strict=True))
        if isinstance(kept, FactorAbsent):
            reads |= dict.fromkeys(OF_PATTERN, kept)
        else:
            assert kept.bar is not None
            reads |= pattern_factors(kept.state, sigma=kept.bar.sigma)
        weights: Mapping[FactorName, Decimal] = strategy.weights or WEIGHTS
        return weigh([factor_of(name, reads[name], weight=weights[name]) for name in FactorName])

    async def _own(self, strategy: Strategy, *, symbol: str) -> Read:
        if self.own is None:
            return FactorAbsent("own classes are not asked here")
        return await self.own.of(strategy.model, symbol=symbol)

    async def _pattern(self, symbol: str) -> PatternRecord | FactorAbsent:
        try:
            async with asyncio.timeout(self.ask_s):
                kept = await self.patterns.get(symbol, lap=self.lap())
        # Without a pattern the factors that it does not tell may still be enough.
        except Exception as problem:  # noqa: BLE001
            return _failed("the pattern", problem)
        if kept is None or kept.bar is None:
            return FactorAbsent(f"the market has told nothing of {symbol} yet")
        return kept

    async def _ask(
        self, name: FactorName, *, strategy: Strategy, symbol: str, at: datetime
    ) -> Read:
        source = self.sources.get(name)
        if source is None:
            return FactorAbsent(f"nobody here tells {name.value}")
        try:
            async with asyncio.timeout(self.ask_s):
                return await source.of(
                    tenant_id=strategy.tenant_id, symbol=symbol, model=strategy.model, at=at
                )
        # Whoever fails is absent, whatever it fails with; the others are asked all the same.
        except Exception as problem:  # noqa: BLE001
            return _failed(name.value, problem)


def _failed(what: str, problem: Exception) -> FactorAbsent:
    if isinstance(problem, TimeoutError):
        return FactorAbsent(f"{what} gave no answer in time")
    told = str(problem) or type(problem).__name__
    return FactorAbsent(f"{what} failed: {told}"[:REASON_MAX])
