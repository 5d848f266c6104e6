"""Reckon what a split makes of the venue's positions, whenever the venue hears of it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import ROUND_DOWN, Decimal

from adapters.brokers.paper.orders import PaperOrder
from domain.market.prices import Split
from domain.orders.terms import Side
from domain.shared.values import ZERO


def adjustments(
    split: Split,
    *,
    positions: Mapping[tuple[str, str], Decimal],
    orders: Iterable[PaperOrder],
    at: datetime,
) -> dict[str, Decimal]:
    """Return the units that each account gets or gives for what it held at a time.

    What it has traded since is in new shares already: orders are all of the running lap that
    may tell of that, for times of another cannot be compared.
    """
    since: dict[str, Decimal] = {}
    for order in orders:
        if order.terms.symbol == split.symbol:
            units = sum((fill.quantity for fill in order.fills if fill.at >= at), ZERO)
            signed = units if order.terms.side is Side.BUY else -units
            since[order.account_id] = since.get(order.account_id, ZERO) + signed
    met = {
        account_id: held - since.get(account_id, ZERO)
        for (account_id, symbol), held in positions.items()
        if symbol == split.symbol
    }
    return {account_id: _after(held, split) - held for account_id, held in met.items() if held}


def _after(held: Decimal, split: Split) -> Decimal:
    """Return the whole shares; for what is left of a share brokers pay cash."""
    exact = held * split.numerator / split.denominator
    return exact.to_integral_value(ROUND_DOWN)
