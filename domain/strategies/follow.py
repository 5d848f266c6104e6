"""Decide what a strategy does on a signal, by the signal's own score or by its factors."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, ROUND_FLOOR, Decimal
from itertools import pairwise

from domain.market.instruments import Instrument
from domain.shared.values import CENT, ZERO
from domain.signals.signal import PublishedSignal, SignalSide
from domain.strategies.factors import LEAST_COVERAGE, Opinion, said_by_signal
from domain.strategies.strategy import ActionReason, Strategy, StrategyMode

# Closed days whose returns say how much a day moves.
DAYS = 21
# What signals of a stream that others fill were published by.
_EXTERNAL = "external:"


@dataclass(frozen=True, slots=True, kw_only=True)
class SizingInputs:
    """What a decision is taken on: the account in its currency, the symbol per unit.

    held are signed units, less those that are being sold; power is what may still be bought; price
    and sigma (of a day's log returns) are None where they are not known.
    """

    equity: Decimal
    power: Decimal
    held: Decimal
    price: Decimal | None
    sigma: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeIntent:
    """What a strategy would trade, or why nothing."""

    why: ActionReason
    notional: Decimal = ZERO
    quantity: Decimal = ZERO


def daily_sigma(closes: Sequence[Decimal]) -> float | None:
    """Return the sample deviation of the log returns of closes, None with too few or where 0."""
    last = [float(one) for one in closes[-DAYS:]]
    if len(last) < DAYS or min(last) <= 0:
        return None
    returns = [math.log(after / before) for before, after in pairwise(last)]
    if min(returns) == max(returns):
        return None
    mean = math.fsum(returns) / len(returns)
    squares = math.fsum((one - mean) ** 2 for one in returns)
    return math.sqrt(squares / (len(returns) - 1)) or None


def hears(strategy: Strategy, signal: PublishedSignal) -> bool:
    """Tell whether a signal is any of a strategy's business."""
    return (
        strategy.is_running
        and signal.symbol in strategy.symbols
        and (not strategy.sources or signal.source in strategy.sources)
    )


def untimely(strategy: Strategy, signal: PublishedSignal, *, now: datetime) -> ActionReason | None:
    """Return what keeps a strategy from acting on a signal, whatever it thinks of the symbol."""
    unnamed = signal.published_by.startswith(_EXTERNAL) and signal.source not in strategy.sources
    live = strategy.mode is StrategyMode.LIVE
    if strategy.mode is StrategyMode.OFF or (live and unnamed):
        return ActionReason.NOT_IN_MODE
    old = strategy.ttl_s and now - signal.received_at >= timedelta(seconds=strategy.ttl_s)
    if old or now >= signal.expires_at:
        return ActionReason.STALE
    return None


def objection(
    strategy: Strategy,
    signal: PublishedSignal,
    *,
    now: datetime,
    acted_at: datetime | None,
    opinion: Opinion | None = None,
) -> ActionReason | None:
    """Return what keeps a strategy from acting on a signal, before any figure is looked at.

    acted_at: when it last acted on the symbol. opinion: what it thinks by its factors, left out
    where it follows the signal.
    """
    if (why := untimely(strategy, signal, now=now)) is not None:
        return why
    said = opinion or said_by_signal(signal.score)
    if said.coverage < LEAST_COVERAGE:
        return ActionReason.INSUFFICIENT_FACTORS
    if said.side is SignalSide.NONE or said.strength < strategy.threshold:
        return ActionReason.BELOW_THRESHOLD
    if acted_at is not None and now - acted_at < timedelta(seconds=strategy.cooldown_s):
        return ActionReason.COOLDOWN
    return None


def size(
    strategy: Strategy,
    said: PublishedSignal | Opinion,
    *,
    standing: SizingInputs,
    instrument: Instrument,
) -> TradeIntent:
    """Return how much a strategy trades on a signal, or on what it thinks itself.

    notional = min(equity x risk_limit x |score| / sigma, cap x equity, power), the last for what
    is bought; sells are sized as buys are, and without allow_short sell no more than is held.
    """
    price, sigma = standing.price, standing.sigma
    if price is None or price <= ZERO:
        return TradeIntent(why=ActionReason.NO_PRICE)
    if sigma is None:
        return TradeIntent(why=ActionReason.NO_VOLATILITY)
    # A float's shortest text: the same decimal on every machine.
    risked = standing.equity * strategy.risk_limit * said.strength / Decimal(repr(sigma))
    notional = min(risked, strategy.cap * standing.equity)
    if said.side is SignalSide.BUY:
        notional = min(notional, standing.power)
    notional = max(notional, ZERO).quantize(CENT, rounding=ROUND_DOWN)
    units = notional / (price * instrument.multiplier)
    if said.side is SignalSide.SELL and not strategy.allow_short:
        units = min(units, max(standing.held, ZERO))
    lots = (min(units, instrument.max_quantity) / instrument.lot).to_integral_value(ROUND_FLOOR)
    quantity = lots * instrument.lot
    if quantity < instrument.min_quantity:
        return TradeIntent(why=ActionReason.TOO_SMALL, notional=notional)
    return TradeIntent(why=ActionReason.ACTED, notional=notional, quantity=quantity)
