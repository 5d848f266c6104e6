"""Work out how much to trade: fixed risk, fractional Kelly, or a target volatility."""

from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal

from domain.shared.values import ONE, ZERO, InvalidValue, checked_decimal, plain, positive_decimal

_TWO = Decimal(2)


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionSize:
    """A quantity in units, rounded down to the lot, and what it comes to.

    value = quantity x price x multiplier and risked, the loss expected at the stop or at
    one deviation, are in the account's currency; share = value / equity. exact is the
    quantity before rounding.
    """

    quantity: Decimal
    exact: Decimal
    value: Decimal
    share: Decimal
    risked: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizing:
    """What every method needs: equity (account currency), price and lot of the instrument.

    fx is the account's currency per unit of the instrument's currency.
    """

    equity: Decimal
    price: Decimal
    lot: Decimal = ONE
    multiplier: Decimal = ONE
    fx: Decimal = ONE

    def __post_init__(self) -> None:
        for field in ("equity", "price", "lot", "multiplier", "fx"):
            positive_decimal(getattr(self, field), field=field)


def fixed_risk(
    sizing: Sizing,
    *,
    stop: Decimal,
    risk: Decimal,
    commission: Decimal = ZERO,
    cap: Decimal | None = None,
) -> PositionSize:
    """Size so that a move from entry (the price) to the stop loses a share of the equity.

    quantity = equity x risk x (1 - 2 x commission) / (fx x |entry - stop| x multiplier);
    risk and commission (per side) are fractions, and so is cap, the most that the position
    may be worth of the equity. Raises InvalidValue.
    """
    checked_decimal(stop, field="stop")
    _fraction(risk, field="risk")
    checked_decimal(commission, field="commission")
    if not ZERO <= commission < ONE / _TWO:
        raise InvalidValue(field="commission", problem="must be from 0 to below 0.5 per side")
    distance = abs(sizing.price - stop)
    if not distance:
        raise InvalidValue(field="stop", problem="must differ from the entry price")
    budget = sizing.equity * risk * (ONE - _TWO * commission)
    per_unit = sizing.fx * distance * sizing.multiplier
    exact = budget / per_unit
    if cap is not None:
        _fraction(cap, field="cap")
        worth = sizing.fx * sizing.price * sizing.multiplier
        exact = min(exact, sizing.equity * cap / worth)
    return _sized(sizing, exact=exact, risk_per_unit=per_unit)


def cut(size: PositionSize, *, quantity: Decimal) -> PositionSize:
    """Return the size with fewer units; exact stays what was asked for."""
    part = quantity / size.quantity if size.quantity else ZERO
    return replace(
        size,
        quantity=quantity,
        value=size.value * part,
        share=size.share * part,
        risked=size.risked * part,
    )


def kelly(
    sizing: Sizing,
    *,
    win_probability: Decimal,
    payoff: Decimal,
    fraction: Decimal = ONE,
    cap: Decimal = ONE,
) -> PositionSize:
    """Size by a fraction of the Kelly share of equity, at most `cap` of it.

    The share is f* = p - (1 - p)/b for a bet that wins b (payoff) with probability p and
    loses 1 (Kelly, Bell System Technical Journal 35, 1956); without an edge it is 0.
    """
    share = kelly_share(win_probability, payoff=payoff, fraction=fraction, cap=cap)
    worth = sizing.fx * sizing.price * sizing.multiplier
    return _sized(sizing, exact=sizing.equity * share / worth, risk_per_unit=worth)


def kelly_share(
    win_probability: Decimal, *, payoff: Decimal, fraction: Decimal = ONE, cap: Decimal = ONE
) -> Decimal:
    """Return min(cap, fraction x (p - (1 - p)/b)), never below 0: p=.6, b=1 is .2."""
    checked_decimal(win_probability, field="win_probability")
    if not ZERO < win_probability < ONE:
        raise InvalidValue(field="win_probability", problem="must lie between 0 and 1")
    positive_decimal(payoff, field="payoff")
    _fraction(fraction, field="fraction")
    _fraction(cap, field="cap")
    edge = win_probability - (ONE - win_probability) / payoff
    return min(max(edge * fraction, ZERO), cap)


def volatility_target(
    sizing: Sizing, *, target: Decimal, volatility: Decimal, cap: Decimal = ONE
) -> PositionSize:
    """Size so that the position moves the equity by `target` when the price moves by its own.

    target and volatility are fractions over the same time (both annual, or both daily);
    share = target / volatility, at most cap.
    """
    _fraction(target, field="target")
    positive_decimal(volatility, field="volatility")
    _fraction(cap, field="cap")
    share = min(target / volatility, cap)
    worth = sizing.fx * sizing.price * sizing.multiplier
    return _sized(sizing, exact=sizing.equity * share / worth, risk_per_unit=worth * volatility)


def _sized(sizing: Sizing, *, exact: Decimal, risk_per_unit: Decimal) -> PositionSize:
    quantity = (exact / sizing.lot).to_integral_value(ROUND_FLOOR) * sizing.lot
    value = quantity * sizing.price * sizing.multiplier * sizing.fx
    return PositionSize(
        quantity=quantity,
        exact=exact,
        value=value,
        share=value / sizing.equity,
        risked=quantity * risk_per_unit,
    )


def _fraction(value: Decimal, *, field: str) -> None:
    checked_decimal(value, field=field)
    if not ZERO < value <= ONE:
        raise InvalidValue(
            field=field, problem=f"is a fraction above 0 and at most 1, not {plain(value)}"
        )
