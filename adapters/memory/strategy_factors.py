"""Say of symbols what was told to be said of them."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from domain.strategies.factors import FactorAbsent, Read


@dataclass(slots=True)
class MemoryFactors:
    """What was told of each tenant's symbols, and since when (port FactorSource)."""

    _told: dict[tuple[UUID, str], list[tuple[datetime, float]]] = field(default_factory=dict)

    def tell(self, value: float, *, tenant_id: UUID, symbol: str, at: datetime) -> None:
        """Say that from then on."""
        self._told.setdefault((tenant_id, symbol), []).append((at, value))

    async def of(self, *, tenant_id: UUID, symbol: str, model: str, at: datetime) -> Read:
        """Return what was told last by the moment."""
        known = [one for one in self._told.get((tenant_id, symbol), ()) if one[0] <= at]
        if not known:
            return FactorAbsent(f"nothing was told of {symbol}")
        return max(known, key=lambda one: one[0])[1]
