"""Gather what the readings of a decision look at, once for all of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from domain.accounts.book import AccountBook
from domain.market.prices import Session
from domain.orders.order import Order
from domain.orders.terms import OrderTerms, Side
from domain.risk.activity import Activity
from domain.risk.book_view import BookView
from domain.risk.closes import BookReturns
from domain.risk.effect import worst_price
from domain.risk.lines import Line
from domain.risk.strategy_stop import StrategyStop
from domain.shared.frozen import builder

_BUY = Side.BUY


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionContext:
    """What a decision may be taken beside, besides the book: None where nobody has read it.

    group are the orders of one request with the one decided on, itself included, in their order.
    """

    group: tuple[Order, ...] = ()
    returns: Callable[[BookView], BookReturns] | None = None
    activity: Activity | None = None
    others: tuple[AccountBook, ...] | None = None
    stops: Mapping[tuple[UUID, str], StrategyStop] = field(default_factory=dict)


class ReadingInput:
    """One order with these terms, in a view, at a time, and what several readings look at.

    line is that of its symbol, reach the worst price it may trade at, None where a quote is
    missing. Filled plainly, not frozen, for it is made on every decision, and never leaves it.
    """

    __slots__ = (
        "beside",
        "is_buy",
        "line",
        "market_now",
        "now",
        "order",
        "reach",
        "session",
        "symbol",
        "terms",
        "view",
    )

    order: Order
    terms: OrderTerms
    symbol: str
    is_buy: bool
    view: BookView
    line: Line | None
    reach: Decimal | None
    beside: DecisionContext
    session: Session | None
    now: datetime
    market_now: datetime


context_of_decision = builder(DecisionContext)


def reading_input_of(
    order: Order,
    *,
    terms: OrderTerms,
    view: BookView,
    line: Line | None,
    beside: DecisionContext,
    session: Session | None,
    now: datetime,
    market_now: datetime,
) -> ReadingInput:
    """Gather what the readings of one order look at; line is that of its symbol in the view."""
    asked = ReadingInput()
    asked.order = order
    asked.terms = terms
    asked.symbol = terms.symbol
    asked.is_buy = terms.side is _BUY
    asked.view = view
    asked.line = line
    quote = line.figures.quote if line is not None else None
    asked.reach = None if quote is None else worst_price(terms, bid=quote.bid, ask=quote.ask)
    asked.beside = beside
    asked.session = session
    asked.now = now
    asked.market_now = market_now
    return asked
