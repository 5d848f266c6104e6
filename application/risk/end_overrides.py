"""Take overrides of rules away whose time is over, and say so in their history."""

from dataclasses import dataclass, replace
from uuid import UUID

from application.risk.deps import ChangeReason, RuleContext
from application.shared.asker import Asker
from domain.risk.rule import Rule
from ports.risk import RULES
from ports.time import Sleeper
from ports.work import AtMost, Work

INTERVAL_S = 5.0
_PAGE = 200
ACTOR = "ballast"
_OVER = ChangeReason(reason="the override is over")


@dataclass(frozen=True, slots=True, kw_only=True)
class EndOverrides:
    """Clears what no decision looks at any more: late or never, nothing is looser for it."""

    context: RuleContext
    sleeper: Sleeper

    async def run(self) -> None:
        """Look until the task is cancelled."""
        while True:
            await self.end()
            await self.sleeper.sleep(INTERVAL_S)

    async def end(self) -> None:
        """Take away every override that is over."""
        after: UUID | None = None
        now = self.context.changes.clock.now()
        while True:
            found = await self.context.changes.works.everywhere(
                RULES, limit=_PAGE, after=after, where={"override_until": AtMost(now)}
            )
            for rule in found:
                await self._end(rule)
            if len(found) < _PAGE:
                return
            after = found[-1].id

    async def _end(self, over: Rule) -> None:
        by = Asker(tenant_id=over.tenant_id, actor=ACTOR)

        async def end(work: Work) -> None:
            rules = work.records(RULES)
            before = await rules.get(over.id)
            now = self.context.changes.clock.now()
            if before is None or before.override_until is None or before.override_until > now:
                return
            after = replace(before, override_threshold=None, override_until=None)
            # Nobody's change: what waits for approval is not outdated by it.
            if await rules.update(after, seen=before.version):
                await self.context.tell(
                    work, "override_ended", before=before, after=after, by=by, why=_OVER
                )

        await self.context.change(end, tenant_id=over.tenant_id)
