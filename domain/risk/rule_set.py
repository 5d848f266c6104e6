"""Hold a tenant's rules as of one version, compiled once to what an order must pass."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from types import MappingProxyType
from typing import Any
from uuid import UUID

from domain.risk.codec import canonical, write_rule
from domain.risk.effect import Effect
from domain.risk.exposure_rules import MaxDailyLoss, MaxDrawdown
from domain.risk.forms import PRESENT, Form
from domain.risk.measure import Check, Measure
from domain.risk.order_rules import DuplicateOrder, OrderRate
from domain.risk.others import over_all_accounts
from domain.risk.rule import Action, Rule
from domain.risk.rules import counts_all_accounts, made
from domain.risk.situation import AccountFigures
from domain.risk.straight_line import straight_line
from domain.risk.strategies import StrategyGap, StrategyPolicy, strategy_name
from domain.risk.verdict import ALERT_FROM

# Rules and compiled sets kept per tenant; both are far above what a desk uses.
RULES_MAX = 500
_COMPILED_MAX = 10_000

Counting = OrderRate | DuplicateOrder
Alarm = Callable[[Effect], Measure]


@dataclass(frozen=True, slots=True)
class Applied:
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
    applied: tuple[Applied, ...]
    # Those that an order which only reduces must pass too.
    for_reducing: tuple[Applied, ...]
    # Whether all alarms of both stay silent, which is all that most orders ask.
    silent: Callable[[Effect], bool]
    silent_for_reducing: Callable[[Effect], bool]
    counting: tuple[Counting, ...]
    # An unknown symbol is the only reason that is told of its order.
    unknown_symbol_alone: bool
    # The rules as they stand in the record of every decision, and their SHA-256.
    record: str
    digest: bytes

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules themselves, by id."""
        return tuple(applied.rule for applied in self.applied)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """All rules of a tenant as of one version; version 0 has none.

    agents lists all agents, and paused those that a person paused, as of the same version: what
    fences an order against a change of the rules fences it against a pause too. paused_actors
    has the paused ones that are members of the tenant, by their actor.
    """

    tenant_id: UUID
    version: int
    rules: tuple[Rule, ...] = ()
    agents: frozenset[str] = frozenset()
    paused: frozenset[str] = frozenset()
    paused_actors: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    # Whether an active rule counts all accounts of the tenant: who decides reads their books.
    counts_all_accounts: bool = field(init=False, compare=False)
    # The strategies that agents and rules name, worked out when first asked for.
    _named: set[str] = field(default_factory=set, compare=False, repr=False)
    _compiled: dict[tuple[int, str | None, str], CompiledRules] = field(
        default_factory=dict, compare=False, repr=False
    )
    _shared: dict[tuple[int, ...], CompiledRules] = field(
        default_factory=dict, compare=False, repr=False
    )

    def __post_init__(self) -> None:
        counts = any(rule.is_active and counts_all_accounts(rule) for rule in self.rules)
        object.__setattr__(self, "counts_all_accounts", counts)

    def paused_agent(self, *, strategy_id: str | None, actor: str) -> str | None:
        """Return the paused agent that an order bears as its strategy or its sender, if any.

        A sender is named by its whole actor or by what follows its kind, as in producer:momentum.
        """
        if not self.paused:
            return None
        if actor in self.paused_actors:
            return self.paused_actors[actor]
        named = {strategy_name(one): one for one in self.paused}
        for name in (strategy_id, actor, actor.partition(":")[2]):
            if name is not None and (found := named.get(strategy_name(name))) is not None:
                return found
        return None

    def strategy_gap(self, strategy_id: str | None, *, policy: StrategyPolicy) -> StrategyGap:
        """Return what is wrong with the strategy that an order names, or does not name."""
        if strategy_id is None:
            return StrategyGap.MISSING if policy.required else StrategyGap.NONE
        name = strategy_name(strategy_id)
        if name in policy.known or name in self._strategies():
            return StrategyGap.NONE
        return StrategyGap.UNKNOWN

    def _strategies(self) -> set[str]:
        if not self._named:
            scoped = {rule.scope.strategy_id for rule in self.rules}
            self._named.update(strategy_name(one) for one in (*self.agents, *scoped) if one)
        return self._named

    def compiled(self, *, account_id: UUID, strategy_id: str | None, symbol: str) -> CompiledRules:
        """Return what applies to an order; worked out once per set."""
        strategy = None if strategy_id is None else strategy_name(strategy_id)
        key = (account_id.int, strategy, symbol)
        found = self._compiled.get(key)
        if found is None:
            if len(self._compiled) >= _COMPILED_MAX:
                self._compiled.clear()
                self._shared.clear()
            applying = tuple(
                rule
                for rule in self.rules
                if rule.scope.covers(account_id=account_id, strategy_id=strategy_id, symbol=symbol)
            )
            # Most orders of a tenant meet the same rules.
            nameless = strategy_id is None
            same = (nameless, *(rule.id.int for rule in applying))
            found = self._shared.get(same)
            if found is None:
                found = self._shared[same] = compile_rules(
                    applying, version=self.version, nameless=nameless
                )
            self._compiled[key] = found
        return found


