"""Hold an order as the venue works it: its trigger, its limit, its place in the queue."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from domain.market.prices import Split
from domain.orders.splits import restated_price
from domain.orders.terms import OrderTerms, OrderType, Side, TimeInForce, TrailKind
from domain.shared.values import ZERO
from ports.broker import VenueFill, VenueOrder, VenueState

OPEN = frozenset({VenueState.WORKING, VenueState.TRIGGERED, VenueState.PARTIALLY_FILLED})
AUCTIONS = frozenset({TimeInForce.OPG, TimeInForce.CLS})
AT_ONCE = frozenset({TimeInForce.IOC, TimeInForce.FOK})

_STOPS = frozenset({OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP})
_TRIGGERED_TYPES = _STOPS | {OrderType.MARKET_IF_TOUCHED, OrderType.LIMIT_IF_TOUCHED}
_HUNDRED = Decimal(100)


@dataclass(slots=True, kw_only=True, eq=False)
class PaperOrder:
    """One order at the venue. It changes in place: only the venue that made it holds it.

    limit and stop are the prices that hold now. active: takes part in matching, that is,
    it has no trigger or was triggered. rank: its time priority, lower is earlier. shown:
    what an iceberg still displays. since: market time of its last placing, replacing or
    fill; events of an earlier time pass it by. best: the most favourable price a trail has seen.
    """

    account_id: str
    client_order_id: str
    venue_order_id: str
    terms: OrderTerms
    rank: int
    since: datetime
    limit: Decimal | None
    stop: Decimal | None
    shown: Decimal | None
    active: bool
    state: VenueState = VenueState.WORKING
    filled: Decimal = ZERO
    notional: Decimal = ZERO
    commission: Decimal = ZERO
    best: Decimal | None = None
    # The worst price for an order whose terms name none.
    cap: Decimal | None = None
    fills: list[VenueFill] = field(default_factory=list)
    reason: str = ""
    # Of the market's replay: times of another cannot be compared.
    lap: int = 1
    # It arrived or was triggered just now, so its next fill takes liquidity.
    taking: bool = True

    @property
    def is_open(self) -> bool:
        """Whether it can still fill."""
        return self.state in OPEN

    @property
    def leaves(self) -> Decimal:
        """Units that may still fill while it is open."""
        return self.terms.quantity - self.filled

    @property
    def trades_continuously(self) -> bool:
        """Whether it matches outside of auctions."""
        return self.active and self.terms.time_in_force not in AUCTIONS

    @property
    def triggers_upwards(self) -> bool:
        """Whether a rising price triggers it: stops to buy, touches to sell."""
        return (self.terms.side is Side.BUY) == (self.terms.type in _STOPS)

    def triggers_at(self, price: Decimal) -> bool:
        """Whether a trade at the price triggers it."""
        if self.active or self.stop is None:
            return False
        return price >= self.stop if self.triggers_upwards else price <= self.stop

    @property
    def bound(self) -> Decimal | None:
        """The worst price that it may trade at: its limit, else the protective one."""
        return self.cap if self.limit is None else self.limit

    def marketable_at(self, price: Decimal) -> bool:
        """Whether it may trade at the price without being worse than its bound."""
        bound = self.bound
        if bound is None:
            return True
        return price <= bound if self.terms.side is Side.BUY else price >= bound

    def priority(self) -> tuple[int, Decimal, int]:
        """Sort key: no limit first, then the better price, then the earlier."""
        if self.limit is None:
            return (0, ZERO, self.rank)
        return (1, -self.limit if self.terms.side is Side.BUY else self.limit, self.rank)

    def stop_floor(self, price: Decimal) -> Decimal:
        """Return the worse of the price and the stop, for a stop that was hit just now."""
        if not self.taking or self.stop is None or self.terms.type not in _STOPS:
            return price
        return max(price, self.stop) if self.terms.side is Side.BUY else min(price, self.stop)

    def follow(self, price: Decimal) -> bool:
        """Let a trail follow a trade; tell whether anything moved."""
        if self.active or self.terms.trail is None:
            return False
        falling = self.terms.side is Side.SELL
        if self.best is None or (price > self.best if falling else price < self.best):
            self.best = price
            self._retrail()
            return True
        return False

    def shape(self, terms: OrderTerms) -> None:
        """Take over terms, new or replaced; the trail keeps the best price it has seen."""
        before, self.terms = self.terms, terms
        if terms.limit_price is not None:
            self.limit = terms.limit_price
        if not self.active:
            if terms.trail is None:
                self.stop = terms.stop_price
            elif before.stop_price != terms.stop_price or before.trail != terms.trail:
                self.stop = terms.stop_price
                self._retrail()
        shown = terms.display_quantity
        if shown is not None and self.shown is not None and shown == before.display_quantity:
            self.shown = min(self.shown, self.leaves)
        else:
            self.shown = None if shown is None else min(shown, self.leaves)

    def restate(self, terms: OrderTerms, *, split: Split, tick: Decimal, at: datetime) -> None:
        """Take over the terms of after a split, and keep what the order has come to."""
        up = self.terms.side is Side.SELL
        for name in ("limit", "stop", "best", "cap"):
            price = getattr(self, name)
            if price is not None:
                restated = restated_price(price, split=split, tick=tick, up=up)
                setattr(self, name, max(restated, tick))
        self.terms = terms
        shown = terms.display_quantity
        self.shown = None if shown is None else min(shown, self.leaves)
        self.since = at

    def told(self) -> VenueOrder:
        """Return it as the broker port tells of it."""
        return VenueOrder(
            account_id=self.account_id,
            client_order_id=self.client_order_id,
            venue_order_id=self.venue_order_id,
            terms=self.terms,
            state=self.state,
            fills=tuple(self.fills),
            reason=self.reason,
        )

    def _retrail(self) -> None:
        if self.best is None or self.terms.trail is None:
            return
        trail = self.terms.trail
        if self.terms.trail_kind is TrailKind.PERCENT:
            trail = abs(self.best) * trail / _HUNDRED
        falling = self.terms.side is Side.SELL
        stop = self.best - trail if falling else self.best + trail
        if self.stop is None or (stop > self.stop if falling else stop < self.stop):
            self.stop = stop


def new_order(
    *,
    account_id: str,
    client_order_id: str,
    venue_order_id: str,
    terms: OrderTerms,
    rank: int,
    since: datetime,
    lap: int = 1,
) -> PaperOrder:
    """Make an order that has just arrived at the venue."""
    return PaperOrder(
        account_id=account_id,
        client_order_id=client_order_id,
        venue_order_id=venue_order_id,
        terms=terms,
        rank=rank,
        since=since,
        lap=lap,
        limit=terms.limit_price,
        stop=terms.stop_price,
        shown=terms.display_quantity,
        active=terms.type not in _TRIGGERED_TYPES,
    )
