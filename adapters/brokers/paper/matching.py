"""Match open orders against trades and quotes: triggers first, then price, then time."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from adapters.brokers.paper.books import VenueBooks
from adapters.brokers.paper.orders import PaperOrder
from adapters.brokers.paper.settings import PaperSettings
from domain.market.instruments import Instrument
from domain.orders.terms import OrderType, Side
from domain.shared.values import ZERO
from ports.broker import VenueState


@dataclass(slots=True)
class Offer:
    """Units that may still be taken at one moment of the market; None is unlimited."""

    left: Decimal | None

    def cap(self, quantity: Decimal) -> Decimal:
        """Return how much of the quantity may be taken."""
        return quantity if self.left is None else min(quantity, self.left)

    def take(self, quantity: Decimal) -> None:
        """Take it."""
        if self.left is not None:
            self.left -= quantity


@dataclass(slots=True, kw_only=True)
class Moment:
    """Prices at one moment: trades trigger at `last`, buys pay `buy`, sells get `sell`."""

    last: Decimal
    buy: Decimal
    sell: Decimal
    buy_offer: Offer
    sell_offer: Offer


class Matcher:
    """Work orders of one symbol through what the market did."""

    def __init__(self, *, books: VenueBooks, settings: PaperSettings) -> None:
        self._books = books
        self._slippage = settings.slippage
        self._participation = settings.participation

    def share(self, volume: Decimal, instrument: Instrument) -> Offer:
        """Return the part of a traded volume that our orders may take, in whole lots."""
        lots = (volume * self._participation / instrument.lot).to_integral_value(ROUND_FLOOR)
        return Offer(max(lots * instrument.lot, ZERO))

    def walk(
        self,
        orders: Sequence[PaperOrder],
        *,
        path: Sequence[Decimal],
        offer: Offer,
        instrument: Instrument,
    ) -> None:
        """Lead the orders along a price path, straight from each price to the next.

        The first price is a gap: what it jumped over trades there, at the path's price.
        """
        low, high = min(path), max(path)
        if not any(_reachable(order, low=low, high=high) for order in orders):
            return
        moment = Moment(last=path[0], buy=path[0], sell=path[0], buy_offer=offer, sell_offer=offer)
        self.visit(orders, moment, instrument)
        for target in path[1:]:
            while moment.last != target:
                level = _next_level(orders, moment.last, target)
                moment.last = moment.buy = moment.sell = level
                self.visit(orders, moment, instrument)

    def visit(self, orders: Sequence[PaperOrder], moment: Moment, instrument: Instrument) -> None:
        """Trigger what the moment triggers, fill what it can fill, let the trails follow."""
        for order in sorted(_triggered(orders, moment.last), key=PaperOrder.priority):
            self._books.trigger(order)
            price = moment.buy if order.terms.side is Side.BUY else moment.sell
            if order.terms.post_only and order.marketable_at(price):
                reason = "post-only: it would have taken liquidity when triggered"
                self._books.close(order, state=VenueState.CANCELED, reason=reason)
        self._cross(orders, moment, instrument)
        for order in orders:
            order.taking = False
            if order.follow(moment.last):
                self._books.touch(order)

    def auction(
        self,
        orders: Sequence[PaperOrder],
        *,
        price: Decimal,
        offer: Offer,
        instrument: Instrument,
    ) -> None:
        """Fill auction orders at the one price, by limit and time; the rest is not filled."""
        for order in sorted(orders, key=PaperOrder.priority):
            if order.is_open and order.marketable_at(price):
                quantity = self._quantity(order, offer)
                if quantity > ZERO:
                    self._execute(order, price, quantity, offer, instrument)

    def fills_whole(self, order: PaperOrder, moment: Moment) -> bool:
        """Tell whether the order could fill at once and whole."""
        price, offer = _side(order, moment)
        return order.marketable_at(price) and self._quantity(order, offer) == order.leaves

    def _cross(self, orders: Sequence[PaperOrder], moment: Moment, instrument: Instrument) -> None:
        queue = [
            (order.priority(), order)
            for order in orders
            if order.is_open
            and order.trades_continuously
            and order.marketable_at(_side(order, moment)[0])
        ]
        heapq.heapify(queue)
        while queue:
            _, order = heapq.heappop(queue)
            price, offer = _side(order, moment)
            quantity = self._quantity(order, offer) if order.is_open else ZERO
            if quantity <= ZERO:
                continue
            at = self._price(order, price, instrument)
            self._execute(order, at, quantity, offer, instrument)
            if order.is_open and self._refresh(order):
                heapq.heappush(queue, (order.priority(), order))

    def _quantity(self, order: PaperOrder, offer: Offer) -> Decimal:
        quantity = order.leaves if order.shown is None else min(order.leaves, order.shown)
        if order.terms.reduce_only:
            quantity = min(quantity, self._books.reducible(order))
        return offer.cap(quantity)

    def _price(self, order: PaperOrder, price: Decimal, instrument: Instrument) -> Decimal:
        if order.limit is not None and not order.taking:
            return price
        slipped = self._slippage.slipped(
            price=order.stop_floor(price), side=order.terms.side, tick=instrument.tick
        )
        # A limit is a promise, and a protective one as well: the slippage stops there.
        bound = order.bound
        return slipped if bound is None or order.marketable_at(slipped) else bound

    def _execute(
        self,
        order: PaperOrder,
        price: Decimal,
        quantity: Decimal,
        offer: Offer,
        instrument: Instrument,
    ) -> None:
        offer.take(quantity)
        if order.shown is not None:
            order.shown -= quantity
        if order.terms.type is OrderType.MARKET_TO_LIMIT and order.limit is None:
            order.limit = price
        self._books.execute(order, price=price, quantity=quantity, multiplier=instrument.multiplier)

    def _refresh(self, order: PaperOrder) -> bool:
        """Show an iceberg's next slice, behind the others; tell whether there was one."""
        if order.shown is None or order.shown > ZERO or order.terms.display_quantity is None:
            return False
        order.shown = min(order.terms.display_quantity, order.leaves)
        self._books.requeue(order)
        return True


def _side(order: PaperOrder, moment: Moment) -> tuple[Decimal, Offer]:
    if order.terms.side is Side.BUY:
        return moment.buy, moment.buy_offer
    return moment.sell, moment.sell_offer


def _triggered(orders: Sequence[PaperOrder], last: Decimal) -> list[PaperOrder]:
    return [order for order in orders if order.is_open and order.triggers_at(last)]


def _reachable(order: PaperOrder, *, low: Decimal, high: Decimal) -> bool:
    if order.active:
        return order.marketable_at(low if order.terms.side is Side.BUY else high)
    if order.terms.trail is not None:
        return True
    return order.triggers_at(high if order.triggers_upwards else low)


def _next_level(orders: Sequence[PaperOrder], start: Decimal, target: Decimal) -> Decimal:
    """Return the nearest price after `start`, up to `target`, where an order may act."""
    rising = target > start
    level = target
    for order in orders:
        if not order.is_open:
            continue
        if order.active:
            # A rising price reaches limits to sell, a falling one limits to buy.
            price = order.bound if rising == (order.terms.side is Side.SELL) else None
        else:
            price = order.stop if order.triggers_upwards == rising else None
        if price is not None and (start < price < level if rising else level < price < start):
            level = price
    return level
