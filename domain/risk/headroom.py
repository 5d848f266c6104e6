"""Say how much of every limit an order uses."""

from decimal import Decimal

from domain.orders.order import Order
from domain.orders.terms import OrderTerms
from domain.risk.compiled_rules import AppliedRule, CompiledRules
from domain.risk.effect import Effect, effect_of
from domain.risk.mandatory_check import CREDIT
from domain.risk.measure import Gap, Measure
from domain.risk.objection_reasons import headroom_against
from domain.risk.opening_checks import buying_power
from domain.risk.rule import Action
from domain.risk.situation import Situation
from domain.risk.verdict import BUILT_IN, Headroom
from domain.shared.values import ZERO


def headroom(
    order: Order,
    *,
    rules: CompiledRules,
    situation: Situation,
    terms: OrderTerms | None = None,
) -> tuple[Headroom, ...]:
    """Return every limit that looks at the order, buying power first, with what is used."""
    asked = order.terms if terms is None else terms
    effect = effect_of(order, terms=asked, situation=situation)
    objections = situation.objections
    return (
        _power(effect),
        *(_measured(applied, effect) for applied in rules.applied),
        *(headroom_against(objections, exempt=effect.reducing) if objections is not None else ()),
    )


def is_beyond(value: Decimal | None, *, limit: Decimal | None, stops_at_limit: bool) -> bool:
    """Tell whether a value breaks its limit; nothing used breaks none."""
    if value is None or limit is None or value <= ZERO:
        return False
    return value > limit or (stops_at_limit and value == limit)


def split(measured: Measure) -> tuple[Decimal | None, Decimal | None, Gap | None]:
    """Take a measure apart: value and limit, or the gap; silence is nothing of nothing."""
    if measured is None:
        return ZERO, ZERO, None
    if measured[0] is None:
        return None, None, measured[1]
    return measured[0], measured[1], None


def headroom_of(applied: AppliedRule, *, value: Decimal, limit: Decimal) -> Headroom:
    """Put a measured value and its limit into words."""
    return Headroom(
        rule_type=applied.rule.rule_type.value,
        rule_name=applied.rule.name,
        action=applied.rule.action.value,
        unit=applied.unit,
        rule_id=applied.rule.id,
        value=value,
        limit=limit,
        breached=is_beyond(value, limit=limit, stops_at_limit=applied.stops_at_limit),
        clause=applied.check.CLAUSE,
    )


def _measured(applied: AppliedRule, effect: Effect) -> Headroom:
    rule = applied.rule
    measured = applied.measure(effect)
    value, limit, gap = split(measured)
    return Headroom(
        rule_type=rule.rule_type.value,
        rule_name=rule.name,
        action=rule.action.value,
        unit=applied.unit,
        rule_id=rule.id,
        value=value,
        limit=limit,
        breached=is_beyond(value, limit=limit, stops_at_limit=applied.stops_at_limit),
        exempt=effect.reducing and applied.exempts_reducing,
        missing=gap.missing if gap is not None else "",
        clause=applied.check.CLAUSE,
    )


def _power(effect: Effect) -> Headroom:
    measured = buying_power(effect)
    value, limit, gap = split(measured)
    return Headroom(
        rule_type=BUILT_IN,
        rule_name="Buying power",
        action=Action.BLOCK.value,
        unit="money",
        value=value,
        limit=limit,
        breached=is_beyond(value, limit=limit, stops_at_limit=False),
        exempt=effect.reducing,
        missing=gap.missing if gap is not None else "",
        clause=CREDIT,
    )
