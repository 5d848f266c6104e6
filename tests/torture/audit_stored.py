"""Hold an audit trail as a database holds it, to be tampered with and checked."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from adapters.memory.audit import content_of
from domain.audit.anchoring import AnchorKind, AnchorRecord, Anchors, anchor_line
from domain.audit.chain import ChainCheck, Head, Link, WrittenEntry, fault_of_entry, linked
from domain.audit.entry import AuditEntry
from domain.audit.macs import AuditKeys, audit_keys

AT = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
TENANTS = 3
ENTRIES = 24
ANCHORED_EVERY = 7


@dataclass(slots=True)
class Row:
    """An entry's row: what was written, and its proof."""

    seq: int
    entry: AuditEntry
    key_id: str
    mac: bytes


@dataclass(slots=True)
class Stored:
    """Everything that whoever has the database can change, and the anchor's lines."""

    rows: list[Row]
    links: list[Link]
    sealed: int
    lines: list[str]
    # How many heads the database says were anchored.
    counted: int = 0

    def copy(self) -> "Stored":
        """Return a copy to be tampered with."""
        rows = [replace(row) for row in self.rows]
        return Stored(rows, list(self.links), self.sealed, list(self.lines), self.counted)

    def chain(self, tenant_id: UUID) -> list[Link]:
        """Return a tenant's links by their places."""
        own = [link for link in self.links if link.tenant_id == tenant_id]
        return sorted(own, key=lambda link: link.position)


@dataclass(slots=True)
class Trail:
    """A trail as it was written, with the keys that only its owner has."""

    keys: AuditKeys
    stored: Stored
    tenants: list[UUID]
    random: Random

    def seal(self, stored: Stored) -> None:
        """Do what the sealer would with what it finds."""
        fresh = [written_of(row) for row in stored.rows if row.seq > stored.sealed]
        stored.links += linked(
            sorted(fresh, key=lambda one: one.seq),
            heads=heads_of(stored),
            key=self.keys.current,
            adopt_up_to=0,
        )
        stored.sealed = max([stored.sealed, *(row.seq for row in stored.rows)])

    def anchor(self, stored: Stored) -> None:
        """Keep the heads outside."""
        for head in heads_of(stored).values():
            stored.counted += 1
            record = AnchorRecord(
                kind=AnchorKind.HEAD, head=replace(head, seq=0), at=AT, number=stored.counted
            )
            stored.lines.append(anchor_line(record, keys=self.keys))


def heads_of(stored: Stored) -> dict[UUID, Head]:
    """Return the head of every chain."""
    heads: dict[UUID, Head] = {}
    for link in stored.links:
        known = heads.get(link.tenant_id)
        if known is None or known.position < link.position:
            heads[link.tenant_id] = Head(
                tenant_id=link.tenant_id, position=link.position, link=link.link, seq=link.seq
            )
    return heads


def trail(random: Random) -> Trail:
    """Write a trail of a few tenants, sealed and anchored as it grew."""
    keys = audit_keys(random.randbytes(32), random.randbytes(32))
    made = Trail(
        keys=keys,
        stored=Stored([], [], 0, []),
        tenants=[UUID(int=random.getrandbits(128)) for _ in range(TENANTS)],
        random=random,
    )
    for place in range(TENANTS * ENTRIES):
        row = _row(made, random.choice(made.tenants))
        made.stored.rows.append(row)
        if place % ANCHORED_EVERY == 0:
            made.seal(made.stored)
            made.anchor(made.stored)
    made.seal(made.stored)
    made.anchor(made.stored)
    return made


def entry_of(random: Random, tenant_id: UUID) -> AuditEntry:
    """Make an entry with something in every field."""
    at = AT + timedelta(seconds=random.randrange(10**6), microseconds=random.randrange(10**6))
    return AuditEntry(
        id=UUID(int=random.getrandbits(128)),
        tenant_id=tenant_id,
        account_id=random.choice([None, UUID(int=random.getrandbits(128))]),
        actor=f"user:{random.randrange(5)}",
        action=random.choice(["order.submit", "risk_rule.updated", "identity.login"]),
        subject=f"s{random.randrange(10)}",
        at=at,
        market_at=random.choice([None, at]),
        trace_id=f"{random.getrandbits(64):x}",
        detail=(("state", "accepted"), ("quantity", str(random.randrange(100)))),
        session_id=random.choice([None, UUID(int=random.getrandbits(128))]),
        ip=f"10.0.{random.randrange(255)}.1",
        user_agent="desk/1",
        before=(("limit", str(random.randrange(100))),),
        after=(("limit", str(random.randrange(100))),),
        reason=f"because {random.randrange(10)}",
    )


def faults(stored: Stored, *, keys: AuditKeys) -> int:
    """Return how many things a check finds wrong."""
    anchors = Anchors().take_all(stored.lines, keys=keys)
    anchors.hold_against(stored.counted)
    found = len(anchors.faults)
    by_seq = {row.seq: row for row in stored.rows}
    anchored = {tenant for tenant, kept in anchors.heads.items() if kept}
    for tenant_id in {link.tenant_id for link in stored.links} | anchored:
        check = ChainCheck(tenant_id=tenant_id, keys=keys, anchors=anchors.heads.get(tenant_id, ()))
        for link in stored.chain(tenant_id):
            row = by_seq.get(link.seq)
            found += len(list(check.look(link, written_of(row) if row is not None else None)))
        found += len(list(check.end()))
    linked_seqs = {link.seq for link in stored.links}
    for row in stored.rows:
        if row.seq not in linked_seqs:
            wrong = fault_of_entry(written_of(row), mac=row.mac, key_id=row.key_id, keys=keys)
            found += wrong is not None or row.seq <= stored.sealed
    times = Counter((row.entry.tenant_id, row.entry.id) for row in stored.rows)
    return found + sum(count > 1 for count in times.values())


def proven(entry: AuditEntry, *, seq: int, keys: AuditKeys) -> Row:
    """Return the row of an entry, signed with the current key."""
    key = keys.current
    return Row(seq, entry, key.id, key.entry(content_of(entry)))


def _row(made: Trail, tenant_id: UUID) -> Row:
    seq = len(made.stored.rows) + 1
    keys = made.keys
    if made.random.random() < 0.3:
        # Written under the older key.
        first = next(iter(keys.by_id.values()))
        keys = AuditKeys(first, keys.by_id)
    return proven(entry_of(made.random, tenant_id), seq=seq, keys=keys)


def written_of(row: Row) -> WrittenEntry:
    """Return what of a row is to be proven."""
    return WrittenEntry(
        seq=row.seq,
        id=row.entry.id,
        tenant_id=row.entry.tenant_id,
        content=content_of(row.entry),
        key_id=row.key_id,
        mac=row.mac,
    )
