"""Keep passkeys and open challenges in Postgres, within a change of users and sessions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from adapters.postgres.audit.states import record_state
from adapters.postgres.link.tenancy import (
    Connection,
    enter,
    enter_by_credential,
    enter_by_id,
    enter_owned,
)
from adapters.postgres.rows import Row, plain_id, plain_id_or_none
from domain.audit.entry import NOBODY
from domain.identity.passkey import Passkey, PasskeyChallenge, Purpose

_COLUMNS = (
    "id, tenant_id, user_id, credential_id, public_key, sign_count, transports, aaguid,"
    " backup_eligible, backed_up, label, created_at, used_at"
)
_CHALLENGE = "digest, tenant_id, purpose, user_id, bound_to, expires_at"


@dataclass(frozen=True, slots=True)
class PostgresPasskeys:
    """Passkeys within one transaction (port PasskeyStore)."""

    connection: Connection

    async def get(self, passkey_id: UUID) -> Passkey | None:
        """Return a passkey; until the exit nobody else changes it."""
        await enter_by_id(self.connection, table="passkeys", id=passkey_id)
        row = await self.connection.fetchrow(
            "SELECT * FROM passkeys WHERE id = $1 FOR UPDATE", passkey_id
        )
        return passkey_of(row) if row is not None else None

    async def by_credential(self, credential_id: bytes) -> Passkey | None:
        """Return the passkey of that credential."""
        await enter_by_credential(self.connection, table="passkeys", credential=credential_id)
        row = await self.connection.fetchrow(
            "SELECT * FROM passkeys WHERE credential_id = $1", credential_id
        )
        return passkey_of(row) if row is not None else None

    async def of(self, user_id: UUID) -> Sequence[Passkey]:
        """Return a user's passkeys by ascending id."""
        await enter_by_id(self.connection, table="users", id=user_id)
        found = await self.connection.fetch(
            "SELECT * FROM passkeys WHERE user_id = $1 ORDER BY id", user_id
        )
        return [passkey_of(row) for row in found]

    async def add(self, passkey: Passkey) -> bool:
        """Store a new passkey; False when there is one of that credential."""
        await enter(self.connection, passkey.tenant_id)
        told = await self.connection.execute(
            f"INSERT INTO passkeys ({_COLUMNS})"  # noqa: S608 - own names; values are parameters
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
            " ON CONFLICT (credential_id) DO NOTHING",
            *_row(passkey),
        )
        if not told.endswith(" 1"):
            return False
        await record_state(
            self.connection, "factors", tenant_id=passkey.tenant_id, id=passkey.user_id
        )
        return True

    async def update(self, passkey: Passkey) -> None:
        """Keep the label, the count, the backup and the last use."""
        await enter(self.connection, passkey.tenant_id)
        await self.connection.execute(
            "UPDATE passkeys SET label = $2, sign_count = $3, backed_up = $4, used_at = $5"
            " WHERE id = $1",
            passkey.id,
            passkey.label,
            passkey.sign_count,
            passkey.backed_up,
            passkey.used_at,
        )

    async def remove(self, passkey_id: UUID) -> None:
        """Delete a passkey."""
        await enter_by_id(self.connection, table="passkeys", id=passkey_id)
        gone = await self.connection.fetchrow(
            "DELETE FROM passkeys WHERE id = $1 RETURNING tenant_id, user_id", passkey_id
        )
        if gone is not None:
            tenant_id, user_id = gone
            await record_state(self.connection, "factors", tenant_id=tenant_id, id=user_id)

    async def ask(self, challenge: PasskeyChallenge) -> None:
        """Store a challenge that is handed out."""
        # Those of a log-in are nobody's yet, and no tenant's transaction is barred from them.
        if challenge.tenant_id != NOBODY:
            await enter(self.connection, challenge.tenant_id)
        await self.connection.execute(
            f"INSERT INTO passkey_challenges ({_CHALLENGE}) VALUES ($1, $2, $3, $4, $5, $6)",  # noqa: S608 - own names; values are parameters
            challenge.digest,
            challenge.tenant_id,
            challenge.purpose.value,
            challenge.user_id,
            challenge.bound_to,
            challenge.expires_at,
        )

    async def take(self, digest: bytes) -> PasskeyChallenge | None:
        """Return the challenge of that SHA-256 and delete it."""
        await enter_owned(self.connection, table="passkey_challenges", digest=digest, nobody=NOBODY)
        # Of many at once the row's lock lets one through; the others find it gone.
        row = await self.connection.fetchrow(
            f"DELETE FROM passkey_challenges WHERE digest = $1 RETURNING {_CHALLENGE}",  # noqa: S608 - own names; values are parameters
            digest,
        )
        return _challenge_of(row) if row is not None else None


def passkey_of(row: Row) -> Passkey:
    """Return the passkey of a row."""
    return Passkey(
        id=plain_id(row["id"]),
        tenant_id=plain_id(row["tenant_id"]),
        user_id=plain_id(row["user_id"]),
        credential_id=row["credential_id"],
        public_key=row["public_key"],
        sign_count=row["sign_count"],
        transports=tuple(row["transports"]),
        aaguid=plain_id(row["aaguid"]),
        backup_eligible=row["backup_eligible"],
        backed_up=row["backed_up"],
        label=row["label"],
        created_at=row["created_at"],
        used_at=row["used_at"],
    )


def _row(passkey: Passkey) -> tuple[Any, ...]:
    return (
        passkey.id,
        passkey.tenant_id,
        passkey.user_id,
        passkey.credential_id,
        passkey.public_key,
        passkey.sign_count,
        list(passkey.transports),
        passkey.aaguid,
        passkey.backup_eligible,
        passkey.backed_up,
        passkey.label,
        passkey.created_at,
        passkey.used_at,
    )


def _challenge_of(row: Row) -> PasskeyChallenge:
    return PasskeyChallenge(
        digest=row["digest"],
        tenant_id=plain_id(row["tenant_id"]),
        purpose=Purpose(row["purpose"]),
        user_id=plain_id_or_none(row["user_id"]),
        bound_to=plain_id_or_none(row["bound_to"]),
        expires_at=row["expires_at"],
    )
