"""A stop is carried out while the database is gone, and is stored before anything is sent."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from ports.broker import VenueState
from tests.integration.bootstrap.many import Program, program, until
from tests.integration.brokers.venue_process import VenueProcess, venue_process
from tests.postgres_server import server_at
from tests.services.service import Service
from tests.torture.context import Context
from tests.unit.sources import ROOT

pytestmark = pytest.mark.timeout(900)

ORDERS = 12
# A limit for what never comes; nothing here depends on how fast it comes.
WITHIN_S = 180.0


Stop = Callable[[Program, httpx.Client], str]


def by_session(_: Program, http: httpx.Client) -> str:
    """Stop as a person; return the latch's id."""
    stopped = http.post("/api/v1/kill-switch/activate", json={"reason": "no database"})
    assert stopped.status_code == 202, stopped.text
    told = stopped.json()
    assert told["not_durable"] == ["audit_entry", "latch", "notice"]
    return str(told["latches"][0]["id"])


def by_firm(running: Program, _: httpx.Client) -> str:
    """Stop as the operator on the host; return the latch's id."""
    done = subprocess.run(
        [sys.executable, "-m", "bootstrap.cli", "firm", "stop", "no database"],
        cwd=ROOT,
        env=running.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=WITHIN_S,
    )
    assert done.returncode == 0, done.stderr
    assert "without the database" in done.stdout, done.stdout
    return done.stdout.split()[1].rstrip(",")


def stops_of(running: Program) -> list[Path]:
    """Return the stops that are kept in files."""
    return list((Path(running.environment["BALLAST_DATA_DIR"]) / "kill" / "stops").iterdir())


@pytest.mark.parametrize(
    ("arguments", "stop", "by_token"),
    [
        (("serve",), by_session, False),
        (("serve", "--workers", "1"), by_session, False),
        (("serve",), by_session, True),
        (("serve",), by_firm, False),
    ],
    ids=["one", "parted", "token", "firm"],
)
def test_a_stop_without_the_database_leaves_nothing_at_the_venue(
    tmp_path: Path, own_postgres: Service, arguments: tuple[str, ...], stop: Stop, by_token: bool
) -> None:
    with (
        server_at(own_postgres.url) as server,
        server.fresh_database() as url,
        venue_process() as venue,
        program(
            tmp_path / "data",
            *arguments,
            BALLAST_PROFILE="cluster",
            BALLAST_DATABASE_URL=url,
            BALLAST_REPLAY_PAUSED="true",
            BALLAST_PAPER_URL=venue.url,
        ) as running,
        client(running) as http,
        machine_of(http) as machine,
    ):
        account_id = resting(running, venue, http=http)
        own_postgres.kill()
        try:
            latch_id = stop(running, machine if by_token else http)
            # While the database is still away.
            until(lambda: not open_at(venue), within_s=WITHIN_S, told=running.tail)
            assert [latch_id in one.name for one in stops_of(running)] == [True]
        finally:
            own_postgres.restart()
        until(
            lambda: http.get("/health/ready").status_code == 200,
            within_s=WITHIN_S,
            told=running.tail,
        )

        def stored() -> bool:
            answered = http.get("/api/v1/kill-switch")
            return answered.status_code == 200 and latch_id in [
                one["id"] for one in answered.json()["latches"]
            ]

        until(stored, within_s=WITHIN_S, told=running.tail)
        until(lambda: not stops_of(running), within_s=WITHIN_S, told=running.tail)
        # Between the outage and the stored latch nothing reached the venue.
        assert len(venue.dump().arrivals) == ORDERS
        denied = order(http, account_id=account_id)
        assert denied.status_code == 403, denied.text
        assert len(venue.dump().arrivals) == ORDERS


def client(running: Program) -> httpx.Client:
    """Return a client of a server that is up."""
    until(running.is_up, within_s=WITHIN_S, told=running.tail)
    headers = {"Authorization": f"Bearer {running.token()}"}
    return httpx.Client(base_url=running.url, headers=headers, timeout=30)


def machine_of(http: httpx.Client) -> httpx.Client:
    """Return a client with a personal access token that was found good once."""
    asked = {"name": "stopper", "scopes": ["kill.activate", "risk.read"]}
    made = http.post("/api/v1/tokens", json=asked, headers={"Idempotency-Key": "stopper"})
    assert made.status_code == 201, made.text
    headers = {"Authorization": f"Bearer {made.json()['token']}"}
    # From here on the process knows it, also while the database is away.
    found = httpx.get(f"{http.base_url}/api/v1/kill-switch", headers=headers, timeout=30)
    assert found.status_code == 200, found.text
    return httpx.Client(base_url=http.base_url, headers=headers, timeout=30)


def resting(running: Program, venue: VenueProcess, *, http: httpx.Client) -> str:
    """Open an account and have orders of it rest at the venue; return its id."""
    until(
        lambda: http.get("/health/ready").status_code == 200, within_s=WITHIN_S, told=running.tail
    )
    account_id = asyncio.run(_account(running))
    for _ in range(ORDERS):
        taken = order(http, account_id=account_id)
        assert taken.status_code == 201, taken.text
    until(lambda: len(open_at(venue)) == ORDERS, within_s=WITHIN_S, told=running.tail)
    return account_id


def order(http: httpx.Client, *, account_id: str) -> httpx.Response:
    """Ask for an order that rests."""
    body = {
        "account_id": account_id,
        "symbol": "IBM",
        "side": "buy",
        "type": "limit",
        "limit_price": "95",
        "quantity": "1",
        "time_in_force": "gtc",
    }
    return http.post("/api/v1/orders", json=body)


def open_at(venue: VenueProcess) -> list[str]:
    """Return the orders that the venue holds open."""
    working = (VenueState.WORKING, VenueState.TRIGGERED, VenueState.PARTIALLY_FILLED)
    return [one.client_order_id for one in venue.dump().orders if one.state in working]


async def _account(running: Program) -> str:
    async with Context(url=running.url, token=running.token()) as context:
        await context.drop_rules()
        return await context.open_account("stopping")
