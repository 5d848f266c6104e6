"""Read the whole audit trail as of one moment, in bounded memory: to check it, to hand it out."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg

from adapters.postgres import rows
from adapters.postgres.audit.rows import written_of
from adapters.postgres.audit.sealing import (
    ADOPTED,
    ANCHORED,
    HEADS,
    SEALED,
    TENANTS,
    anchored_of,
    head_of,
)
from domain.audit.anchoring import Anchors
from domain.audit.chain import (
    ChainCheck,
    Fault,
    FaultKind,
    Head,
    Link,
    WrittenEntry,
    fault_of_entry,
)
from domain.audit.macs import AuditKeys

SHOWN_MAX = 20
_PREFETCH = 500
_CHAIN = """
SELECT l.tenant_id AS link_tenant_id, l.position, l.seq AS link_seq, l.entry_id,
    l.mac AS link_mac, l.key_id AS link_key_id, l.adopted, l.link, a.*
FROM audit_links l LEFT JOIN audit a ON a.seq = l.seq
WHERE l.tenant_id = $1 AND l.position >= $2 ORDER BY l.position
"""
_UNLINKED = """
SELECT a.* FROM audit a LEFT JOIN audit_links l ON l.seq = a.seq
WHERE l.seq IS NULL ORDER BY a.seq
"""
_TWICE = "SELECT tenant_id, id FROM audit GROUP BY tenant_id, id HAVING count(*) > 1"
_HEAD = "SELECT position, link, seq FROM audit_links WHERE tenant_id = $1 AND position = $2"
_CURSOR = "SELECT cursor FROM reader_cursors WHERE reader = $1"
# What reading a row raises that somebody has changed into none of ours.
_UNREADABLE = (TypeError, ValueError, AttributeError, KeyError)


@dataclass(slots=True)
class TrailCheck:
    """What a look at the trail came to; the first faults are kept to be shown."""

    looked_at: int = 0
    adopted: int = 0
    # Taken over by a restore without the keys that signed them.
    unproven: int = 0
    chains: int = 0
    # Written, proven, and not in the chain yet.
    unsealed: int = 0
    wrong: int = 0
    shown: list[Fault] = field(default_factory=list)

    def remark(self, anchors: Anchors) -> str:
        """Say beside it what is no fault."""
        said = [f"{self.chains} chains, {anchors.records} anchors"]
        if self.unsealed:
            said.append(f"{self.unsealed} entries not sealed yet")
        if self.adopted:
            said.append(f"{self.adopted} are older than the chain")
        if self.unproven:
            said.append(f"{self.unproven} were restored without the keys that prove them")
        said += [f"heads {one.first} to {one.last} were given up" for one in anchors.given_up]
        for record in anchors.restored:
            head = record.head
            at = record.at.isoformat(timespec="seconds")
            said.append(f"tenant {head.tenant_id} was restored to {head.position} at {at}")
        return "; ".join(said)

    def blame(self, faults: "Sequence[Fault]") -> None:
        """Count what is wrong."""
        self.wrong += len(faults)
        self.shown += faults[: SHOWN_MAX - len(self.shown)]


@dataclass(frozen=True, slots=True)
class ChainEntry:
    """One place of a chain, and the row of the entry in it: empty where it is gone."""

    link: Link
    row: rows.Row


async def check_trail(
    connection: "asyncpg.Connection[asyncpg.Record]",
    *,
    keys: AuditKeys,
    anchors: Anchors,
    since: int = 1,
) -> TrailCheck:
    """Check every chain from a place on, and what is in none; within a snapshot's transaction.

    The anchors are to be read before the snapshot is taken: the chains go on meanwhile.
    """
    checked = TrailCheck()
    checked.blame(anchors.faults)
    for tenant_id in await _tenants(connection, anchors):
        checked.chains += 1
        await _check_chain(
            connection, checked, tenant_id=tenant_id, keys=keys, anchors=anchors, since=since
        )
    await _check_unlinked(connection, checked, keys=keys)
    async for row in connection.cursor(_TWICE, prefetch=_PREFETCH):
        problem = f"entry {row['id']} is there more than once"
        checked.blame([_outside(row["tenant_id"], FaultKind.INSERTED, problem)])
    return checked


async def chain_of(
    connection: "asyncpg.Connection[asyncpg.Record]", *, tenant_id: UUID, since: int = 1
) -> AsyncIterator[ChainEntry]:
    """Give a tenant's chain from a place on."""
    async for row in connection.cursor(_CHAIN, tenant_id, since, prefetch=_PREFETCH):
        yield ChainEntry(_link_of(row), row)


