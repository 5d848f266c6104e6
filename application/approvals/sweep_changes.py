"""Look after changes that wait: tell who may approve, apply what has cooled, void the rest."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

from application.approvals.deps import PENDING_CHANGES, ApprovalContext, may
from application.identity.notify import notice_of
from application.shared.asker import Asker
from domain.approvals.change import PERSON, ChangeState, PendingChange
from domain.identity.notice import APPROVAL_ASKED
from ports.identity_changes import CredentialStatus
from ports.identity_scope import IdentityScope
from ports.time import Sleeper
from ports.transactions import Transactions
from ports.work import Work

INTERVAL_S = 2.0
_PAGE = 200
# Who decides where nobody does.
COOLED, LAPSED = "cooling", "lapse"


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepChanges:
    """Does in the background what nobody has to ask for; also after a restart."""

    context: ApprovalContext
    identity: Transactions[IdentityScope]
    credential_status: CredentialStatus
    sleeper: Sleeper
    on_failure: Callable[[PendingChange, Exception], None]

    async def run(self) -> None:
        """Sweep until the task is cancelled."""
        while True:
            await self.sweep()
            await self.sleeper.sleep(INTERVAL_S)

    async def sweep(self) -> None:
        """Look at every change that waits once; one that fails holds no other up."""
        after: UUID | None = None
        while True:
            waiting = await self.context.changes.works.everywhere(
                PENDING_CHANGES, limit=_PAGE, after=after, where={"state": ChangeState.PENDING}
            )
            for change in waiting:
                try:
                    await self._look(change)
                # The next sweep looks at it again.
                except Exception as problem:  # noqa: BLE001
                    self.on_failure(change, problem)
            if len(waiting) < _PAGE:
                return
            after = waiting[-1].id

    async def _look(self, change: PendingChange) -> None:
        now = self.context.changes.clock.now()
        if now >= change.expires_at:
            await self._settle(change, actor=LAPSED)
        elif change.applies_at is not None and now >= change.applies_at:
            await self._settle(change, actor=COOLED)
        elif change.told_at is None:
            await self._tell(change)

    async def _settle(self, change: PendingChange, *, actor: str) -> None:
        by = Asker(tenant_id=change.tenant_id, actor=actor)
        barred = actor == COOLED and not await self._still_may(change)

        async def settle(work: Work) -> PendingChange:
            found = await work.records(PENDING_CHANGES).get(change.id)
            if found is None or found.state is not ChangeState.PENDING:
                return change
            if barred:
                # Somebody was shut out meanwhile: what they began ends with them.
                now, note = self.context.changes.clock.now(), "the proposer may not any more"
                after = found.decided(ChangeState.REJECTED, by=actor, at=now, note=note)
                return await self.context.keep(work, found, after, by=by)
            return await self.context.settle(work, found, by=by)

        settled = await self.context.changes.run(settle, tenant_id=change.tenant_id)
        if settled.state is ChangeState.APPLIED:
            await self.context.appliers[change.kind].applied(tenant_id=change.tenant_id)

    async def _still_may(self, change: PendingChange) -> bool:
        if change.key_id and not await self.credential_status.key_holds(
            tenant_id=change.tenant_id, key_id=change.key_id, user_id=None
        ):
            return False
        if change.user_id is None:
            return True
        members = self.context.approvers.members
        member = await members.find(tenant_id=change.tenant_id, member_id=change.user_id)
        return member is not None and may(member)

    async def _tell(self, change: PendingChange) -> None:
        """Tell everybody who may approve it; who is cut short tells once more."""
        now = self.context.changes.clock.now()
        detail = (
            ("change_id", str(change.id)),
            ("kind", change.kind),
            ("proposer", change.proposer),
            ("reason", change.reason),
            ("expires_at", change.expires_at.isoformat()),
        )
        approvers = [
            one
            for one in await self.context.approvers.of(change.tenant_id)
            if not change.is_own(f"{PERSON}{one.id}")
        ]
        if approvers:
            async with self.identity.begin() as scope:
                for member in approvers:
                    notice, entry = notice_of(
                        tenant_id=change.tenant_id,
                        user_id=member.id,
                        kind=APPROVAL_ASKED,
                        detail=detail,
                        ids=self.context.changes.ids,
                        at=now,
                        trace_id="",
                    )
                    await scope.notices.add(notice)
                    await scope.audit.add(entry)

        async def told(work: Work) -> None:
            records = work.records(PENDING_CHANGES)
            found = await records.get(change.id)
            if found is not None and found.state is ChangeState.PENDING:
                await records.update(replace(found, told_at=now), seen=found.version)

        await self.context.changes.run(told, tenant_id=change.tenant_id)
