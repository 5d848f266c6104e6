"""Set the stages of the tortures: servers, products and venues, all on loopback."""

import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from random import Random

from tests.integration.brokers.venue_process import venue_process
from tests.postgres_server import running_server, server_at
from tests.services.finding import own_service, url_of
from tests.services.kafka import Kafka
from tests.services.kinds import NAMES
from tests.services.service import Service
from tests.services.state import State
from tests.torture import dependencies, fleet_stops, survival
from tests.torture.context import QUOTES, Context
from tests.torture.fleet import fleet_running
from tests.torture.processes import Server
from tests.torture.tap import Tap


@contextmanager
def fresh_database() -> Iterator[tuple[str, Path]]:
    """Give a fresh database of a Postgres, and a folder."""
    with (
        running_server() as server,
        server.fresh_database() as url,
        tempfile.TemporaryDirectory(prefix="ballast-torture-") as folder,
    ):
        yield url, Path(folder)


@contextmanager
def mortal_servers() -> Iterator[tuple[dict[str, Service], str, Path]]:
    """Give servers of this run's own, to be killed; a database on them, and a folder."""
    with ExitStack() as stack:
        services = {name: stack.enter_context(own_service(name)) for name in NAMES}
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="ballast-torture-"))
        server = stack.enter_context(server_at(services["postgres"].url))
        yield services, stack.enter_context(server.fresh_database()), Path(folder)


@asynccontextmanager
async def ruins(
    services: Mapping[str, Service], url: str, folder: Path, *, random: Random
) -> AsyncIterator[survival.Ruin]:
    """Give a product of two processes on servers that can be killed."""
    quotes = [f"--quote={symbol}={price}/{price}" for symbol, price in QUOTES.items()]
    with venue_process("--settle-horizon-s=1", *quotes) as venue:
        tap = Tap(venue.url)
        settings = {
            "BALLAST_DATABASE_URL": url,
            "BALLAST_REDIS_URL": services["redis"].url,
            "BALLAST_KAFKA_BOOTSTRAP": services["kafka"].url,
            "BALLAST_PAPER_URL": tap.url,
            "BALLAST_PAPER_SETTLE_HORIZON_S": "1",
        }
        try:
            async with fleet_running(folder, settings, parts=survival.PARTS) as fleet:
                context = fleet.contexts[0]
                await context.drop_rules()
                accounts = [
                    await context.open_account(f"ruin {n}") for n in range(survival.SENDERS)
                ]
                yield survival.Ruin(
                    fleet=fleet,
                    services=services,
                    database_url=url,
                    tap=tap,
                    venue=venue,
                    accounts=accounts,
                    random=random,
                )
        finally:
            tap.close()


@contextmanager
def real_servers() -> Iterator[tuple[dependencies.Where, Path]]:
    """Give a fresh database, a Redis and a Kafka, and a folder."""
    with fresh_database() as (url, folder), ExitStack() as stack:
        redis_url = stack.enter_context(
            url_of("redis", own=lambda: stack.enter_context(own_service("redis")))
        )
        kafka = kafka_with_proxy(stack)
        ports = (kafka.upstream_port, kafka.proxy_port)
        yield dependencies.Where(database_url=url, redis_url=redis_url, kafka=ports), folder


@contextmanager
def redis_and_kafka() -> Iterator[tuple[str, str]]:
    """Give the addresses of a Redis and a Kafka."""
    with ExitStack() as stack:
        redis_url, kafka = (
            stack.enter_context(url_of(name, own=_started(name, stack)))
            for name in ("redis", "kafka")
        )
        yield redis_url, kafka


def _started(name: str, stack: ExitStack) -> Callable[[], Service]:
    return lambda: stack.enter_context(own_service(name))


def kafka_with_proxy(stack: ExitStack) -> Kafka:
    """Return the Kafka that runs here, or one of our own: a URL alone knows no proxy."""
    started = State().read().get("kafka")
    if started is None or not started.is_alive():
        started = stack.enter_context(own_service("kafka"))
    assert isinstance(started.server, Kafka)
    return started.server


@asynccontextmanager
async def served(settings: dict[str, str]) -> AsyncIterator[Context]:
    """Give a client of a fresh server without rules."""
    async with serving(settings) as (_, context):
        await context.drop_rules()
        yield context


@asynccontextmanager
async def serving(settings: dict[str, str]) -> AsyncIterator[tuple[Server, Context]]:
    """Give a fresh server and a client of it."""
    with tempfile.TemporaryDirectory(prefix="ballast-torture-") as folder:
        server = Server(folder=Path(folder), settings={"BALLAST_REPLAY_PAUSED": "true", **settings})
        server.start()
        try:
            if not await server.ready():
                raise RuntimeError(f"the server did not start\n{server.log_tail()}")
            async with Context(url=server.url, token=server.token()) as context:
                yield server, context
            server.stop()
        finally:
            server.kill()


@asynccontextmanager
async def arena(url: str, folder: Path, *, random: Random) -> AsyncIterator[fleet_stops.Arena]:
    """Give a fleet on a database whose venue is a process of its own behind a tap."""
    quotes = [f"--quote={symbol}={price}/{price}" for symbol, price in QUOTES.items()]
    with venue_process("--settle-horizon-s=1", *quotes) as venue:
        tap = Tap(venue.url)
        settings = {
            "BALLAST_DATABASE_URL": url,
            "BALLAST_PAPER_URL": tap.url,
            "BALLAST_PAPER_SETTLE_HORIZON_S": "1",
        }
        try:
            async with fleet_running(folder, settings) as fleet:
                context = fleet.contexts[0]
                await context.drop_rules()
                accounts = [await context.open_account(f"stops {number}") for number in range(4)]
                yield fleet_stops.Arena(
                    fleet=fleet,
                    tap=tap,
                    venue=venue,
                    database_url=url,
                    accounts=accounts,
                    random=random,
                )
        finally:
            tap.close()


@asynccontextmanager
async def stops_served() -> AsyncIterator[tuple[Context, Tap, list[str]]]:
    """Give a server whose venue is a process of its own behind a tap, and funded accounts."""
    quotes = [f"--quote={symbol}={price}/{price}" for symbol, price in QUOTES.items()]
    with venue_process(*quotes) as venue:
        tap = Tap(venue.url)
        try:
            async with served({"BALLAST_PAPER_URL": tap.url}) as context:
                accounts = [await context.open_account(f"stops {number}") for number in range(4)]
                yield context, tap, accounts
        finally:
            tap.close()
