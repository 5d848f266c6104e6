"""Stop strategies that a rule found to have run away; only a person enables one again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from application.orders.gatekeeper import Gatekeeper
from application.risk.commands import RuleNotFound
from application.shared.asker import Asker
from application.shared.change import Changes, KeyReused, Once, Replayed
from domain.risk.strategy_stop import StrategyStop, Trip, describe_stop, stopped_as
from domain.shared.refusals import Absent, Forbidden
from ports.risk import RULES, STRATEGY_STOPS
from ports.transactions import Conflict
from ports.work import Work

LISTED_MAX = 200
_RULE = "rule"
_PERSON = "user:"


class NotStopped(Absent):
    """The rule has not stopped that strategy, or it was enabled again."""


class NotAPerson(Forbidden):
    """A key or a program asked for what only a person may do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopStrategy:
    """Store that a strategy is off; it is before the order that found it out is answered."""

    changes: Changes

    async def __call__(self, trip: Trip) -> None:
        """Stop the strategy, which changes nothing where it is off already."""
        changes, by = self.changes, Asker(tenant_id=trip.tenant_id, actor=_RULE)

        async def stop(work: Work) -> None:
            kept = work.records(STRATEGY_STOPS)
            before = await _of(work, rule_id=trip.rule_id, strategy=trip.strategy)
            if before is not None and before.is_off:
                return
            at = changes.clock.now()
            if before is None:
                after = StrategyStop(
                    id=changes.ids.new(),
                    tenant_id=trip.tenant_id,
                    rule_id=trip.rule_id,
                    strategy=trip.strategy,
                    executions=trip.executions,
                    stopped_at=at,
                )
                await kept.add(after)
            else:
                after = replace(
                    before,
                    executions=trip.executions,
                    stopped_at=at,
                    enabled_at=None,
                    enabled_by="",
                    reason="",
                    version=before.version + 1,
                )
                if not await kept.update(after):
                    raise Conflict(f"the stop of {trip.strategy} changed meanwhile")
            await _record(changes, work, "stopped", by=by, before=before, after=after)

        await changes.run(stop, tenant_id=trip.tenant_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyStops:
    """Show what a rule has stopped, and enable it again."""

    changes: Changes
    gatekeeper: Gatekeeper

    async def list(self, *, tenant_id: UUID, rule_id: UUID) -> Sequence[StrategyStop]:
        """Return the rule's stops, those that were enabled again too; raises RuleNotFound."""
        async with self.changes.works.begin(tenant_id) as work:
            if await work.records(RULES).get(rule_id) is None:
                raise RuleNotFound(rule_id)
            return await work.records(STRATEGY_STOPS).list(
                limit=LISTED_MAX, where={"rule_id": rule_id}
            )

    async def enable(
        self,
        *,
        rule_id: UUID,
        strategy_id: str | None,
        reason: str,
        by: Asker,
        once: Once[StrategyStop] | None = None,
    ) -> StrategyStop | Replayed | KeyReused:
        """Let the strategy open again; executions up to now do not count against it.

        Raises RuleNotFound, NotStopped, NotAPerson and InvalidValue.
        """
        if not by.actor.startswith(_PERSON):
            raise NotAPerson("only a person enables a strategy again, and no key or program")

        async def enable(work: Work) -> StrategyStop:
            if await work.records(RULES).get(rule_id) is None:
                raise RuleNotFound(rule_id)
            before = await _of(work, rule_id=rule_id, strategy=stopped_as(strategy_id))
            if before is None or not before.is_off:
                raise NotStopped(f"the rule has not stopped {strategy_id or 'nameless orders'}")
            after = replace(
                before,
                enabled_at=self.changes.clock.now(),
                enabled_by=by.actor,
                reason=reason,
                version=before.version + 1,
            )
            if not await work.records(STRATEGY_STOPS).update(after):
                raise Conflict(f"the stop of {strategy_id} changed meanwhile")
            await _record(self.changes, work, "enabled", by=by, before=before, after=after)
            return after

        enabled = await self.changes.once(enable, tenant_id=by.tenant_id, once=once)
        await self.gatekeeper.refresh(tenant_id=by.tenant_id)
        return enabled


async def _of(work: Work, *, rule_id: UUID, strategy: str) -> StrategyStop | None:
    found = await work.records(STRATEGY_STOPS).list(
        limit=1, where={"rule_id": rule_id, "strategy": strategy}
    )
    return found[0] if found else None


async def _record(
    changes: Changes,
    work: Work,
    done: str,
    *,
    by: Asker,
    before: StrategyStop | None,
    after: StrategyStop,
) -> None:
    await changes.record(
        work,
        f"strategy.{done}",
        by=by,
        subject=after.rule_id,
        before=None if before is None else describe_stop(before),
        after=describe_stop(after),
        channel="risk",
    )
