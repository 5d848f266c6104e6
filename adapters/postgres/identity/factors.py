"""Keep second factors in Postgres, within a transaction over a user."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from adapters.postgres.audit.states import record_state
from adapters.postgres.identity import factor_rows as shapes
from adapters.postgres.link.tenancy import enter, enter_by_digest, enter_by_id, look
from adapters.postgres.secrets import Connection, erase_sealed, put_sealed
from domain.identity.factors import BackupCode, Challenge, FactorSummary, Recovery, TotpFactor
from domain.identity.guessing import WrongTry
from ports.factors import address_of
from ports.secrets import SealedRow

WAYS = """
SELECT apps.since AS apps, keys.since AS keys, EXISTS (
    SELECT 1 FROM backup_codes WHERE user_id = $1 AND spent_at IS NULL
) AS has_code
FROM (SELECT min(confirmed_at) AS since FROM totp_factors
      WHERE user_id = $1 AND removed_at IS NULL) apps,
    (SELECT min(created_at) AS since FROM passkeys WHERE user_id = $1) keys
"""
_OPEN = "done_at IS NULL AND canceled_at IS NULL"


@dataclass(frozen=True, slots=True)
class PostgresFactors:
    """Second factors of users (port FactorStore)."""

    connection: Connection

    async def ways(self, user_id: UUID) -> FactorSummary:
        """Return which second factors a user has, passkeys too."""
        await enter_by_id(self.connection, table="users", id=user_id)
        row = await self.connection.fetchrow(WAYS, user_id)
        assert row is not None
        return shapes.ways_of(row)

    async def totps(self, user_id: UUID) -> Sequence[TotpFactor]:
        """Return a user's apps that were not removed, oldest first."""
        await enter_by_id(self.connection, table="users", id=user_id)
        found = await self.connection.fetch(
            f"SELECT {shapes.TOTP} FROM totp_factors WHERE user_id = $1 AND removed_at IS NULL"  # noqa: S608 - own names; values are parameters
            " ORDER BY id",
            user_id,
        )
        return [shapes.totp_of(row) for row in found]

    async def add_totp(self, factor: TotpFactor, *, sealed: SealedRow) -> None:
        """Store a new app with its seed; raises KeyStale."""
        await enter(self.connection, factor.tenant_id)
        await self.connection.execute(
            f"INSERT INTO totp_factors ({shapes.TOTP})"  # noqa: S608 - own names; values are parameters
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            factor.id,
            factor.tenant_id,
            factor.user_id,
            factor.label,
            factor.created_at,
            factor.confirmed_at,
            factor.removed_at,
            factor.last_step,
            factor.last_used_at,
            factor.session_id,
        )
        await put_sealed(self.connection, sealed)

    async def keep_totp(self, factor: TotpFactor) -> None:
        """Replace the stored app of that id; a removed one's seed is erased."""
        await enter(self.connection, factor.tenant_id)
        await self.connection.execute(
            "UPDATE totp_factors SET confirmed_at = $2, removed_at = $3,"
            " last_step = greatest(last_step, $4), last_used_at = greatest(last_used_at, $5)"
            " WHERE id = $1",
            factor.id,
            factor.confirmed_at,
            factor.removed_at,
            factor.last_step,
            factor.last_used_at,
        )
        await record_state(
            self.connection, "factors", tenant_id=factor.tenant_id, id=factor.user_id
        )
        if factor.removed_at is not None:
            await erase_sealed(self.connection, address_of(factor))

    async def use_step(self, factor_id: UUID, *, step: int, at: datetime) -> bool:
        """Keep that a code of this step was used; False where it, or a later one, was before."""
        await enter_by_id(self.connection, table="totp_factors", id=factor_id)
        # One statement: whoever comes second waits for the row and finds the step taken.
        told = await self.connection.execute(
            "UPDATE totp_factors SET last_step = $2, last_used_at = $3 WHERE id = $1"
            " AND last_step < $2 AND confirmed_at IS NOT NULL AND removed_at IS NULL",
            factor_id,
            step,
            at,
        )
        return told.endswith(" 1")

    async def put_codes(self, codes: Sequence[BackupCode], *, user_id: UUID, at: datetime) -> None:
        """Store a new set of backup codes, and make a user's earlier ones void."""
        await enter_by_id(self.connection, table="users", id=user_id)
        await self.connection.execute(
            "UPDATE backup_codes SET spent_at = $2 WHERE user_id = $1 AND spent_at IS NULL",
            user_id,
            at,
        )
        await self.connection.executemany(
            "INSERT INTO backup_codes (digest, tenant_id, user_id, created_at)"
            " VALUES ($1, $2, $3, $4)",
            [(one.digest, one.tenant_id, one.user_id, one.created_at) for one in codes],
        )
        for tenant_id in {one.tenant_id for one in codes}:
            await record_state(self.connection, "codes", tenant_id=tenant_id, id=user_id)

    async def use_code(self, digest: bytes, *, user_id: UUID, at: datetime) -> bool:
        """Use a backup code up; False where it is none of the user's, or spent."""
        await enter_by_id(self.connection, table="users", id=user_id)
        told = await self.connection.execute(
            "UPDATE backup_codes SET spent_at = $3"
            " WHERE digest = $1 AND user_id = $2 AND spent_at IS NULL",
            digest,
            user_id,
            at,
        )
        return told.endswith(" 1")

    async def codes_left(self, user_id: UUID) -> int:
        """Return how many backup codes a user has left."""
        await enter_by_id(self.connection, table="users", id=user_id)
        left = await self.connection.fetchval(
            "SELECT count(*) FROM backup_codes WHERE user_id = $1 AND spent_at IS NULL", user_id
        )
        return int(left)

    async def challenge(self, digest: bytes) -> Challenge | None:
        """Return the challenge whose token has that SHA-256; it stays so until the exit."""
        await enter_by_digest(self.connection, table="login_challenges", digest=digest)
        row = await self.connection.fetchrow(
            f"SELECT {shapes.CHALLENGE} FROM login_challenges WHERE digest = $1 FOR UPDATE",  # noqa: S608 - own names; values are parameters
            digest,
        )
        return shapes.challenge_of(row) if row is not None else None

    async def keep_challenge(self, challenge: Challenge) -> None:
        """Store a challenge, in place of the one of that id."""
        await enter(self.connection, challenge.tenant_id)
        await self.connection.execute(
            f"INSERT INTO login_challenges ({shapes.CHALLENGE})"  # noqa: S608 - own names; values are parameters
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
            " ON CONFLICT (id) DO UPDATE SET tries = excluded.tries, used_at = excluded.used_at",
            challenge.id,
            challenge.tenant_id,
            challenge.user_id,
            challenge.digest,
            challenge.created_at,
            challenge.expires_at,
            challenge.lasting,
            challenge.remember,
            challenge.device_label,
            challenge.tries,
            challenge.used_at,
        )

    async def void_challenges(self, *, user_id: UUID, at: datetime) -> None:
        """Let no open challenge of a user be answered any more."""
        await enter_by_id(self.connection, table="users", id=user_id)
        await self.connection.execute(
            "UPDATE login_challenges SET used_at = $2 WHERE user_id = $1 AND used_at IS NULL",
            user_id,
            at,
        )

    async def tries(self, user_id: UUID, *, since: datetime) -> Sequence[WrongTry]:
        """Return the wrong proofs that were given for a user after a moment."""
        await enter_by_id(self.connection, table="users", id=user_id)
        found = await self.connection.fetch(
            "SELECT at, network, device_id, at_home FROM factor_tries"
            " WHERE user_id = $1 AND at > $2",
            user_id,
            since,
        )
        return [shapes.try_of(row) for row in found]

    async def add_try(self, wrong: WrongTry, *, tenant_id: UUID, user_id: UUID) -> None:
        """Keep that a wrong proof was given."""
        await enter(self.connection, tenant_id)
        await self.connection.execute(
            "INSERT INTO factor_tries (tenant_id, user_id, at, network, device_id, at_home)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            tenant_id,
            user_id,
            wrong.at,
            wrong.source.network,
            wrong.source.device_id,
            wrong.source.at_home,
        )

    async def recovery(self, user_id: UUID) -> Recovery | None:
        """Return a user's open request to take all factors away."""
        await enter_by_id(self.connection, table="users", id=user_id)
        row = await self.connection.fetchrow(
            f"SELECT {shapes.RECOVERY} FROM factor_recoveries WHERE user_id = $1 AND {_OPEN}",  # noqa: S608 - own names; values are parameters
            user_id,
        )
        return shapes.recovery_of(row) if row is not None else None

    async def keep_recovery(self, recovery: Recovery) -> None:
        """Store a request, in place of the one of that id; a user has one open at most."""
        await enter(self.connection, recovery.tenant_id)
        await self.connection.execute(
            f"INSERT INTO factor_recoveries ({shapes.RECOVERY}) VALUES ($1, $2, $3, $4, $5, $6, $7)"  # noqa: S608 - own names; values are parameters
            " ON CONFLICT (id) DO UPDATE SET done_at = excluded.done_at,"
            " canceled_at = excluded.canceled_at",
            recovery.id,
            recovery.tenant_id,
            recovery.user_id,
            recovery.asked_at,
            recovery.effective_at,
            recovery.done_at,
            recovery.canceled_at,
        )

    async def due_recoveries(
        self, *, tenant_id: UUID, now: datetime, limit: int, after: Recovery | None = None
    ) -> Sequence[Recovery]:
        """Return a tenant's open requests whose delay is over, the oldest behind `after`."""
        await look(self.connection, tenant_id)
        found = await self.connection.fetch(
            f"SELECT {shapes.RECOVERY} FROM factor_recoveries WHERE tenant_id = $1 AND {_OPEN}"  # noqa: S608 - own names; values are parameters
            " AND effective_at <= $2 AND ($4::uuid IS NULL OR (effective_at, id) > ($5, $4))"
            " ORDER BY effective_at, id LIMIT $3",
            tenant_id,
            now,
            limit,
            after.id if after is not None else None,
            after.effective_at if after is not None else None,
        )
        return [shapes.recovery_of(row) for row in found]
