"""Keep sealed secrets, key marks and brokers' API keys in memory."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from adapters.memory.database import MemoryDatabase, MemoryLink
from domain.audit.entry import AuditEntry
from domain.secrets.address import RowAddress
from domain.secrets.keys import KeyMark, KeyState
from domain.secrets.sealed import SealedSecret
from ports.secrets import KeyStale, SealedRow


@dataclass(frozen=True, slots=True)
class MemoryKeyMarks:
    """Key versions in memory (port KeyMarks)."""

    link: MemoryLink

    async def all(self) -> Sequence[KeyMark]:
        """Return every version, oldest first."""
        marks = (await self.link.enter()).key_marks
        return [marks[version] for version in sorted(marks)]

    async def begin(self, mark: KeyMark, *, audit: Sequence[AuditEntry] = ()) -> bool:
        """Let a new version seal, and the one before it only open."""
        database = await self.link.enter()
        marks = database.key_marks
        if marks and max(marks) >= mark.version:
            return False
        for version, known in marks.items():
            if known.state is KeyState.CURRENT:
                marks[version] = replace(known, state=KeyState.DECRYPT_ONLY)
        marks[mark.version] = mark
        database.audit += audit
        return True

    async def unused(self) -> bool:
        """Tell whether no secret is stored under any version."""
        return not (await self.link.enter()).secrets

    async def start_over(self, mark: KeyMark) -> bool:
        """Let a new version seal and retire all others, if no secret is under any."""
        if not await self.unused() or not await self.begin(mark):
            return False
        await self.retire(at=mark.created_at)
        return True

    async def retire(self, *, at: datetime, audit: Sequence[AuditEntry] = ()) -> Sequence[int]:
        """Retire the versions that only open and that nothing is under."""
        database = await self.link.enter()
        used = {sealed.key_version for sealed in database.secrets.values()}
        done = [
            mark.version
            for mark in database.key_marks.values()
            if mark.state is KeyState.DECRYPT_ONLY and mark.version not in used
        ]
        for version in done:
            database.key_marks[version] = replace(
                database.key_marks[version], state=KeyState.RETIRED, retired_at=at
            )
        if done:
            database.audit += audit
        return sorted(done)


@dataclass(frozen=True, slots=True)
class MemorySealedStore:
    """Sealed secrets in memory (port SealedStore)."""

    link: MemoryLink

    async def put(self, kept: SealedRow) -> None:
        """Store a secret in place of the row's former one."""
        _put(await self.link.enter(), kept)

    async def get(self, row: RowAddress) -> SealedSecret | None:
        """Return the row's secret."""
        return (await self.link.enter()).secrets.get(row)

    async def erase(self, row: RowAddress) -> bool:
        """Delete the row's secret; tell whether there was one."""
        return (await self.link.enter()).secrets.pop(row, None) is not None

    async def counts(self) -> Mapping[int, int]:
        """Return how many secrets are under each version."""
        secrets = (await self.link.enter()).secrets
        return Counter(sealed.key_version for sealed in secrets.values())

    async def below(self, *, version: int, limit: int) -> Sequence[SealedRow]:
        """Return up to `limit` secrets that are under an earlier version."""
        secrets = (await self.link.enter()).secrets
        found = [
            SealedRow(row=row, sealed=sealed)
            for row, sealed in secrets.items()
            if sealed.key_version < version
        ]
        return found[:limit]

    async def after(self, place: RowAddress | None, *, limit: int) -> Sequence[SealedRow]:
        """Return secrets in the order of their places, behind one."""
        secrets = (await self.link.enter()).secrets
        found = sorted(secrets, key=_place_of)
        if place is not None:
            found = [row for row in found if _place_of(row) > _place_of(place)]
        return [SealedRow(row=row, sealed=secrets[row]) for row in found[:limit]]

    async def replace(self, pairs: Sequence[tuple[SealedRow, SealedSecret]]) -> int:
        """Put each new seal in place of the old one if that still stands."""
        database = await self.link.enter()
        for _, sealed in pairs:
            check_seals(database, sealed.key_version)
        done = 0
        for kept, sealed in pairs:
            if database.secrets.get(kept.row) == kept.sealed:
                database.secrets[kept.row] = sealed
                done += 1
        return done


@dataclass(frozen=True, slots=True)
class MemoryApiKeys:
    """API keys in memory (port ApiKeys)."""

    link: MemoryLink

    async def history(
        self, *, tenant_id: UUID, key_id: UUID, limit: int, after: UUID | None = None
    ) -> Sequence[AuditEntry]:
        """Return what was done with a key, oldest first, also of one that was deleted."""
        found = [
            entry
            for entry in (await self.link.enter()).audit
            if (entry.tenant_id, entry.subject) == (tenant_id, str(key_id))
            and entry.action.startswith("api_key.")
            and (after is None or entry.id > after)
        ]
        return sorted(found, key=lambda one: one.id)[:limit]


def _put(database: MemoryDatabase, kept: SealedRow) -> None:
    check_seals(database, kept.sealed.key_version)
    database.secrets[kept.row] = kept.sealed


def check_seals(database: MemoryDatabase, version: int) -> None:
    """Raise KeyStale unless the key version is the one that seals."""
    mark = database.key_marks.get(version)
    if mark is None or mark.state is not KeyState.CURRENT:
        raise KeyStale(f"key version {version} does not seal any more")


def _place_of(row: RowAddress) -> tuple[UUID, str, str, str]:
    return row.tenant_id, row.table, row.column, row.row
