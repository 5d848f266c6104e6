"""Keep invitations and password resets in Postgres, within a transaction over users."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from adapters.postgres import identity_rows as shapes
from adapters.postgres.secrets import Connection
from domain.identity.invitation import Invitation, PasswordReset


@dataclass(frozen=True, slots=True)
class PostgresInvitations:
    """Invitations and password resets (port InvitationStore)."""

    connection: Connection

    async def get(self, *, tenant_id: UUID, invitation_id: UUID) -> Invitation | None:
        """Return an invitation of the tenant, held until the exit."""
        row = await self.connection.fetchrow(
            "SELECT * FROM invitations WHERE id = $1 AND tenant_id = $2 FOR UPDATE",
            invitation_id,
            tenant_id,
        )
        return shapes.invitation_of(row) if row is not None else None

    async def find(self, digest: bytes) -> Invitation | None:
        """Return the invitation whose token has that SHA-256, held likewise."""
        row = await self.connection.fetchrow(
            "SELECT * FROM invitations WHERE digest = $1 FOR UPDATE", digest
        )
        return shapes.invitation_of(row) if row is not None else None

    async def open_for(self, *, tenant_id: UUID, email: str) -> Sequence[Invitation]:
        """Return the tenant's unused invitations of an address, held likewise."""
        found = await self.connection.fetch(
            "SELECT * FROM invitations WHERE tenant_id = $1 AND lower(email) = lower($2)"
            " AND accepted_at IS NULL AND withdrawn_at IS NULL ORDER BY id FOR UPDATE",
            tenant_id,
            email,
        )
        return [shapes.invitation_of(row) for row in found]

    async def keep(self, invitation: Invitation) -> None:
        """Store an invitation, in place of the one of that id."""
        await self.connection.execute(
            f"INSERT INTO invitations ({shapes.INVITATION})"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO UPDATE SET"
            " accepted_at = excluded.accepted_at, withdrawn_at = excluded.withdrawn_at",
            *shapes.invitation_row(invitation),
        )

    async def find_reset(self, digest: bytes) -> PasswordReset | None:
        """Return the password reset whose token has that SHA-256, held likewise."""
        row = await self.connection.fetchrow(
            "SELECT * FROM password_resets WHERE digest = $1 FOR UPDATE", digest
        )
        return shapes.reset_of(row) if row is not None else None

    async def keep_reset(self, reset: PasswordReset) -> None:
        """Store a password reset, in place of the one of that id."""
        await self.connection.execute(
            f"INSERT INTO password_resets ({shapes.RESET}) VALUES ($1, $2, $3, $4, $5, $6, $7)"
            " ON CONFLICT (id) DO UPDATE SET used_at = excluded.used_at",
            *shapes.reset_row(reset),
        )

    async def void_resets(self, *, user_id: UUID, at: datetime) -> None:
        """Make every unused reset of a user a used one."""
        await self.connection.execute(
            "UPDATE password_resets SET used_at = $2 WHERE user_id = $1 AND used_at IS NULL",
            user_id,
            at,
        )
