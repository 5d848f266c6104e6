"""Count no tax, and say so, where nothing that knows of lots is set up."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from domain.accounts.positions import Position
from domain.shared.values import ZERO


@dataclass(frozen=True, slots=True)
class ZeroCostTaxes:
    """Every sale costs nothing in tax: the default of SaleTaxes, named in each plan."""

    name: str = "zero_cost"

    def tax(self, *, account_id: UUID, position: Position, price: Decimal) -> Decimal:
        """Return zero."""
        del account_id, position, price
        return ZERO
