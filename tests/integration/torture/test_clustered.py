"""The torture of separate processes, sized for every run of the suite."""

from pathlib import Path

import pytest

from ports.broker import Dedup
from tests.services.service import Service
from tests.torture import strategy_kills
from tests.torture.command_kills import CommandKills
from tests.torture.event_kills import EventKills
from tests.torture.killer import Killed
from tests.torture.poison import KINDS, Poisoned
from tests.torture.terms import JOBS, Terms
from tests.torture.terms_whole import WHOLE, WholeTerms
from tests.torture.worker_kills import Batch

# The commands draw their own; here a failure must come again.
SEED = 20_260_103

pytestmark = pytest.mark.timeout(900)


def say(line: str) -> None:
    """Print for whoever looks at a failed run: pytest shows it then."""
    print(line)  # noqa: T201 - as said


async def test_api_dispatcher_and_relay_die_and_no_order_is_lost_or_doubled(
    database_url: str, own_kafka: Service
) -> None:
    killed = Killed()
    batch = Batch(
        database_url=database_url,
        bootstrap=own_kafka.url,
        dedup=Dedup.NONE,
        seed=SEED,
        kills=3,
        say=say,
    )
    await batch.run(killed)
    assert killed.wrongs == [], f"seed {SEED}"
    assert all(names.total() >= 3 for names in killed.kills.values())
    assert killed.tally.answered > 0
    assert killed.published >= killed.events > 0


async def test_patterns_and_strategies_die_and_no_signal_is_lost_or_acted_on_twice(
    database_url: str, own_redis: Service, tmp_path: Path
) -> None:
    rounds = 2 * len(strategy_kills.VICTIMS)
    found = await strategy_kills.torture(
        tmp_path,
        database_url=database_url,
        redis_url=own_redis.url,
        rounds=rounds,
        seed=SEED,
        say=say,
    )
    assert found.wrongs == [], f"seed {SEED}"
    assert found.kills == dict.fromkeys(strategy_kills.VICTIMS, 2)
    assert found.flushed == 3
    # At each kill, and told again after it.
    assert found.unread >= rounds
    assert found.open > 0
    assert found.again >= found.unread


async def test_events_are_published_and_applied_once_whoever_dies(
    database_url: str, own_kafka: Service
) -> None:
    told = await EventKills(
        database_url=database_url,
        kafka=own_kafka,
        events=1_000,
        relay_kills=3,
        applier_kills=3,
        kafka_kills=1,
        seed=SEED,
        say=say,
        kafka_up_s=(1.0, 2.0),
    ).run()
    assert told.wrongs == [], f"seed {SEED}"
    assert told.applied == told.events >= 1_000
    assert told.kills["Kafka"].total() == 1


async def test_each_command_is_decided_once_and_answered_whoever_dies(
    database_url: str, own_kafka: Service
) -> None:
    came = await CommandKills(
        database_url=database_url, bootstrap=own_kafka.url, kills=4, seed=SEED, say=say
    ).run()
    assert came.wrongs == [], f"seed {SEED}"
    assert came.names.total() == 4
    assert came.replies >= came.commands > 0
    assert came.at_venue > 0


async def test_poison_is_put_aside_exactly_and_holds_nobody_up(
    database_url: str, own_kafka: Service
) -> None:
    done = await Poisoned(
        database_url=database_url,
        bootstrap=own_kafka.url,
        messages=600,
        share=0.08,
        seed=SEED,
        say=say,
    ).run()
    assert done.wrongs == [], f"seed {SEED}"
    assert set(done.poison) == set(KINDS)
    assert done.letters == done.poison.total()


async def test_nothing_is_lost_when_processes_are_told_to_stop(
    database_url: str, own_kafka: Service
) -> None:
    ended = await Terms(
        database_url=database_url,
        bootstrap=own_kafka.url,
        terms=4,
        seed=SEED,
        say=say,
        pause_s=(0.1, 0.5),
    ).run()
    assert ended.wrongs == [], f"seed {SEED}"
    assert set(ended.terms) == set(JOBS)
    assert ended.orders > 0


async def test_nothing_is_lost_when_a_whole_server_is_told_to_stop(
    database_url: str, own_kafka: Service
) -> None:
    ended = await WholeTerms(
        database_url=database_url, bootstrap=own_kafka.url, terms=1, seed=SEED, say=say
    ).run()
    assert ended.wrongs == [], f"seed {SEED}"
    assert ended.terms[WHOLE] == 1
    assert ended.orders > 0
