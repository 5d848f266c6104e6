"""A stop is carried out while the database is gone, and is stored before anything is sent."""

import asyncio
from pathlib import Path

import httpx
import pytest

from ports.broker import VenueState
from tests.integration.bootstrap.many import Program, program, until
from tests.integration.brokers.venue_process import VenueProcess, venue_process
from tests.postgres_server import server_at
from tests.services.service import Service
from tests.torture.context import Context

pytestmark = pytest.mark.timeout(900)

ORDERS = 12
# A limit for what never comes; nothing here depends on how fast it comes.
WITHIN_S = 180.0


@pytest.mark.parametrize(
    "arguments", [("serve",), ("serve", "--workers", "1")], ids=["one", "parted"]
)
def test_a_stop_without_the_database_leaves_nothing_at_the_venue(
    tmp_path: Path, own_postgres: Service, arguments: tuple[str, ...]
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
    ):
        account_id = resting(running, venue, http=http)
        own_postgres.kill()
        try:
            stopped = http.post("/api/v1/kill-switch/activate", json={"reason": "no database"})
            assert stopped.status_code == 202, stopped.text
            told = stopped.json()
            assert told["not_durable"] == ["audit_entry", "latch", "notice"]
            # While the database is still away.
            until(lambda: not open_at(venue), within_s=WITHIN_S, told=running.tail)
            kept = list((tmp_path / "data" / "kill" / "stops").iterdir())
            assert [told["latches"][0]["id"] in one.name for one in kept] == [True]
        finally:
            own_postgres.restart()
        until(
            lambda: http.get("/health/ready").status_code == 200,
            within_s=WITHIN_S,
            told=running.tail,
        )
        latch_id = told["latches"][0]["id"]

        def stored() -> bool:
            answered = http.get("/api/v1/kill-switch")
            return answered.status_code == 200 and latch_id in [
                one["id"] for one in answered.json()["latches"]
            ]

        until(stored, within_s=WITHIN_S, told=running.tail)
        until(
            lambda: not list((tmp_path / "data" / "kill" / "stops").iterdir()),
            within_s=WITHIN_S,
            told=running.tail,
        )
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
