"""Approve or reject a change that waits."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from application.approvals.deps import PENDING_CHANGES, ApprovalContext, ChangeNotFound
from application.shared.asker import Asker
from application.shared.change import KeyReused, Once, Replayed
from domain.approvals.change import PERSON, ChangeState, PendingChange
from domain.shared.refusals import Conflicting, Forbidden
from ports.work import Work


class OwnChange(Forbidden):
    """Who proposed a change, in person or by a key, does not approve it."""


class ChangeDecided(Conflicting):
    """The change waits no more."""

    slug = "change-decided"
    title = "Change decided"
    meaning = "The change waits no more: it was applied, rejected, or came too late."


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideChange:
    """Let a second person decide; the proposer may only take the change back."""

    context: ApprovalContext

    async def approve(
        self, change_id: UUID, *, by: Asker, note: str = "", once: Once[PendingChange] | None = None
    ) -> PendingChange | Replayed | KeyReused:
        """Return the change as applied, or as found outdated or void.

        Raises ChangeNotFound, ChangeDecided, OwnChange.
        """

        async def approve(work: Work) -> PendingChange:
            change = await self._waiting(work, change_id)
            if change.is_own(by.actor) or not by.actor.startswith(PERSON):
                raise OwnChange("a second person has to approve it: you proposed it yourself")
            return await self.context.settle(work, change, by=by, note=note)

        return await self._decide(approve, by=by, once=once)

    async def reject(
        self, change_id: UUID, *, by: Asker, note: str = "", once: Once[PendingChange] | None = None
    ) -> PendingChange | Replayed | KeyReused:
        """Return the change as rejected; raises ChangeNotFound, ChangeDecided."""

        async def reject(work: Work) -> PendingChange:
            change = await self._waiting(work, change_id)
            now = self.context.changes.clock.now()
            state = ChangeState.REJECTED
            if change.state_at(now) is ChangeState.VOID:
                state = ChangeState.VOID
            after = change.decided(state, by=by.actor, at=now, note=note)
            return await self.context.keep(work, change, after, by=by)

        return await self._decide(reject, by=by, once=once)

    async def _decide(
        self,
        decide: Callable[[Work], Awaitable[PendingChange]],
        *,
        by: Asker,
        once: Once[PendingChange] | None,
    ) -> PendingChange | Replayed | KeyReused:
        decided = await self.context.changes.once(decide, tenant_id=by.tenant_id, once=once)
        if isinstance(decided, PendingChange) and decided.state is ChangeState.APPLIED:
            await self.context.appliers[decided.kind].applied(tenant_id=by.tenant_id)
        return decided

    async def _waiting(self, work: Work, change_id: UUID) -> PendingChange:
        change = await work.records(PENDING_CHANGES).get(change_id)
        if change is None:
            raise ChangeNotFound(change_id)
        if change.state is not ChangeState.PENDING:
            raise ChangeDecided(f"it is {change.state.value} already")
        return change
