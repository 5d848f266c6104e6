"""Count what one symbol stands for in an account: held, resting, and at worst."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from domain.accounts.positions import Position
from domain.market.instruments import Instrument
from domain.market.prices import Quote
from domain.orders.order import Order, Role
from domain.orders.states import OrderState
from domain.orders.terms import Side
from domain.risk.effect import worst_price
from domain.risk.situation import PeerFigures, SymbolFigures
from domain.shared.frozen import changer
from domain.shared.values import ZERO

_EXITS = (Role.TAKE_PROFIT, Role.STOP_LOSS)
# These count in figures of their own.
_TOLD_APART = (OrderState.PARKED, OrderState.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One symbol of an account's book at one mark."""

    position: Position
    # Live orders of the symbol that may trade without another one's fill.
    resting: tuple[Order, ...]
    figures: SymbolFigures
    # Value of the position at the mark (the last price), None without a mark.
    worth: Decimal | None
    # Worth of the resting sales; that of the buys is in the figures.
    sell_value: Decimal | None
    # Whether the instrument trades in the account's currency, so that there are values.
    priced: bool
    # Whether some of the resting orders cancel each other.
    grouped: bool


_line = changer(Line)
_figures = changer(SymbolFigures)


@dataclass(slots=True)
class _Side:
    """Units and worth of the resting orders of one side."""

    quantity: Decimal = ZERO
    value: Decimal | None = ZERO

    def add(self, *, quantity: Decimal, value: Decimal | None) -> None:
        self.quantity += quantity
        self.value = None if self.value is None or value is None else self.value + value


def counts_as_resting(order: Order) -> bool:
    """Tell whether a live order counts as exposure now.

    A bracket's exit does not while it waits: it can only undo what its entry, which is
    counted, will have done. Every other order does, the unsure ones included.
    """
    return not (order.waiting and order.link is not None and order.link.role in _EXITS)


def _counts_once(order: Order) -> bool:
    """Tell whether of this order and its peers only the largest can fill.

    Peers cancel each other only once a fill is heard of: until then all may fill, at one
    price within one moment. Reduce-only ones cannot trade more than is held, whoever fills.
    """
    return order.terms.reduce_only and order.link is not None and order.link.cancels_peers


def line_of(
    *,
    position: Position,
    resting: tuple[Order, ...],
    instrument: Instrument | None,
    quote: Quote | None,
    currency: str,
) -> Line:
    """Work out the line of one symbol; currency is the account's."""
    priced = instrument is not None and instrument.currency == currency
    multiplier = instrument.multiplier if instrument is not None else position.multiplier
    mark = quote if priced else None
    held = position.quantity
    worth: Decimal | None = ZERO
    if held:
        worth = held * mark.last * multiplier if mark is not None else None
    buys, sells = _sides(resting, quote=mark, multiplier=multiplier, priced=priced)
    long_value, short_value, gross = _exposures(worth, buys=buys, sells=sells)
    figures = SymbolFigures(
        symbol=position.symbol,
        instrument=instrument,
        quote=quote,
        position=held,
        buys=buys.quantity,
        sells=sells.quantity,
        buy_value=buys.value,
        long_value=long_value,
        short_value=short_value,
        gross=gross,
        is_open=bool(held) or any(not order.terms.reduce_only for order in resting),
        parked=sum(order.state is OrderState.PARKED for order in resting),
        unknown_since=min(
            (
                order.sent_at if order.sent_at is not None else order.updated_at
                for order in resting
                if order.state is OrderState.UNKNOWN
            ),
            default=None,
        ),
    )
    return Line(
        position=position,
        resting=resting,
        figures=figures,
        worth=worth,
        sell_value=sells.value,
        priced=priced,
        grouped=any(order.link is not None and order.link.cancels_peers for order in resting),
    )


def _exposures(
    worth: Decimal | None, *, buys: _Side, sells: _Side
) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """Return the value if all buys fill, if all sales fill, and the larger exposure of both."""
    long_value = None if worth is None or buys.value is None else worth + buys.value
    short_value = None if worth is None or sells.value is None else sells.value - worth
    if long_value is None or short_value is None:
        return long_value, short_value, None
    return long_value, short_value, max(long_value, short_value, ZERO)


def line_after(line: Line, moves: Sequence[tuple[Order | None, Order]]) -> Line | None:
    """Return the line after orders came to rest or moved; None when it must be worked out.

    Each is an order as it rested until now, None for a new one, and as it is. The result is
    exactly what working it out would give: new orders are counted last, as they would be
    then, and one that moved without standing for anything else only takes its own place.
    """
    moved: dict[int, Order] = {}
    came: list[Order] = []
    for before, order in moves:
        if line.grouped or order.link is not None or order.state in _TOLD_APART:
            return None
        if before is None:
            came.append(order)
        elif before.state in _TOLD_APART or not _stands_alike(before, order):
            return None
        else:
            moved[id(before)] = order
    resting = line.resting
    if moved:
        resting = tuple([moved.get(id(one), one) for one in resting])
    after = line
    for order in came:
        after = _counted(after, order)
    return _line(after, resting=(*resting, *came))


