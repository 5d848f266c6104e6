"""Decide recorded orders again in the background, a page at a time."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

from application.risk.simulate_rules import SIMULATIONS, period_of
from application.shared.change import Changes
from domain.accounts.decision import Decision
from domain.orders.order import Order
from domain.risk.codec import read_rule
from domain.risk.record import UnknownRecord
from domain.risk.recorded import RulesRead
from domain.risk.rule_set import RuleSet
from domain.risk.simulate import decide_under
from domain.risk.simulation import Simulation, SimulationState, Tally
from ports.orders import OrderArchive
from ports.time import Sleeper
from ports.work import Work

INTERVAL_S = 1.0
PAGE = 200
# Decided before others have a turn: some milliseconds.
AT_ONCE = 20
# After so many it is told how far it is, and looked whether it was cancelled.
TOLD_EVERY = 1_000
OPEN = frozenset({SimulationState.QUEUED, SimulationState.RUNNING})


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSimulations:
    """Runs what waits, one after the other; what a process left behind begins again."""

    changes: Changes
    archive: OrderArchive
    sleeper: Sleeper

    async def run(self) -> None:
        """Run until the task is cancelled."""
        while True:
            await self.run_waiting()
            await self.sleeper.sleep(INTERVAL_S)

    async def run_waiting(self) -> None:
        """Run everything that waits now."""
        for one in await self.changes.works.everywhere(
            SIMULATIONS, limit=PAGE, where={"state": OPEN}
        ):
            try:
                await self._finish(one, await self._simulate(one))
            except Exception as problem:  # noqa: BLE001 - told to whoever asked
                said = type(problem).__name__
                await self._put(one, partial(replace, state=SimulationState.FAILED, problem=said))

    async def _finish(self, one: Simulation, tally: Tally | None) -> None:
        if tally is None:
            return
        result = json.dumps(tally.result(), separators=(",", ":"))
        done = partial(replace, state=SimulationState.DONE, done=one.total, result=result)
        await self._put(one, done)

    async def _simulate(self, one: Simulation) -> Tally | None:
        """Return what came of it, None for one that was cancelled."""
        rules = tuple(read_rule(rule) for rule in json.loads(one.rules))
        tally = Tally(mode=one.mode, names={rule.id: rule.name for rule in rules})
        rule_set = RuleSet(tenant_id=one.tenant_id, version=0, rules=rules)
        after: UUID | None = None
        rules_read = RulesRead()
        # Orders that came since it was begun are left out, or it might never end.
        for looked_at in range(0, one.total, PAGE):
            so_far = partial(replace, state=SimulationState.RUNNING, done=looked_at)
            if looked_at % TOLD_EVERY == 0 and not await self._put(one, so_far):
                return None
            page = await self.archive.taken(
                tenant_id=one.tenant_id,
                period=period_of(one),
                limit=min(PAGE, one.total - looked_at),
                after=after,
            )
            await self._decide(page, tally=tally, rules=rule_set, rules_read=rules_read)
            if not page:
                break
            after = page[-1][0].id
        return tally

    async def _decide(
        self,
        page: Sequence[tuple[Order, Decision | None]],
        *,
        tally: Tally,
        rules: RuleSet,
        rules_read: RulesRead,
    ) -> None:
        for place, (order, decision) in enumerate(page, 1):
            _add(tally, order, decision, rules=rules, rules_read=rules_read)
            if place % AT_ONCE == 0:
                await self.sleeper.sleep(0)

    async def _put(self, one: Simulation, change: Callable[[Simulation], Simulation]) -> bool:
        """Store how it stands; tell whether it was not cancelled or removed meanwhile."""

        async def put(work: Work) -> bool:
            records = work.records(SIMULATIONS)
            found = await records.get(one.id)
            if found is None or not found.is_open:
                return False
            return await records.update(change(found), seen=found.version)

        return await self.changes.run(put, tenant_id=one.tenant_id)


def _add(
    tally: Tally,
    order: Order,
    decision: Decision | None,
    *,
    rules: RuleSet,
    rules_read: RulesRead,
) -> None:
    if decision is None:
        tally.skip("the decision's record")
        return
    try:
        simulated = decide_under(decision.record, rules=rules, rules_read=rules_read)
    except UnknownRecord:
        tally.skip("a record of a known form")
        return
    if simulated is not None:
        tally.add(order, simulated)
