"""Find out what became of an ambiguous send: read back to the horizon, then send again or park.

Sent again is only what its venue would refuse if it had it: see SendAgain. All else parks.

A replace is a send too: until the venue shows the new terms, old ones prove only that it
has not taken effect yet.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from application.orders.adopt_external import reports_of
from application.orders.apply_report import Anomalous, ApplyReport
from application.orders.deps import OrderContext
from application.orders.steps import parked
from application.orders.timeouts import in_time
from domain.orders.events import OrderEventType
from domain.orders.moves import Move, MoveTimes, confirm_replace, fail_request, move, park_replace
from domain.orders.order import Order
from domain.orders.states import OrderState
from ports.broker import Broker, Dedup, VenueOrder, VenueState

NOT_FOUND = "not found at the broker within its settle horizon"


class Resolution(StrEnum):
    """What reading back brought."""

    FOUND = "found"
    WAITING = "waiting"  # not visible yet, the horizon is not over
    UNHEARD = "unheard"  # not visible by the horizon, and the venue knows an id for ever
    PARKED = "parked"
    SETTLED = "settled"  # nothing was in doubt any more
    ANOMALOUS = "anomalous"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveUnknown:
    """Read one order back from its broker and take over what the broker says."""

    context: OrderContext
    apply_report: ApplyReport

    async def __call__(self, *, tenant_id: UUID, order_id: UUID, broker: Broker) -> Resolution:
        """Settle the order, keep waiting, or park it; one that is UNHEARD may be sent again.

        Raises BrokerUnsure, BrokerUnavailable.
        """
        order = await self.context.archive.find(tenant_id=tenant_id, order_id=order_id)
        if order is None or not (order.is_unsure or _is_asked(order)):
            return Resolution.SETTLED
        asked_at = self.context.clock.now()
        held = await in_time(
            broker.find(account_id=str(order.account_id), client_order_id=order.client_order_id)
        )
        # The read must have been made after the horizon: one made before proves nothing.
        settled_until = asked_at - timedelta(seconds=broker.traits.settle_horizon_s)
        if held is not None:
            return await self._adopt(order, held=held, settled_until=settled_until)
        if _is_asked(order) or order.state is OrderState.PARKED:
            return Resolution.WAITING
        if (order.sent_at or order.updated_at) > settled_until:
            await self.context.move(order, _unknown)
            return Resolution.WAITING
        await self.context.move(order, _unknown)
        if broker.traits.dedup is Dedup.FULL:
            return Resolution.UNHEARD
        await self.context.move(order, parked(NOT_FOUND))
        return Resolution.PARKED

    async def _adopt(
        self, order: Order, *, held: VenueOrder, settled_until: datetime
    ) -> Resolution:
        """Apply the venue's view of the order: its fills, then its state and its terms."""
        for report in reports_of(held, at=self.context.market_clock.now()):
            applied = await self.apply_report(
                tenant_id=order.tenant_id,
                account_id=order.account_id,
                report=report,
                heard=None,
            )
            if isinstance(applied, Anomalous):
                return Resolution.ANOMALOUS
        after = await self.context.move(
            order, lambda now, when: _settled(now, held, settled_until, when)
        )
        if after is not None and after.has_parked_replace:
            return Resolution.PARKED
        return Resolution.FOUND


def _is_asked(order: Order) -> bool:
    return order.state in (OrderState.PENDING_CANCEL, OrderState.PENDING_UPDATE)


def _settled(
    order: Order, held: VenueOrder, settled_until: datetime, when: MoveTimes
) -> Move | None:
    """Close a request that the venue's view answers; park a replace that it never answers."""
    pending = order.pending_terms
    if pending is not None and held.terms == pending and (_is_asked(order) or order.is_unsure):
        confirmed = confirm_replace(order, terms=held.terms, when=when)
        return replace(confirmed, order=replace(confirmed.order, request_sent=False))
    if order.state is OrderState.PENDING_CANCEL and order.request_sent:
        # A cancel is safe to repeat: the dispatcher sends it again.
        return Move(order=replace(order, request_sent=False), events=())
    if order.state is OrderState.PENDING_UPDATE or order.has_parked_replace:
        if held.state is VenueState.FILLED:
            return fail_request(order, reason="the order filled under its old terms", when=when)
        # One that was not sent yet is the dispatcher's.
        waits = order.state is OrderState.PENDING_UPDATE and order.request_sent
        if waits and (order.sent_at or order.updated_at) <= settled_until:
            return park_replace(order, when=when)
    return None


def _unknown(order: Order, when: MoveTimes) -> Move | None:
    if order.state is not OrderState.SUBMITTED:
        return None
    return move(
        order,
        to=OrderState.UNKNOWN,
        type=OrderEventType.UNKNOWN,
        when=when,
        reason="no answer to the send; reading back",
    )
