"""Kill or stop the main process again and again: the watchdog leaves nothing open.

python -m tests.torture.watchdog_kills --rounds 100
"""

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random

import httpx

from tests.integration.bootstrap.many import Program, program, until
from tests.integration.brokers.venue_process import VenueProcess, venue_process
from tests.integration.kill_switch.test_database_away import client, open_at, order, resting
from tests.integration.kill_switch.test_watchdog import causes, database, settings
from tests.postgres_server import server_at
from tests.services.finding import own_service

WITHIN_S = 90.0
RESTS_S = 5.0
# Longer than it takes a process to say that it lives, and the watchdog to look.
HEARD_S = 3.0


def torture(folder: Path, *, postgres_url: str, rounds: int, seed: int) -> dict[str, int]:
    """Return how many rounds were run and how many orders were cancelled; raises AssertionError."""
    dice = Random(seed)
    done = {"kills": 0, "stops": 0, "orders": 0}
    with (
        server_at(postgres_url) as server,
        server.fresh_database() as url,
        venue_process() as venue,
        program(folder, "watchdog", **settings(venue)) as watchdog,
        ExitStack() as stack,
    ):
        running = stack.enter_context(_server(folder, venue, url))
        account_id = ""
        for _ in range(rounds):
            with client(running) as http:
                account_id = _rest(running, venue, http=http, account_id=account_id)
            done["orders"] += len(open_at(venue))
            number = dice.choice([signal.SIGKILL, signal.SIGSTOP])
            before = _acted(watchdog)
            running.send(number)
            _wait_for_an_act(watchdog, before=before)
            until(lambda: not open_at(venue), within_s=WITHIN_S, told=watchdog.tail)
            if number is signal.SIGKILL:
                running.ended(within_s=10)
                running = stack.enter_context(_server(folder, venue, url))
                done["kills"] += 1
            else:
                running.send(signal.SIGCONT)
                # It is heard to live again, or its next silence would be the same one.
                time.sleep(HEARD_S)
                done["stops"] += 1
            with client(running) as http:
                latched = running
                until(lambda: causes(http) != [], within_s=WITHIN_S, told=latched.tail)
                assert open_at(venue) == []
                until(lambda: _released(http), within_s=WITHIN_S, told=latched.tail)
    return done


def _rest(running: Program, venue: VenueProcess, *, http: httpx.Client, account_id: str) -> str:
    if not account_id:
        return resting(running, venue, http=http)

    def rests() -> bool:
        # What was released just now may still take an order with it: then there is another.
        if order(http, account_id=account_id).status_code != httpx.codes.CREATED:
            return False
        give_up_at = time.monotonic() + RESTS_S
        while not open_at(venue) and time.monotonic() < give_up_at:
            time.sleep(0.05)
        return open_at(venue) != []

    until(rests, within_s=WITHIN_S, told=running.tail)
    return account_id


def _wait_for_an_act(watchdog: Program, *, before: int) -> None:
    # An empty venue says nothing: what was released just now may have taken the last order.
    until(lambda: _acted(watchdog) > before, within_s=WITHIN_S, told=watchdog.tail)


def _acted(watchdog: Program) -> int:
    return watchdog.log.read_text().count("watchdog.dispatch_silent")


def _released(http: httpx.Client) -> bool:
    asked = {"scope": "broker", "broker": "paper", "reason": "the next round"}
    http.post("/api/v1/kill-switch/release", json=asked)
    return causes(http) == []


@contextmanager
def _server(folder: Path, venue: VenueProcess, url: str) -> Iterator[Program]:
    with program(folder, "serve", **settings(venue), **database(url)) as running:
        yield running


def main() -> int:
    """Run as many rounds as are asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture.watchdog_kills")
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, own_service("postgres") as service:
        done = torture(
            Path(folder) / "data",
            postgres_url=service.url,
            rounds=chosen.rounds,
            seed=chosen.seed,
        )
    sys.stdout.write(f"{done}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
