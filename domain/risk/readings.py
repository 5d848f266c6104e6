"""Read the one figure that each of some rules needs, only where such a rule stands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.accounts.book import AccountBook
from domain.market.prices import Session
from domain.orders.order import Order, Role
from domain.orders.terms import OrderTerms, OrderType, Side, TrailKind
from domain.risk.activity import Activity, day_began
from domain.risk.activity_rules import CancelRate, GrossCredit, LossStreak, RepeatExecution
from domain.risk.book_view import BookView
from domain.risk.closes import BookReturns
from domain.risk.crossing import crossed_by
from domain.risk.effect import worst_price
from domain.risk.portfolio_rules import CorrelationLimit, VarLimit
from domain.risk.rule import RuleType
from domain.risk.strategy_stop import StrategyStop, stopped_as
from domain.risk.trading_rules import MaxOpenOrders, SelfTrade, StopRequired
from domain.shared.frozen import builder
from domain.shared.values import ZERO

_HUNDRED = Decimal(100)
_STOPS = (OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP)

# The checks that have a reading, each with its place among Situation.readings.
Reading = (
    MaxOpenOrders
    | StopRequired
    | CorrelationLimit
    | VarLimit
    | GrossCredit
    | LossStreak
    | CancelRate
    | SelfTrade
    | RepeatExecution
)
# Those that read the account's activity: it is read where such a rule stands, and nowhere else.
OF_ACTIVITY = frozenset(
    {
        RuleType.GROSS_CREDIT,
        RuleType.LOSS_STREAK,
        RuleType.CANCEL_RATE,
        RuleType.REPEAT_EXECUTION,
    }
)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _ReadingInput:
    """One order with these terms, in a view, at a time."""

    order: Order
    terms: OrderTerms
    view: BookView
    beside: DecisionContext
    session: Session | None
    now: datetime
    market_now: datetime


_reading_input = builder(_ReadingInput)
context_of_decision = builder(DecisionContext)


def readings_of(
    checks: tuple[Reading, ...],
    *,
    order: Order,
    terms: OrderTerms,
    view: BookView,
    beside: DecisionContext,
    session: Session | None,
    now: datetime,
    market_now: datetime,
) -> tuple[Decimal | None, ...]:
    """Return what each check reads, None where an input of it is missing."""
    asked = _reading_input(
        order=order,
        terms=terms,
        view=view,
        beside=beside,
        session=session,
        now=now,
        market_now=market_now,
    )
    return tuple([_READ[type(check)](check, asked) for check in checks])


def _open_orders(check: MaxOpenOrders, asked: _ReadingInput) -> Decimal | None:
    del check
    order, orders = asked.order, asked.view.book.orders
    before = 0
    for other in asked.beside.group:
        if other is order or other.id == order.id:
            break
        before += other.id not in orders
    return Decimal(len(orders) - (order.id in orders) + before)


def _stopped_units(check: StopRequired, asked: _ReadingInput) -> Decimal | None:
    """Sum the units of the stops that undo the order, near enough to its price."""
    price = _reference(asked)
    units = ZERO
    for other in _group_of(asked):
        terms = other.terms
        if (
            terms.type not in _STOPS
            or terms.side is asked.terms.side
            or terms.symbol != asked.terms.symbol
        ):
            continue
        if check.share < 1:
            if not price:
                return None
            if _distance(terms, price=price) > check.share * abs(price):
                continue
        units += other.leaves_quantity
    return units


def _group_of(asked: _ReadingInput) -> tuple[Order, ...]:
    link = asked.order.link
    if link is None or link.role is not Role.ENTRY:
        return ()
    orders = asked.beside.group or tuple(asked.view.book.orders.values())
    return tuple(
        one
        for one in orders
        if one.link is not None
        and one.link.group_id == link.group_id
        and one.link.role in (Role.CHILD, Role.STOP_LOSS)
    )


def _reference(asked: _ReadingInput) -> Decimal | None:
    terms, line = asked.terms, asked.view.lines.get(asked.terms.symbol)
    if terms.limit_price is not None or terms.stop_price is not None:
        return terms.limit_price if terms.limit_price is not None else terms.stop_price
    quote = line.figures.quote if line is not None else None
    return None if quote is None else quote.last


def _distance(stop: OrderTerms, *, price: Decimal) -> Decimal:
    """Return how far from the price a stop is, by its trigger or by its trail."""
    if stop.stop_price is not None:
        return abs(price - stop.stop_price)
    trail = stop.trail if stop.trail is not None else abs(price)
    return trail if stop.trail_kind is TrailKind.AMOUNT else abs(price) * trail / _HUNDRED


def _correlation(check: CorrelationLimit, asked: _ReadingInput) -> Decimal | None:
    del check
    if asked.beside.returns is None:
        return None
    made = asked.beside.returns(asked.view)
    return made.correlated(asked.terms.symbol, is_buy=asked.terms.side is Side.BUY)


def _value_at_risk(check: VarLimit, asked: _ReadingInput) -> Decimal | None:
    worth = _worth_after(asked)
    if worth is None or asked.beside.returns is None:
        return None
    made = asked.beside.returns(asked.view)
    return made.loss_at(asked.terms.symbol, worth=worth, confidence=check.confidence)


def _worth_after(asked: _ReadingInput) -> Decimal | None:
    """Return what the symbol counts for with the order and all that rests on its side, signed."""
    terms, line = asked.terms, asked.view.lines.get(asked.terms.symbol)
    quote = line.figures.quote if line is not None else None
    if line is None or quote is None or line.figures.instrument is None or not line.priced:
        return None
    price = abs(worst_price(terms, bid=quote.bid, ask=quote.ask))
    left = terms.quantity - asked.order.filled_quantity
    added = left * price * line.figures.instrument.multiplier
    own = line.figures.long_value if terms.side is Side.BUY else line.figures.short_value
    if own is None:
        return None
    return own + added if terms.side is Side.BUY else -(own + added)


def _credit(check: GrossCredit, asked: _ReadingInput) -> Decimal | None:
    del check
    activity, session = asked.beside.activity, asked.session
    if activity is None or session is None:
        return None
    used = activity.worth_today(
        since=day_began(session), now=asked.market_now, currency=asked.view.account.currency
    )
    resting = asked.view.resting_worth
    return None if used is None or resting is None else used + resting


def _losses(check: LossStreak, asked: _ReadingInput) -> Decimal | None:
    del check
    activity, session = asked.beside.activity, asked.session
    if activity is None or session is None:
        return None
    return activity.losses_today(since=day_began(session), now=asked.market_now)


def _cancels(check: CancelRate, asked: _ReadingInput) -> Decimal | None:
    activity = asked.beside.activity
    if activity is None:
        return None
    canceled = activity.canceled_within(check.window, now=asked.now)
    if canceled is None or not check.per_fill:
        return None if canceled is None else Decimal(canceled)
    filled = activity.within(check.window, now=asked.now)
    return None if filled is None else Decimal(canceled) / max(len(filled), 1)


def _crossed(check: SelfTrade, asked: _ReadingInput) -> Decimal | None:
    del check
    others, line = asked.beside.others, asked.view.lines.get(asked.terms.symbol)
    if others is None:
        return None
    quote = line.figures.quote if line is not None else None
    reach = None if quote is None else worst_price(asked.terms, bid=quote.bid, ask=quote.ask)
    symbol = asked.terms.symbol
    # By their ids as numbers: a UUID computes its hash anew in Python each time.
    own = {
        one.id.int: one for book in others for one in book.orders.values() if one.symbol == symbol
    }
    for one in line.resting if line is not None else ():
        own[one.id.int] = one
    # Of its own request those before it: each later one is asked about this one.
    for one in asked.beside.group:
        if one is asked.order or one.id == asked.order.id:
            break
        own.setdefault(one.id.int, one)
    own.pop(asked.order.id.int, None)
    count = crossed_by(asked.terms, reach=reach, own=own.values())
    return None if count is None else Decimal(count)


def _repeated(check: RepeatExecution, asked: _ReadingInput) -> Decimal | None:
    strategy = stopped_as(asked.order.strategy_id)
    stop = asked.beside.stops.get((check.rule_id, strategy)) if check.rule_id is not None else None
    if stop is not None and stop.is_off:
        return max(Decimal(stop.executions), check.limit)
    activity = asked.beside.activity
    if activity is None:
        return None
    since = stop.enabled_at if stop is not None else None
    return activity.most_repeated(strategy, window=check.window, since=since, now=asked.now)


_READ: Mapping[type, Callable[[Any, _ReadingInput], Decimal | None]] = {
    MaxOpenOrders: _open_orders,
    StopRequired: _stopped_units,
    CorrelationLimit: _correlation,
    VarLimit: _value_at_risk,
    GrossCredit: _credit,
    LossStreak: _losses,
    CancelRate: _cancels,
    SelfTrade: _crossed,
    RepeatExecution: _repeated,
}
