"""Tell strategies what is written of a symbol."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from application.sentiment.read_sentiment import ReadSentiment, SymbolNotListed
from domain.strategies.factors import FactorAbsent, Read


@dataclass(frozen=True, slots=True, kw_only=True)
class SentimentFactor:
    """The tone of what was written, as the sentiment area weighs it (port FactorSource).

    Only texts that had been seen by the moment count, so that a decision can be explained later
    by the same figure.
    """

    read: ReadSentiment

    async def of(self, *, tenant_id: UUID, symbol: str, model: str, at: datetime) -> Read:
        """Return the aggregate of that moment; raises InvalidValue for a moment to come."""
        try:
            _, said = await self.read.sentiment(symbol, tenant_id=tenant_id, at=at)
        except SymbolNotListed as problem:
            return FactorAbsent(str(problem))
        if said.score is not None:
            # A mean of scores: beyond 1 only by what the last bit of a sum is off.
            return min(max(said.score, -1.0), 1.0)
        if not said.items:
            return FactorAbsent(f"nothing was written of {symbol} in the last 24 hours")
        return FactorAbsent(f"none of {len(said.items)} texts of {symbol} can be believed")
