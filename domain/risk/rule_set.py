"""Hold a tenant's rules as of one version, compiled once to what an order must pass."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from uuid import UUID

from domain.risk.codec import canonical, write_rule
from domain.risk.conduct_rules import DuplicateOrder, OrderRate
from domain.risk.effect import Effect
from domain.risk.measure import Check, Measure, Nature
from domain.risk.rule import Action, Rule
from domain.risk.rules import made
from domain.risk.verdict import ALERT_FROM

# Rules and compiled sets kept per tenant; both are far above what a desk uses.
RULES_MAX = 500
_COMPILED_MAX = 10_000

Counting = OrderRate | DuplicateOrder


@dataclass(frozen=True, slots=True)
class Applied:
    """One rule made ready.

    alarm answers for an order only from 70 % of the limit on, measure always.
    """

    rule: Rule
    check: Check
    alarm: Callable[[Effect], Measure]
    measure: Callable[[Effect], Measure]
    stops_at_limit: bool
    # Lets an order that only reduces pass, whatever the figures.
    exempts_reducing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledRules:
    """The active rules that look at orders of one account, strategy and symbol.

    counting lists, in the order of Situation.counts, the checks that ask for the number
    of earlier messages.
    """

    version: int
    applied: tuple[Applied, ...]
    # Those that an order which only reduces must pass too.
    for_reducing: tuple[Applied, ...]
    counting: tuple[Counting, ...]
    # The rules as they stand in the record of every decision.
    record: str

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules themselves, by id."""
        return tuple(applied.rule for applied in self.applied)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """All rules of a tenant as of one version; version 0 has none."""

    tenant_id: UUID
    version: int
    rules: tuple[Rule, ...] = ()
    _compiled: dict[tuple[int, str | None, str], CompiledRules] = field(
        default_factory=dict, compare=False, repr=False
    )

    def compiled(self, *, account_id: UUID, strategy_id: str | None, symbol: str) -> CompiledRules:
        """Return what applies to an order; worked out once per set."""
        key = (account_id.int, strategy_id, symbol)
        found = self._compiled.get(key)
        if found is None:
            if len(self._compiled) >= _COMPILED_MAX:
                self._compiled.clear()
            found = compile_rules(
                [
                    rule
                    for rule in self.rules
                    if rule.scope.covers(
                        account_id=account_id, strategy_id=strategy_id, symbol=symbol
                    )
                ],
                version=self.version,
            )
            self._compiled[key] = found
        return found


def compile_rules(rules: list[Rule], *, version: int) -> CompiledRules:
    """Make the checks of the active ones among rules that all apply."""
    applied: list[Applied] = []
    counting: list[Counting] = []
    for rule in sorted(rules, key=lambda rule: rule.id):
        if not rule.is_active:
            continue
        check, loud = made(rule, quiet=ALERT_FROM), made(rule)
        if isinstance(check, Counting) and isinstance(loud, Counting):
            place = len(counting)
            counting.append(check)
            check, loud = replace(check, place=place), replace(loud, place=place)
        applied.append(
            Applied(
                rule=rule,
                check=check,
                alarm=check.measure,
                measure=loud.measure,
                stops_at_limit=check.STOPS_AT_LIMIT,
                exempts_reducing=check.NATURE is Nature.EXPOSURE
                or rule.action is Action.REDUCE_ONLY,
            )
        )
    return CompiledRules(
        version=version,
        applied=tuple(applied),
        for_reducing=tuple(ready for ready in applied if not ready.exempts_reducing),
        counting=tuple(counting),
        record=canonical(
            {"version": version, "applied": [write_rule(ready.rule) for ready in applied]}
        ),
    )


def no_rules(tenant_id: UUID) -> RuleSet:
    """Return the rule set of a tenant that never had a rule."""
    return RuleSet(tenant_id=tenant_id, version=0)
