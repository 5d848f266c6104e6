"""Hold in memory what accounts hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from domain.shared.refusals import Absent
from domain.shared.values import ZERO
from ports.holdings import Holding, HoldingUnknown


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAccount:
    """An account's figures; problem says why there are none, where it is not empty.

    positions and selling are units by symbol: those held, and those that orders still sell.
    """

    equity: Decimal
    power: Decimal
    positions: Mapping[str, Decimal] = field(default_factory=dict)
    selling: Mapping[str, Decimal] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryHoldings:
    """Accounts by tenant and id, as they were given (port Holdings)."""

    accounts: dict[tuple[UUID, UUID], KnownAccount] = field(default_factory=dict)

    async def of(
        self, *, tenant_id: UUID, account_id: UUID, symbol: str
    ) -> Holding | HoldingUnknown:
        """Return the account's figures; raises Absent."""
        known = self.accounts.get((tenant_id, account_id))
        if known is None:
            raise Absent(f"there is no account {account_id}")
        if known.problem:
            return HoldingUnknown(known.problem)
        held = known.positions.get(symbol, ZERO)
        selling = known.selling.get(symbol, ZERO)
        return Holding(equity=known.equity, power=known.power, held=held, selling=selling)
