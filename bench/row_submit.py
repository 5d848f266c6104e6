"""A durable `POST /api/v1/orders` beside a bare Litestar POST with one INSERT.

Ours reads the token, asks the gate (twelve rules) and stores order, reservation, decision,
audit, journal and the answer for its idempotency key. Theirs checks nothing. Both run on the
same Postgres, each in a database of its own, and are loaded in turn by the same client.

The rows of the statement have no goal: there the bare Litestar POST runs the one statement that
our route runs, over our tables, and decides nothing. They say how much of our figure is what an
order leaves behind, whoever decides on it.

The rows of sending have no goal either: there the dispatcher sends the orders on to the paper
broker while others come in. A turn ends when all of its orders have gone out.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import uvloop

from adapters.postgres.embedded.server import EmbeddedPostgres
from bench.context import Context, furnished_context, open_context
from bench.load import Load, Report, run_load
from bench.peers.bare_statement import PATH as STATEMENT_PATH
from bench.peers.measure_post import PATH as BARE_PATH
from bench.peers.measure_post import bare_order
from bench.rows import Better, Row, compare
from bench.serving import free_port, serving
from bench.stats import interleave

TURNS = 7
MANY = 32
REQUESTS_ONE = 1_000
REQUESTS_MANY = 3_000
# One account's orders are sent one after the other, far slower than they are taken in.
REQUESTS_SENDING = 320
PEER = "Litestar + one INSERT"
BARE_DATABASE = "bare"
GOAL_P50 = 1.5
GOAL_THROUGHPUT = 0.7


def measure() -> list[Row]:
    """Measure one connection, then many over many accounts and over a single one."""
    with _sides() as (context, bare_port):
        alone = _Pair(context, bare_port=bare_port, connections=1, fresh_from=MANY)
        spread = _Pair(context, bare_port=bare_port, connections=MANY, fresh_from=None)
        single = _Pair(context, bare_port=bare_port, connections=MANY, fresh_from=MANY + TURNS)
        rows = [
            _latency_row("submit_p50_1_connection", alone, goal=GOAL_P50),
            _throughput_row("submit_throughput_32_connections", spread, goal=GOAL_THROUGHPUT),
            _throughput_row("submit_throughput_32_on_one_account", single, goal=None),
        ]
    rows += _statement_rows()
    with _sides(sending=True) as (context, bare_port):
        alone = _Pair(context, bare_port=bare_port, connections=1, fresh_from=MANY, sending=True)
        spread = _Pair(
            context, bare_port=bare_port, connections=MANY, fresh_from=None, sending=True
        )
        return [
            *rows,
            _latency_row("submit_sending_p50_1_connection", alone, goal=None),
            _throughput_row("submit_sending_throughput_32_connections", spread, goal=None),
        ]


def _statement_rows() -> list[Row]:
    with _statement_sides() as (context, statement_port, bare_port):
        alone, many = (
            _Bare(
                context,
                statement_port=statement_port,
                bare_port=bare_port,
                connections=connections,
            )
            for connections in (1, MANY)
        )
        return [
            _latency_row("submit_statement_p50_1_connection", alone, goal=None),
            _throughput_row("submit_statement_throughput_32_connections", many, goal=None),
        ]


class _Sides(Protocol):
    """Two servers under the same load."""

    def ours(self) -> Report:
        """Load ours."""
        ...

    def theirs(self) -> Report:
        """Load the bare one."""
        ...


class _Pair:
    """Both sides under the same number of connections.

    Orders go to the first 32 accounts in turn, or all of a turn to one fresh account, the
    first of them at fresh_from: nothing leaves the books meanwhile, and no desk has tens of
    thousands of orders at rest in one account.
    """

    def __init__(
        self,
        context: Context,
        *,
        bare_port: int,
        connections: int,
        fresh_from: int | None,
        sending: bool = False,
    ) -> None:
        self._context = context
        self._bare_port = bare_port
        self._connections = connections
        self._fresh_from = fresh_from
        self._sending = sending
        self._requests = REQUESTS_ONE if connections == 1 else REQUESTS_MANY
        if sending:
            self._requests = REQUESTS_SENDING
        self._turn = 0

    def ours(self) -> Report:
        """Load our server; every order is accepted or the figures are void."""
        accounts = self._context.accounts[:MANY]
        if self._fresh_from is not None:
            accounts = (self._context.accounts[self._fresh_from + self._turn],)
        load = self._context.load(
            connections=self._connections,
            requests=self._requests,
            accounts=accounts,
            key=f"{self._connections}-{self._fresh_from}-{self._turn}",
        )
        self._turn += 1
        report = uvloop.run(run_load(load))
        if self._sending:
            # What is still being sent must not weigh on the other side's turn.
            self._context.await_sent(accounts)
        return report

    def theirs(self) -> Report:
        """Load the bare server."""
        return _load_bare(self._bare_port, connections=self._connections, requests=self._requests)


class _Bare:
    """A bare POST with the statement of an order, and one with one INSERT.

    Orders go to the accounts in turn, and each of these is one connection's.
    """

    def __init__(
        self, context: Context, *, statement_port: int, bare_port: int, connections: int
    ) -> None:
        self._context = replace(context, port=statement_port)
        self._bare_port = bare_port
        self._connections = connections
        self._requests = REQUESTS_ONE if connections == 1 else REQUESTS_MANY
        self._turn = 0

    def ours(self) -> Report:
        """Load the server with the statement."""
        load = self._context.load(
            connections=self._connections,
            requests=self._requests,
            accounts=self._context.accounts[: self._connections],
            key=f"{self._connections}-{self._turn}",
        )
        self._turn += 1
        # The warm-up must share out as the accounts do.
        warm_up = 3 * MANY
        return uvloop.run(run_load(replace(load, path=STATEMENT_PATH, warm_up=warm_up)))

    def theirs(self) -> Report:
        """Load the server with one INSERT."""
        return _load_bare(self._bare_port, connections=self._connections, requests=self._requests)


def _load_bare(port: int, *, connections: int, requests: int) -> Report:
    load = Load(
        port=port, path=BARE_PATH, body=bare_order, connections=connections, requests=requests
    )
    return uvloop.run(run_load(load))


def _latency_row(name: str, pair: _Sides, *, goal: float | None) -> Row:
    ours, theirs = interleave(
        lambda: pair.ours().latency_ms.p50, lambda: pair.theirs().latency_ms.p50, repeats=TURNS
    )
    return compare(
        name=name,
        unit="ms",
        better=Better.LOWER,
        ours=ours,
        reference=theirs,
        reference_name=PEER,
        goal=goal,
    )


def _throughput_row(name: str, pair: _Sides, *, goal: float | None) -> Row:
    ours, theirs = interleave(
        lambda: pair.ours().requests_per_s, lambda: pair.theirs().requests_per_s, repeats=TURNS
    )
    return compare(
        name=name,
        unit="1/s",
        better=Better.HIGHER,
        ours=ours,
        reference=theirs,
        reference_name=PEER,
        goal=goal,
    )


@contextmanager
def _sides(*, sending: bool = False) -> Iterator[tuple[Context, int]]:
    """Run one Postgres, our server and the bare one on it; give our desk and their port."""
    with tempfile.TemporaryDirectory(prefix="ballast-bench-") as name:
        folder = Path(name)
        with (
            running_postgres(folder / "postgres") as (ours_url, bare_url),
            open_context(
                database_url=ours_url,
                folder=folder / "data",
                accounts=MANY + 2 * TURNS,
                sending=sending,
            ) as context,
            _bare("bench.peers.bare_post", database_url=bare_url) as port,
        ):
            yield context, port


@contextmanager
def _statement_sides() -> Iterator[tuple[Context, int, int]]:
    """Run one Postgres and two bare servers, one of them on our tables with accounts in them."""
    with tempfile.TemporaryDirectory(prefix="ballast-bench-") as name:
        folder = Path(name)
        with running_postgres(folder / "postgres") as (ours_url, bare_url):
            context = furnished_context(
                database_url=ours_url, folder=folder / "data", accounts=MANY
            )
            with (
                _bare("bench.peers.bare_statement", database_url=ours_url) as statement_port,
                _bare("bench.peers.bare_post", database_url=bare_url) as port,
            ):
                yield context, statement_port, port


@contextmanager
def _bare(module: str, *, database_url: str) -> Iterator[int]:
    port = free_port()
    arguments = (
        "-m",
        module,
        f"--database-url={database_url}",
        f"--port={port}",
        f"--pool-size={MANY}",
        "--seconds-max=1800",
    )
    with serving(arguments=arguments, port=port):
        yield port


@contextmanager
def running_postgres(folder: Path) -> Iterator[tuple[str, str]]:
    """Run the embedded Postgres with its own settings; give the URLs of two databases."""
    folder.mkdir()
    server = EmbeddedPostgres(data_dir=folder)
    try:
        url = uvloop.run(server.start())
        uvloop.run(_create(url, database=BARE_DATABASE))
        yield url, urlunsplit(urlsplit(url)._replace(path=f"/{BARE_DATABASE}"))
    finally:
        uvloop.run(server.stop())


async def _create(url: str, *, database: str) -> None:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        await connection.execute(f"CREATE DATABASE {database}")
    finally:
        await connection.close()
