"""Say what can be asked of orders and what comes back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from application.shared.asker import Asker as Asker
from application.shared.change import KeyReused, Replayed
from domain.orders.order import Order
from domain.orders.terms import OrderTerms
from domain.risk.verdict import Headroom, Reason


class GroupKind(StrEnum):
    """How the orders of one submission hang together."""

    OCO = "oco"  # two or more peers: the first fill cancels the others
    OTO = "oto"  # the first is the entry; its fill releases the others
    BRACKET = "bracket"  # entry, take-profit, stop-loss: the exits are peers


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRequest:
    """One order as asked for; client_order_id is made up when None."""

    terms: OrderTerms
    client_order_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitOrder:
    """Take in one order, or a group of two to five that stand or fall together."""

    asker: Asker
    account_id: UUID
    orders: tuple[OrderRequest, ...]
    group: GroupKind | None = None
    strategy_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """Every order of the submission is durable and on its way."""

    orders: tuple[Order, ...]
    warnings: tuple[Headroom, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeniedOrders:
    """The gate refused; the orders are stored as denied and will never be sent."""

    orders: tuple[Order, ...]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientIdTaken:
    """The account has an order with that client order id already."""

    client_order_id: str
    order_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """More waits to be sent than may: nothing was taken in or stored, ask again later."""

    detail: str
    retry_after_s: int


SubmitOutcome = Accepted | DeniedOrders | Replayed | KeyReused | ClientIdTaken | Behind


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceOrder:
    """Change quantity and prices of a live order; None leaves a field as it is."""

    asker: Asker
    order_id: UUID
    quantity: Decimal | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacing:
    """The new terms passed the gate; the venue has the last word."""

    order: Order


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceDenied:
    """The gate refused the new terms; the order goes on with the old ones."""

    order: Order
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotChangeable:
    """The order is closed, unsure or already changing: nothing was done."""

    order: Order
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Canceling:
    """The cancel is durable; `order.state` says whether it is done or asked for."""

    order: Order


@dataclass(frozen=True, slots=True, kw_only=True)
class CanceledAll:
    """How many cancels were asked for, by order id."""

    orders: tuple[Order, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What the gate would say now, and the effect on the account; nothing is stored."""

    approved: bool
    reasons: tuple[Reason, ...]
    headroom: tuple[Headroom, ...]
    effect: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """A person's word on a parked order after looking at the broker."""

    asker: Asker
    order_id: UUID
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why the gate decided as it did: each rule, its inputs, limit and headroom."""

    order_id: UUID
    approved: bool
    decided_at: datetime
    inputs: Mapping[str, str]
    reasons: tuple[Reason, ...]
    headroom: tuple[Headroom, ...]
