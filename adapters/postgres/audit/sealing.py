"""Link stored audit entries into their chains, in batches, one process at a time."""

from collections.abc import Callable, Sequence
from enum import Enum
from hmac import compare_digest
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from adapters.postgres import rows
from adapters.postgres.audit.rows import link_row, written_of
from adapters.postgres.audit.states import ACTION, begin_states
from adapters.postgres.leases import check_fence
from adapters.postgres.link.database import Database
from domain.audit.anchoring import count_bytes
from domain.audit.chain import Head, Link, WrittenEntry, linked
from domain.audit.macs import AuditKeys, UnknownKey
from ports.audit import AuditUnsealable, Mark
from ports.leases import Fence

# Under these names in reader_cursors: up to which number entries are sealed, up to which they
# may lack a proof, how many heads were kept outside, and that what stood before there were
# records of states has been recorded.
SEALED = "audit sealed"
ADOPTED = "audit adopted"
ANCHORED = "audit anchored"
STATES = "audit states"

# The statement's snapshot is one for all of it: whatever number was handed out by then went to
# a transaction with an id below xmax.
_MARK = f"""
SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS xmax,
    (SELECT max(seq) FROM audit) AS up_to,
    (SELECT cursor FROM reader_cursors WHERE reader = '{SEALED}') AS sealed
"""  # noqa: S608 - own names; values are parameters
_LOCK = f"SELECT cursor FROM reader_cursors WHERE reader = '{SEALED}' FOR UPDATE"  # noqa: S608 - own names; values are parameters
_ADOPTED = f"SELECT cursor FROM reader_cursors WHERE reader = '{ADOPTED}'"  # noqa: S608 - own names; values are parameters
_ANCHORED = f"SELECT cursor FROM reader_cursors WHERE reader = '{ANCHORED}'"  # noqa: S608 - own names; values are parameters
_NOTE = (
    "INSERT INTO reader_cursors VALUES ($1, $2)"
    " ON CONFLICT (reader) DO UPDATE SET cursor = excluded.cursor"
)
_BEGUN = f"""
SELECT (SELECT cursor FROM reader_cursors WHERE reader = '{STATES}') AS note,
    EXISTS (SELECT 1 FROM audit_links) AND EXISTS (
        SELECT 1 FROM audit WHERE action = '{ACTION}' AND key_id = ANY($1)
    ) AS must_have
"""  # noqa: S608 - own names; values are parameters
_IS_LINKED = "SELECT EXISTS (SELECT 1 FROM audit_links)"
# From the end: before the first sealing nearly every entry is one.
_UNPROVEN = "SELECT seq FROM audit WHERE mac IS NULL ORDER BY seq DESC LIMIT 1"
_IS_PAST = "SELECT pg_snapshot_xmin(pg_current_snapshot()) >= $1::text::xid8"
_NEXT = """
SELECT seq, id, tenant_id, key_id, mac FROM audit
WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT $3
"""
_WHOLE = "SELECT * FROM audit WHERE seq = ANY($1)"
HEADS = """
SELECT t.id AS tenant_id, h.position, h.link, h.seq FROM unnest($1::uuid[]) AS t(id)
CROSS JOIN LATERAL (
    SELECT position, link, seq FROM audit_links l WHERE l.tenant_id = t.id
    ORDER BY position DESC LIMIT 1
) h
"""
# Steps from tenant to tenant over the index, instead of reading every link.
TENANTS = """
WITH RECURSIVE t AS (
    (SELECT tenant_id FROM audit_links ORDER BY tenant_id LIMIT 1)
    UNION ALL
    SELECT (SELECT l.tenant_id FROM audit_links l WHERE l.tenant_id > t.tenant_id
        ORDER BY l.tenant_id LIMIT 1)
    FROM t WHERE t.tenant_id IS NOT NULL
)
SELECT tenant_id FROM t WHERE tenant_id IS NOT NULL
"""
_STORE = """
INSERT INTO audit_links SELECT * FROM unnest($1::audit_links[])
"""
_MOVE = f"UPDATE reader_cursors SET cursor = $1 WHERE reader = '{SEALED}'"  # noqa: S608 - own names; values are parameters

Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"


