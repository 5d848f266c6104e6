"""Send once more what is in doubt, to a venue that refuses a client order id it has seen.

With dedup full the venue itself keeps a second send from being a second order, whenever the
first arrives. All else is as at a first send: the gate is asked, at the prices of now, the
kill barrier is held, and the intent is stored before the request leaves. What may not be sent
again parks.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from application.orders.dispatch import Dispatch, Sent
from application.orders.patience import in_time
from application.orders.steps import (
    CALLED_OFF,
    NOT_SENT_AGAIN,
    answered,
    doubtful,
    parked,
    sent_again,
)
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

    async def __call__(self, work: OpenWork) -> Sent:
        """Send the order once more if it still is in doubt and still may go out."""
        order = await self.dispatch.desk.archive.find(
            tenant_id=work.tenant_id, order_id=work.order_id
        )
        broker = self.dispatch.desk.broker(work.broker)
        if (
            order is None
            or order.state is not OrderState.UNKNOWN
            or not self.dispatch.lease.is_held()
        ):
            return Sent.NOTHING
        problem = await self._problem(order, broker=broker)
        if problem is not None:
            return await self._park(order, problem)
        if self.dispatch.again.is_held(order.id):
            return Sent.NOTHING
        approved_at: datetime | None = self.dispatch.desk.clock.now()
        if not order.may_pass_halt:
            approved_at = await self.dispatch.again(order, decided_at=None)
        if approved_at is None:
            # Denied it is parked already; changed meanwhile, the next round meets it.
            return Sent.NOTHING
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
        told = await self.dispatch.desk.archive.events(tenant_id=order.tenant_id, order_id=order.id)
        sends = sum(notice.type == OrderEventType.SUBMITTED for notice in told)
        return f"sent {sends} times without a word" if sends >= SENDS_MAX else None

    async def _send(
        self, order: Order, *, approved: Approved, approved_at: datetime, broker: Broker
    ) -> Sent:
        async with self.dispatch.barrier.sending(
            tenant_id=order.tenant_id, account_id=order.account_id
        ) as passage:
            departure = self.dispatch.departure(order, passage=passage, approved_at=approved_at)
            if not passage.allowed and not order.may_pass_halt:
                await self._park(order, "the kill switch is on")
                return Sent.STOPPED
            if order.may_pass_halt and not passage.flattening:
                await self._park(order, CALLED_OFF)
                return Sent.STOPPED
            if await self.dispatch.desk.move(order, sent_again(approved, in_doubt=order)) is None:
                return Sent.NOTHING
            if not self.dispatch.lease.is_held():
                await self.dispatch.desk.move(order, doubtful)
                return Sent.STOPPED
            call = asyncio.ensure_future(
                self.dispatch.submit(approved, broker=broker, departure=departure)
            )
            await departure.wait(call)
        return await self._settle(order, call=call)

    async def _settle(
        self, order: Order, *, call: "asyncio.Future[Acknowledged | Refused]"
    ) -> Sent:
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
            await self.dispatch.desk.move(
                order, lambda now, when: answered(now, answer=held, when=when)
            )
            return Sent.SENT
        await self.dispatch.desk.move(order, doubtful)
        return Sent.UNSURE

    async def _park(self, order: Order, problem: str) -> Sent:
        await self.dispatch.desk.move(order, parked(f"{NOT_SENT_AGAIN}: {problem}"))
        return Sent.NOTHING
