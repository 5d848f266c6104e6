"""Say what one order would do to the account if it, and what rests with it, were filled."""

from decimal import Decimal

from domain.orders.order import Order
from domain.orders.terms import OrderTerms, OrderType, Side, TrailKind
from domain.risk.collar import collared
from domain.risk.situation import Situation
from domain.shared.values import ZERO

_HUNDRED = Decimal(100)
_BUY = Side.BUY
_TRAILING = OrderType.TRAILING_STOP


class Effect:
    """One order in one situation: its worth, and the account with it.

    quantity is what may still fill (units); price is the worst price per unit that it can
    be expected to trade at, protective_limit that same price where the order names none and
    the venue must be told, value = quantity x |price| x multiplier in the account's
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
        "protective_limit",
        "quantity",
        "reducing",
        "sector_after",
        "situation",
        "terms",
        "value",
    )

    order: Order
    terms: OrderTerms
    situation: Situation
    quantity: Decimal
    is_buy: bool
    reducing: bool
    position_after: Decimal
    price: Decimal | None
    protective_limit: Decimal | None
    value: Decimal | None
    position_value_after: Decimal | None
    gross_after: Decimal | None
    sector_after: Decimal | None


def effect_of(order: Order, terms: OrderTerms, situation: Situation) -> Effect:
    """Work out what the order with these terms would do."""
    symbol = situation.symbol
    quantity = terms.quantity
    if order.filled_quantity:
        quantity -= order.filled_quantity
    is_buy = terms.side is _BUY
    effect = Effect()
    effect.order = order
    effect.terms = terms
    effect.situation = situation
    effect.quantity = quantity
    effect.is_buy = is_buy
    # What the order adds: an OCO peer counts only where it is larger than the others.
    added = quantity
    peers = situation.peers
    if peers is not None:
        added = max(quantity - peers.quantity, ZERO)
    effect.position_after = after = (
        symbol.position + symbol.buys + added if is_buy else symbol.position - symbol.sells - added
    )
    held = symbol.position
    if situation.covered:
        # A waiting exit: it can only undo what its entry will have opened.
        opened = situation.covered
        effect.reducing = (opened < ZERO) is is_buy and quantity <= abs(opened)
    elif held > ZERO:
        # |position after resting + this order| <= |position|, the sign kept. All resting
        # orders of the same side are taken as filled, none of the other: whichever of
        # them fill, the position then lies between here and where it is held.
        effect.reducing = ZERO <= after <= held
    else:
        effect.reducing = held < ZERO and held <= after <= ZERO
    effect.price = None
    effect.protective_limit = None
    effect.value = None
    effect.position_value_after = None
    effect.gross_after = None
    effect.sector_after = None
    quote = symbol.quote
    instrument = symbol.instrument
    if quote is not None and instrument is not None:
        price = terms.limit_price
        if price is None or terms.stop_price is not None:
            price = worst_price(terms, bid=quote.bid, ask=quote.ask)
            if situation.collar and is_buy and terms.limit_price is None and not effect.reducing:
                # What buys at the market's price can gap: the venue is told to stop here.
                price = effect.protective_limit = collared(
                    price, percent=situation.collar, tick=instrument.tick
                )
        elif not is_buy and price < quote.bid:
            price = quote.bid
        effect.price = price
        # At a price of zero any quantity would be worth nothing: that is no price.
        if price and instrument.currency == situation.account.currency:
            effect.value = quantity * abs(price) * instrument.multiplier
            _add_exposure(effect, effect.value)
    return effect


def _add_exposure(effect: Effect, value: Decimal) -> None:
    situation = effect.situation
    symbol = situation.symbol
    peers = situation.peers
    if peers is not None:
        if peers.value is None:
            return
        value = max(value - peers.value, ZERO)
    if effect.is_buy:
        own, other = symbol.long_value, symbol.short_value
    else:
        own, other = symbol.short_value, symbol.long_value
    before = symbol.gross
    if own is None or other is None or before is None:
        return
    own += value
    effect.position_value_after = own
    # What max(other, own) returns, at a quarter of its cost.
    more = (own if own > other else other) - before  # noqa: FURB136
    gross = situation.account.gross
    if gross is not None:
        effect.gross_after = gross + more
    sector = situation.sector_gross
    if sector is not None:
        effect.sector_after = sector + more


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
