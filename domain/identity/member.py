"""Hold the members of a tenant: its users and its machines, and what each was granted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from domain.identity.access import NOTHING, Access, GrantLevel, Role, access_of
from domain.identity.tenant import User
from domain.shared.values import InvalidValue

NAME_LENGTH_MAX = 64


class MemberKind(StrEnum):
    """Who can be a member."""

    PERSON = "person"  # a user, who logs in
    MACHINE = "machine"  # has no password: comes in with personal access tokens only


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody of a tenant. A person's id is the user's; version counts the changes.

    first_password says that their password was drawn for them; it is read, and never stored here.
    """

    id: UUID
    tenant_id: UUID
    kind: MemberKind
    role: Role
    name: str
    created_at: datetime
    email: str | None = None
    disabled_at: datetime | None = None
    version: int = 1
    first_password: bool = False
    grants: Mapping[UUID, GrantLevel] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        if not 1 <= len(self.name) <= NAME_LENGTH_MAX or not self.name.isprintable():
            raise InvalidValue(
                field="name", problem=f"must be 1 to {NAME_LENGTH_MAX} printable characters"
            )
        if (self.kind is MemberKind.MACHINE) is not (self.role is Role.AGENT):
            raise InvalidValue(field="role", problem="agent is the role of machines, and of no one")

    @property
    def access(self) -> Access:
        """What they may do."""
        if self.disabled_at is not None:
            return NOTHING
        return access_of(self.role, grants=self.grants)

    @property
    def rules(self) -> bool:
        """Tell whether they are one of those who a tenant must never be without."""
        return self.role is Role.OWNER and self.disabled_at is None


def founder(user: User) -> Member:
    """Return the member that the first user of a tenant is: its owner."""
    return Member(
        id=user.id,
        tenant_id=user.tenant_id,
        kind=MemberKind.PERSON,
        role=Role.OWNER,
        name=user.email[:NAME_LENGTH_MAX],
        created_at=user.created_at,
        email=user.email,
    )
