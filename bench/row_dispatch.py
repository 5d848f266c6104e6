"""Orders sent on to the paper venue beside orders taken in, and intake with dispatch beside none.

One server takes orders in and sends them on to the venue in its own process; another one, of the
same tree, is kept from the lease of the dispatch and keeps them. Both work on the same
Postgres, each in a database of its own, and are loaded in turn by the same client: at 8 and at 32
connections, on one account and on 32.

The rows `dispatch_sent_*` hold orders sent per second against those accepted per second in the
same load, each from its first acceptance to its last; `dispatch_accepted_*` hold what the server
that sends accepts against what the one that does not accepts. No bound of the backlog holds the
intake to the dispatch meanwhile.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg
import uvloop

from adapters.postgres.embedded.server import EmbeddedPostgres
from bench.context import Context, open_context
from bench.load import LoadError, run_load
from bench.rows import Better, Row, compare

TURNS = 3
# Long enough that what is still on its way at the end of a load weighs little.
REQUESTS = 2_000
MANY = 32
CONNECTIONS = (8, 32)
IDLE_DATABASE = "idle"
GOAL_SENT = 0.9
GOAL_ACCEPTED = 0.5
# Between the first acceptance and the last acceptance or send of the orders of one load.
_RATES = """
SELECT count(*) / extract(epoch FROM max(accepted_at) - min(accepted_at)) AS accepted,
    count(sent_at) / extract(epoch FROM max(sent_at) - min(accepted_at)) AS sent
FROM orders WHERE account_id = ANY ($1::uuid[]) AND id > $2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rates:
    accepted: float
    sent: float | None


def measure() -> list[Row]:
    """Measure each number of connections on one account and on many."""
    rows: list[Row] = []
    with _contexts() as (sending, idle):
        for connections in CONNECTIONS:
            for accounts in (1, MANY):
                rows += _rows(sending, idle, connections=connections, accounts=accounts)
    return rows


def _rows(sending: Context, idle: Context, *, connections: int, accounts: int) -> list[Row]:
    ours: list[_Rates] = []
    theirs: list[_Rates] = []
    for turn in range(TURNS):
        sides = [(sending, ours), (idle, theirs)]
        for context, kept in sides if turn % 2 == 0 else reversed(sides):
            # A fresh account each time, or all of them: no book grows to thousands of orders.
            place = MANY + len(kept) + TURNS * CONNECTIONS.index(connections)
            chosen = context.accounts[:MANY] if accounts > 1 else (context.accounts[place],)
            key = f"{connections}-{accounts}-{turn}"
            kept.append(_loaded(context, connections=connections, accounts=chosen, key=key))
    where = f"{connections}_on_{'one_account' if accounts == 1 else f'{accounts}_accounts'}"
    return [
        compare(
            name=f"dispatch_sent_{where}",
            unit="1/s",
            better=Better.HIGHER,
            ours=[one.sent or 0.0 for one in ours],
            reference=[one.accepted for one in ours],
            reference_name="accepted in the same load",
            goal=GOAL_SENT,
        ),
        compare(
            name=f"dispatch_accepted_{where}",
            unit="1/s",
            better=Better.HIGHER,
            ours=[one.accepted for one in ours],
            reference=[one.accepted for one in theirs],
            reference_name="accepted with dispatch off",
            goal=GOAL_ACCEPTED,
        ),
    ]


def _loaded(context: Context, *, connections: int, accounts: tuple[str, ...], key: str) -> _Rates:
    url = context.environment["BALLAST_DATABASE_URL"]
    load = context.load(connections=connections, requests=REQUESTS, accounts=accounts, key=key)
    since = uvloop.run(_newest(url))
    uvloop.run(run_load(replace(load, warm_up=0)))
    if context.sending:
        context.await_sent(accounts)
    return uvloop.run(_rates(url, accounts=accounts, since=since))


async def _newest(url: str) -> UUID:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        newest = await connection.fetchval("SELECT id FROM orders ORDER BY id DESC LIMIT 1")
        return UUID(int=newest.int if newest is not None else 0)
    finally:
        await connection.close()


async def _rates(url: str, *, accounts: tuple[str, ...], since: UUID) -> _Rates:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        row = await connection.fetchrow(_RATES, [UUID(one) for one in accounts], since)
    finally:
        await connection.close()
    if row is None or row["accepted"] is None:
        raise LoadError("none of the load's orders is stored")
    sent = row["sent"]
    return _Rates(accepted=float(row["accepted"]), sent=float(sent) if sent is not None else None)


@contextmanager
def _contexts() -> Iterator[tuple[Context, Context]]:
    with tempfile.TemporaryDirectory(prefix="ballast-bench-") as name:
        folder = Path(name)
        accounts = MANY + TURNS * len(CONNECTIONS)
        with (
            _postgres(folder / "postgres") as (url, idle_url),
            open_context(
                database_url=url, folder=folder / "sending", accounts=accounts, sending=True
            ) as sending,
            open_context(database_url=idle_url, folder=folder / "idle", accounts=accounts) as idle,
        ):
            yield sending, idle


@contextmanager
def _postgres(folder: Path) -> Iterator[tuple[str, str]]:
    folder.mkdir()
    server = EmbeddedPostgres(data_dir=folder)
    try:
        url = uvloop.run(server.start())
        uvloop.run(_create(url))
        yield url, urlunsplit(urlsplit(url)._replace(path=f"/{IDLE_DATABASE}"))
    finally:
        uvloop.run(server.stop())


async def _create(url: str) -> None:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        await connection.execute(f"CREATE DATABASE {IDLE_DATABASE}")
    finally:
        await connection.close()