class PostgresAuditSealing:
    """Sealing over all processes of one database (port AuditSealing).

    A mark is taken twice: what was written by the first look is final once every transaction
    of that moment is over. So no entry can appear behind one that is linked already, and
    nobody who writes ever waits for the chain.
    """

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def mark(self) -> Mark | None:
        """Return how far entries go now, None when all of them are sealed."""
        async with self._database.system.connection() as connection:
            row = await connection.fetchrow(_MARK)
        assert row is not None
        up_to = row["up_to"] or 0
        if up_to <= int(row["sealed"] or 0):
            return None
        return Mark(up_to, int(row["xmax"]))

    async def seal(
        self,
        mark: Mark,
        *,
        keys: AuditKeys,
        limit: int,
        expected: Callable[[UUID], Head | None],
        fence: Fence | None = None,
    ) -> Sequence[Link] | None:
        """Link the next entries up to the mark, and return their links."""
        async with self._database.system.transaction() as connection:
            await check_fence(connection, fence)
            sealed = int(await connection.fetchval(_LOCK) or 0)
            # A statement of its own: whoever held the row has ended, and its links are seen.
            if not await connection.fetchval(_IS_PAST, str(mark.horizon)):
                return None
            found = await connection.fetch(_NEXT, sealed, mark.up_to, limit)
            written = await _written(connection, found)
            heads = await _heads(connection, {entry.tenant_id for entry in written})
            for tenant_id in {entry.tenant_id for entry in written}:
                _hold(heads.get(tenant_id), expected(tenant_id))
            adopt_up_to = _adopted(await connection.fetchval(_ADOPTED), keys=keys)
            links = linked(written, heads=heads, key=keys.current, adopt_up_to=adopt_up_to)
            if links:
                await connection.execute(_STORE, [link_row(link) for link in links])
            done = found[-1]["seq"] if len(found) == limit else mark.up_to
            if done > sealed:
                await connection.execute(_MOVE, str(done))
        return links

    async def heads(self) -> Sequence[Head]:
        """Return the head of every chain."""
        async with self._database.system.connection() as connection:
            tenants = [row["tenant_id"] for row in await connection.fetch(TENANTS)]
            return list((await _heads(connection, set(tenants))).values())

    async def anchored(self, *, keys: AuditKeys) -> int:
        """Return how many heads were kept outside, 0 where that was never counted."""
        async with self._database.system.connection() as connection:
            return anchored_of(await connection.fetchval(_ANCHORED), keys=keys) or 0

    async def count_anchored(self, number: int, *, keys: AuditKeys) -> None:
        """Keep, signed, how many heads were kept outside."""
        note = _signed_note(number, keys=keys, content=count_bytes)
        async with self._database.system.connection() as connection:
            await connection.execute(_NOTE, ANCHORED, note)

    async def begin(self, *, keys: AuditKeys, may_adopt: bool) -> None:
        """Fix, once and signed, which entries may lack a proof."""
        async with self._database.system.transaction() as connection:
            # Whoever comes first fixes it; a second waits for the row and changes nothing.
            await connection.execute(
                f"INSERT INTO reader_cursors VALUES ('{SEALED}', '0') ON CONFLICT DO NOTHING"  # noqa: S608 - own names; values are parameters
            )
            await connection.fetchval(_LOCK)
            if await connection.fetchval(_ADOPTED) is None:
                up_to = 0
                if may_adopt and not await connection.fetchval(_IS_LINKED):
                    up_to = await connection.fetchval(_UNPROVEN) or 0
                await connection.execute(
                    f"INSERT INTO reader_cursors VALUES ('{ADOPTED}', $1)",  # noqa: S608 - own names; values are parameters
                    _note(up_to, keys=keys),
                )
            if await states_begun(connection, keys=keys) is Baseline.NOT_YET:
                await begin_states(connection, keys=keys)
                note = _signed_note(0, keys=keys, content=_states_bytes)
                await connection.execute(_NOTE, STATES, note)


