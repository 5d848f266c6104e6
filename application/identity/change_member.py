"""Change what a member is: role, name, disabled or not; a tenant never loses its last owner."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from uuid import UUID

from application.identity.access_commands import AreaTrail, ChangeMember, MemberNotFound
from application.identity.cancel_recovery import cancellation
from domain.identity.member import Member
from ports.access import LastOwner, MemberChanged, Members


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeMembers:
    """Store another role, name or disablement."""

    members: Members
    audited: AreaTrail
    changed: Callable[[UUID], None]

    async def __call__(self, command: ChangeMember) -> Member | MemberChanged | LastOwner:
        """Return the member afterwards; raises MemberNotFound, InvalidValue, storage errors."""
        by = command.by
        before = await self.members.find(
            tenant_id=by.principal.tenant_id, member_id=command.member_id
        )
        if before is None:
            raise MemberNotFound(f"member {command.member_id} does not exist")
        if command.expected_version not in (None, before.version):
            return MemberChanged()
        after = replace(
            before,
            role=command.role or before.role,
            name=command.name or before.name,
            disabled_at=_disabled_at(before, command, audited=self.audited),
        )
        if after == before:
            return before
        audit = self.audited.entry(
            by,
            action="member.change",
            subject=before.id,
            detail=(
                ("role_before", before.role),
                ("role", after.role),
                ("disabled_before", str(before.disabled_at is not None).lower()),
                ("disabled", str(after.disabled_at is not None).lower()),
            ),
        )
        cancels = partial(
            cancellation,
            actor=by.principal.actor,
            ids=self.audited.ids,
            at=audit.at,
            trace_id=by.trace_id,
            why="user.disable",
        )
        stored = await self.members.change(member=after, audit=audit, cancels=cancels)
        self.changed(before.id)
        return stored


def _disabled_at(before: Member, command: ChangeMember, *, audited: AreaTrail) -> datetime | None:
    if command.disabled is None or command.disabled is (before.disabled_at is not None):
        return before.disabled_at
    return audited.clock.now() if command.disabled else None
