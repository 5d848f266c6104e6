"""What a strategy needs to know of an account before it asks for an order."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from domain.shared.values import ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """An account's equity and what it may still buy, in its currency, and the units held.

    selling are the units that its orders, as far as they are known here, may still sell.
    """

    equity: Decimal
    power: Decimal
    held: Decimal
    selling: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class HoldingUnknown:
    """No figure can be told now, and why: nothing is guessed."""

    problem: str


class Holdings(Protocol):
    """What accounts hold."""

    async def of(
        self, *, tenant_id: UUID, account_id: UUID, symbol: str
    ) -> Holding | HoldingUnknown:
        """Return the account's figures and its units of a symbol, 0 of one that it has not.

        Raises Absent for an account that is not there, or tells it as unknown where somebody
        elsewhere is asked: there are never figures of it. Figures are told all or none.
        """
        ...
