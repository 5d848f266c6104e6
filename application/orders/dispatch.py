"""Send what the gate passed: intent first, once, and not again when unsure.

The protocol was measured under SIGKILL: of the ways to send, only "commit the intent,
send once, read back to the settle horizon, then park" neither lost nor doubled an order
at a broker that does not recognise client order ids. Where the broker refuses an id that it
has seen for ever, SendAgain sends once more instead of parking.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import partial

from application.orders.approvals import Approvals
from application.orders.blocks import target_of
from application.orders.choose_sends import Pool, pool_of
from application.orders.decide_again import DecideAgain
from application.orders.departure import Departure
from application.orders.deps import OrderContext
from application.orders.steps import (
    CALLED_OFF,
    answered,
    asked,
    doubtful,
    intended,
    stopped,
    unsent,
    withdrawn,
)
from application.orders.take_split import catch_up
from application.orders.timeouts import in_time
from domain.orders.moves import fail_request
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.risk.verdict import Approved
from ports.broker import (
    Acknowledged,
    Broker,
    BrokerUnavailable,
    BrokerUnsure,
    Refused,
)
from ports.kill_switch import KillBarrier, Passage
from ports.leases import Lease
from ports.orders import OpenWork

_NOT_LEASED = "not sent: another process has taken over"


class SendOutcome(StrEnum):
    """What became of one piece of work."""

    SENT = "sent"
    STOPPED = "stopped"  # the kill switch is on, or the lease is lost
    UNSURE = "unsure"
    NOTHING = "nothing"  # someone else did it meanwhile


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """Do one piece of dispatch work: send an order, or ask for its cancel or replace."""

    context: OrderContext
    again: DecideAgain
    barrier: KillBarrier
    lease: Lease

    async def __call__(self, work: OpenWork) -> SendOutcome:
        """Do what the order's state asks for, at most once."""
        if self.again.is_held(work.order_id):
            return SendOutcome.NOTHING
        order = await self.context.known(work)
        if order is None:
            return SendOutcome.NOTHING
        broker = self.context.broker(work.broker)
        match order.state:
            case OrderState.ACCEPTED if not order.waiting:
                return await self._send(order, broker=broker)
            case OrderState.PENDING_CANCEL if not order.request_sent:
                return await self._ask_cancel(order, broker=broker)
            case OrderState.PENDING_UPDATE if not order.request_sent:
                return await self._ask_replace(order, broker=broker)
            case _:
                return SendOutcome.NOTHING

    @property
    def approvals(self) -> Approvals:
        """What the gate passed of what is to go out."""
        return Approvals(context=self.context, again=self.again)

    async def _send(self, order: Order, *, broker: Broker) -> SendOutcome:
        if self.is_of_old_units(order):
            # The next round meets it in the shares of now, if anything is left of it.
            await self._catch_up(order)
            return SendOutcome.NOTHING
        found = await self.approvals.lately(order, broker=broker)
        if found is None:
            return SendOutcome.NOTHING
        approved, since = found
        async with self.barrier.sending(target_of(order, broker=broker.traits.name)) as passage:
            # An exit is not asked again: should it open by then, it has its old approval alone.
            approved_at = approved.decided_at or since
            departure = self.departure(order, passage=passage, approved_at=approved_at)
            if not order.may_pass_halt and not await self.again.passes(order, level=passage.level):
                await self.context.move(order, lambda now, when: stopped(now, when=when))
                return SendOutcome.STOPPED
            if order.may_pass_halt and not passage.flattening:
                await self.context.move(order, lambda now, when: withdrawn(now, CALLED_OFF, when))
                return SendOutcome.STOPPED
            if await self.context.move(order, intended(approved)) is None:
                return SendOutcome.NOTHING
            if not self.lease.is_held():
                # Nothing was written yet, but another holder may be at work: read back.
                await self.context.move(order, doubtful)
                return SendOutcome.STOPPED
            call = asyncio.ensure_future(self.submit(approved, broker=broker, departure=departure))
            await departure.wait(call)
        return await self._settle(order, call=call)

    async def _catch_up(self, order: Order) -> None:
        """Restate the order for splits, and its symbol's others: one is counted with the rest."""
        book = self.context.book_store.remembered(order.account_id)
        others = () if book is None else book.orders.values()
        step = catch_up(
            history=self.context.view.splits(order.symbol),
            instrument=self.context.instruments.find(order.symbol),
        )
        for one in (order, *(other for other in others if other.id != order.id)):
            if one.symbol == order.symbol and one.is_unsent and self.is_of_old_units(one):
                await self.context.move(one, step)

    def departure(self, order: Order, *, passage: Passage, approved_at: datetime) -> Departure:
        """Return what lets the request leave, or calls it off where that has become too late."""
        return Departure(
            clock=self.context.clock,
            lease=self.lease,
            passage=passage,
            overtaken=partial(self._overtaken, order, good_until=approved_at + self.again.holds),
        )

    def _overtaken(self, order: Order, *, good_until: datetime) -> str | None:
        """Say what the book tells of by now that keeps the order back, as it is about to leave.

        The other exit of its group may have filled since it was chosen: what was to close
        would open then.
        """
        book = self.context.book_store.remembered(order.account_id)
        now = None if book is None else book.orders.get(order.id)
        if now is not None and (now.cancel_wanted or now.state is OrderState.PENDING_CANCEL):
            return "its cancel was asked for before it left"
        opens = book is None or pool_of(order, book=book) is Pool.OPENING
        # An exit leaves, however old: nothing that it could be asked would hold it back.
        if opens and self.context.clock.now() > good_until:
            return "its approval has become too old"
        return None

    def is_of_old_units(self, order: Order) -> bool:
        """Tell whether its quantity and prices count in shares from before a split.

        A venue restates what rests there at a split. What has not left yet would trade other
        shares at prices long gone: it is restated by us, before it leaves.
        """
        if order.may_pass_halt:
            return False
        return bool(self.context.view.splits(order.symbol).after(order.market_at))

    async def submit(
        self, approved: Approved, *, broker: Broker, departure: Departure
    ) -> Acknowledged | Refused:
        """Send what was approved, unless its departure has come too late."""
        departure.check()
        order = approved.order
        return await broker.submit(
            account_id=str(order.account_id),
            client_order_id=order.client_order_id,
            terms=approved.terms,
            protective_limit=_cap(approved, broker=broker),
            written=departure.left,
            leaving=departure.check,
            urgent=order.may_pass_halt,
        )

    async def _settle(
        self, order: Order, *, call: "asyncio.Future[Acknowledged | Refused]"
    ) -> SendOutcome:
        if call.cancelled():
            # Called back because it was too slow to leave: it may have left all the same.
            await self.context.move(order, doubtful)
            return SendOutcome.UNSURE
        try:
            answer = await in_time(call)
        except BrokerUnsure:
            await self.context.move(order, doubtful)
            return SendOutcome.UNSURE
        except BrokerUnavailable as problem:
            reason = f"not sent: {problem}"
            await self.context.move(order, lambda now, when: unsent(now, reason=reason, when=when))
            return SendOutcome.SENT
        await self.context.move(order, lambda now, when: answered(now, answer=answer, when=when))
        return SendOutcome.SENT

    async def _ask_cancel(self, order: Order, *, broker: Broker) -> SendOutcome:
        # Cancels reduce risk: they pass the kill switch, and are safe to ask for again.
        marked = await self.context.move(order, asked(OrderState.PENDING_CANCEL))
        if marked is None:
            return SendOutcome.NOTHING
        try:
            answer = await in_time(
                broker.cancel(
                    account_id=str(order.account_id), client_order_id=order.client_order_id
                )
            )
        except (BrokerUnsure, BrokerUnavailable):
            return SendOutcome.UNSURE
        return await self._take_answer(order, state=OrderState.PENDING_CANCEL, answer=answer)

    async def _ask_replace(self, order: Order, *, broker: Broker) -> SendOutcome:
        found = await self.approvals.lately(order, broker=broker)
        if found is None:
            return SendOutcome.NOTHING
        approved, approved_at = found
        async with self.barrier.sending(target_of(order, broker=broker.traits.name)) as passage:
            departure = self.departure(order, passage=passage, approved_at=approved_at)
            if not await self.again.passes(order, level=passage.level):
                await self._fail(order, state=OrderState.PENDING_UPDATE, reason="kill switch")
                return SendOutcome.STOPPED
            marked = await self.context.move(
                order, asked(OrderState.PENDING_UPDATE, terms=approved.terms)
            )
            if marked is None:
                return SendOutcome.NOTHING
            if not self.lease.is_held():
                # Only who has marked it sends it: nothing was written, and nothing will be.
                await self._fail(order, state=OrderState.PENDING_UPDATE, reason=_NOT_LEASED)
                return SendOutcome.STOPPED
            call = asyncio.ensure_future(
                self._replace(approved, broker=broker, departure=departure)
            )
            await departure.wait(call)
        if call.cancelled():
            return SendOutcome.UNSURE
        try:
            answer = await in_time(call)
        except BrokerUnsure:
            return SendOutcome.UNSURE
        except BrokerUnavailable as problem:
            answer = Refused(f"not sent: {problem}")
        return await self._take_answer(order, state=OrderState.PENDING_UPDATE, answer=answer)

    async def _replace(
        self, approved: Approved, *, broker: Broker, departure: Departure
    ) -> Acknowledged | Refused:
        departure.check()
        order = approved.order
        return await broker.replace(
            account_id=str(order.account_id),
            client_order_id=order.client_order_id,
            terms=approved.terms,
            protective_limit=_cap(approved, broker=broker),
            written=departure.left,
            leaving=departure.check,
        )

    async def _take_answer(
        self, order: Order, *, state: OrderState, answer: Acknowledged | Refused
    ) -> SendOutcome:
        # An acknowledged request is confirmed by the report that it took effect.
        if isinstance(answer, Refused):
            await self._fail(order, state=state, reason=answer.reason)
        return SendOutcome.SENT

    async def _fail(self, order: Order, *, state: OrderState, reason: str) -> None:
        """Fail the request, unless another has taken its place: a cancel must not be lost."""
        await self.context.move(
            order,
            lambda now, when: (
                fail_request(now, reason=reason, when=when) if now.state is state else None
            ),
        )


def _cap(approved: Approved, *, broker: Broker) -> Decimal | None:
    """Return the protective limit for a venue that holds to it."""
    return approved.protective_limit if broker.traits.protective_limits else None
