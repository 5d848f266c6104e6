"""Cancel one order, or all of them."""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from application.orders.commands import Asker, CanceledAll, Canceling, NotChangeable
from application.orders.deps import OrderContext
from domain.accounts.book import AccountBook
from domain.accounts.book_change import BookChange, Reply
from domain.accounts.change import Draft
from domain.audit.entry import AuditEntry
from domain.orders.groups import consequences, is_cancelable, let_on
from domain.orders.moves import Move, MoveTimes, request_cancel, want_cancel
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.shared.refusals import Absent
from ports.accounts import Stale, StaleCause
from ports.idempotency import AlreadyAnswered


class OrderNotFound(Absent):
    """There is no such order, or it is another tenant's."""

    def __init__(self, order_id: UUID) -> None:
        super().__init__(f"order {order_id} does not exist")
        self.order_id = order_id


_DONE = (OrderState.PENDING_CANCEL, OrderState.CANCELED)


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrders:
    """Ask for cancels; they reduce risk and pass every rule and the kill switch."""

    context: OrderContext

    async def one(
        self,
        *,
        asker: Asker,
        order_id: UUID,
        answer: Callable[[Canceling], Reply] | None = None,
    ) -> Canceling | NotChangeable:
        """Cancel one order; asking again for one that is being cancelled changes nothing.

        One that is in flight, or whose fate is not known, is cancelled as soon as it is known
        to be at the venue: the cancel is remembered with it.
        answer is stored with the change; a key that has one already raises AlreadyAnswered.
        """
        order = await self.context.archive.find(tenant_id=asker.tenant_id, order_id=order_id)
        if order is None:
            raise OrderNotFound(order_id)
        changed = await self._cancel(
            asker=asker,
            account_id=order.account_id,
            choose=lambda live: live.id == order_id,
            reason="asked for by the client",
            answer=answer,
            unsure_too=True,
        )
        if changed:
            return Canceling(order=changed[0])
        now = await self.context.archive.find(tenant_id=asker.tenant_id, order_id=order_id)
        latest = now if now is not None else order
        if latest.state in _DONE or latest.cancel_wanted:
            return Canceling(order=latest)
        if latest.is_closed:
            return NotChangeable(order=latest, problem=f"the order is {latest.state} already")
        return NotChangeable(
            order=latest, problem=f"the order is {latest.state}: it closes what is held"
        )

    async def all(
        self,
        *,
        asker: Asker,
        account_ids: Sequence[UUID],
        symbol: str | None = None,
        reason: str = "asked for by the client",
        accepted_by: datetime | None = None,
        closing_too: bool = True,
        among: Callable[[AccountBook], Container[UUID]] | None = None,
    ) -> CanceledAll:
        """Cancel every open order of the accounts, in one change per account.

        One whose fate is unknown, or parked, is cancelled as soon as it is found at the venue.
        With accepted_by, orders that came in later stay: a request carried out again must
        not reach further than the first time. closing_too: those of the kill switch as well.
        among says of the book which orders are meant at all.
        """
        canceled: list[Order] = []
        for account_id in account_ids:
            canceled += await self._cancel(
                asker=asker,
                account_id=account_id,
                choose=lambda live: (
                    symbol in (None, live.symbol)
                    and (accepted_by is None or live.accepted_at <= accepted_by)
                    and (closing_too or not live.may_pass_halt)
                ),
                reason=reason,
                unsure_too=True,
                among=among,
            )
        return CanceledAll(orders=tuple(canceled))

    async def _cancel(
        self,
        *,
        asker: Asker,
        account_id: UUID,
        choose: Callable[[Order], bool],
        reason: str,
        answer: Callable[[Canceling], Reply] | None = None,
        unsure_too: bool = False,
        among: Callable[[AccountBook], Container[UUID]] | None = None,
    ) -> tuple[Order, ...]:
        context = self.context

        def decide(book: AccountBook) -> BookChange | None:
            meant = among(book) if among is not None else book.orders
            when = context.when()
            draft = Draft(book=book, when=when, new_id=context.new_id)
            chosen = [
                order
                for order in book.orders.values()
                if (is_cancelable(order) or (unsure_too and _is_to_be_wanted(order)))
                and order.id in meant
                and choose(order)
            ]
            for order in chosen:
                now = draft.order(order.id)
                moved = _asked(now, reason=reason, when=when) if now is not None else None
                if now is None or moved is None:
                    continue
                after = draft.put(moved)
                for effect in consequences(after, live=draft.live_orders(), when=when):
                    draft.put(effect)
                for effect in let_on(now, after, live=draft.live_orders(), when=when):
                    draft.put(effect)
                draft.audit(
                    AuditEntry(
                        id=context.new_id(),
                        tenant_id=asker.tenant_id,
                        account_id=account_id,
                        actor=asker.actor,
                        action="order.cancel",
                        subject=str(order.id),
                        at=when.at,
                        market_at=when.market_at,
                        trace_id=asker.trace_id,
                        detail=(("reason", reason),),
                        before=(("state", now.state.value),),
                        after=(("state", after.state.value),),
                        reason=reason,
                    )
                )
            if not chosen:
                return None
            change = draft.done()
            if answer is None:
                return change
            return replace(change, replies=(answer(Canceling(order=change.orders[0])),))

        changed: BookChange | Stale | None = await context.book_store.change(
            tenant_id=asker.tenant_id, account_id=account_id, decide=decide
        )
        if isinstance(changed, Stale) and changed.cause is StaleCause.REPLIED:
            raise AlreadyAnswered("the cancel was answered before")
        if not isinstance(changed, BookChange):
            return ()
        context.wake()
        return changed.orders


def _asked(order: Order, *, reason: str, when: MoveTimes) -> Move | None:
    """Return the cancel of an order; None when an earlier one of its group took it along."""
    if is_cancelable(order):
        return request_cancel(order, reason=reason, when=when)
    return want_cancel(order, reason=reason, when=when) if _is_to_be_wanted(order) else None


def _is_to_be_wanted(order: Order) -> bool:
    """Tell whether the order may be at the venue, where only a cancel to come can reach it.

    A flattening order is left: it closes what is held.
    """
    return order.is_unsure and not order.cancel_wanted and not order.may_pass_halt
