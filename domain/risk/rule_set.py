"""Hold a tenant's rules as of one version, compiled once to what an order must pass."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from types import MappingProxyType
from uuid import UUID

from domain.risk.compiled_rules import CompiledRules, compile_rules
from domain.risk.readings import OF_ACTIVITY
from domain.risk.rule import Rule, RuleType
from domain.risk.rules import counts_all_accounts
from domain.risk.strategies import StrategyGap, StrategyPolicy, strategy_name
from domain.risk.strategy_stop import StrategyStop

# Rules and compiled sets kept per tenant; both are far above what a desk uses.
RULES_MAX = 500
_COMPILED_MAX = 10_000
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """All rules of a tenant as of one version; version 0 has none.

    agents lists all agents, paused those that a person paused, paused_actors the members among
    these by their actor, rulebooks the margin rulebooks that were chosen for accounts: what fences
    an order against a change of the rules fences it against theirs too.
    """

    tenant_id: UUID
    version: int
    rules: tuple[Rule, ...] = ()
    agents: frozenset[str] = frozenset()
    paused: frozenset[str] = frozenset()
    paused_actors: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    rulebooks: Mapping[UUID, str] = field(default_factory=lambda: MappingProxyType({}))
    # What rules have stopped, by rule and strategy, as of the same version.
    stops: Mapping[tuple[UUID, str], StrategyStop] = field(
        default_factory=lambda: MappingProxyType({})
    )
    # Whether an active rule counts all accounts of the tenant: who decides reads their books.
    counts_all_accounts: bool = field(init=False, compare=False)
    # Whether a rule has an override, in force or over.
    _overridden: bool = field(init=False, compare=False, repr=False)
    # The set without overrides that holds between two of their ends, and between which.
    _in_force: "dict[tuple[datetime, datetime], RuleSet]" = field(
        default_factory=dict, compare=False, repr=False
    )
    # Likewise whether one reads what happened to its account's orders lately.
    reads_activity: bool = field(init=False, compare=False)
    # Likewise whether one reads the orders of all accounts.
    reads_others: bool = field(init=False, compare=False)
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
        overridden = any(rule.override_until is not None for rule in self.rules)
        object.__setattr__(self, "_overridden", overridden)
        reads = any(rule.is_active and rule.rule_type in OF_ACTIVITY for rule in self.rules)
        object.__setattr__(self, "reads_activity", reads)
        object.__setattr__(self, "reads_others", counts or bool(self._forbidding()))

    def at(self, now: datetime) -> "RuleSet":
        """Return the rules that are in force at a moment, of the same version.

        An override is over when its time is, whether or not anybody has taken it away yet.
        """
        if not self._overridden:
            return self
        for (since, until), kept in self._in_force.items():
            if since <= now < until:
                return kept
        ends = {rule.override_until for rule in self.rules if rule.override_until is not None}
        since = max((end for end in ends if end <= now), default=_FIRST)
        until = min((end for end in ends if end > now), default=_LAST)
        same = {one.name: getattr(self, one.name) for one in _GIVEN}
        in_force = RuleSet(**{**same, "rules": tuple(rule.at(now) for rule in self.rules)})
        self._in_force[since, until] = in_force
        return in_force

    def _forbidding(self) -> list[Rule]:
        kind = RuleType.SELF_TRADE
        return [rule for rule in self.rules if rule.is_active and rule.rule_type is kind]

    def fenced(self, symbols: Iterable[str]) -> tuple[str, ...]:
        """Return the symbols in which the tenant must not trade with itself, in their order.

        There every order of the tenant is fenced, also of accounts that no such rule looks at:
        one that a rule looks at could meet it.
        """
        if not self.reads_others:
            return ()
        scopes = {rule.scope.symbol for rule in self._forbidding()}
        return tuple(sorted({one for one in symbols if None in scopes or one in scopes}))

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


def no_rules(tenant_id: UUID) -> RuleSet:
    """Return the rule set of a tenant that never had a rule."""
    return RuleSet(tenant_id=tenant_id, version=0)


# What a set is made of, without what is worked out and kept.
_GIVEN = tuple(one for one in fields(RuleSet) if one.init and not one.name.startswith("_"))
