"""List what no tenant can switch off: the order can exist, be priced, be paid for.

Every way to an approval asks this one list, in this order: the gate has no other. An order
that only reduces is not asked for money, exposure or a known day, and is not held back by other
orders that are parked, nor by a market that is down: its last price is price enough to leave at.
"""

from domain.risk.mandatory_check import MandatoryCheck, all_of
from domain.risk.measure import (
    DAY_UNKNOWN,
    NO_EQUITY,
    NO_EXPOSURE,
    NO_INSTRUMENT,
    NO_QUOTE,
    NO_VALUE,
)
from domain.risk.opening_checks import (
    BUYING_POWER,
    IN_DOUBT,
    MARGIN_UNKNOWN,
    NO_CASH_RESERVE,
    PARKED,
    SHORT_SALE,
    enough_power,
    known_day,
    known_worth,
    market_up,
    no_debt,
    nothing_in_doubt,
    nothing_parked,
    strategy_known,
)
from domain.risk.order_checks import (
    KILL_SWITCH_ON,
    KILL_SWITCH_REDUCING,
    NOT_REDUCING,
    agent_running,
    exits_in_place,
    known_broker,
    known_instrument,
    known_price,
    limit_on_tick,
    not_expired,
    not_halted,
    opening_let_through,
    prices_to_come,
    quantity_in_lots,
    reduces_as_asked,
    room_at_venue,
    shown_in_lots,
    something_left,
    stop_on_tick,
)

_UNMEASURED = tuple(gap.code for _, gap in (NO_VALUE, NO_CASH_RESERVE, NO_EQUITY, NO_EXPOSURE))

_BLOCKED = "situation.blocks is not None"
MANDATORY_CHECKS = (
    MandatoryCheck(
        codes=(NO_INSTRUMENT[1].code,),
        reason=known_instrument,
        when="symbol.instrument is None",
        alone=True,
    ),
    MandatoryCheck(
        codes=("VENUE_ORDERS_FULL",),
        reason=room_at_venue,
        when=_BLOCKED,
    ),
    MandatoryCheck(codes=("AGENT_PAUSED",), reason=agent_running, when=_BLOCKED),
    MandatoryCheck(codes=(KILL_SWITCH_ON.code,), reason=not_halted, when=_BLOCKED),
    MandatoryCheck(
        codes=(KILL_SWITCH_REDUCING.code,),
        reason=opening_let_through,
        when=_BLOCKED,
        holds_reducing=False,
    ),
    MandatoryCheck(
        codes=("BROKER_UNKNOWN",), reason=known_broker, when="situation.condition.no_broker"
    ),
    MandatoryCheck(codes=("QUANTITY_INCREMENT",), reason=quantity_in_lots),
    MandatoryCheck(codes=("QUANTITY_FILLED",), reason=something_left, when="order.filled_quantity"),
    MandatoryCheck(
        codes=("QUANTITY_INCREMENT",),
        reason=shown_in_lots,
        when="terms.display_quantity is not None",
    ),
    MandatoryCheck(
        codes=("PRICE_INCREMENT",), reason=limit_on_tick, when="terms.limit_price is not None"
    ),
    MandatoryCheck(
        codes=("PRICE_INCREMENT",), reason=stop_on_tick, when="terms.stop_price is not None"
    ),
    MandatoryCheck(codes=("EXPIRED",), reason=not_expired, when="terms.expires_at is not None"),
    MandatoryCheck(codes=(NOT_REDUCING,), reason=reduces_as_asked, when="terms.reduce_only"),
    MandatoryCheck(codes=(NO_QUOTE[1].code,), reason=known_price, when="symbol.quote is None"),
    MandatoryCheck(
        codes=("MARKET_ENDED",), reason=prices_to_come, when="situation.condition.ended"
    ),
    MandatoryCheck(
        codes=("MARKET_DOWN",),
        reason=market_up,
        when="situation.condition.down",
        holds_reducing=False,
    ),
    MandatoryCheck(
        codes=("STRATEGY_UNKNOWN", "STRATEGY_REQUIRED"),
        reason=strategy_known,
        when="situation.strategy",
        holds_reducing=False,
    ),
    MandatoryCheck(
        codes=(PARKED,), reason=nothing_parked, when="symbol.parked", holds_reducing=False
    ),
    MandatoryCheck(
        codes=(IN_DOUBT,),
        reason=nothing_in_doubt,
        when="symbol.unknown_since is not None",
        holds_reducing=False,
    ),
    MandatoryCheck(
        codes=(DAY_UNKNOWN,),
        reason=known_day,
        when="account.opening_equity is None",
        holds_reducing=False,
    ),
    MandatoryCheck(
        codes=(NO_VALUE[1].code,),
        reason=known_worth,
        when="effect.value is None",
        holds_reducing=False,
    ),
    MandatoryCheck(
        codes=("CASH_BELOW_ZERO",), reason=no_debt, when="situation.debt", holds_reducing=False
    ),
    MandatoryCheck(
        codes=(BUYING_POWER, SHORT_SALE, *_UNMEASURED, MARGIN_UNKNOWN),
        reason=enough_power,
        holds_reducing=False,
    ),
    MandatoryCheck(codes=("EXIT_ASTRAY",), reason=exits_in_place, when=_BLOCKED),
)

mandatory_reasons = all_of(MANDATORY_CHECKS)
