"""The torture of several processes and of their servers, sized for every run of the suite."""

import asyncio
from pathlib import Path
from random import Random

import pytest

from tests.postgres_server import TestServer, server_at
from tests.services.kafka import Kafka
from tests.services.service import Service
from tests.torture import barrier, deaths, dependencies, fleet_stops, survival
from tests.torture.fleet_stops import Blow
from tests.torture.network_faults import FAULTS
from tests.torture.stages import arena, ruins

# The commands draw their own; here a failure must come again.
SEED = 20_261_122
# Several processes start on a machine that other things share.
pytestmark = pytest.mark.timeout(900)


def say(line: str) -> None:
    """Print for whoever looks at a failed run: pytest shows it then."""
    print(line)  # noqa: T201 - as said


def test_no_sender_of_two_processes_leaves_behind_an_acknowledged_kill(database_url: str) -> None:
    blows = iter([*barrier.Blow] * 2)
    barred = asyncio.run(
        barrier.run(
            database_url,
            activations=10,
            seed=SEED,
            say=say,
            blows=lambda _: next(one for one in blows if one is not barrier.Blow.STOPPED_LONG),
        )
    )
    assert barred.wrongs == [], f"seed {SEED}"
    assert barred.activations == 10
    assert barred.arrivals > 10


def test_no_order_of_two_apis_arrives_after_a_kill_was_acknowledged(
    database_url: str, tmp_path: Path
) -> None:
    blows = [Blow.NOTHING, Blow.STOPPED_AND_ENDED, Blow.SESSIONS_ENDED]

    async def race() -> fleet_stops.FleetStops:
        async with arena(database_url, tmp_path, random=Random(SEED)) as ring:
            return await fleet_stops.torture(ring, blows=blows, say=say)

    stops = asyncio.run(race())
    assert stops.wrongs == [], f"seed {SEED}"
    assert stops.blows.total() == len(blows)
    assert stops.arrivals > 0


def test_a_kill_survives_restarts_and_what_cannot_be_read_counts_as_killed(
    own_postgres: Service, own_redis: Service, own_kafka: Service, tmp_path: Path
) -> None:
    services = {"postgres": own_postgres, "redis": own_redis, "kafka": own_kafka}

    async def race(url: str) -> survival.Survived:
        async with ruins(services, url, tmp_path, random=Random(SEED)) as ruin:
            return await survival.torture(ruin, rounds=3, say=say)

    with server_at(own_postgres.url) as server, server.fresh_database() as url:
        survived = asyncio.run(race(url))
    assert survived.wrongs == [], f"seed {SEED}"
    assert survived.denied == 2
    assert survived.unreadable.total() == 1


def test_a_bad_network_to_a_dependency_is_answered_bounded_and_gone_when_it_is_over(
    postgres_server: TestServer, redis_url: str, own_kafka: Service, tmp_path: Path
) -> None:
    assert isinstance(own_kafka.server, Kafka)
    kafka = (own_kafka.server.upstream_port, own_kafka.server.proxy_port)
    random = Random(SEED)
    pairs = [(name, random.choice(FAULTS)) for name in dependencies.DEPENDENCIES]
    with postgres_server.fresh_database() as url:
        where = dependencies.Where(database_url=url, redis_url=redis_url, kafka=kafka)
        suffered = asyncio.run(
            dependencies.torture(where, tmp_path, pairs=pairs, seed=SEED, say=say, lasts_s=1.5)
        )
    assert suffered.wrongs == [], f"seed {SEED}"
    assert len(suffered.outcomes) == len(pairs)
    assert suffered.orders > 0


@pytest.mark.timeout(900)
async def test_a_dead_process_takes_neither_stop_nor_cancel_from_those_who_answer(
    database_url: str, redis_url: str, kafka_bootstrap: str, tmp_path: Path
) -> None:
    async with deaths.topology(
        tmp_path, database_url=database_url, redis_url=redis_url, bootstrap=kafka_bootstrap
    ) as fleet:
        found = await deaths.torture(fleet, dead_s=deaths.KNOWN_S + 3.0, say=say)
    assert found.wrongs == []
    assert set(found.deaths) == set(deaths.MISSED)
    assert min(found.looks, found.stops, found.cancels, found.denied.total()) > 0
    assert found.orders[201] > 0
