"""Name what the use cases of pending changes share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from application.shared.asker import Asker
from application.shared.change import Changes
from domain.approvals.change import (
    ApprovalPolicy,
    ChangeState,
    Hurdle,
    PendingChange,
    describe_change,
    hurdle_of,
)
from domain.identity.access import Permission
from domain.identity.member import Member, MemberKind
from domain.shared.refusals import Absent, Conflicting
from ports.access import Members
from ports.accounts import AccountDirectory
from ports.transactions import Conflict
from ports.work import Kind, Work

PENDING_CHANGES = Kind("pending_changes", PendingChange, find_by=("state", "kind", "account_id"))
# A tenant's changes that wait at a time.
PENDING_MAX = 100
NO_ACCOUNTS: frozenset[UUID] = frozenset()


class ChangeNotFound(Absent):
    """There is no such change, or it is another tenant's."""

    def __init__(self, change_id: UUID) -> None:
        super().__init__(f"pending change {change_id} does not exist")


class TooManyPending(Conflicting):
    """As many changes wait as may."""

    slug = "too-many-pending-changes"
    title = "Too many pending changes"
    meaning = "As many changes wait for approval as may: decide on one first."


class Applier(Protocol):
    """What applies the changes of one kind."""

    async def apply(self, work: Work, change: PendingChange, *, by: Asker) -> bool:
        """Apply it within that transaction; False, and nothing written, when it is outdated.

        It is outdated when what it changes is not of subject_version any more, or is gone. `by`
        is who decided; the trail's entry names the proposer and the reason too.
        """
        ...

    async def applied(self, *, tenant_id: UUID) -> None:
        """Hear that changes of the tenant were applied, behind their transaction."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Approvers:
    """Says what a loosening needs of a tenant, and who may approve it."""

    policy: ApprovalPolicy
    members: Members
    directory: AccountDirectory
    # The brokers that trade real money.
    live_brokers: frozenset[str]

    async def of(self, tenant_id: UUID) -> tuple[Member, ...]:
        """Return the members who may approve."""
        return tuple(one for one in await self.members.list(tenant_id=tenant_id) if may(one))

    async def hurdle(self, *, tenant_id: UUID) -> Hurdle:
        """Return what a loosening needs now."""
        if self.policy is ApprovalPolicy.OFF:
            return Hurdle.NONE
        approvers = len(await self.of(tenant_id))
        return hurdle_of(self.policy, approvers=approvers, live=await self._is_live(tenant_id))

    async def _is_live(self, tenant_id: UUID) -> bool:
        if not self.live_brokers:
            return False
        accounts = await self.directory.accounts(tenant_id=tenant_id)
        return any(one.broker in self.live_brokers for one in accounts)


def may(member: Member) -> bool:
    """Tell whether a member may approve, or propose in person: machines and keys may not."""
    return member.kind is MemberKind.PERSON and member.access.may_on(
        Permission.RISK_WRITE, account_id=None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalContext:
    """Where pending changes are kept, and what applies each kind."""

    changes: Changes
    approvers: Approvers
    appliers: dict[str, Applier] = field(default_factory=dict)

    def register(self, appliers: Mapping[str, Applier]) -> None:
        """Have these apply the kinds of change that they are named by."""
        self.appliers.update(appliers)

    async def settle(
        self, work: Work, change: PendingChange, *, by: Asker, note: str = ""
    ) -> PendingChange:
        """Apply a change within a transaction, or find that it is void or outdated; return it."""
        now = self.changes.clock.now()
        # What nobody applies any more, after a downgrade, cannot be of its version either.
        applier = self.appliers.get(change.kind)
        if change.state_at(now) is ChangeState.VOID:
            state = ChangeState.VOID
        elif applier is not None and await applier.apply(work, change, by=by):
            state = ChangeState.APPLIED
        else:
            state = ChangeState.OUTDATED
        return await self.keep(
            work, change, change.decided(state, by=by.actor, at=now, note=note), by=by
        )

    async def keep(
        self, work: Work, before: PendingChange | None, after: PendingChange, *, by: Asker
    ) -> PendingChange:
        """Store a change with its trail and notice, in place of the one before."""
        records = work.records(PENDING_CHANGES)
        if before is None:
            if await records.count(where={"state": ChangeState.PENDING}) >= PENDING_MAX:
                raise TooManyPending(f"{PENDING_MAX} changes wait already")
            await records.add(after)
        elif not await records.update(after):
            raise Conflict(f"pending change {after.id} changed meanwhile")
        done = "proposed" if before is None else after.state.value
        await self.changes.record(
            work,
            f"pending_change.{done}",
            by=by,
            subject=after.id,
            before=None if before is None else describe_change(before),
            after=describe_change(after),
            channel="risk",
            account_id=after.account_id,
        )
        return after