async def heads_of(connection: "asyncpg.Connection[asyncpg.Record]") -> list[Head]:
    """Return the head of every chain."""
    found = await connection.fetch(HEADS, await tenants_of(connection))
    return [head_of(row) for row in found]


async def counted_anchors(
    connection: "asyncpg.Connection[asyncpg.Record]", *, keys: AuditKeys
) -> int | None:
    """Return how many heads the database says were anchored, None where it does not say."""
    return anchored_of(await connection.fetchval(_CURSOR, ANCHORED), keys=keys)


async def key_ids(connection: "asyncpg.Connection[asyncpg.Record]") -> set[str]:
    """Return the keys that anything is signed under."""
    found = await connection.fetch(
        "SELECT key_id FROM audit_links GROUP BY key_id UNION"
        " SELECT key_id FROM audit WHERE key_id IS NOT NULL GROUP BY key_id"
    )
    return {row["key_id"] for row in found}


async def tenants_of(connection: "asyncpg.Connection[asyncpg.Record]") -> list[UUID]:
    """Return whose chains there are."""
    return [rows.plain_id(row["tenant_id"]) for row in await connection.fetch(TENANTS)]


async def _tenants(
    connection: "asyncpg.Connection[asyncpg.Record]", anchors: Anchors
) -> list[UUID]:
    anchored = {tenant_id for tenant_id, heads in anchors.heads.items() if heads}
    return sorted({*await tenants_of(connection), *anchored})


async def _check_chain(
    connection: "asyncpg.Connection[asyncpg.Record]",
    checked: TrailCheck,
    *,
    tenant_id: UUID,
    keys: AuditKeys,
    anchors: Anchors,
    since: int,
) -> None:
    after = None
    if since > 1:
        row = await connection.fetchrow(_HEAD, tenant_id, since - 1)
        if row is not None:
            after = Head(tenant_id=tenant_id, position=since - 1, link=row["link"], seq=row["seq"])
    check = ChainCheck(
        tenant_id=tenant_id,
        keys=keys,
        anchors=anchors.heads.get(tenant_id, ()),
        after=after,
        vouched=anchors.vouched.get(tenant_id),
    )
    first = since if after is not None else 1
    async for row in connection.cursor(_CHAIN, tenant_id, first, prefetch=_PREFETCH):
        link = _link_of(row)
        try:
            written: WrittenEntry | None = written_of(row) if row["id"] is not None else None
        except _UNREADABLE as problem:
            said = f"entry {link.entry_id} cannot be read: {problem}"
            checked.blame(
                [
                    Fault(
                        tenant_id=tenant_id,
                        position=link.position,
                        kind=FaultKind.EDITED,
                        problem=said,
                    )
                ]
            )
            written = None
        checked.blame(list(check.look(link, written)))
    checked.blame(list(check.end()))
    checked.looked_at += check.looked_at
    checked.adopted += check.adopted
    checked.unproven += check.unproven


async def _check_unlinked(
    connection: "asyncpg.Connection[asyncpg.Record]", checked: TrailCheck, *, keys: AuditKeys
) -> None:
    """Look at what is in no chain: it is new, and proves itself, or it does not belong here."""
    sealed = int(await connection.fetchval(_CURSOR, SEALED) or 0)
    # Before the first sealing nothing had a proof.
    begun = await connection.fetchval(_CURSOR, ADOPTED) is not None
    async for row in connection.cursor(_UNLINKED, prefetch=_PREFETCH):
        try:
            written = written_of(row)
            fault = fault_of_entry(written, mac=written.mac, key_id=written.key_id, keys=keys)
        except _UNREADABLE as problem:
            fault = (FaultKind.EDITED, f"entry {row['id']} cannot be read: {problem}")
        if fault is None and row["seq"] <= sealed:
            fault = (FaultKind.INSERTED, f"entry {row['id']} was passed over by the chain")
        if fault is not None and (begun or row["mac"] is not None):
            checked.blame([_outside(row["tenant_id"], *fault)])
        else:
            checked.unsealed += 1


def _outside(tenant_id: UUID, kind: FaultKind, problem: str) -> Fault:
    return Fault(tenant_id=rows.plain_id(tenant_id), position=0, kind=kind, problem=problem)


def _link_of(row: rows.Row) -> Link:
    return Link(
        tenant_id=rows.plain_id(row["link_tenant_id"]),
        position=row["position"],
        seq=row["link_seq"],
        entry_id=rows.plain_id(row["entry_id"]),
        mac=row["link_mac"],
        key_id=row["link_key_id"],
        adopted=row["adopted"],
        link=row["link"],
    )
