"""Take one tenant's holdings from elsewhere, and all others' from our own books."""

from dataclasses import dataclass, replace
from uuid import UUID

from ports.holdings import Holding, Holdings, HoldingUnknown


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldHoldings:
    """Whoever tells of accounts elsewhere does it for the tenant it is bound to alone."""

    tenant_id: UUID
    told: Holdings
    own: Holdings

    async def of(
        self, *, tenant_id: UUID, account_id: UUID, symbol: str
    ) -> Holding | HoldingUnknown:
        """Return the account's figures, of an account that is here and is the tenant's.

        What is being sold our own orders say. Raises Absent for an account that is not here:
        nobody elsewhere is asked about it.
        """
        known = await self.own.of(tenant_id=tenant_id, account_id=account_id, symbol=symbol)
        if tenant_id != self.tenant_id or isinstance(known, HoldingUnknown):
            return known
        told = await self.told.of(tenant_id=tenant_id, account_id=account_id, symbol=symbol)
        return told if isinstance(told, HoldingUnknown) else replace(told, selling=known.selling)
