"""Describe orders that nobody sent: what they would trade, and what the book is worth with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.accounts.margin_book import Marks, margin_book
from domain.margin.assess import assess
from domain.margin.assessment import Assessment
from domain.margin.book import MarginBook
from domain.margin.rulebook import NoTable, Rulebook
from domain.orders.order import Order, Role
from domain.orders.terms import Side
from domain.risk.book_view import BookView
from domain.risk.effect import Effect, effect_of
from domain.risk.lines import counts_as_resting
from domain.risk.objections import Objection
from domain.risk.situation import Situation
from domain.risk.verdict import Headroom
from domain.shared.values import ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Orders that nobody sent, each with the situation that the gate judged it in.

    Each order counts those before it; what rests already is counted as the gate counts it.
    """

    view: BookView
    orders: Sequence[tuple[Order, Situation]]
    headroom: Sequence[Headroom]

    def objections(self) -> tuple[Objection, ...]:
        """Return what other areas have against the orders, each once."""
        heard = (one.objections for _, one in self.orders if one.objections is not None)
        return tuple(dict.fromkeys(each for one in heard for each in one.raised))

    def effects(self) -> list[Effect]:
        """Return what each order would do."""
        return [
            effect_of(order, terms=order.terms, situation=situation)
            for order, situation in self.orders
        ]


def margins(
    proposal: Proposal, *, marks: Marks, rulebook: Rulebook | NoTable, on: date
) -> tuple[Assessment | NoTable, Assessment | NoTable]:
    """Return what the positions take by a rulebook, and with the orders filled at the last price.

    marks tell only of what is neither held nor traded, such as an option's underlying.
    """
    if isinstance(rulebook, NoTable):
        return rulebook, rulebook
    book = proposal.view.book
    seen = {symbol: line.figures for symbol, line in proposal.view.lines.items()}
    seen |= {order.symbol: situation.symbol for order, situation in proposal.orders}
    own = Marks(
        instrument=lambda symbol: (
            seen[symbol].instrument if symbol in seen else marks.instrument(symbol)
        ),
        quote=lambda symbol: seen[symbol].quote if symbol in seen else marks.quote(symbol),
    )
    held = {symbol: one.quantity for symbol, one in book.positions.items() if one.quantity}
    after = dict(held)
    for symbol, quantity in traded(proposal).items():
        after[symbol] = after.get(symbol, ZERO) + quantity
    found = []
    for quantities in (held, after):
        made = margin_book(book, marks=own, quantities=quantities)
        if isinstance(made, MarginBook):
            found.append(assess(made, rulebook=rulebook, on=on))
        else:
            found.append(made)
    return found[0], found[1]


def values_of(proposal: Proposal) -> tuple[dict[str, Decimal], dict[str, Decimal], list[str]]:
    """Return the position values before, the changes of them, and the prices that are missing.

    Of orders that cancel each other the largest counts; a bracket's exits do not, for they can
    only undo what its entry has done.
    """
    before: dict[str, Decimal] = {}
    missing: set[str] = set()
    for line in proposal.view.lines.values():
        if line.worth is None:
            missing.add(f"price of {line.position.symbol}")
        elif line.worth:
            before[line.position.symbol] = line.worth
    changes: dict[str, Decimal] = {}
    for symbol, quantity in traded(proposal).items():
        price = unit_worth(proposal, symbol)
        if price is None:
            missing.add(f"price of {symbol}")
        else:
            changes[symbol] = quantity * price
    return before, changes, sorted(missing)


def traded(proposal: Proposal) -> dict[str, Decimal]:
    """Return the signed units that the orders would trade, by symbol."""
    units: dict[str, Decimal] = {}
    peers: dict[str, Decimal] = {}
    for order, _ in proposal.orders:
        if not counts_as_resting(order):
            continue
        symbol = order.symbol
        signed = order.terms.quantity if order.side is Side.BUY else -order.terms.quantity
        if order.link is not None and order.link.role is Role.PEER:
            peers[symbol] = max(peers.get(symbol, ZERO), signed, key=abs)
        else:
            units[symbol] = units.get(symbol, ZERO) + signed
    for symbol, signed in peers.items():
        units[symbol] = units.get(symbol, ZERO) + signed
    return units


def unit_worth(proposal: Proposal, symbol: str) -> Decimal | None:
    """Return what a unit is worth at the mark in the account's currency, None without one."""
    figures = next(one for order, one in proposal.orders if order.symbol == symbol).symbol
    instrument, quote = figures.instrument, figures.quote
    if instrument is None or quote is None:
        return None
    if instrument.currency != proposal.view.account.currency:
        return None
    return quote.last * instrument.multiplier


def added(before: Mapping[str, Decimal], changes: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Return the position values with the changes in them."""
    return {
        symbol: before.get(symbol, ZERO) + changes.get(symbol, ZERO)
        for symbol in {**before, **changes}
    }
