"""Find the own orders that an order would trade with."""

from collections.abc import Iterable
from decimal import Decimal

from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.orders.terms import OrderTerms, OrderType, Side

# What these name comes true only once the market has been at their trigger.
_TRIGGERED_LATER = frozenset(
    {
        OrderType.STOP,
        OrderType.STOP_LIMIT,
        OrderType.MARKET_IF_TOUCHED,
        OrderType.LIMIT_IF_TOUCHED,
        OrderType.TRAILING_STOP,
    }
)


def crossed_by(terms: OrderTerms, *, reach: Decimal | None, own: Iterable[Order]) -> int | None:
    """Count the own orders that one with these terms would meet; None where that is unknown.

    reach is the worst price that it may trade at where it names none; own are orders of the
    tenant that are not closed, whichever account's. One at the market's price meets all.
    """
    if terms.type in _TRIGGERED_LATER:
        return 0
    price = terms.limit_price if terms.limit_price is not None else reach
    count = 0
    for other in own:
        if other.is_closed or other.waiting or other.symbol != terms.symbol:
            continue
        if other.side is terms.side:
            continue
        offers = [one for one in (other.terms, other.pending_terms) if one is not None]
        live = [one for one in offers if _is_live(one, state=other.state)]
        if not live:
            continue
        if any(one.limit_price is None for one in live):
            count += 1
            continue
        if price is None:
            return None
        limits = [one.limit_price for one in live if one.limit_price is not None]
        if terms.side is Side.BUY:
            count += price >= min(limits)
        else:
            count += price <= max(limits)
    return count


def _is_live(terms: OrderTerms, *, state: OrderState) -> bool:
    return terms.type not in _TRIGGERED_LATER or state is OrderState.TRIGGERED
