"""Change invitations, resets and endings in Postgres, in somebody's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from adapters.postgres.audit.rows import audit_row, inserting_audit
from adapters.postgres.audit.states import record_state
from adapters.postgres.identity import rows as shapes
from adapters.postgres.identity.credential_status import tell_change
from adapters.postgres.link.deferring import later
from adapters.postgres.link.signing import key_of
from adapters.postgres.link.tenancy import (
    Connection,
    enter,
    enter_by_digest,
    enter_by_id,
    look,
)
from domain.audit.entry import AuditEntry
from domain.identity.address import normal_address
from domain.identity.change import IdentityChange
from domain.identity.invitation import Invitation, PasswordReset


@dataclass(frozen=True, slots=True)
class Invitations:
    """Invitations and password resets within a transaction."""

    connection: Connection

    async def get(self, *, tenant_id: UUID, invitation_id: UUID) -> Invitation | None:
        """Return an invitation of the tenant, locked."""
        await look(self.connection, tenant_id)
        row = await self.connection.fetchrow(
            "SELECT * FROM invitations WHERE id = $1 AND tenant_id = $2 FOR UPDATE",
            invitation_id,
            tenant_id,
        )
        return shapes.invitation_of(row) if row is not None else None

    async def find(self, digest: bytes) -> Invitation | None:
        """Return the invitation whose token has that SHA-256, locked."""
        await enter_by_digest(self.connection, table="invitations", digest=digest)
        row = await self.connection.fetchrow(
            "SELECT * FROM invitations WHERE digest = $1 FOR UPDATE", digest
        )
        return shapes.invitation_of(row) if row is not None else None

    async def open_for(self, *, tenant_id: UUID, email: str) -> Sequence[Invitation]:
        """Return the open invitations of an address, locked."""
        await look(self.connection, tenant_id)
        found = await self.connection.fetch(
            "SELECT * FROM invitations WHERE tenant_id = $1 AND address = $2"
            " AND accepted_at IS NULL AND withdrawn_at IS NULL ORDER BY id FOR UPDATE",
            tenant_id,
            normal_address(email),
        )
        return [shapes.invitation_of(row) for row in found]

    async def keep(self, invitation: Invitation) -> None:
        """Store an invitation, new or changed."""
        await enter(self.connection, invitation.tenant_id)
        await self.connection.execute(
            f"INSERT INTO invitations ({shapes.INVITATION})"  # noqa: S608 - own names; values are parameters
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (id) DO UPDATE SET"
            " accepted_at = excluded.accepted_at, withdrawn_at = excluded.withdrawn_at",
            *shapes.invitation_row(invitation),
        )

    async def find_reset(self, digest: bytes) -> PasswordReset | None:
        """Return the reset whose token has that SHA-256, locked."""
        await enter_by_digest(self.connection, table="password_resets", digest=digest)
        row = await self.connection.fetchrow(
            "SELECT * FROM password_resets WHERE digest = $1 FOR UPDATE", digest
        )
        return shapes.reset_of(row) if row is not None else None

    async def keep_reset(self, reset: PasswordReset) -> None:
        """Store a reset, new or used."""
        await enter(self.connection, reset.tenant_id)
        await self.connection.execute(
            f"INSERT INTO password_resets ({shapes.RESET}) VALUES ($1, $2, $3, $4, $5, $6, $7)"  # noqa: S608 - own names; values are parameters
            " ON CONFLICT (id) DO UPDATE SET used_at = excluded.used_at",
            *shapes.reset_row(reset),
        )

    async def void_resets(self, *, user_id: UUID, at: datetime) -> None:
        """End a user's open resets."""
        await enter_by_id(self.connection, table="users", id=user_id)
        await self.connection.execute(
            "UPDATE password_resets SET used_at = $2 WHERE user_id = $1 AND used_at IS NULL",
            user_id,
            at,
        )


@dataclass(frozen=True, slots=True)
class Endings:
    """What ends, and who is told, within a transaction."""

    connection: Connection

    async def end_token(self, *, tenant_id: UUID, token_id: str, expires_at: datetime) -> None:
        """End an access token that belongs to no session."""
        await enter(self.connection, tenant_id)
        await self.connection.execute(
            "INSERT INTO ended_tokens (token_id, tenant_id, expires_at) VALUES ($1, $2, $3)"
            " ON CONFLICT DO NOTHING",
            token_id,
            tenant_id,
            expires_at,
        )

    async def note_key(self, *, tenant_id: UUID, key_id: str) -> None:
        """Keep that there is such a command key."""
        await enter(self.connection, tenant_id)
        await self.connection.execute(
            "INSERT INTO command_keys (tenant_id, key_id) SELECT id, $2 FROM tenants WHERE id = $1"
            " ON CONFLICT DO NOTHING",
            tenant_id,
            key_id,
        )

    async def knows_key(self, *, tenant_id: UUID, key_id: str) -> bool:
        """Tell whether there is such a command key, or was."""
        await enter(self.connection, tenant_id)
        found = await self.connection.fetchval(
            "SELECT EXISTS (SELECT 1 FROM command_keys WHERE tenant_id = $1 AND key_id = $2)"
            " OR EXISTS (SELECT 1 FROM disabled_command_keys WHERE tenant_id = $1 AND key_id = $2)",
            tenant_id,
            key_id,
        )
        return bool(found)

    async def disable_key(self, *, tenant_id: UUID, key_id: str, at: datetime) -> bool:
        """Disable a command key; tell whether it was not."""
        await enter(self.connection, tenant_id)
        told = await self.connection.execute(
            "INSERT INTO disabled_command_keys (tenant_id, key_id, at) VALUES ($1, $2, $3)"
            " ON CONFLICT DO NOTHING",
            tenant_id,
            key_id,
            at,
        )
        await record_state(self.connection, "command_key", tenant_id=tenant_id, id=key_id)
        return told.endswith(" 1")

    async def enable_key(self, *, tenant_id: UUID, key_id: str) -> bool:
        """Enable a command key; tell whether it was disabled."""
        await enter(self.connection, tenant_id)
        told = await self.connection.execute(
            "DELETE FROM disabled_command_keys WHERE tenant_id = $1 AND key_id = $2",
            tenant_id,
            key_id,
        )
        await record_state(self.connection, "command_key", tenant_id=tenant_id, id=key_id)
        return told.endswith(" 1")

    async def tell(self, change: IdentityChange) -> None:
        """Append to the feed of changed standings."""
        await enter(self.connection, change.tenant_id)
        await tell_change(self.connection, change)


@dataclass(frozen=True, slots=True)
class Audit:
    """Audit entries within a transaction."""

    connection: Connection

    async def add(self, entry: AuditEntry) -> None:
        """Store an entry."""
        await enter(self.connection, entry.tenant_id)
        row = audit_row(entry, key=key_of(self.connection))
        await later(self.connection, "audit", (inserting_audit("$1"), ([row],)))
