"""Walk a whole plan with messages that say that they are a trial."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from application.shared.asker import Asker
from application.shared.change import KeyReused, Once, Replayed
from application.succession.context import ASKED, CHANNEL, SuccessionContext
from domain.identity.notice import Priority
from domain.succession.plan import TRADING, SuccessionState, Trading
from ports.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class DryStep:
    """One step as it would come: after how much silence, and whom it would tell."""

    state: SuccessionState
    after: timedelta
    trading: Trading
    told: Sequence[str]
    would_tell: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """Play the plan at once; state, clock and trading stay as they are."""

    context: SuccessionContext

    async def __call__(
        self,
        *,
        to_trustees: bool,
        by: Asker,
        once: Once[Sequence[DryStep]] | None = None,
    ) -> Sequence[DryStep] | Replayed | KeyReused:
        """Tell the owners of every step, with to_trustees the trustees too; raises NoPlan."""

        async def walk(work: Work) -> Sequence[DryStep]:
            plan, clock = await self.context.there(work)
            people = await self.context.people_of(work)
            steps = []
            for state in list(SuccessionState)[1:]:
                asked = state in ASKED or state is SuccessionState.RELEASED
                trustees = people.trustees(plan) if asked else []
                told = [*people.owners, *(trustees if to_trustees else ())]
                for member in told:
                    await self.context.tell(
                        work,
                        member,
                        state=state,
                        by=by,
                        kind="dry_run",
                        priority=Priority.HIGH,
                        more=(("dry_run", "true"),),
                    )
                steps.append(
                    DryStep(
                        state=state,
                        after=plan.plan.silence_until(state),
                        trading=TRADING[state],
                        told=[one.name for one in told],
                        would_tell=[one.name for one in (*people.owners, *trustees)],
                    )
                )
            await self.context.changes.record(
                work,
                "succession.dry_run",
                by=by,
                subject=clock.id,
                before=None,
                after={"to_trustees": str(to_trustees).lower()},
                channel=CHANNEL,
            )
            return steps

        return await self.context.changes.once(walk, tenant_id=by.tenant_id, once=once)
