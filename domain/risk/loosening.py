"""Tell whether a change of a rule lets an order pass that it would have held back."""

from dataclasses import replace
from datetime import datetime

from domain.risk.parameters import (
    ChoiceParameter,
    Looser,
    NumberParameter,
    Parameter,
    SymbolsParameter,
)
from domain.risk.rule import Action, Rule, RuleScope
from domain.risk.rules import CHECKS
from domain.risk.strategies import strategy_name

# From what lets pass to what stops.
_STRICTNESS = (Action.WARN, Action.REDUCE_ONLY, Action.BLOCK, Action.HALT)


def loosens(before: Rule, after: Rule | None, *, now: datetime) -> bool:
    """Tell whether a rule's change is looser now or at any later moment, overrides included.

    after is None where the rule is deleted. What a type does not declare counts as looser.
    """
    ends = [one.override_until for one in (before, after) if one is not None]
    moments = [now, *(end for end in ends if end is not None and end > now)]
    return any(
        is_looser(before.at(moment), after.at(moment) if after is not None else None)
        for moment in moments
    )


def is_looser(before: Rule, after: Rule | None) -> bool:
    """Tell whether a rule in force lets more pass than another one did, overrides apart."""
    if not before.is_active:
        return False
    if after is None or not after.is_active or before.rule_type is not after.rule_type:
        return True
    if _STRICTNESS.index(after.action) < _STRICTNESS.index(before.action):
        return True
    if not _covers(after.scope, before.scope):
        return True
    check = CHECKS[before.rule_type]
    # Types that say nothing of it are none that are known to be tighter.
    threshold: Looser = getattr(check, "LOOSER", Looser.UNKNOWN)
    return threshold.loosens(before.threshold, after.threshold) or any(
        _parameter_loosens(one, before=before, after=after) for one in check.PARAMETERS
    )


def with_override(rule: Rule, *, of: Rule, at: datetime) -> Rule:
    """Return a rule with the override of its former version, unless that were looser than it."""
    if of.override_until is None or of.override_until <= at:
        return rule
    kept = replace(rule, override_threshold=of.override_threshold, override_until=of.override_until)
    # Of another type, or counting something else, the number says nothing any more.
    same = of.rule_type is rule.rule_type and dict(of.parameters) == dict(rule.parameters)
    return rule if not same or is_looser(rule, kept.at(at)) else kept


def _covers(wider: RuleScope, narrower: RuleScope) -> bool:
    """Tell whether a scope looks at every order that another one looks at."""
    return (
        wider.account_id in (None, narrower.account_id)
        and wider.symbol in (None, narrower.symbol)
        and (
            wider.strategy_id is None
            or (
                narrower.strategy_id is not None
                and strategy_name(wider.strategy_id) == strategy_name(narrower.strategy_id)
            )
        )
    )


def _parameter_loosens(declared: Parameter, *, before: Rule, after: Rule) -> bool:
    match declared:
        case NumberParameter():
            was, now = declared.read(before.parameters), declared.read(after.parameters)
            return declared.looser.loosens(was, now)
        case ChoiceParameter():
            # Another word may count something else altogether.
            return declared.read(before.parameters) != declared.read(after.parameters)
        case SymbolsParameter():
            banned, still = declared.read(before.parameters), declared.read(after.parameters)
            if banned == still or not declared.bans:
                return banned != still
            # Without symbols all are banned that the scope looks at.
            return bool(still) and not (banned and banned <= still)
