"""Read the one figure that each of some rules needs, only where such a rule stands."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from domain.orders.order import Role
from domain.orders.terms import OrderTerms, OrderType, TrailKind
from domain.risk.activity import day_began
from domain.risk.activity_rules import CancelRate, GrossCredit, LossStreak, RepeatExecution
from domain.risk.crossing import crossed_by
from domain.risk.portfolio_rules import CorrelationLimit, VarLimit
from domain.risk.reading_input import ReadingInput
from domain.risk.rule import RuleType
from domain.risk.straight_line import straight_line
from domain.risk.strategy_stop import stopped_as
from domain.risk.trading_rules import MaxOpenOrders, SelfTrade, StopRequired
from domain.shared.values import ONE, ZERO

_HUNDRED = Decimal(100)
_STOPS = (OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP)
_ENTRY = Role.ENTRY
_UNDOING = (Role.CHILD, Role.STOP_LOSS)

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


Read = Callable[[ReadingInput], tuple[Decimal | None, ...]]


def reader_of(checks: tuple[Reading, ...]) -> Read:
    """Return the function that reads what each check asks for, None where an input is missing."""
    known: dict[str, Any] = {}
    calls: list[str] = []
    for n, check in enumerate(checks):
        known[f"read_{n}"], known[f"check_{n}"] = _READ[type(check)], check
        calls.append(f"read_{n}(check_{n}, asked),")
    return straight_line([f"return ({' '.join(calls)})"], known, of="asked")


def _open_orders(check: MaxOpenOrders, asked: ReadingInput) -> Decimal | None:
    del check
    order, orders = asked.order, asked.view.book.orders
    before = 0
    for other in asked.beside.group:
        if other is order or other.id == order.id:
            break
        before += other.id not in orders
    return Decimal(len(orders) - (order.id in orders) + before)


def _stopped_units(check: StopRequired, asked: ReadingInput) -> Decimal | None:
    """Sum the units of the stops that undo the order, near enough to its price."""
    link = asked.order.link
    if link is None or link.role is not _ENTRY:
        return ZERO
    units = ZERO
    side, anywhere = asked.terms.side, check.share >= ONE
    for other in asked.beside.group or asked.view.book.orders.values():
        terms, own = other.terms, other.link
        if (
            own is None
            or terms.type not in _STOPS
            or terms.side is side
            or own.role not in _UNDOING
            or own.group_id != link.group_id
            or terms.symbol != asked.symbol
        ):
            continue
        if not anywhere:
            price = _reference(asked)
            if not price:
                return None
            if _distance(terms, price=price) > check.share * abs(price):
                continue
        units += other.leaves_quantity
    return units


def _reference(asked: ReadingInput) -> Decimal | None:
    terms, line = asked.terms, asked.line
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


def _correlation(check: CorrelationLimit, asked: ReadingInput) -> Decimal | None:
    del check
    returns = asked.beside.returns
    if returns is None:
        return None
    return returns(asked.view).correlated(asked.symbol, is_buy=asked.is_buy)


def _value_at_risk(check: VarLimit, asked: ReadingInput) -> Decimal | None:
    worth, returns = _worth_after(asked), asked.beside.returns
    if worth is None or returns is None:
        return None
    return returns(asked.view).loss_at(asked.symbol, worth=worth, confidence=check.confidence)


def _worth_after(asked: ReadingInput) -> Decimal | None:
    """Return what the symbol counts for with the order and all that rests on its side, signed."""
    line, price = asked.line, asked.reach
    if line is None or price is None or not line.priced:
        return None
    figures = line.figures
    instrument, filled = figures.instrument, asked.order.filled_quantity
    if instrument is None:
        return None
    left = asked.terms.quantity - filled if filled else asked.terms.quantity
    added = left * abs(price) * instrument.multiplier
    own = figures.long_value if asked.is_buy else figures.short_value
    if own is None:
        return None
    return own + added if asked.is_buy else -(own + added)


def _credit(check: GrossCredit, asked: ReadingInput) -> Decimal | None:
    del check
    activity, session, view = asked.beside.activity, asked.session, asked.view
    if activity is None or session is None:
        return None
    used = activity.worth_today(
        since=day_began(session), now=asked.market_now, currency=view.account.currency
    )
    resting = view.resting_worth
    return None if used is None or resting is None else used + resting


def _losses(check: LossStreak, asked: ReadingInput) -> Decimal | None:
    del check
    activity, session = asked.beside.activity, asked.session
    if activity is None or session is None:
        return None
    return activity.losses_today(since=day_began(session), now=asked.market_now)


def _cancels(check: CancelRate, asked: ReadingInput) -> Decimal | None:
    activity = asked.beside.activity
    if activity is None:
        return None
    canceled = activity.canceled_within(check.window, now=asked.now)
    if canceled is None or not check.per_fill:
        return None if canceled is None else Decimal(canceled)
    filled = activity.within(check.window, now=asked.now)
    return None if filled is None else Decimal(canceled) / max(len(filled), 1)


def _crossed(check: SelfTrade, asked: ReadingInput) -> Decimal | None:
    del check
    others, line = asked.beside.others, asked.line
    if others is None:
        return None
    order, symbol, side = asked.order, asked.symbol, asked.terms.side
    # Only the other side can be met. By their ids as numbers: a UUID computes its hash anew in
    # Python each time.
    own = {
        one.id.int: one
        for book in others
        for one in book.orders.values()
        if one.terms.side is not side and one.terms.symbol == symbol
    }
    for one in line.resting if line is not None else ():
        if one.terms.side is not side:
            own[one.id.int] = one
    # Of its own request those before it: each later one is asked about this one.
    for one in asked.beside.group:
        if one is order or one.id == order.id:
            break
        if one.terms.side is not side:
            own.setdefault(one.id.int, one)
    if not own:
        return ZERO
    own.pop(order.id.int, None)
    count = crossed_by(asked.terms, reach=asked.reach, own=own.values())
    return None if count is None else Decimal(count)


def _repeated(check: RepeatExecution, asked: ReadingInput) -> Decimal | None:
    strategy, stops = stopped_as(asked.order.strategy_id), asked.beside.stops
    stop = None
    if stops and check.rule_id is not None:
        stop = stops.get((check.rule_id, strategy))
    if stop is not None and stop.is_off:
        return max(Decimal(stop.executions), check.limit)
    activity = asked.beside.activity
    if activity is None:
        return None
    since = stop.enabled_at if stop is not None else None
    return activity.most_repeated(strategy, window=check.window, since=since, now=asked.now)


_READ: Mapping[type, Callable[[Any, ReadingInput], Decimal | None]] = {
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
