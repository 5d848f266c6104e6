"""Value an account's book at the market's prices."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from domain.accounts.book import AccountBook
from domain.orders.order import Order
from domain.shared.values import ZERO

# The price per unit of a symbol, None when it is not known.
PriceOf = Callable[[str], Decimal | None]


@dataclass(frozen=True, slots=True)
class MissingPrice:
    """The book holds a symbol whose price is not known: it has no value now."""

    symbol: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Valuation:
    """What a book is worth, in the account's currency.

    equity = cash + market value of positions; gross_exposure = sum of absolute values.
    resting_exposure = what open orders may add at most, at their reserved prices.
    """

    cash: Decimal
    equity: Decimal
    gross_exposure: Decimal
    net_exposure: Decimal
    realised_pnl: Decimal
    unrealised_pnl: Decimal
    commissions: Decimal
    resting_exposure: Decimal


def value_book(book: AccountBook, *, price_of: PriceOf) -> Valuation | MissingPrice:
    """Value the book at the given prices; a held symbol without a price has no guess."""
    cash = book.settled_cash
    gross = net = realised = unrealised = commissions = ZERO
    for symbol, position in book.positions.items():
        realised += position.realised_pnl
        commissions += position.commissions
        if not position.quantity:
            continue
        price = price_of(symbol)
        if price is None:
            return MissingPrice(symbol)
        worth = position.market_value(price)
        net += worth
        gross += abs(worth)
        unrealised += position.unrealised_pnl(price)
    return Valuation(
        cash=cash,
        equity=cash + net,
        gross_exposure=gross,
        net_exposure=net,
        realised_pnl=realised,
        unrealised_pnl=unrealised,
        commissions=commissions,
        resting_exposure=sum(
            (resting_notional(order, book=book) for order in book.orders.values()), ZERO
        ),
    )


def resting_notional(order: Order, *, book: AccountBook) -> Decimal:
    """Return what the order's open quantity may add to exposure, at its reserved price."""
    price = order.counted_price
    if price is None:
        return ZERO
    multiplier = book.position(order.symbol).multiplier
    return abs(order.leaves_quantity * price * multiplier)