class Baseline(Enum):
    """Whether what stood before there were records of states has been recorded."""

    YES = "yes"
    NOT_YET = "not yet"
    # It has, and the note of it was taken away: done again, it would take in what was planted.
    TAKEN_AWAY = "taken away"


async def states_begun(connection: Any, *, keys: AuditKeys) -> Baseline:
    """Tell whether states are recorded; a chain from before that has none needs no note."""
    row = await connection.fetchrow(_BEGUN, list(keys.by_id))
    if _noted(row["note"], keys=keys, content=_states_bytes) is not None:
        return Baseline.YES
    return Baseline.TAKEN_AWAY if row["must_have"] else Baseline.NOT_YET


def anchored_of(note: str | None, *, keys: AuditKeys) -> int | None:
    """Return how many heads a note of ours says were kept outside, None for no such note."""
    return _noted(note, keys=keys, content=count_bytes)


async def _written(connection: Connection, found: Sequence[asyncpg.Record]) -> list[WrittenEntry]:
    """Return the entries; the content only of those that must be given a proof."""
    bare = [row["seq"] for row in found if row["mac"] is None]
    whole = (
        {row["seq"]: written_of(row) for row in await connection.fetch(_WHOLE, bare)}
        if bare
        else {}
    )
    return [
        whole.get(row["seq"])
        or WrittenEntry(
            seq=row["seq"],
            id=rows.plain_id(row["id"]),
            tenant_id=rows.plain_id(row["tenant_id"]),
            content=b"",
            key_id=row["key_id"] or "",
            mac=row["mac"],
        )
        for row in found
    ]


async def _heads(connection: Connection, tenants: set[UUID]) -> dict[UUID, Head]:
    found = await connection.fetch(HEADS, list(tenants))
    return {head.tenant_id: head for head in map(head_of, found)}


def head_of(row: rows.Row) -> Head:
    """Return the head of a row that HEADS gave."""
    return Head(
        tenant_id=rows.plain_id(row["tenant_id"]),
        position=row["position"],
        link=row["link"],
        seq=row["seq"],
    )


def _hold(stored: Head | None, known: Head | None) -> None:
    if known is None:
        return
    if stored is None or stored.position < known.position:
        raise AuditUnsealable(
            f"tenant {known.tenant_id}: the chain ended at {known.position}, and ends at"
            f" {stored.position if stored else 0} now"
        )
    if stored.position == known.position and not compare_digest(stored.link, known.link):
        raise AuditUnsealable(f"tenant {known.tenant_id}: link {known.position} was changed")


def _note(up_to: int, *, keys: AuditKeys) -> str:
    key = keys.current
    return f"{up_to} {key.id} {key.anchor(_note_bytes(up_to)).hex()}"


def _adopted(note: str | None, *, keys: AuditKeys) -> int:
    """Return the number up to which entries may lack a proof; 0 for a note that is not ours."""
    return _noted(note, keys=keys, content=_note_bytes) or 0


def _noted(note: str | None, *, keys: AuditKeys, content: Callable[[int], bytes]) -> int | None:
    parts = (note or "").split(" ")
    try:
        number, key_id, mac = int(parts[0]), parts[1], bytes.fromhex(parts[2])
        right = compare_digest(keys.named(key_id).anchor(content(number)), mac)
    except (ValueError, IndexError, UnknownKey):
        return None
    return number if right else None


def _states_bytes(number: int) -> bytes:
    return f"ballast.audit.states.1 {number}".encode()


def _signed_note(number: int, *, keys: AuditKeys, content: Callable[[int], bytes]) -> str:
    key = keys.current
    return f"{number} {key.id} {key.anchor(content(number)).hex()}"


def _note_bytes(up_to: int) -> bytes:
    return f"ballast.audit.adopted.1 {up_to}".encode()
