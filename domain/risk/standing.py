"""Check what no tenant can switch off: the order can exist, be priced, be paid for."""

from datetime import timedelta
from decimal import Decimal

from domain.accounts.account import AccountKind
from domain.market.instruments import Instrument
from domain.orders.terms import OrderType, TimeInForce
from domain.risk.effect import Effect
from domain.risk.measure import (
    NO_DAY,
    NO_EQUITY,
    NO_EXPOSURE,
    NO_INSTRUMENT,
    NO_QUOTE,
    NO_VALUE,
    Gap,
    Told,
)
from domain.risk.strategies import StrategyGap
from domain.risk.verdict import BUILT_IN, Reason
from domain.shared.values import ZERO, plain

# A send whose fate is unknown for longer blocks like a parked one, whoever should park it.
UNKNOWN_BLOCKS_AFTER = timedelta(seconds=60)
NO_CASH_RESERVE = (None, Gap("RESERVE_UNKNOWN", "the price of every resting buy"))
_GTD = TimeInForce.GTD
_CASH = AccountKind.CASH
_AT_MARKET = (OrderType.MARKET, OrderType.MARKET_TO_LIMIT)

BUYING_POWER = "BUYING_POWER"
NOT_REDUCING = "NOT_REDUCING"
# What stands against an order only as long as another one's fate is unknown.
PARKED, IN_DOUBT = "SYMBOL_PARKED", "SYMBOL_UNKNOWN"
BEHIND = frozenset({PARKED, IN_DOUBT})
CREDIT = "SEC Rule 15c3-5(c)(1)(i)"
_ERRONEOUS = "SEC Rule 15c3-5(c)(1)(ii)"


def standing_reasons(effect: Effect) -> tuple[Reason, ...]:
    """Return why the order must not go out, whatever the rules say; nothing when it may.

    An order that only reduces is not asked for money, exposure or a known day, and is
    not held back by other orders that are parked, nor by a market that is down: its last
    price is price enough to leave at.
    """
    situation = effect.situation
    symbol = situation.symbol
    instrument = symbol.instrument
    if instrument is None:
        return (_gap(NO_INSTRUMENT[1], name="Known instrument"),)
    terms = effect.terms
    quantity = terms.quantity
    limit = terms.limit_price
    # The usual order is seen at a glance; any other is looked at closely, which may find
    # nothing wrong with it.
    sound = (
        instrument.min_quantity <= quantity <= instrument.max_quantity
        and not quantity % instrument.lot
        and effect.quantity > ZERO
        and (limit is None or (limit > ZERO and not limit % instrument.tick))
        and terms.stop_price is None
        and terms.display_quantity is None
        and terms.time_in_force is not _GTD
        and not terms.reduce_only
        and symbol.quote is not None
        and not situation.condition.ended
    )
    allowed = effect.reducing
    if not allowed:
        power = buying_power(effect)
        allowed = (
            power[0] is not None
            and power[0] <= power[1]
            and not symbol.parked
            and symbol.unknown_since is None
            and situation.account.opening_equity is not None
            and effect.value is not None
            and not situation.condition.down
            and not situation.debt
            and not situation.strategy
        )
    if sound and allowed:
        return ()
    reasons = [] if sound else _conduct_reasons(effect, instrument)
    if not allowed:
        reasons += _exposure_reasons(effect)
    return tuple(reasons)


def unknown_symbol(symbol: str) -> Reason:
    """Return the reason that there is nothing of that name to trade."""
    return Reason(
        code=NO_INSTRUMENT[1].code,
        message=f"unknown symbol {symbol}",
        rule_type=BUILT_IN,
        rule_name="Known instrument",
        clause=CREDIT,
    )


def buying_power(effect: Effect) -> Told:
    """Measure what the account would use of what it may: cash, or leveraged equity.

    Cash account: cash that this and the resting buys spend, against settled cash; a sale
    is measured in units against the units held (12 CFR 220.8: no credit, no short sale).
    Margin account: gross exposure, resting orders included, against equity x leverage.
    """
    account = effect.situation.account
    if account.kind is _CASH:
        symbol = effect.situation.symbol
        if not effect.is_buy:
            return symbol.position - effect.position_after, symbol.position
        value = effect.value
        if value is None:
            return NO_VALUE
        reserved = account.reserved_cash
        if reserved is None:
            return NO_CASH_RESERVE
        peers = effect.situation.peers
        if peers is not None and peers.value is not None:
            value = max(value - peers.value, ZERO)
        return reserved + value, account.cash
    equity = account.equity
    if equity is None:
        return NO_EQUITY
    gross = effect.gross_after
    if gross is None:
        return NO_EXPOSURE
    return gross, equity * account.leverage


