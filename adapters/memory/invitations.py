"""Keep invitations and password resets in memory, within a change of users and sessions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from adapters.memory.table import Table
from domain.identity.address import normal_address
from domain.identity.invitation import Invitation, PasswordReset


@dataclass(frozen=True, slots=True)
class MemoryInvitations:
    """Invitations and password resets (port InvitationStore)."""

    invitations: Table[UUID, Invitation]
    resets: Table[UUID, PasswordReset]

    async def get(self, *, tenant_id: UUID, invitation_id: UUID) -> Invitation | None:
        """Return an invitation of the tenant."""
        found = self.invitations.get(invitation_id)
        return found if found is not None and found.tenant_id == tenant_id else None

    async def find(self, digest: bytes) -> Invitation | None:
        """Return the invitation whose token has that SHA-256."""
        return next((one for one in self.invitations.values() if one.digest == digest), None)

    async def open_for(self, *, tenant_id: UUID, email: str) -> Sequence[Invitation]:
        """Return the tenant's unused invitations of an address."""
        wanted = normal_address(email)
        return [
            one
            for one in self.invitations.values()
            if one.tenant_id == tenant_id
            and normal_address(one.email) == wanted
            and one.accepted_at is None
            and one.withdrawn_at is None
        ]

    async def keep(self, invitation: Invitation) -> None:
        """Store an invitation, in place of the one of that id."""
        self.invitations.put(invitation.id, invitation)

    async def find_reset(self, digest: bytes) -> PasswordReset | None:
        """Return the password reset whose token has that SHA-256."""
        return next((one for one in self.resets.values() if one.digest == digest), None)

    async def keep_reset(self, reset: PasswordReset) -> None:
        """Store a password reset, in place of the one of that id."""
        self.resets.put(reset.id, reset)

    async def void_resets(self, *, user_id: UUID, at: datetime) -> None:
        """Make every unused reset of a user a used one."""
        for one in list(self.resets.values()):
            if one.user_id == user_id and one.used_at is None:
                self.resets.put(one.id, replace(one, used_at=at))
