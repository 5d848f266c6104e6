"""Decide on orders. Nothing but this module can make an approval."""

import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from domain.accounts.decision import Decision
from domain.orders.order import Order, Role
from domain.orders.terms import OrderTerms, OrderType, Side
from domain.risk.codec import decimal_of, read_terms
from domain.risk.compiled_rules import AppliedRule, CompiledRules
from domain.risk.effect import Effect, effect_of
from domain.risk.headroom import headroom_of, is_beyond
from domain.risk.mandatory_check import missing
from domain.risk.mandatory_checks import mandatory_reasons
from domain.risk.measure import NO_INSTRUMENT, Gap, Nature
from domain.risk.objection_reasons import reasons_against, warnings_of
from domain.risk.rule import Action, RuleType
from domain.risk.situation import Situation
from domain.risk.verdict import (
    _GATE_SEAL,
    BUILT_IN,
    Approved,
    Denied,
    Headroom,
    NotTheGate,
    Reason,
    Verdict,
)
from domain.shared.frozen import builder
from domain.shared.values import ZERO, plain, plain_figure

_approved = builder(Approved)
_AFTER_ENTRY = (Role.CHILD, Role.TAKE_PROFIT, Role.STOP_LOSS)
_SHRINKING = ("quantity", "display_quantity")
Restate = Callable[[OrderTerms, datetime], OrderTerms | None]


def _as_decided(terms: OrderTerms, _: datetime) -> OrderTerms:
    return terms


def decide(
    order: Order,
    *,
    rules: CompiledRules,
    situation: Situation,
    terms: OrderTerms | None = None,
) -> Verdict:
    """Decide on an order, or with `terms` on a replace of its terms by these.

    situation must not count the order itself as resting. Every rule and every mandatory
    check is asked, so that a denial names all of its reasons. A missing input denies.
    """
    asked = order.terms if terms is None else terms
    effect = effect_of(order, asked, situation)
    reasons = mandatory_reasons(effect)
    reducing = effect.reducing
    if situation.symbol.instrument is None:
        if rules.unknown_symbol_alone:
            # Every figure is missing for this one reason.
            return Denied(order=order, terms=asked, reasons=reasons)
        reasons = (*reasons[:-1], missing(NO_INSTRUMENT[1], name=reasons[-1].rule_name))
    silent = rules.silent_for_reducing if reducing else rules.silent
    objections = None if reducing else situation.objections
    if objections is not None:
        reasons = (*reasons, *reasons_against(objections))
    elif silent(effect) and not reasons and effect.price is not None:
        # The usual order: no rule has anything to say.
        return _approved(
            order=order,
            terms=asked,
            reserved_price=effect.price,
            protective_limit=effect.protective_limit,
            warnings=(),
            seal=_GATE_SEAL,
            reducing=reducing,
        )
    return _weighed(
        effect, applied=rules.for_reducing if reducing else rules.applied, first=reasons
    )


def _weighed(
    effect: Effect, *, applied: tuple[AppliedRule, ...], first: tuple[Reason, ...]
) -> Verdict:
    reasons = list(first)
    warnings: list[Headroom] = []
    if not effect.reducing and effect.situation.objections is not None:
        warnings += warnings_of(effect.situation.objections)
    halt: str | None = None
    for ready in applied:
        measured = ready.alarm(effect)
        if measured is None:
            continue
        if measured[0] is None:
            reasons.append(_missing(ready, measured[1]))
            continue
        value, limit = measured
        breached = is_beyond(value, limit=limit, stops_at_limit=ready.stops_at_limit)
        if breached and ready.rule.action is not Action.WARN:
            reasons.append(_breach(ready, value=value, limit=limit, ahead=effect.situation.ahead))
            if ready.rule.action is Action.HALT and halt is None:
                halt = reasons[-1].message
        else:
            warnings.append(headroom_of(ready, value=value, limit=limit))
    price = effect.price
    if reasons or price is None:
        return Denied(
            order=effect.order,
            terms=effect.terms,
            reasons=tuple(reasons),
            warnings=tuple(warnings),
            halt=halt,
            reducing=effect.reducing,
        )
    return _approved(
        order=effect.order,
        terms=effect.terms,
        reserved_price=price,
        protective_limit=effect.protective_limit,
        warnings=tuple(warnings),
        seal=_GATE_SEAL,
        reducing=effect.reducing,
    )


