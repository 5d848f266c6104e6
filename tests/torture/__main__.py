"""Kill, race and repeat until something breaks: `python -m tests.torture --kills 500`.

Each torture prints what it did; the run ends with 1 when a single promise was broken.
"""

import argparse
import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from random import Random

import structlog

from tests.matrix import whole as matrix
from tests.matrix.whole import over_postgres
from tests.services.finding import own_service
from tests.services.service import Service
from tests.torture import (
    audit_chain,
    barrier,
    bound,
    canaries,
    deaths,
    dependencies,
    factors,
    fleet_stops,
    guards,
    keys,
    kill_switch,
    kills,
    passkeys,
    races,
    refresh,
    refresh_http,
    rotation,
    strategy_kills,
    survival,
)
from tests.torture.clustered import CLUSTERED, Clustered
from tests.torture.network_faults import FAULTS
from tests.torture.processes import ROOT
from tests.torture.stages import (
    arena,
    fresh_database,
    mortal_servers,
    real_servers,
    redis_and_kafka,
    ruins,
    served,
    stops_served,
)

KEYS = 1_000
ACTIVATIONS = 200
ACTIVATIONS_OF_PROCESSES = 1_000
ROUNDS = 100
RACES = 1_000
RACES_OVER_HTTP = 50
SWAPS = 1_000
CANARIES = 200
ROTATIONS_KILLED = 50
REFRESH_ROUNDS = 1_000
FACTOR_ROUNDS = 500
PASSKEY_ROUNDS = 200
STRATEGY_KILLS = 200
# For one of the programs that run in memory.
MODULE_S = 3_600


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the command line asks for."""

    kills: int
    seed: int
    # What the other tortures count; None is each one's own goal.
    count: int | None = None


Torture = Callable[[Request], Sequence[str]]


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def run_kills(asked: Request) -> Sequence[str]:
    """Invariant 1: SIGKILL at failpoints and at random."""
    tally = asyncio.run(kills.torture(kills=asked.kills, seed=asked.seed, say=say))
    say(tally.describe())
    return tally.wrongs


def run_keys(asked: Request) -> Sequence[str]:
    """Invariant 2: one idempotency key, many requests."""

    async def race() -> keys.Keys:
        async with served({}) as context:
            account_id = await context.open_account("keys")
            return await keys.torture(context, account_id=account_id, keys=KEYS, say=say)

    found = asyncio.run(race())
    say(found.describe())
    return found.wrongs


def run_stops(asked: Request) -> Sequence[str]:
    """Invariant 3: nothing arrives after a kill was acknowledged."""

    async def race() -> kill_switch.Stops:
        async with stops_served() as (context, tap, accounts):
            return await kill_switch.torture(
                context,
                tap=tap,
                accounts=accounts,
                activations=ACTIVATIONS,
                random=Random(asked.seed),
                say=say,
            )

    found = asyncio.run(race())
    say(found.describe())
    return found.wrongs


def run_barrier(asked: Request) -> Sequence[str]:
    """Invariant 3: two processes send under one barrier, stopped, cut off and killed."""
    activations = asked.count or ACTIVATIONS_OF_PROCESSES
    with fresh_database() as (url, _):
        found = asyncio.run(barrier.run(url, activations=activations, seed=asked.seed, say=say))
    say(found.describe())
    return found.wrongs


def run_fleet_stops(asked: Request) -> Sequence[str]:
    """Invariant 3: two APIs, a dispatcher and a standby on one Postgres."""
    random = Random(asked.seed)
    blows = fleet_stops.drawn(random, activations=asked.count or ACTIVATIONS_OF_PROCESSES)

    async def race(url: str, folder: Path) -> fleet_stops.FleetStops:
        async with arena(url, folder, random=random) as ring:
            return await fleet_stops.torture(ring, blows=blows, say=say)

    with fresh_database() as (url, folder):
        found = asyncio.run(race(url, folder))
    say(found.describe())
    return found.wrongs


def run_survival(asked: Request) -> Sequence[str]:
    """Invariant 4: a kill survives restarts; what cannot be read counts as killed."""

    async def race(services: dict[str, Service], url: str, folder: Path) -> survival.Survived:
        async with ruins(services, url, folder, random=Random(asked.seed)) as ruin:
            return await survival.torture(ruin, rounds=asked.count or ROUNDS, say=say)

    with mortal_servers() as (services, url, folder):
        found = asyncio.run(race(services, url, folder))
    say(found.describe())
    return found.wrongs


def run_deaths(asked: Request) -> Sequence[str]:
    """Each process dead for half a minute under load: ready, stop and cancel answered."""

    async def race(url: str, folder: Path, redis_url: str, kafka: str) -> deaths.Deaths:
        async with deaths.topology(
            folder, database_url=url, redis_url=redis_url, bootstrap=kafka
        ) as fleet:
            return await deaths.torture(fleet, say=say)

    with fresh_database() as (url, folder), redis_and_kafka() as (redis_url, kafka):
        found = asyncio.run(race(url, folder, redis_url, kafka))
    say(found.describe())
    return found.wrongs


def run_faults(asked: Request) -> Sequence[str]:
    """Invariant 23: 20 faults of the network for each dependency."""
    pairs = [(name, fault) for name in dependencies.DEPENDENCIES for fault in FAULTS]
    if asked.count is not None:
        pairs = Random(asked.seed).sample(pairs, asked.count)
    with real_servers() as (where, folder):
        found = asyncio.run(
            dependencies.torture(where, folder, pairs=pairs, seed=asked.seed, say=say)
        )
    say(found.describe())
    return found.wrongs


def run_races(asked: Request) -> Sequence[str]:
    """Invariant 7: one limit, 64 submits at once."""

    async def race() -> races.Races:
        async with served({}) as context:
            return await races.over_http(context, races=RACES_OVER_HTTP, say=say)

    over_http = asyncio.run(race())
    say(f"over HTTP: {over_http.describe()}")
    with fresh_database() as (url, folder):
        found = asyncio.run(races.in_process(url, folder, races=RACES, say=say))
    say(f"{races.INTAKES} intakes on one Postgres: {found.describe()}")
    return [*over_http.wrongs, *found.wrongs]


def run_matrix(asked: Request) -> Sequence[str]:
    """Invariant 5: every route, channel and command as everyone, in memory and on Postgres."""
    wrongs: list[str] = []
    with fresh_database() as (url, _):
        for where, keep in (("memory", None), ("Postgres", over_postgres(url))):
            for name, part in asyncio.run(matrix.sweep(keep)).items():
                say(f"{name} in {where}: {part.describe()}")
                wrongs += part.wrongs
    return wrongs


def run_audit(asked: Request) -> Sequence[str]:
    """Invariant 11: an audit trail that was tampered with does not verify."""
    found = audit_chain.in_memory(count=asked.count or audit_chain.COUNT, seed=asked.seed)
    say(f"in memory: {found.describe()}")
    stored = audit_chain.by_sql(count=audit_chain.BY_SQL, seed=asked.seed)
    say(f"on Postgres: {stored.describe()}")
    return [*found.wrongs, *stored.wrongs]


def run_strategies(asked: Request) -> Sequence[str]:
    """Patterns, strategies, inference killed, Redis emptied, signals told again: no order twice."""
    with fresh_database() as (url, folder), own_service("redis") as redis:
        found = asyncio.run(
            strategy_kills.torture(
                folder,
                database_url=url,
                redis_url=redis.url,
                rounds=asked.count or STRATEGY_KILLS,
                seed=asked.seed,
                say=say,
            )
        )
    say(found.describe())
    return found.wrongs


def run_refresh(asked: Request) -> Sequence[str]:
    """Invariant 15: refresh tokens race, and what ended is dead within a second."""
    rounds = asked.count or REFRESH_ROUNDS
    with fresh_database() as (url, folder), own_service("redis") as redis:
        found = asyncio.run(
            refresh.torture(url, redis.url, folder, rounds=rounds, seed=asked.seed, say=say)
        )
        say(found.describe())
    with fresh_database() as (url, folder), own_service("redis") as redis:
        # Each round logs in with a password: a tenth of the rounds takes as long.
        over_http = asyncio.run(
            refresh_http.torture(
                url, redis.url, folder, rounds=-(-rounds // 10), seed=asked.seed, say=say
            )
        )
    say(f"over HTTP: {over_http.describe()}")
    return [*found.wrongs, *over_http.wrongs]


def run_factors(asked: Request) -> Sequence[str]:
    """Invariant 16: of 50 uses of one code of an app, and of one backup code, one wins."""
    rounds = asked.count or FACTOR_ROUNDS
    with fresh_database() as (url, folder), own_service("redis") as redis:
        found = asyncio.run(
            factors.torture(url, redis.url, folder, rounds=rounds, seed=asked.seed, say=say)
        )
    say(found.describe())
    return found.wrongs


def run_passkeys(asked: Request) -> Sequence[str]:
    """Invariant 16: of 50 uses of one answer of a passkey one wins, at each door."""
    rounds = asked.count or PASSKEY_ROUNDS
    with fresh_database() as (url, folder), own_service("redis") as redis:
        found = asyncio.run(
            passkeys.torture(url, redis.url, folder, rounds=rounds, seed=asked.seed, say=say)
        )
    say(found.describe())
    return found.wrongs


def run_guards(asked: Request) -> Sequence[str]:
    """Invariants 8 and 10: the database itself refuses what the application never asks."""
    with fresh_database() as (url, folder):
        found = asyncio.run(guards.torture(url, folder))
    say(found.describe())
    return found.wrongs


def run_bound(asked: Request) -> Sequence[str]:
    """Invariant 14: what is sealed opens in its own row under its own version only."""
    with fresh_database() as (url, folder):
        swaps, random = asked.count or SWAPS, Random(asked.seed)
        found = asyncio.run(bound.torture(url, folder, swaps=swaps, random=random, say=say))
    say(found.describe())
    return found.wrongs


def run_canaries(asked: Request) -> Sequence[str]:
    """Invariant 13: no secret stands in plain in logs, database, Redis, Kafka or answers."""

    async def put(redis_url: str, kafka: str) -> canaries.Canaries:
        count, random = asked.count or CANARIES, Random(asked.seed)
        return await canaries.torture(
            redis_url=redis_url, kafka=kafka, count=count, random=random, say=say
        )

    with redis_and_kafka() as (redis_url, kafka):
        found = asyncio.run(put(redis_url, kafka))
    say(found.describe())
    return found.wrongs


def run_rotation(asked: Request) -> Sequence[str]:
    """Invariant 24: SIGKILL in the middle of key rotations; every secret stays readable."""
    with fresh_database() as (url, folder):
        kills, random = asked.count or ROTATIONS_KILLED, Random(asked.seed)
        found = asyncio.run(rotation.torture(url, folder, kills=kills, random=random, say=say))
    say(found.describe())
    return found.wrongs


def _module(name: str, *arguments: str, seeded: bool = True) -> Torture:
    """Give a torture that is a program of its own: it ends with other than 0 when it fails."""
    module = import_module(f"tests.torture.{name}")

    def run(asked: Request) -> Sequence[str]:
        seed = ("--seed", str(asked.seed)) if seeded else ()
        command = [sys.executable, "-m", module.__name__, *arguments, *seed]
        done = subprocess.run(command, cwd=ROOT, timeout=MODULE_S, check=False)
        return [] if done.returncode == 0 else [f"{' '.join(command[1:])} failed, as it says"]

    run.__doc__ = (module.__doc__ or "").splitlines()[0]
    return run


def _clustered(run: Clustered) -> Torture:
    def torture(asked: Request) -> Sequence[str]:
        return run(kills=asked.kills, seed=asked.seed, say=say)

    torture.__doc__ = run.__doc__
    return torture


TORTURES: dict[str, Torture] = {
    "fills": _module("fills"),
    "ledger": _module("ledger", seeded=False),
    "transitions": _module("transitions", seeded=False),
    "idempotency": _module("idempotency"),
    "overspend": _module("overspend"),
    "decisions": _module("replay_decisions"),
    "audit": run_audit,
    "guards": run_guards,
    "matrix": run_matrix,
    "refresh": run_refresh,
    "factors": run_factors,
    "passkeys": run_passkeys,
    "keys": run_keys,
    "stops": run_stops,
    "stops-barrier": run_barrier,
    "stops-fleet": run_fleet_stops,
    "deaths": run_deaths,
    "strategies": run_strategies,
    "faults": run_faults,
    "survival": run_survival,
    "races": run_races,
    "bound": run_bound,
    "canaries": run_canaries,
    "rotation": run_rotation,
    "kills": run_kills,
    **{name: _clustered(run) for name, run in CLUSTERED.items()},
}


def _run(chosen: argparse.Namespace) -> int:
    asked = Request(kills=chosen.kills, seed=chosen.seed, count=chosen.count)
    broken = 0
    for name in [chosen.only] if chosen.only else TORTURES:
        torture = TORTURES[name]
        say(f"{name}: {torture.__doc__} (seed {asked.seed})")
        began = time.monotonic()
        wrongs = torture(asked)
        for wrong in wrongs[:100]:
            say(f"  VIOLATION {wrong}")
        broken += len(wrongs)
        say(f"{name}: {len(wrongs)} violations in {time.monotonic() - began:.0f} s\n")
    say(f"{broken} violations, seed {asked.seed}")
    return 1 if broken else 0


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--kills", type=int, default=500, help="of the server, over all modes")
    parser.add_argument("--count", type=int, help="of what a torture counts, with --only")
    parser.add_argument("--only", choices=sorted(TORTURES), help="run this one alone")
    parser.add_argument("--seed", type=int, default=Random().getrandbits(32))
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    return _run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
