"""Find the gate's approval of what is to go out, and have it asked for anew where it is old."""

from dataclasses import dataclass
from datetime import datetime

from application.orders.decide_again import DecideAgain
from application.orders.deps import OrderContext
from application.orders.steps import withdrawn
from application.orders.take_split import restate_decided
from application.orders.timeouts import in_time
from domain.orders.order import Order, Origin
from domain.risk.gate import approve_flatten, restore
from domain.risk.verdict import Approved, NotTheGate
from domain.shared.values import ZERO
from ports.broker import Broker


@dataclass(frozen=True, slots=True, kw_only=True)
class Approvals:
    """The approvals of stored orders; of orders that flatten, by what the broker holds."""

    context: OrderContext
    again: DecideAgain

    async def lately(self, order: Order, *, broker: Broker) -> tuple[Approved, datetime] | None:
        """Return the gate's approval, asked for anew where it is old, and since when it holds."""
        approved = await self.stored(order, broker=broker)
        if approved is None:
            return None
        if order.may_pass_halt:
            return approved, self.context.clock.now()
        since = await self.again(order, decided_at=approved.decided_at)
        if since is None:
            return None
        if since is not approved.decided_at:
            # It was asked for anew, be it in the same moment.
            approved = await self.stored(order, broker=broker)
        return None if approved is None else (approved, since)

    async def stored(self, order: Order, *, broker: Broker) -> Approved | None:
        """Return the gate's approval of what is to go out; raises NotTheGate without one.

        None when the order changed under the look, or has become pointless: the next round
        meets it as it is then.
        """
        try:
            return await self._approval(order, broker=broker)
        except NotTheGate:
            latest = await self.context.archive.find(tenant_id=order.tenant_id, order_id=order.id)
            if latest == order:
                raise
            return None

    async def _approval(self, order: Order, *, broker: Broker) -> Approved | None:
        if order.origin is Origin.KILL_SWITCH:
            positions = await in_time(broker.positions(account_id=str(order.account_id)))
            held = [one.quantity for one in positions if one.symbol == order.symbol]
            verdict = approve_flatten(order, venue_quantity=sum(held, ZERO))
            if isinstance(verdict, Approved):
                return verdict
            # Something else closed the position meanwhile: whoever wants it flat looks again.
            reason = verdict.reasons[0].message
            await self.context.move(order, lambda now, when: withdrawn(now, reason, when))
            return None
        decision = await self.context.archive.decision(tenant_id=order.tenant_id, order_id=order.id)
        if decision is None:
            raise NotTheGate(f"order {order.id} has no decision")
        view, instrument = self.context.view, self.context.instruments.find(order.symbol)
        return restore(
            order,
            decision=decision,
            restate=lambda terms, decided_at: restate_decided(
                terms, history=view.splits(order.symbol), at=decided_at, instrument=instrument
            ),
        )
