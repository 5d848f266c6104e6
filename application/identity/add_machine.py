"""Add a machine to a tenant: a member that comes in with personal access tokens only."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from application.identity.access_commands import MEMBERS_MAX, AreaTrail, By
from domain.identity.access import Role
from domain.identity.member import Member, MemberKind
from ports.access import Members, TooMany


@dataclass(frozen=True, slots=True, kw_only=True)
class AddMachine:
    """Store a member with the role agent; it reaches nothing until accounts are granted."""

    members: Members
    audited: AreaTrail
    # Told of whoever may do something else from now on.
    changed: Callable[[UUID], None]

    async def __call__(self, *, by: By, name: str) -> Member | TooMany:
        """Return the new member; raises InvalidValue, storage errors."""
        member = Member(
            id=self.audited.ids.new(),
            tenant_id=by.principal.tenant_id,
            kind=MemberKind.MACHINE,
            role=Role.AGENT,
            name=name,
            created_at=self.audited.clock.now(),
        )
        refused = await self.members.add(
            member=member,
            members_max=MEMBERS_MAX,
            audit=self.audited.entry(
                by, action="member.add", subject=member.id, detail=(("role", member.role),)
            ),
        )
        if refused is not None:
            return refused
        self.changed(member.id)
        return member