def _conduct_reasons(effect: Effect, instrument: Instrument) -> list[Reason]:
    terms = effect.terms
    reasons: list[Reason] = []
    problem = instrument.quantity_problem(terms.quantity)
    if problem is not None:
        reasons.append(_refusal("QUANTITY_INCREMENT", f"quantity: {problem}", value=terms.quantity))
    if effect.quantity <= ZERO:
        reasons.append(
            _refusal(
                "QUANTITY_FILLED",
                f"quantity: must be above the {plain(effect.order.filled_quantity)} filled already",
                value=terms.quantity,
                limit=effect.order.filled_quantity,
            )
        )
    shown = terms.display_quantity
    if shown is not None and shown % instrument.lot:
        reasons.append(
            _refusal(
                "QUANTITY_INCREMENT",
                f"display_quantity: must be a multiple of the lot {plain(instrument.lot)}",
                value=shown,
            )
        )
    for name, price in (("limit_price", terms.limit_price), ("stop_price", terms.stop_price)):
        off_tick = instrument.price_problem(price) if price is not None else None
        if off_tick is not None:
            reasons.append(_refusal("PRICE_INCREMENT", f"{name}: {off_tick}", value=price))
    if terms.expires_at is not None and terms.expires_at <= effect.situation.market_now:
        reasons.append(_refusal("EXPIRED", "expires_at: must lie after the market's current time"))
    if terms.reduce_only and not effect.reducing:
        reasons.append(
            _refusal(
                NOT_REDUCING,
                "reduce_only: the order could open or turn a position, resting orders counted",
                value=effect.position_after,
                limit=effect.situation.symbol.position,
            )
        )
    if effect.situation.symbol.quote is None:
        reasons.append(_gap(NO_QUOTE[1], name="Known price"))
    if effect.situation.condition.ended and terms.type in _AT_MARKET:
        reasons.append(
            _refusal(
                "MARKET_ENDED",
                "the replay has ended: no price follows at which a market order could fill;"
                " resume it from the start, or name a limit",
            )
        )
    return reasons


def _exposure_reasons(effect: Effect) -> list[Reason]:
    situation = effect.situation
    symbol = situation.symbol
    reasons: list[Reason] = []
    if situation.condition.down:
        reasons.append(
            _refusal(
                "MARKET_DOWN", f"nothing is opened while it is down: {situation.condition.down}"
            )
        )
    if situation.strategy is StrategyGap.UNKNOWN:
        reasons.append(
            _refusal(
                "STRATEGY_UNKNOWN",
                f"no agent, rule or setting names the strategy {effect.order.strategy_id}:"
                " register it, or name one that is known",
            )
        )
    elif situation.strategy is StrategyGap.MISSING:
        reasons.append(
            _refusal("STRATEGY_REQUIRED", "every order that opens has to name its strategy")
        )
    if symbol.parked:
        reasons.append(
            _refusal(
                PARKED,
                f"{symbol.parked} order(s) in {symbol.symbol} are parked: their fate at the "
                "broker must be settled before more risk is taken there",
                value=Decimal(symbol.parked),
                limit=ZERO,
            )
        )
    since = symbol.unknown_since
    if since is not None and situation.now - since > UNKNOWN_BLOCKS_AFTER:
        reasons.append(
            _refusal(
                IN_DOUBT,
                f"the fate of an order in {symbol.symbol} is unknown since {since.isoformat()}",
            )
        )
    if situation.account.opening_equity is None:
        reasons.append(_gap(NO_DAY[1], name="Known trading day"))
    if effect.value is None and symbol.quote is not None:
        reasons.append(_gap(NO_VALUE[1], name="Known worth"))
    if situation.debt:
        reasons.append(
            _refusal(
                "CASH_BELOW_ZERO",
                f"the cash account owes {plain(situation.debt)}: nothing is opened until a deposit"
                " or a sale has paid for it",
                value=-situation.debt,
                limit=ZERO,
                clause="12 CFR 220.8(a)",
            )
        )
    power = buying_power(effect)
    if power[0] is None:
        reasons.append(_gap(power[1], name="Buying power"))
    elif power[0] > power[1]:
        reasons.append(_short_of_power(effect, used=power[0], available=power[1]))
    return reasons


def _short_of_power(effect: Effect, *, used: Decimal, available: Decimal) -> Reason:
    cash = effect.situation.account.kind is _CASH
    if cash and not effect.is_buy:
        return _refusal(
            "SHORT_SALE",
            f"a cash account sells only what it holds: {plain(available)} held, "
            f"{plain(used)} on sale with this order",
            value=used,
            limit=available,
            clause="12 CFR 220.8(a)",
        )
    what = "cash" if cash else "gross exposure"
    return _refusal(
        BUYING_POWER,
        f"{what} with this order would be {plain(used)} of {plain(available)} allowed",
        value=used,
        limit=available,
        clause=CREDIT,
    )


def _refusal(
    code: str,
    message: str,
    *,
    value: Decimal | None = None,
    limit: Decimal | None = None,
    clause: str = _ERRONEOUS,
) -> Reason:
    return Reason(
        code=code,
        message=message,
        rule_type=BUILT_IN,
        rule_name=code.replace("_", " ").capitalize(),
        value=value,
        limit=limit,
        clause=clause,
    )


def _gap(gap: Gap, *, name: str) -> Reason:
    return Reason(
        code=gap.code,
        message=f"cannot decide without {gap.missing}",
        rule_type=BUILT_IN,
        rule_name=name,
        clause=CREDIT,
    )
