"""What the core needs to ask somebody else for one factor of a strategy."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.strategies.factors import FactorAbsent


class FactorSource(Protocol):
    """Where one factor comes from, such as a model's forecast or what is written of a symbol."""

    async def of(
        self, *, tenant_id: UUID, symbol: str, model: str, at: datetime
    ) -> float | FactorAbsent:
        """Return what is said of a symbol at a moment, -1 (sell) to 1 (buy), or why nothing is.

        model is the strategy's own, "" where it names none. Nothing that became known
        after the moment, which is now or earlier, counts. It answers in time or is given up, and
        what it raises makes the factor absent.
        """
        ...
