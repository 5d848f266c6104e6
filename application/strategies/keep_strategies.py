"""Keep strategies: make, change, start, stop and delete them, and show what they decided."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Self
from uuid import UUID

from application.agents.end_agent import end_agent
from application.shared.asker import Asker
from application.shared.change import Changes, KeyReused, Once, Replayed
from application.shared.keeper import Keeper
from application.strategies.gather_factors import GatherFactors
from domain.agents.agent import checked_agent_id
from domain.shared.refusals import Absent, Conflicting
from domain.shared.values import ONE, InvalidValue
from domain.strategies.factors import FactorAbsent, Opinion, factor_of, weigh
from domain.strategies.strategy import (
    Strategy,
    StrategyDecision,
    StrategyKind,
    describe_strategy,
)
from ports.market import Instruments
from ports.own_strategies import OwnStrategyFailed
from ports.transactions import Conflict
from ports.work import Kind, Work

STRATEGIES = Kind("strategies", Strategy, find_by=("name",))
DECISIONS = Kind(
    "strategy_decisions",
    StrategyDecision,
    find_by=("strategy_id", "signal_id", "symbol", "action"),
)
STRATEGIES_MAX = 100
CHANNEL = "decisions"
# Of the agents that strategies are.
KIND = "strategy"
FAILED = "strategy.failed"


class StrategyNameTaken(Conflicting):
    """Another strategy of the tenant has that name."""

    slug, title = "strategy-name-taken", "Strategy name taken"
    meaning = "Another strategy has that name, which its orders bear."


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepStrategies:
    """Everything that can be asked of a tenant's strategies."""

    keeper: Keeper[Strategy]
    instruments: Instruments
    # Raises AccountNotFound for an account that the tenant does not have.
    check_account: Callable[[UUID, UUID], Awaitable[None]]
    gather: GatherFactors
    # The names of the own classes that are installed here.
    own_names: Callable[[], Sequence[str]] = tuple

    @classmethod
    def over(
        cls,
        changes: Changes,
        *,
        instruments: Instruments,
        check_account: Callable[[UUID, UUID], Awaitable[None]],
        gather: GatherFactors,
        own_names: Callable[[], Sequence[str]] = tuple,
    ) -> Self:
        """Return it over the tenant's records."""
        keeper = Keeper(
            changes=changes,
            kind=STRATEGIES,
            noun="strategy",
            channel=CHANNEL,
            described=describe_strategy,
            limit=STRATEGIES_MAX,
        )
        return cls(
            keeper=keeper,
            instruments=instruments,
            check_account=check_account,
            gather=gather,
            own_names=own_names,
        )

    async def add(
        self, strategy: Strategy, *, by: Asker, once: Once[Strategy] | None = None
    ) -> Strategy | Replayed | KeyReused:
        """Store a new strategy; raises StrategyNameTaken, TooMany, InvalidValue, Absent."""
        await self._check(strategy)

        async def add(work: Work) -> Strategy:
            await self._check_name(work, strategy)
            await self.keeper.put(work, strategy, before=None, by=by)
            return strategy

        return await self.keeper.changes.once(add, tenant_id=by.tenant_id, once=once)

    async def replace(
        self, id: UUID, made: Callable[[Strategy], Strategy], *, by: Asker, expected: int | None
    ) -> Strategy:
        """Replace a strategy; raises as add does, and Outdated."""
        before = await self.keeper.get(id, tenant_id=by.tenant_id)
        await self._check(made(before))
        if made(before).account_id != before.account_id:
            # An order that nobody has noted down yet is looked for on it.
            problem = "cannot change: make another strategy for another account"
            raise InvalidValue(field="account_id", problem=problem)

        async def change(work: Work) -> Strategy:
            seen = await self.keeper.seen(work, id, expected=expected)
            after = replace(made(seen), version=seen.version + 1)
            await self._check_name(work, after)
            await self.keeper.put(work, after, before=seen, by=by)
            if after.name != seen.name:
                await end_agent(work, seen.name, kind=KIND, changes=self.keeper.changes)
            return after

        return await self.keeper.changes.run(change, tenant_id=by.tenant_id)

    async def remove(self, id: UUID, *, by: Asker, expected: int | None = None) -> None:
        """Delete a strategy, and end the agent that it is; raises Absent, Outdated."""

        async def remove(work: Work) -> None:
            gone = await self.keeper.take_out(work, id, by=by, expected=expected)
            await end_agent(work, gone.name, kind=KIND, changes=self.keeper.changes)

        await self.keeper.changes.run(remove, tenant_id=by.tenant_id)

    async def run(self, id: UUID, *, running: bool, by: Asker) -> Strategy:
        """Start or stop a strategy; its mode stays."""
        return await self.keeper.change(
            id,
            lambda one: replace(one, is_running=running, problem="", version=one.version + 1),
            by=by,
        )

    async def fail(self, id: UUID, *, by: Asker, problem: str) -> None:
        """Stop a strategy for what went wrong, and have people told; one that is gone is not."""

        async def change(work: Work) -> None:
            before = await work.records(STRATEGIES).get(id)
            if before is None:
                return
            after = replace(before, is_running=False, problem=problem, version=before.version + 1)
            if not await work.records(STRATEGIES).update(after):
                raise Conflict(f"strategy {id} changed meanwhile")
            await self.keeper.changes.record(
                work,
                FAILED,
                by=by,
                subject=id,
                before=describe_strategy(before),
                after=describe_strategy(after),
                channel=CHANNEL,
                account_id=after.account_id,
            )

        await self.keeper.changes.run(change, tenant_id=by.tenant_id)

    async def decisions(
        self, id: UUID, *, tenant_id: UUID, limit: int, after: UUID | None = None
    ) -> Sequence[StrategyDecision]:
        """Return what a strategy decided, newest first; raises Absent."""
        await self.keeper.get(id, tenant_id=tenant_id)
        async with self.keeper.changes.works.look(tenant_id) as look:
            return await look.records(DECISIONS).list(
                limit=limit, after=after, where={"strategy_id": id}, newest_first=True
            )

    async def analyse(self, id: UUID, *, symbol: str, tenant_id: UUID) -> Opinion:
        """Return what a strategy thinks of one of its symbols now; raises Absent."""
        strategy = await self.keeper.get(id, tenant_id=tenant_id)
        if symbol not in strategy.symbols:
            raise Absent(f"no symbol {symbol} of strategy {strategy.name}")
        now = self.keeper.changes.clock.now()
        try:
            return await self.gather(strategy, symbol=symbol, at=now)
        except OwnStrategyFailed as problem:
            absent = FactorAbsent(str(problem))
            return weigh([factor_of(StrategyKind.OWN, absent, weight=ONE)])

    async def _check(self, strategy: Strategy) -> None:
        try:
            checked_agent_id(strategy.name)
        except InvalidValue as wrong:
            # A strategy is an agent, which is paused by that name.
            raise InvalidValue(field="name", problem=wrong.problem) from wrong
        if strategy.kind is StrategyKind.OWN and strategy.model not in (names := self.own_names()):
            known = ", ".join(names) or "none"
            problem = f"is no class that is installed here (there is {known}): {strategy.model}"
            raise InvalidValue(field="model", problem=problem)
        await self.check_account(strategy.tenant_id, strategy.account_id)
        for symbol in strategy.symbols:
            if self.instruments.find(symbol) is None:
                raise InvalidValue(field="symbols", problem=f"is no instrument here: {symbol}")

    async def _check_name(self, work: Work, strategy: Strategy) -> None:
        found = await work.records(STRATEGIES).list(limit=2, where={"name": strategy.name})
        if any(one.id != strategy.id for one in found):
            raise StrategyNameTaken(f"another strategy is called {strategy.name}")
