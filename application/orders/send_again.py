"""Send once more what is in doubt, to a venue that refuses a client order id it has seen.

With dedup full the venue itself keeps a second send from being a second order, whenever the
first arrives. All else is as at a first send: the gate is asked, at the prices of now, the
kill barrier is held, and the intent is stored before the request leaves. What may not be sent
again parks.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from application.orders.blocks import target_of
from application.orders.dispatch import Dispatch, SendOutcome
from application.orders.steps import (
    CALLED_OFF,
    NOT_SENT_AGAIN,
    answered,
    doubtful,
    parked,
    sent_again,
)
from application.orders.timeouts import in_time
from domain.orders.events import OrderEventType
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.risk.verdict import Approved
from ports.broker import Acknowledged, Broker, BrokerUnavailable, BrokerUnsure, Dedup, Refused
from ports.orders import OpenWork

# A venue that shows nothing after so many sends is looked at by a person.
SENDS_MAX = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SendAgain:
    """Send an order in doubt again under its own id, or park it."""

    # Sends what is sent for the first time.
    dispatch: Dispatch

    async def __call__(self, work: OpenWork) -> SendOutcome:
        """Send the order once more if it still is in doubt and still may go out."""
        order = await self.dispatch.context.archive.find(
            tenant_id=work.tenant_id, order_id=work.order_id
        )
        broker = self.dispatch.context.broker(work.broker)
        if (
            order is None
            or order.state is not OrderState.UNKNOWN
            or not self.dispatch.lease.is_held()
        ):
            return SendOutcome.NOTHING
        problem = await self._problem(order, broker=broker)
        if problem is not None:
            return await self._park(order, problem)
        if self.dispatch.again.is_held(order.id):
            return SendOutcome.NOTHING
        approved_at: datetime | None = self.dispatch.context.clock.now()
        if not order.may_pass_halt:
            approved_at = await self.dispatch.again(order, decided_at=None)
        if approved_at is None:
            # Denied it is parked already; changed meanwhile, the next round meets it.
            return SendOutcome.NOTHING
        approved = await self.dispatch.approvals.stored(order, broker=broker)
        if approved is None:
            return await self._park(order, "nothing is left to close")
        return await self._send(order, approved=approved, approved_at=approved_at, broker=broker)

    async def _problem(self, order: Order, *, broker: Broker) -> str | None:
        """Say what no venue and no gate can mend; None when the order may be asked for again."""
        if broker.traits.dedup is not Dedup.FULL:
            return "the broker may take an id twice"
        if order.cancel_wanted:
            return "its cancel is asked for"
        if order.pending_terms is not None:
            return "new terms were asked for"
        if self.dispatch.is_of_old_units(order):
            return f"{order.symbol} was split after the order came in"
        told = await self.dispatch.context.archive.events(
            tenant_id=order.tenant_id, order_id=order.id
        )
        sends = sum(notice.type == OrderEventType.SUBMITTED for notice in told)
        return f"sent {sends} times without a word" if sends >= SENDS_MAX else None

    async def _send(
        self, order: Order, *, approved: Approved, approved_at: datetime, broker: Broker
    ) -> SendOutcome:
        target = target_of(order, broker=broker.traits.name)
        async with self.dispatch.barrier.sending(target) as passage:
            departure = self.dispatch.departure(order, passage=passage, approved_at=approved_at)
            passes = await self.dispatch.again.passes(order, level=passage.level)
            if not order.may_pass_halt and not passes:
                await self._park(order, "the kill switch is on")
                return SendOutcome.STOPPED
            if order.may_pass_halt and not passage.flattening:
                await self._park(order, CALLED_OFF)
                return SendOutcome.STOPPED
            if (
                await self.dispatch.context.move(order, sent_again(approved, in_doubt=order))
                is None
            ):
                return SendOutcome.NOTHING
            if not self.dispatch.lease.is_held():
                await self.dispatch.context.move(order, doubtful)
                return SendOutcome.STOPPED
            call = asyncio.ensure_future(
                self.dispatch.submit(approved, broker=broker, departure=departure)
            )
            await departure.wait(call)
        return await self._settle(order, call=call)

    async def _settle(
        self, order: Order, *, call: "asyncio.Future[Acknowledged | Refused]"
    ) -> SendOutcome:
        """Take over only that the venue holds it: any other answer may speak of one send alone.

        A refusal may mean that the first send has arrived, and no connection says nothing
        of the first: both are read back.
        """
        answer: Acknowledged | Refused | None = None
        if not call.cancelled():
            try:
                answer = await in_time(call)
            except (BrokerUnsure, BrokerUnavailable):
                answer = None
        if isinstance(answer, Acknowledged):
            held = answer
            await self.dispatch.context.move(
                order, lambda now, when: answered(now, answer=held, when=when)
            )
            return SendOutcome.SENT
        await self.dispatch.context.move(order, doubtful)
        return SendOutcome.UNSURE

    async def _park(self, order: Order, problem: str) -> SendOutcome:
        await self.dispatch.context.move(order, parked(f"{NOT_SENT_AGAIN}: {problem}"))
        return SendOutcome.NOTHING
