"""Hand the audit trail out: as lines that others can verify with the key, or as a table."""

import csv
import io
import json
from collections.abc import AsyncIterator
from typing import TextIO
from uuid import UUID

import asyncpg

from adapters.postgres.audit.reading import ChainEntry, chain_of, tenants_of
from domain.audit.macs import START
from domain.shared.cells import guarded
from domain.shared.texts import time_text

COLUMNS = (
    "tenant_id",
    "position",
    "id",
    "at",
    "market_at",
    "actor",
    "action",
    "subject",
    "account_id",
    "session_id",
    "ip",
    "user_agent",
    "reason",
    "detail",
    "before",
    "after",
    "trace_id",
    "mac",
    "link",
)


async def write_trail(
    connection: "asyncpg.Connection[asyncpg.Record]", *, to: TextIO, as_csv: bool, since: int = 1
) -> int:
    """Write every chain from a place on, in bounded memory; return how many entries that were."""
    written = 0
    if as_csv:
        to.write(_csv_line(COLUMNS))
    for tenant_id in await tenants_of(connection):
        chain = chain_of(connection, tenant_id=tenant_id, since=since)
        lines = _as_csv(chain) if as_csv else _as_json(chain, tenant_id=tenant_id)
        async for line, entries in lines:
            to.write(line)
            written += entries
    return written


async def _as_json(
    chain: AsyncIterator[ChainEntry], *, tenant_id: UUID
) -> AsyncIterator[tuple[str, int]]:
    """Give a line for each place, then one for the chain's head."""
    previous, last = START, 0
    async for sealed in chain:
        said = _cells(sealed)
        link = sealed.link
        said |= {
            "type": "entry",
            "entry_id": str(link.entry_id),
            "entry_mac": link.mac.hex(),
            "key": sealed.row["key_id"],
            "adopted": link.adopted,
            "link_key": link.key_id,
            # The first that is shown follows one that is not, unless it is the chain's first.
            "previous": previous.hex() if last or link.position == 1 else None,
        }
        yield f"{json.dumps(said, separators=(',', ':'))}\n", 1
        previous, last = link.link, link.position
    if last:
        head = {
            "type": "head",
            "tenant_id": str(tenant_id),
            "position": last,
            "link": previous.hex(),
        }
        yield f"{json.dumps(head, separators=(',', ':'))}\n", 0


async def _as_csv(chain: AsyncIterator[ChainEntry]) -> AsyncIterator[tuple[str, int]]:
    async for sealed in chain:
        cells = _cells(sealed)
        yield _csv_line(tuple(guarded(cells[name]) for name in COLUMNS)), 1


def _cells(sealed: ChainEntry) -> dict[str, object]:
    """Return an entry as it is stored; of one that is gone only its place is left."""
    row, link = sealed.row, sealed.link
    texts = {name: row[name] for name in COLUMNS if name not in _OF_LINK}
    for name in ("id", "account_id", "session_id"):
        texts[name] = None if texts[name] is None else str(texts[name])
    for name in ("at", "market_at"):
        texts[name] = None if texts[name] is None else time_text(texts[name])
    mac = row["mac"]
    return {
        "tenant_id": str(link.tenant_id),
        "position": link.position,
        **texts,
        "mac": None if mac is None else mac.hex(),
        "link": link.link.hex(),
    }


_OF_LINK = frozenset({"tenant_id", "position", "mac", "link"})


def _csv_line(cells: tuple[str, ...]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()
