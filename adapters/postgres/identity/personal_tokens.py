"""Keep personal access tokens in Postgres, by their SHA-256."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from adapters.postgres import rows
from adapters.postgres.audit.states import record_state
from adapters.postgres.identity.credential_status import tell_change
from adapters.postgres.link.database import Database
from adapters.postgres.link.tenancy import enter_by_id
from adapters.postgres.notices import add_audit
from domain.audit.entry import AuditEntry
from domain.identity.access import Permission
from domain.identity.change import of_revoked
from domain.identity.personal_token import PersonalToken
from ports.access import TooMany


class PostgresPersonalTokens:
    """Personal access tokens in Postgres (port PersonalTokens)."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def by_digest(self, digest: bytes) -> PersonalToken | None:
        """Return the token of that SHA-256."""
        async with self._database.system.connection() as connection:
            row = await connection.fetchrow(
                "SELECT * FROM personal_tokens WHERE digest = $1", digest
            )
        return _token_of(row) if row is not None else None

    async def list(self, *, tenant_id: UUID, member_id: UUID | None) -> Sequence[PersonalToken]:
        """Return the tokens that are not revoked, oldest first."""
        async with self._database.connection(tenant_id) as connection:
            found = await connection.fetch(
                "SELECT * FROM personal_tokens WHERE tenant_id = $1"
                " AND ($2::uuid IS NULL OR member_id = $2) AND revoked_at IS NULL ORDER BY id",
                tenant_id,
                member_id,
            )
        return [_token_of(row) for row in found]

    async def add(
        self, *, token: PersonalToken, tokens_max: int, audit: AuditEntry
    ) -> TooMany | None:
        """Store a new token with its audit entry."""
        async with self._database.transaction(token.tenant_id) as connection:
            # Who else makes one for the member waits: counting and adding are one.
            await connection.execute(
                "SELECT 1 FROM members WHERE id = $1 FOR NO KEY UPDATE", token.member_id
            )
            good = await connection.fetchval(
                "SELECT count(*) FROM personal_tokens WHERE member_id = $1"
                " AND revoked_at IS NULL AND expires_at > $2",
                token.member_id,
                token.created_at,
            )
            if good >= tokens_max:
                return TooMany(tokens_max)
            await connection.execute(
                "INSERT INTO personal_tokens (id, tenant_id, member_id, name, digest, hint,"
                " scopes, accounts, created_at, expires_at, created_by)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                token.id,
                token.tenant_id,
                token.member_id,
                token.name,
                token.digest,
                token.hint,
                sorted(token.scopes),
                sorted(token.accounts) if token.accounts is not None else None,
                token.created_at,
                token.expires_at,
                token.created_by,
            )
            await record_state(connection, "token", tenant_id=token.tenant_id, id=token.id)
            await add_audit(connection, audit)
        return None

    async def revoke(
        self, *, tenant_id: UUID, member_id: UUID | None, token_id: UUID, audit: AuditEntry
    ) -> PersonalToken | None:
        """End a token."""
        async with self._database.transaction(tenant_id) as connection:
            row = await connection.fetchrow(
                "UPDATE personal_tokens SET revoked_at = $4 WHERE id = $1 AND tenant_id = $2"
                " AND ($3::uuid IS NULL OR member_id = $3) AND revoked_at IS NULL RETURNING *",
                token_id,
                tenant_id,
                member_id,
                audit.at,
            )
            if row is None:
                return None
            await add_audit(connection, audit)
            revoked = _token_of(row)
            await tell_change(connection, of_revoked(revoked, at=audit.at))
        return revoked

    async def used(self, *, token_id: UUID, at: datetime) -> None:
        """Note when a token was last used."""
        async with self._database.transaction() as connection:
            await enter_by_id(connection, table="personal_tokens", id=token_id)
            await connection.execute(
                "UPDATE personal_tokens SET last_used_at = $2 WHERE id = $1"
                " AND (last_used_at IS NULL OR last_used_at < $2)",
                token_id,
                at,
            )


class PostgresRefusals:
    """Refusals in the audit trail in Postgres (port Refusals)."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def add(self, entry: AuditEntry) -> None:
        """Store an entry."""
        async with self._database.connection(entry.tenant_id) as connection:
            await add_audit(connection, entry)


def _token_of(row: rows.Row) -> PersonalToken:
    accounts = row["accounts"]
    return PersonalToken(
        id=rows.plain_id(row["id"]),
        tenant_id=rows.plain_id(row["tenant_id"]),
        member_id=rows.plain_id(row["member_id"]),
        name=row["name"],
        digest=row["digest"],
        hint=row["hint"],
        scopes=frozenset(Permission(one) for one in row["scopes"]),
        accounts=frozenset(map(rows.plain_id, accounts)) if accounts is not None else None,
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        created_by=row["created_by"],
        last_used_at=row["last_used_at"],
        revoked_at=row["revoked_at"],
    )
