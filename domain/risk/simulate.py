"""Decide a recorded order again under other rules, from its record alone."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.risk.compiled_rules import AppliedRule, CompiledRules, Counting
from domain.risk.gate import decide
from domain.risk.headroom import headroom
from domain.risk.measure import Nature
from domain.risk.readings import Reading
from domain.risk.recorded import RulesRead, recorded
from domain.risk.rule import RuleType
from domain.risk.rule_set import RuleSet
from domain.risk.situation import Situation
from domain.risk.verdict import Denied

# Of which type a count or reading is, and with which parameters.
Key = tuple[RuleType, tuple[Any, ...]]


class Outcome(StrEnum):
    """What the gate would have said."""

    PASSES = "passes"
    DENIED = "denied"
    # An input is missing that the record does not have.
    UNDECIDABLE = "undecidable"


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedDecision:
    """One order decided again: denied_by has the rules' ids, None for a mandatory check."""

    order_id: UUID
    account_id: UUID
    recorded_approved: bool
    outcome: Outcome
    denied_by: tuple[UUID | None, ...] = ()
    reasons: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    # It is denied whatever the account holds.
    breaks_order_rules: bool = False


def decide_under(
    record: bytes, *, rules: RuleSet, rules_read: RulesRead | None = None
) -> SimulatedDecision | None:
    """Return what the gate would have said under these rules; None for a flattening order.

    rules_read spares what records have in common; it changes nothing of what is said.

    An order is denied where a mandatory check or a limit holds it back, whatever else is missing;
    it is undecidable where nothing does, and a rule asks for what the record does not have.
    Raises UnknownRecord.
    """
    read = recorded(record, rules_read=rules_read)
    if read is None:
        return None
    order, situation = read.order, read.situation
    compiled = rules.compiled(
        account_id=order.account_id, strategy_id=order.strategy_id, symbol=order.symbol
    )
    # What nothing was read for at the time is a gap, as what reaches too far back.
    known = _known(read.rules, situation)
    situation = replace(
        situation,
        counts=_in_places(compiled, known, of=Counting),
        readings=_in_places(compiled, known, of=Reading),
    )
    verdict = decide(order, rules=compiled, situation=situation, terms=read.terms)
    denied = verdict.reasons if isinstance(verdict, Denied) else ()
    breaches = [one for one in denied if one.rule_id is None or one.value is not None]
    gaps = {one.rule_id for one in denied if one not in breaches}
    outcome = Outcome.PASSES
    missing: tuple[str, ...] = ()
    if breaches:
        outcome = Outcome.DENIED
    elif gaps:
        outcome = Outcome.UNDECIDABLE
        measured = headroom(order, rules=compiled, situation=situation, terms=read.terms)
        missing = tuple(
            dict.fromkeys(one.missing for one in measured if one.rule_id in gaps and one.missing)
        )
    return SimulatedDecision(
        order_id=order.id,
        account_id=order.account_id,
        recorded_approved=read.approved,
        outcome=outcome,
        denied_by=tuple(dict.fromkeys(one.rule_id for one in breaches)),
        reasons=tuple(one.message for one in breaches),
        missing=missing,
        breaks_order_rules=any(
            one.rule.id in {reason.rule_id for reason in breaches}
            and one.check.NATURE is Nature.CONDUCT
            and not one.exempts_reducing
            for one in compiled.applied
        ),
    )


def _known(rules: CompiledRules, situation: Situation) -> dict[Key, Any]:
    """Return what was counted and read for the rules of the time."""
    known: dict[Key, Any] = {}
    for ready in rules.applied:
        if isinstance(ready.check, Counting):
            known[_key(ready)] = situation.counts[ready.check.place]
        elif isinstance(ready.check, Reading):
            known[_key(ready)] = situation.readings[ready.check.place]
    return known


def _in_places(rules: CompiledRules, known: dict[Key, Any], *, of: Any) -> tuple[Any, ...]:
    """Return what is known for the rules that ask for it, in the order of their places."""
    return tuple(known.get(_key(one)) for one in rules.applied if isinstance(one.check, of))


def _key(ready: AppliedRule) -> Key:
    """Return what a count or reading is of: two rules with the same ask for the same."""
    check, given = ready.check, ready.rule.parameters
    return check.TYPE, tuple(one.read(given) for one in check.PARAMETERS)
