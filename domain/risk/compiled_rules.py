"""Make rules ready: what an order of one account, strategy and symbol must pass."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256

from domain.risk.activity_rules import RepeatExecution
from domain.risk.codec import canonical, write_rule
from domain.risk.effect import Effect
from domain.risk.exposure_rules import MaxDailyLoss, MaxDrawdown
from domain.risk.forms import PRESENT, Form
from domain.risk.measure import Check, Measure
from domain.risk.order_rules import DuplicateOrder, OrderRate
from domain.risk.others import over_all_accounts
from domain.risk.readings import Read, Reading, reader_of
from domain.risk.rule import Action, Rule
from domain.risk.rules import counts_all_accounts, made
from domain.risk.silence import all_silent
from domain.risk.verdict import ALERT_FROM

Counting = OrderRate | DuplicateOrder
Alarm = Callable[[Effect], Measure]


@dataclass(frozen=True, slots=True)
class AppliedRule:
    """One rule made ready.

    alarm answers for an order only from 70 % of the limit on, measure always.
    """

    rule: Rule
    check: Check
    alarm: Alarm
    measure: Alarm
    stops_at_limit: bool
    unit: str
    # Lets an order that only reduces pass, whatever the figures.
    exempts_reducing: bool
    # Its value sums over every account of the tenant.
    counts_all_accounts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledRules:
    """The active rules that look at orders of one account, strategy and symbol.

    counting lists, in the order of Situation.counts, the checks that ask for the number
    of earlier messages.
    """

    version: int
    form: Form
    applied: tuple[AppliedRule, ...]
    # Those that an order which only reduces must pass too.
    for_reducing: tuple[AppliedRule, ...]
    # Whether all alarms of both stay silent, which is all that most orders ask.
    silent: Callable[[Effect], bool]
    silent_for_reducing: Callable[[Effect], bool]
    counting: tuple[Counting, ...]
    # Likewise of Situation.readings.
    reading: tuple[Reading, ...]
    # Reads them all.
    read: Read
    # An unknown symbol is the only reason that is told of its order.
    unknown_symbol_alone: bool
    # The rules as they stand in the record of every decision, and their SHA-256.
    record: str
    digest: bytes

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules themselves, by id."""
        return tuple(applied.rule for applied in self.applied)


def compile_rules(
    rules: Iterable[Rule], *, version: int, form: Form = PRESENT, nameless: bool = False
) -> CompiledRules:
    """Make the checks of the active ones among rules that all apply, as that form did.

    nameless: for orders that name no strategy. A strategy's rules hold them to open nothing
    that they would refuse, and let them leave.
    """
    applied: list[AppliedRule] = []
    counting: list[Counting] = []
    reading: list[Reading] = []
    for rule in sorted(rules, key=lambda rule: rule.id):
        if not rule.is_active:
            continue
        check, loud = made(rule, quiet=ALERT_FROM), made(rule)
        if isinstance(check, Counting) and isinstance(loud, Counting):
            place = len(counting)
            check, loud = replace(check, place=place), replace(loud, place=place)
            counting.append(check)
        elif isinstance(check, Reading) and isinstance(loud, Reading):
            place = len(reading)
            check, loud = replace(check, place=place), replace(loud, place=place)
            if isinstance(check, RepeatExecution) and isinstance(loud, RepeatExecution):
                check, loud = replace(check, rule_id=rule.id), replace(loud, rule_id=rule.id)
            reading.append(check)
        alarm: Alarm = check.measure
        measure: Alarm = loud.measure
        everywhere = counts_all_accounts(rule)
        if everywhere:
            alarm, measure = over_all_accounts(alarm), over_all_accounts(measure)
        applied.append(
            AppliedRule(
                rule=rule,
                check=check,
                alarm=alarm,
                measure=measure,
                stops_at_limit=check.STOPS_AT_LIMIT,
                unit=form.units.get(rule.rule_type, check.unit),
                exempts_reducing=check.NATURE in form.spares_reducing
                or rule.action is Action.REDUCE_ONLY
                or (nameless and rule.scope.strategy_id is not None),
                counts_all_accounts=everywhere,
            )
        )
    for_reducing = tuple(ready for ready in applied if not ready.exempts_reducing)
    record = canonical(
        {"version": version, "applied": [write_rule(ready.rule) for ready in applied]}
    )
    return CompiledRules(
        version=version,
        form=form,
        applied=tuple(applied),
        for_reducing=for_reducing,
        silent=all_silent(_alarms(applied)),
        silent_for_reducing=all_silent(_alarms(for_reducing)),
        counting=tuple(counting),
        reading=tuple(reading),
        read=reader_of(tuple(reading)),
        unknown_symbol_alone=form.unknown_symbol_alone,
        record=record,
        digest=sha256(record.encode("ascii")).digest(),
    )


def _alarms(applied: Iterable[AppliedRule]) -> Iterator[tuple[Alarm, bool]]:
    """Give each alarm, and whether it looks at nothing but the account's own figures."""
    for ready in applied:
        alone = isinstance(ready.check, MaxDailyLoss | MaxDrawdown)
        yield ready.alarm, alone and not ready.counts_all_accounts
