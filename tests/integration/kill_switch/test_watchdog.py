"""The server is killed or stopped, and the watchdog leaves nothing open at the venue."""

import signal
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import httpx
import pytest

from tests.integration.bootstrap.many import Program, program, until
from tests.integration.brokers.venue_process import VenueProcess, venue_process
from tests.integration.kill_switch.test_database_away import (
    WITHIN_S,
    client,
    open_at,
    order,
    resting,
)
from tests.postgres_server import server_at
from tests.services.service import Service

pytestmark = pytest.mark.timeout(900)

SILENT_S = "10"


def watched(folder: Path) -> str:
    """Return what the watchdog has heard of accounts so far: a new one is told with a beat."""
    file = folder / "kill" / "watched.json"
    return file.read_text() if file.exists() else ""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_server_that_falls_silent_leaves_nothing_open(
    tmp_path: Path, own_postgres: Service, number: signal.Signals
) -> None:
    folder = tmp_path / "data"
    with (
        server_at(own_postgres.url) as server,
        server.fresh_database() as url,
        venue_process() as venue,
        program(folder, "watchdog", **settings(venue)) as watchdog,
        program(folder, "serve", **settings(venue), **database(url)) as running,
        client(running) as http,
    ):
        account_id = resting(running, venue, http=http)
        until(
            lambda: account_id in watched(folder),
            within_s=WITHIN_S,
            told=watchdog.tail,
        )
        running.send(number)
        until(lambda: not open_at(venue), within_s=WITHIN_S, told=watchdog.tail)
        until(lambda: stops(folder) != [], within_s=WITHIN_S, told=watchdog.tail)
        sent = len(venue.dump().arrivals)
        with back(running, folder, venue, url, number) as again, client(again) as second:
            until(
                lambda: second.get("/health/ready").status_code == 200,
                within_s=WITHIN_S,
                told=again.tail,
            )
            until(lambda: causes(second) == ["watchdog"], within_s=WITHIN_S, told=again.tail)
            until(lambda: stops(folder) == [], within_s=WITHIN_S, told=again.tail)
            # What opens is held by the latch of the watchdog, now as any other.
            denied = order(second, account_id=account_id)
            assert denied.status_code == 403, denied.text
            assert len(venue.dump().arrivals) == sent


def test_an_orderly_end_leaves_what_rests_alone(tmp_path: Path, own_postgres: Service) -> None:
    folder = tmp_path / "data"
    with (
        server_at(own_postgres.url) as server,
        server.fresh_database() as url,
        venue_process() as venue,
        program(folder, "watchdog", **settings(venue)) as watchdog,
    ):
        with (
            program(folder, "serve", **settings(venue), **database(url)) as running,
            client(running) as http,
        ):
            account_id = resting(running, venue, http=http)
            until(
                lambda: account_id in watched(folder),
                within_s=WITHIN_S,
                told=watchdog.tail,
            )
            running.send(signal.SIGTERM)
            running.ended(within_s=40)
        # It has taken note: there is nobody left whose silence could be one.
        until(
            lambda: (folder / "kill" / "watched.json").read_text() == "{}",
            within_s=WITHIN_S,
            told=watchdog.tail,
        )
        assert open_at(venue)
        assert stops(folder) == []


def back(
    running: Program, folder: Path, venue: VenueProcess, url: str, number: signal.Signals
) -> AbstractContextManager[Program]:
    """Have the server go on: started again, or woken."""
    if number is signal.SIGKILL:
        running.ended(within_s=60)
        return program(folder, "serve", **settings(venue), **database(url))
    running.send(signal.SIGCONT)
    # Whoever started it ends it.
    return nullcontext(running)


def settings(venue: VenueProcess) -> dict[str, str]:
    """Return what server and watchdog are both told."""
    return {"BALLAST_PAPER_URL": venue.url, "BALLAST_KILL_SILENT_S": SILENT_S}


def database(url: str) -> dict[str, str]:
    """Return what only the server is told."""
    return {
        "BALLAST_PROFILE": "cluster",
        "BALLAST_DATABASE_URL": url,
        "BALLAST_REPLAY_PAUSED": "true",
    }


def stops(folder: Path) -> list[str]:
    """Return the stops that lie in files."""
    return [one.name for one in (folder / "kill" / "stops").glob("*.stop.json")]


def causes(http: httpx.Client) -> list[str]:
    """Return what engaged the latches that hold."""
    answered = http.get("/api/v1/kill-switch")
    return [one["cause"] for one in answered.json()["latches"]] if answered.is_success else []
