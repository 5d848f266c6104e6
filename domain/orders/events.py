"""Say what happened to orders: the history a client reads and the stream carries."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.orders.states import OrderState


class OrderEventType(StrEnum):
    """What happened."""

    ACCEPTED = "order.accepted"
    DENIED = "order.denied"
    WAITING = "order.waiting"  # accepted, and held back behind one that is parked
    RELEASED = "order.released"  # a waiting order may go out
    SUBMITTED = "order.submitted"
    WORKING = "order.working"
    REJECTED = "order.rejected"
    FILLED = "order.filled"  # partly or whole; the state tells
    OVERFILLED = "order.overfilled"
    CANCEL_REQUESTED = "order.cancel_requested"
    CANCEL_FAILED = "order.cancel_failed"
    CANCELED = "order.canceled"
    EXPIRED = "order.expired"
    TRIGGERED = "order.triggered"
    REPLACE_REQUESTED = "order.replace_requested"
    REPLACED = "order.replaced"
    REPLACE_FAILED = "order.replace_failed"
    UNKNOWN = "order.unknown"
    PARKED = "order.parked"
    RESOLVED = "order.resolved"  # an unknown or parked order was found or attested
    EXTERNAL = "order.external"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEvent:
    """One step in an order's life: what, the state after it, when, and why."""

    order_id: UUID
    tenant_id: UUID
    account_id: UUID
    type: OrderEventType
    state: OrderState
    at: datetime
    market_at: datetime
    # Plain text values by name: prices, quantities, reasons, ids; never secrets.
    detail: tuple[tuple[str, str], ...] = ()
