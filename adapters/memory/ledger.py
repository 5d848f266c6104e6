"""Read the ledger in memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from adapters.memory.database import MemoryLink
from domain.accounts.ledger import EntryKind, LedgerAccount, LedgerTransaction
from domain.shared.values import ZERO


@dataclass(frozen=True, slots=True)
class MemoryLedger:
    """The ledger in memory, read back."""

    link: MemoryLink

    async def transactions(
        self, *, tenant_id: UUID, account_id: UUID, limit: int, after: UUID | None = None
    ) -> Sequence[LedgerTransaction]:
        """Return transactions, newest first, older than `after`."""
        database = await self.link.enter()
        found = [
            transaction
            for transaction in database.ledger
            if transaction.tenant_id == tenant_id
            and transaction.account_id == account_id
            and (after is None or transaction.id < after)
        ]
        found.sort(key=lambda transaction: transaction.id, reverse=True)
        return found[:limit]

    async def by_reference(
        self, *, tenant_id: UUID, account_id: UUID, kind: EntryKind, reference: str
    ) -> LedgerTransaction | None:
        """Return the account's transaction of a kind and reference."""
        database = await self.link.enter()
        wanted = (tenant_id, account_id, kind, reference)
        for one in database.ledger:
            if (one.tenant_id, one.account_id, one.kind, one.reference) == wanted:
                return one
        return None

    async def balances(self, *, tenant_id: UUID, account_id: UUID) -> dict[str, Decimal]:
        """Return the sum of holding postings per asset."""
        database = await self.link.enter()
        sums: dict[str, Decimal] = {}
        for transaction in database.ledger:
            if transaction.tenant_id != tenant_id or transaction.account_id != account_id:
                continue
            for posting in transaction.postings:
                if posting.ledger is LedgerAccount.HOLDING:
                    sums[posting.asset] = sums.get(posting.asset, ZERO) + posting.amount
        return sums
