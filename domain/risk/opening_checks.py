"""Check what opens: money, exposure, a known day, and nothing in doubt in its symbol."""

from datetime import timedelta
from decimal import Decimal

from domain.accounts.account import AccountKind
from domain.risk.effect import Effect
from domain.risk.mandatory_check import CREDIT, missing, refusal
from domain.risk.measure import NO_DAY, NO_EQUITY, NO_EXPOSURE, NO_VALUE, Gap, Measured
from domain.risk.strategies import StrategyGap
from domain.risk.verdict import Reason
from domain.shared.values import ZERO, plain

# A send whose fate is unknown for longer blocks like a parked one, whoever should park it.
UNKNOWN_BLOCKS_AFTER = timedelta(seconds=60)
NO_CASH_RESERVE = (None, Gap("RESERVE_UNKNOWN", "the price of every resting buy"))
BUYING_POWER, SHORT_SALE = "BUYING_POWER", "SHORT_SALE"
MARGIN_UNKNOWN = "MARGIN_UNKNOWN"
# What stands against an order only as long as another one's fate is unknown.
PARKED, IN_DOUBT = "SYMBOL_PARKED", "SYMBOL_UNKNOWN"
BEHIND = frozenset({PARKED, IN_DOUBT})
_CASH = AccountKind.CASH
_NO_CREDIT = "12 CFR 220.8(a)"


def market_up(effect: Effect) -> Reason | None:
    """Refuse to open while feed or venue is down."""
    down = effect.situation.condition.down
    if not down:
        return None
    return refusal("MARKET_DOWN", f"nothing is opened while it is down: {down}")


def strategy_known(effect: Effect) -> Reason | None:
    """Refuse a strategy that nobody knows, or none where one has to be named."""
    gap = effect.situation.strategy
    if not gap:
        return None
    if gap is StrategyGap.MISSING:
        return refusal("STRATEGY_REQUIRED", "every order that opens has to name its strategy")
    return refusal(
        "STRATEGY_UNKNOWN",
        f"no agent, rule or setting names the strategy {effect.order.strategy_id}:"
        " register it, or name one that is known",
    )


def nothing_parked(effect: Effect) -> Reason | None:
    """Refuse more risk in a symbol whose orders a person has to settle."""
    symbol = effect.situation.symbol
    if not symbol.parked:
        return None
    return refusal(
        PARKED,
        f"{symbol.parked} order(s) in {symbol.symbol} are parked: their fate at the "
        "broker must be settled before more risk is taken there",
        value=Decimal(symbol.parked),
        limit=ZERO,
    )


def nothing_in_doubt(effect: Effect) -> Reason | None:
    """Refuse more risk in a symbol where the fate of an order is unknown for long."""
    symbol = effect.situation.symbol
    since = symbol.unknown_since
    if since is None or effect.situation.now - since <= UNKNOWN_BLOCKS_AFTER:
        return None
    return refusal(
        IN_DOUBT, f"the fate of an order in {symbol.symbol} is unknown since {since.isoformat()}"
    )


def known_day(effect: Effect) -> Reason | None:
    """Refuse to open before the account's trading day is."""
    if effect.situation.account.opening_equity is not None:
        return None
    return missing(NO_DAY[1], name="Known trading day")


def known_worth(effect: Effect) -> Reason | None:
    """Refuse what has a price, and none in the account's currency."""
    if effect.value is not None or effect.situation.symbol.quote is None:
        return None
    return missing(NO_VALUE[1], name="Known worth")


def no_debt(effect: Effect) -> Reason | None:
    """Refuse to open in a cash account that owes money."""
    debt = effect.situation.debt
    if not debt:
        return None
    return refusal(
        "CASH_BELOW_ZERO",
        f"the cash account owes {plain(debt)}: nothing is opened until a deposit"
        " or a sale has paid for it",
        value=-debt,
        limit=ZERO,
        clause=_NO_CREDIT,
    )


def enough_power(effect: Effect) -> Reason | None:
    """Refuse what cash, holdings or leverage do not cover."""
    power = buying_power(effect)
    if power[0] is None:
        return missing(power[1], name="Buying power")
    used, available = power
    if used <= available:
        return None
    cash = effect.situation.account.kind is _CASH
    if cash and not effect.is_buy:
        return refusal(
            SHORT_SALE,
            f"a cash account sells only what it holds: {plain(available)} held, "
            f"{plain(used)} on sale with this order",
            value=used,
            limit=available,
            clause=_NO_CREDIT,
        )
    what = "cash" if cash else "gross exposure"
    margin = effect.situation.margin
    if margin is not None and used is margin.initial:
        what = f"initial margin by {margin.rulebook}"
    return refusal(
        BUYING_POWER,
        f"{what} with this order would be {plain(used)} of {plain(available)} allowed",
        value=used,
        limit=available,
        clause=CREDIT,
    )


def buying_power(effect: Effect) -> Measured:
    """Measure what the account would use of what it may: cash, equity, or leveraged equity.

    Cash account: cash that this and the resting buys spend, against settled cash; a sale
    is measured in units against the units held (12 CFR 220.8: no credit, no short sale).
    Margin account, resting orders included: the initial margin of its rulebook against equity,
    or gross exposure against equity x leverage, whichever leaves less.
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
    cap = equity * account.leverage
    margin = effect.situation.margin
    if margin is None:
        return gross, cap
    initial = margin.initial
    if initial is None:
        return None, Gap(MARGIN_UNKNOWN, margin.missing)
    return (initial, equity) if initial * account.leverage > gross else (gross, cap)
