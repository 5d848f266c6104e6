"""Propose a change that loosens something."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from application.approvals.deps import ApprovalContext
from application.shared.asker import Asker
from domain.approvals.change import (
    COOLING,
    LIFETIME,
    PERSON,
    Hurdle,
    PendingChange,
    checked_reason,
)
from domain.shared.values import InvalidValue
from ports.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A change of something from a version, which loosens it; payload is the applier's own.

    until: the change makes no sense from then on.
    """

    kind: str
    subject: UUID
    subject_version: int
    payload: str
    before: Mapping[str, str]
    after: Mapping[str, str]
    account_id: UUID | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeChange:
    """Hold a loosening back where the setting asks for a second look.

    Ask `hurdle` before the transaction; within it, hand what is looser to `hold`, which tells
    whether it waits now or may be done at once.
    """

    context: ApprovalContext

    async def hurdle(self, *, tenant_id: UUID) -> Hurdle:
        """Return what a loosening needs of the tenant now."""
        return await self.context.approvers.hurdle(tenant_id=tenant_id)

    async def hold(
        self, work: Work, proposal: Proposal, *, reason: str, by: Asker, hurdle: Hurdle
    ) -> PendingChange | None:
        """Store the change that waits, or return None where nothing stands before it.

        A reason is asked for either way. Raises InvalidValue for a missing one, TooManyPending.
        """
        if not reason:
            raise InvalidValue(field="reason", problem="is required: this loosens a limit")
        checked_reason(reason)
        if hurdle is Hurdle.NONE:
            return None
        now = self.context.changes.clock.now()
        expires_at = now + LIFETIME
        if proposal.until is not None:
            expires_at = min(expires_at, proposal.until)
        change = PendingChange(
            id=self.context.changes.ids.new(),
            tenant_id=by.tenant_id,
            kind=proposal.kind,
            subject=proposal.subject,
            subject_version=proposal.subject_version,
            account_id=proposal.account_id,
            proposer=by.actor,
            user_id=by.user_id if by.user_id is not None else _person(by.actor),
            reason=reason,
            payload=proposal.payload,
            before=proposal.before,
            after=proposal.after,
            proposed_at=now,
            expires_at=expires_at,
            applies_at=now + COOLING if hurdle is Hurdle.COOLING else None,
            key_id=by.key_id,
        )
        return await self.context.keep(work, None, change, by=by)


def _person(actor: str) -> UUID | None:
    """Return the person that an actor is, None for a key or a machine."""
    if not actor.startswith(PERSON):
        return None
    try:
        return UUID(actor.removeprefix(PERSON))
    except ValueError:
        return None