def line_without(line: Line, order: Order) -> Line | None:
    """Return the line as if one of its resting orders were gone; None when it must be worked out.

    What the order stands for is taken off the sums, which is what the others sum up to.
    """
    if line.grouped or order.link is not None or order.state in _TOLD_APART:
        return None
    resting = tuple([one for one in line.resting if one is not order])
    figures = line.figures
    if (
        len(resting) != len(line.resting) - 1
        or figures.buy_value is None
        or line.sell_value is None
    ):
        return None
    after = _counted(line, order, gone=True)
    is_open = bool(line.position.quantity) or any(not one.terms.reduce_only for one in resting)
    return _line(after, resting=resting, figures=_figures(after.figures, is_open=is_open))


def _stands_alike(known: Order, order: Order) -> bool:
    return (
        known.terms is order.terms
        and known.pending_terms is order.pending_terms
        and known.counted_price == order.counted_price
        and known.leaves_quantity == order.leaves_quantity
    )


def _counted(line: Line, order: Order, *, gone: bool = False) -> Line:
    """Return the line with an order counted in or, gone, off: the orders at rest are as before."""
    figures = line.figures
    instrument = figures.instrument
    multiplier = instrument.multiplier if instrument is not None else line.position.multiplier
    mark = figures.quote if line.priced else None
    quantity, value = _largest([order], quote=mark, multiplier=multiplier, priced=line.priced)
    buys = _Side(quantity=figures.buys, value=figures.buy_value)
    sells = _Side(quantity=figures.sells, value=line.sell_value)
    side = buys if order.side is Side.BUY else sells
    if gone:
        quantity, value = -quantity, None if value is None else -value
    side.add(quantity=quantity, value=value)
    long_value, short_value, gross = _exposures(line.worth, buys=buys, sells=sells)
    after = _figures(
        figures,
        buys=buys.quantity,
        sells=sells.quantity,
        buy_value=buys.value,
        long_value=long_value,
        short_value=short_value,
        gross=gross,
        is_open=figures.is_open or not order.terms.reduce_only,
    )
    return _line(line, figures=after, sell_value=sells.value)


def peers_of(order: Order, *, line: Line) -> PeerFigures | None:
    """Return what the order's OCO peers on its side of the symbol count for already."""
    link = order.link
    if link is None or not _counts_once(order):
        return None
    peers = [
        other
        for other in line.resting
        if other.link is not None
        and other.link.group_id == link.group_id
        and _counts_once(other)
        and other.side is order.side
        and other.id != order.id
    ]
    if not peers:
        return None
    figures = line.figures
    multiplier = line.position.multiplier
    if figures.instrument is not None:
        multiplier = figures.instrument.multiplier
    quantity, value = _largest(peers, quote=figures.quote, multiplier=multiplier, priced=True)
    return PeerFigures(quantity=quantity, value=value)


def _sides(
    resting: Iterable[Order], *, quote: Quote | None, multiplier: Decimal, priced: bool
) -> tuple[_Side, _Side]:
    buys, sells = _Side(), _Side()
    groups: dict[tuple[UUID, Side], list[Order]] = {}
    for order in resting:
        if order.link is not None and _counts_once(order):
            groups.setdefault((order.link.group_id, order.side), []).append(order)
            continue
        quantity, value = _largest([order], quote=quote, multiplier=multiplier, priced=priced)
        (buys if order.side is Side.BUY else sells).add(quantity=quantity, value=value)
    for (_, side), peers in groups.items():
        # One cancels the others: only the largest can fill.
        quantity, value = _largest(peers, quote=quote, multiplier=multiplier, priced=priced)
        (buys if side is Side.BUY else sells).add(quantity=quantity, value=value)
    return buys, sells


def _largest(
    orders: list[Order], *, quote: Quote | None, multiplier: Decimal, priced: bool
) -> tuple[Decimal, Decimal | None]:
    quantity = ZERO
    value: Decimal | None = ZERO
    for order in orders:
        leaves = order.leaves_quantity
        quantity = max(quantity, leaves)
        price = _resting_price(order, quote=quote) if priced else None
        if price is None or value is None:
            value = None
        else:
            value = max(value, leaves * abs(price) * multiplier)
    return quantity, value


def _resting_price(order: Order, *, quote: Quote | None) -> Decimal | None:
    """Return the highest price per unit that a resting order may come to trade at.

    That is the price at which it was reserved or, while a replace is pending, the one of its
    new terms where that is higher. An order that was never reserved (found at the broker) is taken
    at its own prices, or at the quote.
    """
    known = [
        price
        for terms in (order.terms, order.pending_terms)
        if terms is not None
        for price in (terms.limit_price, terms.stop_price)
        if price is not None
    ]
    if order.counted_price is not None:
        known.append(order.counted_price)
    if known:
        return max(known, key=abs)
    if quote is None:
        return None
    return worst_price(order.terms, bid=quote.bid, ask=quote.ask)
