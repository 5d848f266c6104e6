"""What the core needs of a broker. The venue's word is data; ambiguity is an exception."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from domain.market.prices import Split
from domain.orders.terms import OrderTerms, Side


class Dedup(StrEnum):
    """What the broker does with a client order id that it has seen before."""

    NONE = "none"  # takes it again as a new order
    OPEN_ONLY = "open_only"  # refuses it only while the first is open
    FULL = "full"  # refuses it for ever: a resend is safe


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadMan:
    """A timer of the venue's own: it cancels an account's orders unless it is renewed in time.

    seconds_min, seconds_max: the times that it takes. keeps_reducing: it can keep orders that
    only reduce; one that cannot cancels all, stops too.
    """

    seconds_min: float
    seconds_max: float
    keeps_reducing: bool

    def takes(self, seconds: float) -> bool:
        """Tell whether it can be set to that."""
        return self.seconds_min <= seconds <= self.seconds_max


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerTraits:
    """What the dispatcher may rely on with this broker.

    settle_horizon_s: seconds after a send within which an order that the broker has
    becomes visible to `find`; after it, not found still is not "never arrived".
    protective_limits: it never fills an order worse than the protective limit sent with it.
    open_orders_max: orders of one account that the venue holds open, None without a limit.
    sends_per_s: submits and replaces that it takes, None without a limit; cancels_per_s:
    cancels likewise. cancel_all: it cancels all open orders of several accounts by one request.
    dead_man: the timer by which it cancels what nobody watches over, None without one.
    """

    name: str
    dedup: Dedup
    settle_horizon_s: float
    native_reduce_only: bool
    protective_limits: bool = False
    open_orders_max: int | None = None
    sends_per_s: float | None = None
    cancels_per_s: float | None = None
    cancel_all: bool = False
    dead_man: DeadMan | None = None


class BrokerUnsure(Exception):
    """The request may or may not have taken effect: timeout, reset, unreadable reply."""


class BrokerUnavailable(Exception):
    """The request certainly did not reach the broker: refused connection, open breaker."""


class CalledOff(BrokerUnavailable):
    """Who asked took the request back before a byte had left: no word on the broker."""


def free_to_leave() -> None:
    """Let a request leave whenever it can: nobody waits for it to have left."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The broker holds the order, or took the request."""

    venue_order_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The broker proved that it did not take the order or request, and said why."""

    reason: str


class VenueState(StrEnum):
    """Where an order stands at the broker."""

    WORKING = "working"
    TRIGGERED = "triggered"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueFill:
    """One execution as the broker tells it; price per unit, commission positive when paid."""

    trade_id: str
    quantity: Decimal
    price: Decimal
    commission: Decimal
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueOrder:
    """One order as the broker holds it, with all its executions."""

    account_id: str
    client_order_id: str
    venue_order_id: str
    terms: OrderTerms
    state: VenueState
    fills: tuple[VenueFill, ...] = ()
    reason: str = ""


class ReportKind(StrEnum):
    """What a broker's report says of an order."""

    WORKING = "working"
    TRIGGERED = "triggered"
    FILL = "fill"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REJECTED = "rejected"
    REPLACED = "replaced"
    CANCEL_REFUSED = "cancel_refused"
    REPLACE_REFUSED = "replace_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One message of the broker's stream; sequence is the broker's, ascending from 1."""

    sequence: int
    account_id: str
    client_order_id: str
    venue_order_id: str
    kind: ReportKind
    at: datetime
    symbol: str
    side: Side
    fill: VenueFill | None = None
    # The terms that hold now: set for replaced, and for orders that others placed.
    terms: OrderTerms | None = None
    # Set where the venue itself restated the order, for a split.
    split: Split | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableReport:
    """A message of the stream that cannot be told as a Report, and which account it is of."""

    sequence: int
    account_id: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VenuePosition:
    """Units held at the broker, signed."""

    symbol: str
    quantity: Decimal


class Broker(Protocol):
    """One broker. account_id is our account's id as text; adapters map it to their own.

    Every method raises BrokerUnsure when its effect or answer is in doubt, and
    BrokerUnavailable when nothing was sent. Reads have no effect and may be repeated; one
    that meets what we cannot hold raises InvalidValue, which concerns its account alone.
    """

    @property
    def traits(self) -> BrokerTraits:
        """What may be relied on."""
        ...

    async def submit(
        self,
        *,
        account_id: str,
        client_order_id: str,
        terms: OrderTerms,
        protective_limit: Decimal | None = None,
        written: Callable[[], None],
        leaving: Callable[[], None] = free_to_leave,
        urgent: bool = False,
    ) -> Acknowledged | Refused:
        """Send one order, once.

        `leaving` is called right before the request could take effect, with nothing awaited
        in between that can be left out: what it raises ends the call, and nothing was sent.
        `written` is called when the request has left for good, before the answer is
        awaited: from then on the kill switch need not wait for this send. urgent marks
        what closes a position for the kill switch: it goes before what limits other sends.
        A request whose call is cancelled may have left; its answer must be nobody else's.
        protective_limit is the worst price for an order whose terms name no limit; only
        where the traits promise it is it more than a wish.
        """
        ...

    async def cancel(self, *, account_id: str, client_order_id: str) -> Acknowledged | Refused:
        """Ask for a cancel; the report that it happened follows on the stream."""
        ...

    async def cancel_all(
        self, *, account_ids: Sequence[str], symbol: str | None = None
    ) -> Acknowledged | Refused:
        """Ask for a cancel of every order of the accounts, with symbol of those in it.

        Each order that was open is reported as canceled, in its own report. A venue whose
        traits do not promise it refuses, and has cancelled nothing.
        """
        ...

    async def replace(
        self,
        *,
        account_id: str,
        client_order_id: str,
        terms: OrderTerms,
        protective_limit: Decimal | None = None,
        written: Callable[[], None],
        leaving: Callable[[], None] = free_to_leave,
    ) -> Acknowledged | Refused:
        """Ask for new terms (quantity and prices), as `submit`; the client order id stays."""
        ...

    async def find(self, *, account_id: str, client_order_id: str) -> VenueOrder | None:
        """Return the order by client order id, closed ones included, None if not visible."""
        ...

    async def open_orders(self, *, account_id: str) -> Sequence[VenueOrder]:
        """Return every order of the account that can still fill."""
        ...

    async def positions(self, *, account_id: str) -> Sequence[VenuePosition]:
        """Return what the account holds."""
        ...

    def reports(self, *, after: int) -> AsyncIterator[Report | UnreadableReport]:
        """Yield reports with a sequence above `after`, then new ones as they come.

        A report may come twice or out of order; none is withheld for ever. One that cannot
        be read is told as such: it must not hold up the reports of other accounts.
        """
        ...


class DeadManTimer(Protocol):
    """The timer of a venue whose traits name one."""

    @property
    def dead_man(self) -> DeadMan:
        """What it can be set to, and what it cancels."""
        ...

    async def keep_alive(
        self, *, account_id: str, within_s: float, keep_reducing: bool
    ) -> Acknowledged | Refused:
        """Have the account's orders cancelled unless this is asked again within that time.

        0 takes the timer off. keep_reducing leaves those that only reduce; a venue that cannot
        refuses. Raises as a Broker does.
        """
        ...
