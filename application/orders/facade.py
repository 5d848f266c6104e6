"""Answer for orders: everything that can be asked of them, in one place."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from application.accounts.book_store import AccountNotFound
from application.orders.attest import AttestAbsent
from application.orders.attest_many import AttestedOrder, AttestMany, AttestOrders
from application.orders.cancel import CancelOrders, OrderNotFound
from application.orders.commands import (
    Asker,
    Attestation,
    CanceledAll,
    Canceling,
    Explanation,
    NotChangeable,
    Preview,
    ReplaceDenied,
    ReplaceOrder,
    Replacing,
    SubmitOrder,
    SubmitOutcome,
)
from application.orders.list_parked import ListParked, Parked
from application.orders.preview import ExplainOrder, PreviewOrder
from application.orders.replace import Replace
from application.orders.submit import Submit
from application.shared.change import Once
from domain.accounts.book_change import Reply
from domain.orders.order import Fill, Order
from domain.shared.notices import Notice
from ports.accounts import AccountDirectory
from ports.orders import OrderArchive, OrderFilter


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderUseCases:
    """Everything that can be asked of orders."""

    archive: OrderArchive
    directory: AccountDirectory
    submitting: Submit
    previewing: PreviewOrder
    explaining: ExplainOrder
    canceling: CancelOrders
    replacing: Replace
    attesting: AttestAbsent
    attesting_many: AttestOrders
    listing_parked: ListParked

    async def submit(
        self, command: SubmitOrder, *, idempotency: Once[SubmitOutcome] | None
    ) -> SubmitOutcome:
        """Take in an order or a group; durable when this returns. See Submit."""
        return await self.submitting(command, idempotency=idempotency)

    async def preview(self, command: SubmitOrder) -> Preview:
        """Say what the gate would say; nothing is stored. See PreviewOrder."""
        return await self.previewing(command)

    async def get(self, *, tenant_id: UUID, order_id: UUID) -> Order:
        """Return an order; raises OrderNotFound."""
        order = await self.archive.find(tenant_id=tenant_id, order_id=order_id)
        if order is None:
            raise OrderNotFound(order_id)
        return order

    async def list(self, *, tenant_id: UUID, filter: OrderFilter) -> Sequence[Order]:
        """Return matching orders, newest first."""
        return await self.archive.list(tenant_id=tenant_id, filter=filter)

    async def events(self, *, tenant_id: UUID, order_id: UUID) -> Sequence[Notice]:
        """Return the order's whole history, oldest first; raises OrderNotFound."""
        await self.get(tenant_id=tenant_id, order_id=order_id)
        return await self.archive.events(tenant_id=tenant_id, order_id=order_id)

    async def fills(
        self,
        *,
        tenant_id: UUID,
        account_id: UUID | None = None,
        order_id: UUID | None = None,
        accounts: frozenset[UUID] | None = None,
        limit: int = 50,
        after: UUID | None = None,
    ) -> Sequence[Fill]:
        """Return fills, newest first; with accounts, of these only."""
        return await self.archive.fills(
            tenant_id=tenant_id,
            account_id=account_id,
            order_id=order_id,
            accounts=accounts,
            limit=limit,
            after=after,
        )

    async def explanation(self, *, tenant_id: UUID, order_id: UUID) -> Explanation:
        """Explain the decision on an order; raises OrderNotFound."""
        return await self.explaining(tenant_id=tenant_id, order_id=order_id)

    async def cancel(
        self,
        *,
        asker: Asker,
        order_id: UUID,
        answer: Callable[[Canceling], Reply] | None = None,
    ) -> Canceling | NotChangeable:
        """Cancel one order; raises OrderNotFound. See CancelOrders.one."""
        return await self.canceling.one(asker=asker, order_id=order_id, answer=answer)

    async def replace(
        self,
        command: ReplaceOrder,
        *,
        answer: Callable[[Replacing | ReplaceDenied], Reply] | None = None,
    ) -> Replacing | ReplaceDenied | NotChangeable:
        """Change a live order's terms; raises OrderNotFound, InvalidValue. See Replace."""
        return await self.replacing(command, answer=answer)

    async def cancel_all(
        self,
        *,
        asker: Asker,
        account_id: UUID | None,
        symbol: str | None,
        among: frozenset[UUID] | None = None,
        accepted_by: datetime | None = None,
    ) -> CanceledAll:
        """Cancel all orders of an account, or of the tenant; raises AccountNotFound.

        With among, an account that is not one of these is left alone.
        """
        if account_id is None:
            accounts = await self.directory.accounts(tenant_id=asker.tenant_id, among=among)
            ids = [account.id for account in accounts]
        else:
            found = await self.directory.find(tenant_id=asker.tenant_id, account_id=account_id)
            if found is None:
                raise AccountNotFound(account_id)
            ids = [account_id]
        return await self.canceling.all(
            asker=asker, account_ids=ids, symbol=symbol, accepted_by=accepted_by
        )

    async def resolve(self, attestation: Attestation) -> Order | NotChangeable:
        """Close a parked order that the broker never had; raises OrderNotFound."""
        return await self.attesting(attestation)

    async def attest(self, command: AttestMany) -> Sequence[AttestedOrder]:
        """Attest for many parked orders, one by one; raises InvalidValue. See AttestOrders."""
        return await self.attesting_many(command)

    async def parked(self, *, tenant_id: UUID, filter: OrderFilter) -> Sequence[Parked]:
        """Return what is parked, with the broker's own answers, newest first."""
        return await self.listing_parked(tenant_id=tenant_id, filter=filter)