def compile_rules(
    rules: Iterable[Rule], *, version: int, form: Form = PRESENT, nameless: bool = False
) -> CompiledRules:
    """Make the checks of the active ones among rules that all apply, as that form did.

    nameless: for orders that name no strategy. A strategy's rules hold them to open nothing
    that they would refuse, and let them leave.
    """
    applied: list[Applied] = []
    counting: list[Counting] = []
    for rule in sorted(rules, key=lambda rule: rule.id):
        if not rule.is_active:
            continue
        check, loud = made(rule, quiet=ALERT_FROM), made(rule)
        if isinstance(check, Counting) and isinstance(loud, Counting):
            place = len(counting)
            check, loud = replace(check, place=place), replace(loud, place=place)
            counting.append(check)
        alarm: Alarm = check.measure
        measure: Alarm = loud.measure
        everywhere = counts_all_accounts(rule)
        if everywhere:
            alarm, measure = over_all_accounts(alarm), over_all_accounts(measure)
        applied.append(
            Applied(
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
        silent=_all_silent(applied),
        silent_for_reducing=_all_silent(for_reducing),
        counting=tuple(counting),
        unknown_symbol_alone=form.unknown_symbol_alone,
        record=record,
        digest=sha256(record.encode("ascii")).digest(),
    )


def _all_silent(applied: Iterable[Applied]) -> Callable[[Effect], bool]:
    """Return a function that tells whether no alarm has anything to say.

    Those that look at nothing but the account's figures are asked once per account as of
    one book version and one set of marks, which is one object. The code knows how many alarms
    there are and in which places, not which.
    """
    known: dict[str, Any] = {"passed": _Passed()}
    of_account: list[str] = []
    of_order: list[str] = []
    for n, ready in enumerate(applied):
        known[f"alarm_{n}"] = ready.alarm
        alone = isinstance(ready.check, MaxDailyLoss | MaxDrawdown)
        asked = of_account if alone and not ready.counts_all_accounts else of_order
        asked.append(f"alarm_{n}(effect) is None")
    lines: list[str] = []
    if of_account:
        lines += [
            "account = effect.situation.account",
            "if account is not passed.account:",
            f"    if not ({' and '.join(of_account)}):",
            "        return False",
            "    passed.account = account",
        ]
    lines.append(f"return {' and '.join(of_order) or 'True'}")
    return straight_line(lines, known)


@dataclass(slots=True)
class _Passed:
    """The latest account as of which no alarm on the account alone had anything to say."""

    account: AccountFigures | None = None


def no_rules(tenant_id: UUID) -> RuleSet:
    """Return the rule set of a tenant that never had a rule."""
    return RuleSet(tenant_id=tenant_id, version=0)
