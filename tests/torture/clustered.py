"""Run the tortures of separate processes: each over a Postgres and a Kafka of its own."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from random import Random
from typing import Protocol

from tests.postgres_server import running_server
from tests.services.finding import own_service
from tests.services.service import Service
from tests.torture import worker_kills
from tests.torture.command_kills import CommandKills
from tests.torture.event_kills import EventKills
from tests.torture.poison import Poisoned
from tests.torture.terms import Terms
from tests.torture.terms_whole import WholeTerms

EVENTS = 100_000
MESSAGES = 10_000
# Consumers that are killed amid poison, in a run of their own.
POISON_KILLS = 20
TERMS = 100
WHOLE_TERMS = 10

Say = Callable[[str], None]


class Clustered(Protocol):
    """A torture that takes the number of kills, where it kills."""

    def __call__(self, *, kills: int, seed: int, say: Say) -> Sequence[str]:
        """Run it and return what broke a promise."""
        ...


def run_processes(*, kills: int, seed: int, say: Say) -> Sequence[str]:
    """Invariant 1 with processes: SIGKILL of the API, the dispatcher and the relay, each."""
    with running_server() as server, own_service("kafka") as kafka:
        killed = worker_kills.torture(server, bootstrap=kafka.url, kills=kills, seed=seed, say=say)
    say(killed.describe())
    return killed.wrongs


def run_events(*, kills: int, seed: int, say: Say) -> Sequence[str]:
    """Invariant 17: SIGKILL of the relay, of the consumer and, for every tenth of them, Kafka."""
    with _servers() as (url, kafka):
        run = EventKills(
            database_url=url,
            kafka=kafka,
            events=EVENTS,
            relay_kills=kills,
            applier_kills=kills,
            kafka_kills=max(1, kills // 10),
            seed=seed,
            say=say,
        )
        told = asyncio.run(run.run())
    say(told.describe())
    return told.wrongs


def run_commands(*, kills: int, seed: int, say: Say) -> Sequence[str]:
    """Commands from Kafka: SIGKILL of whoever carries them out."""
    with _servers() as (url, kafka):
        run = CommandKills(database_url=url, bootstrap=kafka.url, kills=kills, seed=seed, say=say)
        came = asyncio.run(run.run())
    say(came.describe())
    return came.wrongs


def run_poison(*, kills: int, seed: int, say: Say) -> Sequence[str]:
    """Invariant 18: one message of a hundred is poison; then again while consumers are killed."""
    wrongs: list[str] = []
    random = Random(seed)
    for deaths in (0, min(kills, POISON_KILLS)):
        with _servers() as (url, kafka):
            run = Poisoned(
                database_url=url,
                bootstrap=kafka.url,
                messages=MESSAGES,
                kills=deaths,
                seed=random.getrandbits(32),
                say=say,
            )
            done = asyncio.run(run.run())
        say(done.describe())
        wrongs += done.wrongs
    return wrongs


def run_terms(*, kills: int, seed: int, say: Say) -> Sequence[str]:
    """Invariant 22: SIGTERM under load, of each process alone and of a whole server."""
    wrongs: list[str] = []
    for kind, times in ((Terms, TERMS - WHOLE_TERMS), (WholeTerms, WHOLE_TERMS)):
        with _servers() as (url, kafka):
            run = kind(
                database_url=url,
                bootstrap=kafka.url,
                terms=max(1, times * min(kills, TERMS) // TERMS),
                seed=seed,
                say=say,
            )
            ended = asyncio.run(run.run())
        say(ended.describe())
        wrongs += ended.wrongs
    return wrongs


@contextmanager
def _servers() -> Iterator[tuple[str, Service]]:
    """Give a fresh database and a fresh Kafka."""
    with (
        running_server() as server,
        server.fresh_database() as url,
        own_service("kafka") as kafka,
    ):
        yield url, kafka


CLUSTERED: dict[str, Clustered] = {
    "processes": run_processes,
    "events": run_events,
    "commands": run_commands,
    "poison": run_poison,
    "terms": run_terms,
}
