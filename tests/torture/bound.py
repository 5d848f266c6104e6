"""Invariant 14: what is sealed opens in its own row under its own version, and nowhere else.

Real rows in Postgres are swapped and altered by SQL, as somebody with the database could; each
must refuse to open in its new place, and open again once it is put back.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from bootstrap.areas.secrets import SecretsParts
from bootstrap.secrets.open_keys import open_keys
from bootstrap.settings.secret_sections import SecretsSettings
from bootstrap.settings.sections import Settings
from bootstrap.storage import Storage
from domain.secrets.address import RowAddress
from domain.secrets.sealed import SealedSecret
from ports.secrets import SealedRow, SealedStore, SecretUnreadable, SecretVault

TENANTS = 2
ROWS = 8
_TABLES, _COLUMNS = ("api_keys", "users"), ("credentials", "seed")
_FIELDS = {"tenant": "tenant_id", "table": "table", "column": "column", "row": "row"}
KINDS = ("tenant", "table", "column", "row", "key_version", "sealed_version", "key", "data", "bit")


@dataclass(slots=True, kw_only=True)
class Bound:
    """What came of the swaps."""

    swaps: Counter[str] = field(default_factory=Counter)
    opened_again: int = 0
    wrongs: list[str] = field(default_factory=list)

    def describe(self) -> str:
        """Say it in words."""
        told = ", ".join(f"{name} {self.swaps[name]}" for name in KINDS)
        return (
            f"{self.swaps.total()} swaps ({told}), {self.opened_again} opened again once they were"
            f" put back, {len(self.wrongs)} violations"
        )


async def torture(
    url: str, folder: Path, *, swaps: int, random: Random, say: Callable[[str], None]
) -> Bound:
    """Swap and alter sealed rows so many times."""
    found = Bound()
    connection = await asyncpg.connect(url)
    try:
        async with open_keys(settings_of(url, folder)) as (parts, storage):
            rows = await _furnished(parts, storage, tenants=await add_tenants(connection, TENANTS))
            # All wrapped anew: their data stays bound to the first version.
            await parts.turn_over(actor="torture", say=lambda _: None)
            # And a third one, so that two open.
            await storage.key_marks.begin(await parts.vault.mark(3))
            await parts.vault.refresh()
            stage = _Stage(parts.vault, storage.sealed, connection, rows, random)
            for number in range(swaps):
                await _swap(KINDS[number % len(KINDS)], stage=stage, found=found)
                if (number + 1) % 200 == 0:
                    say(found.describe())
    finally:
        await connection.close()
    return found


def settings_of(url: str, folder: Path) -> Settings:
    """Return the settings of an installation whose key is in a file."""
    return Settings(
        profile="cluster",
        data_dir=folder,
        database_url=url,
        secrets=SecretsSettings(source="file"),
    )


async def add_tenants(
    connection: "asyncpg.Connection[asyncpg.Record]", count: int
) -> Sequence[UUID]:
    """Store tenants and return their ids."""
    made = [uuid4() for _ in range(count)]
    for tenant_id in made:
        await connection.execute("INSERT INTO tenants VALUES ($1, 'Torture', now())", tenant_id)
    return made


@dataclass(frozen=True, slots=True)
class _Stage:
    vault: SecretVault
    store: SealedStore
    connection: "asyncpg.Connection[asyncpg.Record]"
    rows: dict[RowAddress, bytes]
    random: Random

    async def opened(self, place: RowAddress) -> bytes:
        """Open what is stored there."""
        stored = await self.store.get(place)
        assert stored is not None
        return await self.vault.open(stored, row=place)

    async def force(self, place: RowAddress, sealed: SealedSecret) -> None:
        """Store bytes as whoever has the database can, past everything that we check."""
        await self.connection.execute(
            "UPDATE secrets SET sealed = $5, key_version = $6 WHERE tenant_id = $1"
            " AND table_name = $2 AND column_name = $3 AND row_id = $4",
            place.tenant_id,
            place.table,
            place.column,
            place.row,
            sealed.to_bytes(),
            sealed.key_version,
        )


async def _furnished(
    parts: SecretsParts, storage: Storage, *, tenants: Sequence[UUID]
) -> dict[RowAddress, bytes]:
    """Seal secrets into every place of some tenants, tables, columns and rows."""
    await parts.vault.refresh()
    made: dict[RowAddress, bytes] = {}
    for tenant_id, table, column, row in product(tenants, _TABLES, _COLUMNS, range(ROWS)):
        place = RowAddress(tenant_id=tenant_id, table=table, column=column, row=str(row))
        made[place] = repr(place).encode()
    for place, secret in made.items():
        sealed = await parts.vault.seal(secret, row=place)
        await storage.sealed.put(SealedRow(row=place, sealed=sealed))
    return made


async def _swap(kind: str, *, stage: _Stage, found: Bound) -> None:
    place = stage.random.choice(list(stage.rows))
    own = await stage.store.get(place)
    other = await stage.store.get(_other(kind, place, stage=stage))
    assert own is not None
    assert other is not None
    await stage.force(place, _wrong(kind, own, other, random=stage.random))
    found.swaps[kind] += 1
    try:
        secret = await stage.opened(place)
    except SecretUnreadable:
        pass
    else:
        found.wrongs.append(f"{kind}: {place} opened as {secret!r}")
    await stage.force(place, own)
    if await stage.opened(place) != stage.rows[place]:
        found.wrongs.append(f"{kind}: {place} does not open after it was put back")
    found.opened_again += 1


def _other(kind: str, place: RowAddress, *, stage: _Stage) -> RowAddress:
    """Return a place that differs in that one thing, or for other kinds any other one."""
    name = _FIELDS.get(kind)
    choices = [
        one
        for one in stage.rows
        if one != place and (name is None or replace(one, **{name: getattr(place, name)}) == place)
    ]
    return stage.random.choice(choices)


def _wrong(kind: str, own: SealedSecret, other: SealedSecret, *, random: Random) -> SealedSecret:
    """Return what is stored instead."""
    match kind:
        case "key_version":
            # The other version that opens.
            return replace(own, key_version=own.key_version + 1)
        case "sealed_version":
            return replace(own, sealed_version=own.sealed_version + random.randint(1, 9))
        case "key":
            return replace(own, wrapped_key=other.wrapped_key)
        case "data":
            return replace(own, nonce=other.nonce, ciphertext=other.ciphertext)
        case "bit":
            part = random.choice(("wrapped_key", "nonce", "ciphertext"))
            held: bytes = getattr(own, part)
            at = random.randrange(len(held))
            flipped = held[:at] + bytes([held[at] ^ (1 << random.randrange(8))]) + held[at + 1 :]
            changed: dict[str, Any] = {part: flipped}
            return replace(own, **changed)
        case _:
            # The whole of it, moved.
            return other
