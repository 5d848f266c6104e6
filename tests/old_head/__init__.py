"""A folder of the last version before the revisions were told anew, as it lay there.

folder.sql is what pg_dump wrote (`--inserts`, without its comments) of the database of a folder
that was served, traded and stopped at revision 0029; paper-venue.jsonl is that folder's venue.
catalogue.txt is what `tests.catalogue` said of a new database at that revision.
"""

from pathlib import Path

import asyncpg

_HERE = Path(__file__).parent
CATALOGUE = _HERE / "catalogue.txt"
VENUE = _HERE / "paper-venue.jsonl"
# All but what the code itself says there.
_TABLES = (
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    " AND tablename NOT IN ('alembic_version', 'order_transitions') ORDER BY 1"
)


# Columns that later revisions add and fill: they say nothing of what the folder held.
_FILLED = ["level", "priority"]


async def load(url: str) -> None:
    """Put the folder's tables and rows into an empty database."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute((_HERE / "folder.sql").read_text("utf-8"))
        # Its journal names transactions of its own server: this one has them behind it, too.
        last = await connection.fetchval("SELECT max(xact) FROM public.notices")
        while await connection.fetchval("SELECT pg_current_xact_id()") <= last:
            pass
    finally:
        await connection.close()


async def rows_of(url: str) -> dict[str, tuple[int, str]]:
    """Return how many rows each table has, and a digest of all of them.

    What is null is left out: so is a column that a later revision adds, in the rows from before.
    """
    connection = await asyncpg.connect(url)
    try:
        found = {}
        for (table,) in await connection.fetch(_TABLES):
            row = await connection.fetchrow(
                "SELECT count(*), coalesce(md5(string_agg(row, '|' ORDER BY row)), '')"
                f" FROM (SELECT (jsonb_strip_nulls(to_jsonb(t)) - $1::text[])::text AS row"
                f" FROM {table} t) r",
                _FILLED,
            )
            assert row is not None
            found[table] = (row[0], row[1])
        return found
    finally:
        await connection.close()
