"""Say what one order would do to the account if it, and what rests with it, were filled."""

from decimal import Decimal

from domain.orders.order import Order
from domain.orders.terms import OrderTerms, OrderType, Side, TrailKind
from domain.risk.situation import Situation
from domain.shared.values import ZERO

_HUNDRED = Decimal(100)
_BUY = Side.BUY
_TRAILING = OrderType.TRAILING_STOP


class Effect:
    """One order in one situation: its worth, and the account with it.

    quantity is what may still fill (units); price is the worst price per unit that it can
    be expected to trade at, value = quantity x |price| x multiplier in the account's
    currency. The figures after it are worst cases over the subsets of resting orders, as
    SymbolFigures has them. None where an input is missing. Filled plainly, not frozen:
    it is made on every decision, and never leaves the gate.
    """

    __slots__ = (
        "gross_after",
        "is_buy",
        "order",
        "position_after",
        "position_value_after",
        "price",
        "quantity",
        "reducing",
        "sector_after",
        "situation",
        "terms",
        "value",
    )

    def __init__(self, *, order: Order, terms: OrderTerms, situation: Situation) -> None:
        symbol = situation.symbol
        quantity = terms.quantity
        if order.filled_quantity:
            quantity -= order.filled_quantity
        is_buy = terms.side is _BUY
        self.order = order
        self.terms = terms
        self.situation = situation
        self.quantity = quantity
        self.is_buy = is_buy
        # What the order adds: an OCO peer counts only where it is larger than the others.
        added = quantity
        peers = situation.peers
        if peers is not None:
            added = max(quantity - peers.quantity, ZERO)
        self.reducing = _reduces(situation, is_buy=is_buy, added=added, quantity=quantity)
        if is_buy:
            self.position_after = symbol.position + symbol.buys + added
        else:
            self.position_after = symbol.position - symbol.sells - added
        self.price: Decimal | None = None
        self.value: Decimal | None = None
        self.position_value_after: Decimal | None = None
        self.gross_after: Decimal | None = None
        self.sector_after: Decimal | None = None
        instrument = symbol.instrument
        if symbol.quote is None or instrument is None:
            return
        price = self.price = worst_price(terms, bid=symbol.quote.bid, ask=symbol.quote.ask)
        # At a price of zero any quantity would be worth nothing: that is no price.
        if instrument.currency != situation.account.currency or not price:
            return
        value = self.value = quantity * abs(price) * instrument.multiplier
        if peers is not None:
            if peers.value is None:
                return
            value = max(value - peers.value, ZERO)
        own, other = (
            (symbol.long_value, symbol.short_value)
            if is_buy
            else (symbol.short_value, symbol.long_value)
        )
        before = symbol.gross
        if own is None or other is None or before is None:
            return
        own = own + value
        self.position_value_after = own
        more = (max(other, own)) - before
        gross = situation.account.gross
        if gross is not None:
            self.gross_after = gross + more
        sector = situation.sector_gross
        if sector is not None:
            self.sector_after = sector + more


def worst_price(terms: OrderTerms, *, bid: Decimal, ask: Decimal) -> Decimal:
    """Return the highest price per unit that the order should come to trade at.

    A buy never pays more than its limit; without one it pays the ask or, if that is
    higher, its trigger. A sale can open a short position at its limit or trigger, or at
    the bid if that is higher.
    """
    limit = terms.limit_price
    if terms.side is _BUY:
        if limit is not None:
            return limit
        price = ask
        stop = terms.stop_price
        if stop is None:
            if terms.type is _TRAILING and terms.trail is not None:
                amount = terms.trail_kind is TrailKind.AMOUNT
                price += terms.trail if amount else abs(ask) * terms.trail / _HUNDRED
            return price
        return max(stop, price)
    price = bid
    if limit is not None and limit > price:
        price = limit
    stop = terms.stop_price
    if stop is not None and stop > price:
        price = stop
    return price


def _reduces(situation: Situation, *, is_buy: bool, added: Decimal, quantity: Decimal) -> bool:
    """Tell whether |position after resting + this order| <= |position|, the sign kept.

    The worst subset of resting orders is the one with all orders of the same side filled
    and none of the other. A waiting exit reduces what its entry will have opened.
    """
    symbol = situation.symbol
    if situation.covered:
        opened = situation.covered
        return (opened < ZERO) is is_buy and quantity <= abs(opened)
    held = symbol.position
    if is_buy:
        return held < ZERO and held + symbol.buys + added <= ZERO
    return held > ZERO and held - symbol.sells - added >= ZERO
