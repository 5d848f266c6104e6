"""Ask what other rules would have said to recorded orders: begin, look, cancel."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from application.risk.commands import RuleFields
from application.risk.create_rule import rule_of
from application.shared.asker import Asker
from application.shared.change import Changes, KeyReused, Once, Replayed
from domain.risk.codec import canonical, write_rule
from domain.risk.simulation import Simulation, SimulationMode, SimulationState
from domain.shared.refusals import Absent, Conflicting
from domain.shared.values import InvalidValue, inside
from ports.orders import OrderArchive, OrderPeriod
from ports.transactions import Conflict
from ports.work import Kind, Work

SIMULATIONS = Kind("rule_simulations", Simulation, find_by=("state",))
ORDERS_MAX = 100_000
RULES_MAX = 100
# Of a tenant: those that wait or run, and those that are kept.
OPEN_MAX = 20
KEPT_MAX = 20


class SimulationNotFound(Absent):
    """There is no such simulation, or it is another's."""

    def __init__(self, simulation_id: UUID) -> None:
        super().__init__(f"simulation {simulation_id} does not exist")


class TooManySimulations(Conflicting):
    """As many simulations of the tenant wait as may."""

    slug = "too-many-simulations"
    title = "Too many simulations"
    meaning = "As many simulations wait as may: wait for one, or cancel it."


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulateCommand:
    """Which orders are to be decided again, under which rules; among: accounts one may see."""

    since: datetime
    until: datetime
    rules: Sequence[RuleFields]
    account_id: UUID | None = None
    mode: SimulationMode = SimulationMode.INDEPENDENT
    among: frozenset[UUID] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulateRules:
    """Keep what is asked; the background decides, and writes the result into it."""

    changes: Changes
    archive: OrderArchive

    async def begin(
        self, command: SimulateCommand, *, by: Asker, once: Once[Simulation] | None = None
    ) -> Simulation | Replayed | KeyReused:
        """Return the simulation that waits; raises InvalidValue, TooManySimulations."""
        at, ids = self.changes.clock.now(), self.changes.ids
        if len(command.rules) > RULES_MAX:
            raise InvalidValue(field="rules", problem=f"must be {RULES_MAX} at most")
        rules = []
        for number, one in enumerate(command.rules):
            with inside(f"rules[{number}]"):
                rules.append(rule_of(one, id=ids.new(), tenant_id=by.tenant_id, at=at))
        begun = Simulation(
            id=ids.new(),
            tenant_id=by.tenant_id,
            asked_by=by.actor,
            since=command.since,
            until=command.until,
            account_id=command.account_id,
            among=None if command.among is None else tuple(sorted(command.among)),
            mode=command.mode,
            rules=canonical([write_rule(one) for one in rules]),
            created_at=at,
            total=0,
        )
        total = await self.archive.count_taken(
            tenant_id=by.tenant_id, period=period_of(begun), most=ORDERS_MAX
        )
        if total > ORDERS_MAX:
            problem = f"there are more than {ORDERS_MAX:,} orders: ask for fewer"
            raise InvalidValue(field="from", problem=problem)
        begun = replace(begun, total=total)

        async def begin(work: Work) -> Simulation:
            await self._make_room(work)
            await work.records(SIMULATIONS).add(begun)
            await self._record(work, "started", begun, by=by)
            return begun

        return await self.changes.once(begin, tenant_id=by.tenant_id, once=once)

    async def get(
        self, simulation_id: UUID, *, by: Asker, among: frozenset[UUID] | None
    ) -> Simulation:
        """Return one's own simulation, or anyone's to who sees all accounts.

        Raises SimulationNotFound.
        """
        async with self.changes.works.look(by.tenant_id) as look:
            found = await look.records(SIMULATIONS).get(simulation_id)
        return _seen(found, simulation_id, by=by, among=among)

    async def cancel(
        self, simulation_id: UUID, *, by: Asker, among: frozenset[UUID] | None
    ) -> None:
        """Have it stop within a thousand orders, or forget one that is over.

        Raises SimulationNotFound.
        """

        async def cancel(work: Work) -> None:
            records = work.records(SIMULATIONS)
            found = _seen(await records.get(simulation_id), simulation_id, by=by, among=among)
            if not found.is_open:
                await records.remove(found.id, version=found.version)
                await self._record(work, "removed", found, by=by)
                return
            after = replace(found, state=SimulationState.CANCELLED, version=found.version + 1)
            if not await records.update(after):
                raise Conflict(f"simulation {simulation_id} changed meanwhile")
            await self._record(work, "cancelled", after, by=by)

        await self.changes.run(cancel, tenant_id=by.tenant_id)

    async def _make_room(self, work: Work) -> None:
        """Forget the oldest that are over; raises TooManySimulations."""
        records = work.records(SIMULATIONS)
        kept = await records.list(limit=KEPT_MAX + OPEN_MAX)
        if sum(one.is_open for one in kept) >= OPEN_MAX:
            raise TooManySimulations(f"{OPEN_MAX} simulations wait already")
        over = [one for one in kept if not one.is_open]
        for one in over[: max(0, len(kept) - KEPT_MAX + 1)]:
            await records.remove(one.id, version=one.version)

    async def _record(self, work: Work, done: str, one: Simulation, *, by: Asker) -> None:
        await self.changes.record(
            work,
            f"rule_simulation.{done}",
            by=by,
            subject=one.id,
            before=None,
            after={
                "from": one.since.isoformat(),
                "to": one.until.isoformat(),
                "mode": one.mode.value,
                "orders": str(one.total),
                "rules": str(len(json.loads(one.rules))),
            },
            channel="risk",
            account_id=one.account_id,
        )


def period_of(one: Simulation) -> OrderPeriod:
    """Return which orders a simulation is of."""
    return OrderPeriod(
        since=one.since,
        until=one.until,
        account_id=one.account_id,
        accounts=None if one.among is None else frozenset(one.among),
    )


def _seen(
    found: Simulation | None, simulation_id: UUID, *, by: Asker, among: frozenset[UUID] | None
) -> Simulation:
    # What it found may be of accounts that another one does not see.
    if found is None or (among is not None and found.asked_by != by.actor):
        raise SimulationNotFound(simulation_id)
    return found
