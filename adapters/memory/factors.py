"""Keep second factors in memory, within a transaction over a user."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from adapters.memory.database import MemoryDatabase
from adapters.memory.secrets import check_seals
from adapters.memory.table import Table
from domain.identity.factors import BackupCode, Challenge, FactorSummary, Recovery, TotpFactor
from domain.identity.guessing import WrongTry
from domain.identity.passkey import Passkey
from ports.factors import address_of
from ports.secrets import SealedRow
from ports.storage import ConstraintBroken


@dataclass(slots=True)
class MemoryFactors:
    """Second factors of users (port FactorStore); kept aside until the commit."""

    database: MemoryDatabase
    passkeys: Table[UUID, Passkey]
    _totps: Table[UUID, TotpFactor] = field(init=False)
    _codes: Table[bytes, BackupCode] = field(init=False)
    _challenges: Table[UUID, Challenge] = field(init=False)
    _recoveries: Table[UUID, Recovery] = field(init=False)
    _tries: list[tuple[UUID, WrongTry]] = field(default_factory=list, init=False)
    # What is done to the sealed seeds, in order.
    _seeds: list[Callable[[], None]] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self._totps = Table(self.database.totps)
        self._codes = Table(self.database.backup_codes)
        self._challenges = Table(self.database.challenges)
        self._recoveries = Table(self.database.recoveries)

    def commit(self) -> bool:
        """Store what was kept aside; tell whether there was anything."""
        tables = (self._totps, self._codes, self._challenges, self._recoveries)
        written = [table.commit() for table in tables]
        for change in self._seeds:
            change()
        self.database.factor_tries.extend(self._tries)
        return any(written) or bool(self._tries) or bool(self._seeds)

    async def ways(self, user_id: UUID) -> FactorSummary:
        """Return which second factors a user has, passkeys too."""
        apps = [one.confirmed_at for one in await self.totps(user_id) if one.confirmed_at]
        keys = [one.created_at for one in self.passkeys.values() if one.user_id == user_id]
        return FactorSummary(
            has_app=bool(apps),
            has_code=bool(await self.codes_left(user_id)),
            has_passkey=bool(keys),
            since=min((*apps, *keys), default=None),
        )

    async def totps(self, user_id: UUID) -> Sequence[TotpFactor]:
        """Return a user's apps that were not removed, oldest first."""
        found = [
            one for one in self._totps.values() if one.user_id == user_id and one.removed_at is None
        ]
        return sorted(found, key=lambda one: one.id)

    async def add_totp(self, factor: TotpFactor, *, sealed: SealedRow) -> None:
        """Store a new app with its seed; raises KeyStale."""
        check_seals(self.database, sealed.sealed.key_version)
        self._totps.put(factor.id, factor)
        self._seeds.append(lambda: self.database.secrets.update({sealed.row: sealed.sealed}))

    async def keep_totp(self, factor: TotpFactor) -> None:
        """Replace the stored app of that id; a removed one's seed is erased."""
        self._totps.put(factor.id, factor)
        if factor.removed_at is not None:
            self._seeds.append(lambda: self._erase(factor))

    def _erase(self, factor: TotpFactor) -> None:
        self.database.secrets.pop(address_of(factor), None)

    async def use_step(self, factor_id: UUID, *, step: int, at: datetime) -> bool:
        """Keep that a code of this step was used; False where it, or a later one, was before."""
        found = self._totps.get(factor_id)
        if found is None or not found.is_active or found.last_step >= step:
            return False
        self._totps.put(factor_id, replace(found, last_step=step, last_used_at=at))
        return True

    async def put_codes(self, codes: Sequence[BackupCode], *, user_id: UUID, at: datetime) -> None:
        """Store a new set of backup codes, and make a user's earlier ones void."""
        for one in list(self._codes.values()):
            if one.user_id == user_id and one.spent_at is None:
                self._codes.put(one.digest, replace(one, spent_at=at))
        for one in codes:
            self._codes.put(one.digest, one)

    async def use_code(self, digest: bytes, *, user_id: UUID, at: datetime) -> bool:
        """Use a backup code up; False where it is none of the user's, or spent."""
        found = self._codes.get(digest)
        if found is None or found.user_id != user_id or found.spent_at is not None:
            return False
        self._codes.put(digest, replace(found, spent_at=at))
        return True

    async def codes_left(self, user_id: UUID) -> int:
        """Return how many backup codes a user has left."""
        return sum(one.user_id == user_id and one.spent_at is None for one in self._codes.values())

    async def challenge(self, digest: bytes) -> Challenge | None:
        """Return the challenge whose token has that SHA-256."""
        return next((one for one in self._challenges.values() if one.digest == digest), None)

    async def keep_challenge(self, challenge: Challenge) -> None:
        """Store a challenge, in place of the one of that id."""
        self._challenges.put(challenge.id, challenge)

    async def void_challenges(self, *, user_id: UUID, at: datetime) -> None:
        """Let no open challenge of a user be answered any more."""
        for one in list(self._challenges.values()):
            if one.user_id == user_id and one.used_at is None:
                self._challenges.put(one.id, replace(one, used_at=at))

    async def tries(self, user_id: UUID, *, since: datetime) -> Sequence[WrongTry]:
        """Return the wrong proofs that were given for a user after a moment."""
        known = (*self.database.factor_tries, *self._tries)
        return [one for whose, one in known if whose == user_id and one.at > since]

    async def add_try(self, wrong: WrongTry, *, tenant_id: UUID, user_id: UUID) -> None:
        """Keep that a wrong proof was given."""
        del tenant_id
        self._tries.append((user_id, wrong))

    async def recovery(self, user_id: UUID) -> Recovery | None:
        """Return a user's open request to take all factors away."""
        return next(
            (one for one in self._recoveries.values() if one.user_id == user_id and one.is_open),
            None,
        )

    async def keep_recovery(self, recovery: Recovery) -> None:
        """Store a request, in place of the one of that id; a user has one open at most."""
        there = await self.recovery(recovery.user_id)
        if recovery.is_open and there is not None and there.id != recovery.id:
            raise ConstraintBroken("factor_recoveries_open")
        self._recoveries.put(recovery.id, recovery)

    async def due_recoveries(
        self, *, tenant_id: UUID, now: datetime, limit: int, after: Recovery | None = None
    ) -> Sequence[Recovery]:
        """Return a tenant's open requests whose delay is over, the oldest behind `after`."""
        of_tenant = (one for one in self._recoveries.values() if one.tenant_id == tenant_id)
        due = [one for one in of_tenant if one.is_due(now)]
        due.sort(key=lambda one: (one.effective_at, one.id))
        if after is not None:
            passed = (after.effective_at, after.id)
            due = [one for one in due if (one.effective_at, one.id) > passed]
        return due[:limit]
