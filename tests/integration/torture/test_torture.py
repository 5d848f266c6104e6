"""The torture, sized for every run of the suite; `make torture` runs it at its goals."""

from pathlib import Path
from random import Random

import pytest

from tests.services.service import Service
from tests.torture import factors, guards, keys, kill_switch, kills, passkeys, races, refresh
from tests.torture.stages import served, stops_served

# The commands draw their own; here a failure must come again.
SEED = 20_260_102
KILLS = 3
KEYS = 20
ACTIVATIONS = 5
RACES_OVER_HTTP = 3
RACES = 10
REFRESH_ROUNDS = 8
FACTOR_ROUNDS = 6
PASSKEY_ROUNDS = 2


def say(line: str) -> None:
    """Print for whoever looks at a failed run: pytest shows it then."""
    print(line)  # noqa: T201 - as said


@pytest.mark.timeout(900)
async def test_no_order_is_lost_or_doubled_when_the_server_is_killed() -> None:
    seed = SEED
    tally = await kills.torture(kills=KILLS, seed=seed, say=say, batch=KILLS)
    assert tally.wrongs == [], f"seed {seed}"
    assert tally.kills.total() == KILLS
    assert tally.answered > 0


@pytest.mark.timeout(900)
async def test_one_key_makes_one_order_and_one_answer_and_a_limit_is_never_overspent() -> None:
    async with served({}) as context:
        account_id = await context.open_account("keys")
        raced = await keys.torture(context, account_id=account_id, keys=KEYS, say=say)
        assert raced.wrongs == []
        assert raced.requests == KEYS * keys.TOGETHER
        spent = await races.over_http(context, races=RACES_OVER_HTTP, say=say)
        assert spent.wrongs == []


@pytest.mark.timeout(900)
async def test_nothing_arrives_after_a_kill_was_acknowledged() -> None:
    seed = SEED
    async with stops_served() as (context, tap, accounts):
        stops = await kill_switch.torture(
            context,
            tap=tap,
            accounts=accounts,
            activations=ACTIVATIONS,
            random=Random(seed),
            say=say,
        )
    assert stops.wrongs == [], f"seed {seed}"
    assert stops.activations == ACTIVATIONS
    assert stops.arrivals > 0


@pytest.mark.timeout(900)
async def test_several_intakes_on_one_database_never_overspend(
    database_url: str, tmp_path: Path
) -> None:
    raced = await races.in_process(database_url, tmp_path, races=RACES, say=say)
    assert raced.wrongs == []
    assert raced.accepted == RACES * races.ROOM


@pytest.mark.timeout(900)
async def test_a_refresh_token_is_good_once_and_what_ended_is_dead_in_both_processes(
    database_url: str, own_redis: Service, tmp_path: Path
) -> None:
    found = await refresh.torture(
        database_url, own_redis.url, tmp_path, rounds=REFRESH_ROUNDS, seed=SEED, say=say
    )
    assert found.wrongs == []
    assert found.rounds == REFRESH_ROUNDS
    assert found.refreshes >= REFRESH_ROUNDS * refresh.TOGETHER


@pytest.mark.timeout(900)
async def test_of_many_uses_of_one_code_one_wins(
    database_url: str, own_redis: Service, tmp_path: Path
) -> None:
    found = await factors.torture(
        database_url, own_redis.url, tmp_path, rounds=FACTOR_ROUNDS, seed=SEED, say=say
    )
    assert found.wrongs == []
    assert found.won == {"app": FACTOR_ROUNDS, "paper": FACTOR_ROUNDS}
    assert found.uses == 2 * FACTOR_ROUNDS * factors.TOGETHER


@pytest.mark.timeout(900)
async def test_of_many_uses_of_one_answer_of_a_passkey_one_wins(
    database_url: str, own_redis: Service, tmp_path: Path
) -> None:
    found = await passkeys.torture(
        database_url, own_redis.url, tmp_path, rounds=PASSKEY_ROUNDS, seed=SEED, say=say
    )
    assert found.wrongs == []
    assert found.won == dict.fromkeys(passkeys.DOORS, PASSKEY_ROUNDS)
    assert found.uses == len(passkeys.DOORS) * PASSKEY_ROUNDS * passkeys.TOGETHER


async def test_the_database_itself_refuses_illegal_moves_and_changes_of_what_is_immutable(
    database_url: str, tmp_path: Path
) -> None:
    tried = await guards.torture(database_url, tmp_path)
    assert tried.wrongs == []
    assert tried.refused > 100
    assert tried.allowed > 50
