"""Keep sealed secrets, key marks and brokers' API keys in memory."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.notices import add_next
from domain.audit.entry import AuditEntry
from domain.secrets.address import RowAddress
from domain.secrets.api_key import REMIND_BEFORE, ApiKey
from domain.secrets.keys import KeyMark, KeyState
from domain.secrets.sealed import Sealed
from ports.api_keys import NameTaken, Told, address_of
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

    async def get(self, row: RowAddress) -> Sealed | None:
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

    async def replace(self, pairs: Sequence[tuple[SealedRow, Sealed]]) -> int:
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

    async def add(self, key: ApiKey, *, sealed: SealedRow, told: Told) -> None:
        """Store a new key."""
        database = await self.link.enter()
        _check_name(database, key)
        _put(database, sealed)
        database.api_keys[key.id] = key
        _tell(database, told)

    async def get(self, *, tenant_id: UUID, key_id: UUID) -> ApiKey | None:
        """Return the key, None for another tenant's or none."""
        found = (await self.link.enter()).api_keys.get(key_id)
        return found if found is not None and found.tenant_id == tenant_id else None

    async def list(
        self,
        *,
        tenant_id: UUID,
        limit: int,
        after: UUID | None = None,
        due_by: datetime | None = None,
    ) -> Sequence[ApiKey]:
        """Return keys by ascending id, behind `after`; with due_by those due by then."""
        keys = (await self.link.enter()).api_keys.values()
        mine = [
            one
            for one in keys
            if one.tenant_id == tenant_id and (due_by is None or one.due_at <= due_by)
        ]
        behind = [one for one in mine if after is None or one.id > after]
        return sorted(behind, key=lambda one: one.id)[:limit]

    async def change(self, key: ApiKey, *, sealed: SealedRow | None, told: Told) -> bool:
        """Replace the key if its stored version is key.version - 1."""
        database = await self.link.enter()
        stored = database.api_keys.get(key.id)
        if stored is None or stored.version != key.version - 1:
            return False
        _check_name(database, key)
        if sealed is not None:
            _put(database, sealed)
        database.api_keys[key.id] = replace(key, last_used_at=_later(stored, key))
        _tell(database, told)
        return True

    async def verified(self, key: ApiKey, *, told: Told) -> bool:
        """Store what the broker told of a key; its version stays."""
        database = await self.link.enter()
        stored = database.api_keys.get(key.id)
        if stored is None or stored.version != key.version:
            return False
        database.api_keys[key.id] = replace(
            stored,
            verified=key.verified,
            permissions=key.permissions,
            verified_at=key.verified_at,
            last_used_at=_later(stored, key),
        )
        _tell(database, told)
        return True

    async def remove(self, key: ApiKey, *, told: Told) -> bool:
        """Delete the key and its sealed credentials if it still is of that version."""
        database = await self.link.enter()
        stored = database.api_keys.get(key.id)
        if stored is None or stored.version != key.version:
            return False
        del database.api_keys[key.id]
        database.secrets.pop(address_of(tenant_id=key.tenant_id, key_id=key.id), None)
        _tell(database, told)
        return True

    async def to_remind(self, *, before: datetime, limit: int) -> Sequence[ApiKey]:
        """Return keys of every tenant whose reminder may be due, by ascending id."""
        keys = (await self.link.enter()).api_keys.values()
        due = [one for one in keys if one.needs_reminder(before - REMIND_BEFORE)]
        return sorted(due, key=lambda one: one.id)[:limit]

    async def reminded(self, key: ApiKey, *, at: datetime, told: Told) -> bool:
        """Store that somebody was reminded, unless another process was first."""
        database = await self.link.enter()
        stored = database.api_keys.get(key.id)
        if stored is None or (stored.version, stored.reminded_at) != (key.version, key.reminded_at):
            return False
        database.api_keys[key.id] = replace(stored, reminded_at=at)
        _tell(database, told)
        return True

    async def refused(self, audit: AuditEntry) -> None:
        """Store that something was asked of a key and not done."""
        (await self.link.enter()).audit.append(audit)

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
    mark = database.key_marks.get(version)
    if mark is None or mark.state is not KeyState.CURRENT:
        raise KeyStale(f"key version {version} does not seal any more")


def _check_name(database: MemoryDatabase, key: ApiKey) -> None:
    for other in database.api_keys.values():
        if (other.tenant_id, other.name) == (key.tenant_id, key.name) and other.id != key.id:
            raise NameTaken("another key has that name")


def _later(stored: ApiKey, key: ApiKey) -> datetime | None:
    times = [at for at in (stored.last_used_at, key.last_used_at) if at is not None]
    return max(times, default=None)


def _tell(database: MemoryDatabase, told: Told) -> None:
    database.audit.append(told.audit)
    if told.notice is not None:
        add_next(database, told.notice)


def _place_of(row: RowAddress) -> tuple[UUID, str, str, str]:
    return row.tenant_id, row.table, row.column, row.row
