"""Hold one order through its life."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from domain.orders.states import AT_VENUE, CLOSED, UNSURE, OrderState
from domain.orders.terms import OrderTerms, Side
from domain.shared.values import ZERO, InvalidValue


class Origin(StrEnum):
    """Who brought the order in."""

    CLIENT = "client"
    KILL_SWITCH = "kill_switch"  # a flattening order
    EXTERNAL = "external"  # found at the broker, not sent by us


class Role(StrEnum):
    """What an order is within its group."""

    ENTRY = "entry"  # when it fills, its children go out
    CHILD = "child"  # waits for the entry (OTO)
    PEER = "peer"  # one cancels the other (OCO)
    TAKE_PROFIT = "take_profit"  # bracket child, peers with the stop
    STOP_LOSS = "stop_loss"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLink:
    """How an order hangs together with others: OCO, OTO, bracket."""

    group_id: UUID
    role: Role
    parent_id: UUID | None = None

    @property
    def cancels_peers(self) -> bool:
        """Whether a fill of this order cancels the others of the group."""
        return self.role in (Role.PEER, Role.TAKE_PROFIT, Role.STOP_LOSS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order: its terms, its owner and where it stands.

    accepted_at and updated_at are business time (UTC); market_at is the market's time
    at intake. filled_notional = sum of price x quantity of the fills, without multiplier.
    """

    id: UUID
    tenant_id: UUID
    account_id: UUID
    client_order_id: str
    terms: OrderTerms
    accepted_at: datetime
    updated_at: datetime
    market_at: datetime
    state: OrderState = OrderState.INITIALIZED
    strategy_id: str | None = None
    actor: str = ""
    origin: Origin = Origin.CLIENT
    link: GroupLink | None = None
    filled_quantity: Decimal = ZERO
    filled_notional: Decimal = ZERO
    venue_order_id: str | None = None
    # A child waits here until its entry fills; waiting orders are not dispatched.
    waiting: bool = False
    # Price per unit at which the gate reserved exposure; None for a waiting market order.
    reserved_price: Decimal | None = None
    # The terms asked for by a replace that the venue has not confirmed, and their price.
    pending_terms: OrderTerms | None = None
    pending_price: Decimal | None = None
    # The state to fall back to when a pending request fails.
    settled_state: OrderState | None = None
    # When the latest send, of the order or of a replace, was intended: starts the settle
    # horizon.
    sent_at: datetime | None = None
    # A pending cancel or replace that was already sent is not sent again.
    request_sent: bool = False
    # A cancel came, or another order of its group has filled, while this one was unsure: it is
    # cancelled as soon as the venue turns out to hold it.
    cancel_wanted: bool = False
    reason: str = ""

    def __post_init__(self) -> None:
        if not 1 <= len(self.client_order_id) <= 64 or not self.client_order_id.isascii():
            raise InvalidValue(field="client_order_id", problem="must be 1 to 64 ASCII characters")

    @property
    def symbol(self) -> str:
        """The traded symbol."""
        return self.terms.symbol

    @property
    def side(self) -> Side:
        """Buy or sell."""
        return self.terms.side

    @property
    def leaves_quantity(self) -> Decimal:
        """Units that may still fill."""
        if self.state in CLOSED:
            return ZERO
        quantity = self.terms.quantity
        if self.pending_terms is not None and self.pending_terms.quantity > quantity:
            # Until the venue answers, either size may be the true one: count the larger.
            quantity = self.pending_terms.quantity
        return max(quantity - self.filled_quantity, ZERO)

    @property
    def counted_price(self) -> Decimal | None:
        """Price per unit that it counts at: until the venue answers either may be the true one."""
        reserved, pending = self.reserved_price, self.pending_price
        if reserved is None or pending is None:
            return pending if reserved is None else reserved
        return max(reserved, pending, key=abs)

    @property
    def average_price(self) -> Decimal | None:
        """Mean fill price per unit, None before the first fill."""
        return self.filled_notional / self.filled_quantity if self.filled_quantity else None

    @property
    def may_pass_halt(self) -> bool:
        """Whether it is the kill switch's own flattening order."""
        return self.origin is Origin.KILL_SWITCH

    @property
    def is_closed(self) -> bool:
        """Whether nothing more is expected of it."""
        return self.state in CLOSED

    @property
    def is_unsent(self) -> bool:
        """Whether it was taken in and nothing but the dispatcher keeps it from going out."""
        return self.state is OrderState.ACCEPTED and not self.waiting

    @property
    def is_to_send(self) -> bool:
        """Whether the dispatcher has something to send for it: itself, a cancel or a replace."""
        if self.state is OrderState.PENDING_CANCEL or self.state is OrderState.PENDING_UPDATE:
            return not self.request_sent
        return self.is_unsent

    @property
    def is_at_venue(self) -> bool:
        """Whether the venue is known to hold it."""
        return self.state in AT_VENUE

    @property
    def is_unsure(self) -> bool:
        """Whether we do not know if, or how, the venue holds it; counts as exposure."""
        return self.state in UNSURE

    @property
    def has_parked_replace(self) -> bool:
        """Whether the venue holds it, and the fate of a replace is what is parked."""
        return self.state is OrderState.PARKED and self.pending_terms is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """One execution of an order.

    price is per unit, commission in the instrument's currency (negative = rebate),
    at is business time and market_at the market's.
    """

    id: UUID
    trade_id: str
    order_id: UUID
    tenant_id: UUID
    account_id: UUID
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal
    commission: Decimal
    currency: str
    at: datetime
    market_at: datetime

    @property
    def signed_quantity(self) -> Decimal:
        """The quantity, negative for a sale."""
        return self.quantity if self.side is Side.BUY else -self.quantity