def restore(order: Order, *, decision: Decision, restate: Restate = _as_decided) -> Approved:
    """Return the approval of a stored order from its stored decision, after a restart.

    Raises NotTheGate unless the decision approves exactly this order with exactly the
    terms that are to go out: the pending ones of a replace, else the order's own. What
    undoes an entry may have become smaller with it, never larger. restate returns what was
    decided on in the shares of now, after splits since that market time.
    """
    going_out = order.pending_terms if order.pending_terms is not None else order.terms
    try:
        record = json.loads(decision.record)
        approved = decision.approved and record["verdict"]["approved"] is True
        price = Decimal(record["verdict"]["reserved_price"] or 0)
        # Records of the first form know of none.
        protective = decimal_of(record["verdict"].get("protective_limit"))
        owners = [record["order"][name] for name in ("id", "account_id", "tenant_id")]
        decided = read_terms(record["terms"])
        at = record["at"] if record["kind"] == "flatten" else record["situation"]["now"]
        decided_at: datetime | None = datetime.fromisoformat(at)
    except (ValueError, KeyError, TypeError, ArithmeticError) as error:
        raise NotTheGate(f"order {order.id}: its decision cannot be read: {error}") from error
    if not approved:
        raise NotTheGate(f"order {order.id}: its decision is a denial")
    owned = [str(order.id), str(order.account_id), str(order.tenant_id)]
    if owners != owned or decision.order_id != order.id:
        raise NotTheGate(f"order {order.id}: its decision is for another order")
    if decided != going_out and order.pending_terms is None:
        in_new_shares = restate(decided, datetime.fromisoformat(record["situation"]["market_now"]))
        if in_new_shares is not None and in_new_shares != decided:
            # A cap in old shares is none, and nobody has decided on the new ones.
            decided, protective, decided_at = in_new_shares, None, None
    if decided != going_out and not _shrunk(order, decided=decided, now=going_out):
        raise NotTheGate(f"order {order.id}: the gate decided on other terms")
    return Approved(
        order=order,
        terms=going_out,
        reserved_price=price,
        protective_limit=protective,
        decided_at=decided_at,
        warnings=(),
        seal=_GATE_SEAL,
    )


def approve_flatten(order: Order, *, venue_quantity: Decimal) -> Approved | Denied:
    """Decide on an order of the kill switch: a market order that closes what the broker holds.

    venue_quantity is the broker's own signed position. No rule, price or session can hold
    this back; only an order that would open or turn a position is refused.
    """
    terms = order.terms
    closes = (
        terms.type is OrderType.MARKET
        and (venue_quantity > ZERO) is (terms.side is Side.SELL)
        and ZERO < terms.quantity <= abs(venue_quantity)
    )
    if closes:
        return Approved(order=order, terms=terms, reserved_price=ZERO, warnings=(), seal=_GATE_SEAL)
    reason = Reason(
        code="NOT_REDUCING",
        message=f"a flattening order is a market order that closes at most the "
        f"{plain(venue_quantity)} units held at the broker",
        rule_type=BUILT_IN,
        rule_name="Flattening",
        value=terms.signed_quantity,
        limit=-venue_quantity,
    )
    return Denied(order=order, terms=terms, reasons=(reason,))


def _shrunk(order: Order, *, decided: OrderTerms, now: OrderTerms) -> bool:
    if order.link is None or order.link.role not in _AFTER_ENTRY:
        return False
    return now.quantity <= decided.quantity and all(
        getattr(decided, name) == getattr(now, name)
        for name in OrderTerms.__slots__
        if name not in _SHRINKING
    )


def _missing(applied: AppliedRule, gap: Gap) -> Reason:
    rule = applied.rule
    return Reason(
        code=gap.code,
        message=f"{rule.name}: cannot decide without {gap.missing}",
        rule_type=rule.rule_type.value,
        rule_name=rule.name,
        rule_id=rule.id,
        clause=applied.check.CLAUSE,
    )


def _breach(applied: AppliedRule, *, value: Decimal, limit: Decimal, ahead: int) -> Reason:
    rule = applied.rule
    message = f"{rule.name}: {plain_figure(value)} of {plain_figure(limit)} {applied.unit} allowed"
    if ahead and applied.check.NATURE is Nature.RATE:
        message += f"; {ahead} came while the clock was ahead"
    if rule.rule_type is RuleType.REPEAT_EXECUTION:
        message += "; its strategy opens nothing more until a person enables it"
    return Reason(
        code=rule.rule_type.value,
        message=message,
        rule_type=rule.rule_type.value,
        rule_name=rule.name,
        rule_id=rule.id,
        value=value,
        limit=limit,
        clause=applied.check.CLAUSE,
    )
