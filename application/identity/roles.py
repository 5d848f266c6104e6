"""Say which roles a person may be invited in, and make them members in it."""

from dataclasses import dataclass

from application.identity.access_commands import MEMBERS_MAX
from domain.identity.access import Role
from domain.identity.member import NAME_LENGTH_MAX, Member, MemberKind
from domain.identity.tenant import User
from domain.shared.values import InvalidValue
from ports.identity_scope import IdentityScope
from ports.invited_roles import TenantFull

_OF_PERSONS = tuple(role.value for role in Role if role is not Role.AGENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRoles:
    """The roles of members (port InvitedRoles): an invited person joins in one."""

    members_max: int = MEMBERS_MAX

    def check(self, role: str) -> None:
        """Raise InvalidValue unless the role is one that a person can have."""
        if role not in _OF_PERSONS:
            raise InvalidValue(field="role", problem=f"must be one of {', '.join(_OF_PERSONS)}")

    async def assign(self, scope: IdentityScope, *, user: User, role: str) -> None:
        """Make the user a member with that role; raises TenantFull."""
        name = user.name if user.name and user.name.isprintable() else user.email
        member = Member(
            id=user.id,
            tenant_id=user.tenant_id,
            kind=MemberKind.PERSON,
            role=Role(role),
            name=name[:NAME_LENGTH_MAX],
            created_at=user.created_at,
            email=user.email,
        )
        if not await scope.members.add(member, members_max=self.members_max):
            raise TenantFull(self.members_max)
