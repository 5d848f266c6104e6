"""Check what every order has to be: let in, in its instrument's steps, in time, at a price."""

from decimal import Decimal

from domain.orders.terms import OrderType
from domain.risk.effect import Effect
from domain.risk.mandatory_check import CREDIT, missing, refusal
from domain.risk.measure import NO_INSTRUMENT, NO_QUOTE
from domain.risk.verdict import BUILT_IN, Reason
from domain.shared.values import ZERO, plain

NOT_REDUCING = "NOT_REDUCING"
_ALGORITHMS = "MiFID II RTS 6 article 12"
KILL_SWITCH_ON = refusal(
    "KILL_SWITCH", "the kill switch is on for this account or its tenant", clause=_ALGORITHMS
)
KILL_SWITCH_REDUCING = refusal(
    "KILL_SWITCH_REDUCING",
    "the kill switch lets through only what reduces a position",
    clause=_ALGORITHMS,
)
_AT_MARKET = (OrderType.MARKET, OrderType.MARKET_TO_LIMIT)


def known_instrument(effect: Effect) -> Reason | None:
    """Refuse what there is nothing of that name to trade of."""
    if effect.situation.symbol.instrument is not None:
        return None
    return Reason(
        code=NO_INSTRUMENT[1].code,
        message=f"unknown symbol {effect.terms.symbol}",
        rule_type=BUILT_IN,
        rule_name="Known instrument",
        clause=CREDIT,
    )


def room_at_venue(effect: Effect) -> Reason | None:
    """Refuse more open orders than the venue holds of an account."""
    blocks = effect.situation.blocks
    if blocks is None or not blocks.venue_full:
        return None
    return refusal(
        "VENUE_ORDERS_FULL",
        f"the venue holds at most {blocks.open_orders_max} open orders of an account, and"
        f" {blocks.open_orders} are open: cancel some first",
        clause="",
        name="The venue's open orders",
    )


def agent_running(effect: Effect) -> Reason | None:
    """Refuse the orders of an agent that a person has paused."""
    blocks = effect.situation.blocks
    if blocks is None or not blocks.paused_agent:
        return None
    return refusal(
        "AGENT_PAUSED",
        f"agent {blocks.paused_agent} is paused: resume it first",
        clause=_ALGORITHMS,
        name="Paused agent",
    )


def not_halted(effect: Effect) -> Reason | None:
    """Refuse every order while the kill switch is on."""
    blocks = effect.situation.blocks
    return KILL_SWITCH_ON if blocks is not None and blocks.halted else None


def opening_let_through(effect: Effect) -> Reason | None:
    """Refuse what does more than reduce while the kill switch lets through only that."""
    blocks = effect.situation.blocks
    return KILL_SWITCH_REDUCING if blocks is not None and blocks.reducing else None


def exits_in_place(effect: Effect) -> Reason | None:
    """Refuse a bracket whose exits lie on the wrong side of the market's price."""
    blocks = effect.situation.blocks
    if blocks is None or not blocks.exit_astray:
        return None
    return refusal("EXIT_ASTRAY", blocks.exit_astray)


def quantity_in_lots(effect: Effect) -> Reason | None:
    """Refuse a quantity outside the instrument's bounds, or between its lots."""
    instrument = effect.situation.symbol.instrument
    quantity = effect.terms.quantity
    problem = instrument.quantity_problem(quantity) if instrument is not None else None
    if problem is None:
        return None
    return refusal("QUANTITY_INCREMENT", f"quantity: {problem}", value=quantity)


def something_left(effect: Effect) -> Reason | None:
    """Refuse new terms that the order has filled already."""
    if effect.quantity > ZERO:
        return None
    filled = effect.order.filled_quantity
    return refusal(
        "QUANTITY_FILLED",
        f"quantity: must be above the {plain(filled)} filled already",
        value=effect.terms.quantity,
        limit=filled,
    )


def shown_in_lots(effect: Effect) -> Reason | None:
    """Refuse an iceberg whose shown part lies between the lots."""
    shown = effect.terms.display_quantity
    if shown is None:
        return None
    instrument = effect.situation.symbol.instrument
    if instrument is None or not shown % instrument.lot:
        return None
    return refusal(
        "QUANTITY_INCREMENT",
        f"display_quantity: must be a multiple of the lot {plain(instrument.lot)}",
        value=shown,
    )


def limit_on_tick(effect: Effect) -> Reason | None:
    """Refuse a limit that cannot be quoted."""
    price, instrument = effect.terms.limit_price, effect.situation.symbol.instrument
    if price is None or instrument is None:
        return None
    problem = instrument.price_problem(price)
    return None if problem is None else _off_tick("limit_price", problem, price=price)


def stop_on_tick(effect: Effect) -> Reason | None:
    """Refuse a trigger that cannot be quoted."""
    price = effect.terms.stop_price
    if price is None:
        return None
    instrument = effect.situation.symbol.instrument
    if instrument is None:
        return None
    problem = instrument.price_problem(price)
    return None if problem is None else _off_tick("stop_price", problem, price=price)


def _off_tick(name: str, problem: str, *, price: Decimal) -> Reason:
    return refusal("PRICE_INCREMENT", f"{name}: {problem}", value=price)


def not_expired(effect: Effect) -> Reason | None:
    """Refuse what would be good until a time that has passed on the market."""
    expires_at = effect.terms.expires_at
    if expires_at is None or expires_at > effect.situation.market_now:
        return None
    return refusal("EXPIRED", "expires_at: must lie after the market's current time")


def reduces_as_asked(effect: Effect) -> Reason | None:
    """Refuse an order that may only reduce, and could open or turn a position."""
    if not effect.terms.reduce_only or effect.reducing:
        return None
    return refusal(
        NOT_REDUCING,
        "reduce_only: the order could open or turn a position, resting orders counted",
        value=effect.position_after,
        limit=effect.situation.symbol.position,
    )


def known_price(effect: Effect) -> Reason | None:
    """Refuse every order in a symbol that has no price at all."""
    if effect.situation.symbol.quote is not None:
        return None
    return missing(NO_QUOTE[1], name="Known price")


def known_broker(effect: Effect) -> Reason | None:
    """Refuse every order of an account whose broker is none of ours: nobody could send it."""
    broker = effect.situation.condition.no_broker
    if not broker:
        return None
    return refusal("BROKER_UNKNOWN", f"no broker called {broker} is set here: nothing can be sent")


def prices_to_come(effect: Effect) -> Reason | None:
    """Refuse what trades at the market's price once no price follows."""
    if not effect.situation.condition.ended or effect.terms.type not in _AT_MARKET:
        return None
    return refusal(
        "MARKET_ENDED",
        "the replay has ended: no price follows at which a market order could fill",
    )
