"""Stops of a served installation: of one strategy alone, and at a venue that takes nothing back."""

import asyncio
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from ports.broker import VenueState
from tests.integration.bootstrap.many import Program, program, until
from tests.integration.brokers.venue_process import VenueProcess, venue_process
from tests.integration.kill_switch.test_database_away import client
from tests.torture.context import Context
from tests.torture.processes import trades

# A server and a venue start on a machine that other things share.
pytestmark = pytest.mark.timeout(900)

# A limit for what never comes; nothing here depends on how fast it comes.
WITHIN_S = 240.0
ALL = {"scope": "tenant"}
OWN = {"scope": "strategy", "strategy_id": "momentum"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A server, the venue that it sends to, and a funded account."""

    running: Program
    venue: VenueProcess
    http: httpx.Client
    account_id: str

    def buy(self, *, strategy: str | None) -> httpx.Response:
        """Ask for an order that rests."""
        body = {
            "account_id": self.account_id,
            "symbol": "IBM",
            "side": "buy",
            "type": "limit",
            "limit_price": "95",
            "quantity": "1",
            "time_in_force": "gtc",
            "strategy_id": strategy,
        }
        return self.http.post("/api/v1/orders", json=body)

    def rests(self, *, strategy: str | None) -> str:
        """Have an order rest at the venue; return its id."""
        taken = self.buy(strategy=strategy)
        assert taken.status_code == 201, taken.text
        order_id = str(taken.json()["id"])
        self.until_state(order_id, "working")
        return order_id

    def state_of(self, order_id: str) -> str:
        """Return an order's state."""
        return str(self.http.get(f"/api/v1/orders/{order_id}").json()["state"])

    def until_state(self, order_id: str, state: str) -> None:
        """Wait until an order is in that state."""
        until(
            lambda: self.state_of(order_id) == state,
            within_s=WITHIN_S,
            told=lambda: f"{self.state_of(order_id)}, not {state}: {self.running.tail()}",
        )

    def stop(self, scope: dict[str, str]) -> dict[str, Any]:
        """Engage a latch and return it."""
        body = {**scope, "reason": "to see it stop"}
        stopped = self.http.post("/api/v1/kill-switch/activate", json=body)
        assert stopped.status_code == 200, stopped.text
        return dict(stopped.json()["latch"])

    def release(self, scope: dict[str, str]) -> None:
        """Have all of a scope trade again, once all that it stops is taken back."""
        until(
            lambda: all(one["canceled_at"] is not None for one in self.latches()),
            within_s=WITHIN_S,
            told=self.running.tail,
        )
        body = {**scope, "reason": "seen"}
        asked = self.http.post("/api/v1/kill-switch/release", json=body)
        assert asked.status_code in (200, 202), asked.text
        until(
            lambda: self.latches() == [],
            within_s=WITHIN_S,
            told=lambda: str(self.latches()),
        )

    def latches(self) -> list[dict[str, Any]]:
        """Return the latches that hold."""
        return list(self.http.get("/api/v1/kill-switch").json()["latches"])

    def open_at_venue(self) -> int:
        """Count what rests at the venue."""
        return sum(one.state is VenueState.WORKING for one in self.venue.dump().orders)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, module_database_url: str) -> Iterator[Desk]:
    folder: Path = tmp_path_factory.mktemp("stops") / "data"
    with (
        venue_process(module="tests.integration.brokers.turning_venue") as venue,
        program(
            folder,
            "serve",
            BALLAST_PROFILE="cluster",
            BALLAST_DATABASE_URL=module_database_url,
            BALLAST_REPLAY_PAUSED="true",
            BALLAST_PAPER_URL=venue.url,
            BALLAST_RISK_STRATEGIES="momentum,value",
        ) as running,
        client(running) as http,
    ):
        until(lambda: trades(http.get("/health/ready")), within_s=WITHIN_S, told=running.tail)
        account_id = asyncio.run(_account(running))
        yield Desk(running=running, venue=venue, http=http, account_id=account_id)


async def _account(running: Program) -> str:
    async with Context(url=running.url, token=running.token()) as context:
        await context.drop_rules()
        return await context.open_account("stopping")


def test_a_stopped_strategys_orders_go_and_anothers_stay(desk: Desk) -> None:
    own, other, nobodys = (desk.rests(strategy=one) for one in ("momentum", "value", None))
    latch = desk.stop(OWN)
    assert (latch["scope"], latch["strategy_id"]) == ("strategy", "momentum")
    desk.until_state(own, "canceled")
    for _ in range(2):
        denied = desk.buy(strategy="momentum")
        assert denied.status_code == 403, denied.text
        assert [one["code"] for one in denied.json()["reasons"]] == ["KILL_SWITCH"]
    further = desk.rests(strategy="value")
    # What the venue holds says the same as our books.
    assert [desk.state_of(one) for one in (other, nobodys, further)] == ["working"] * 3
    until(lambda: desk.open_at_venue() == 3, within_s=WITHIN_S, told=desk.running.tail)
    desk.release(OWN)
    again = desk.rests(strategy="momentum")
    for one in (other, nobodys, further, again):
        assert desk.http.delete(f"/api/v1/orders/{one}").is_success
        desk.until_state(one, "canceled")


def test_a_venue_that_answers_and_takes_nothing_back_is_told_of_as_urgent(desk: Desk) -> None:
    order_id = desk.rests(strategy=None)
    desk.venue.process.send_signal(signal.SIGUSR1)
    latch = desk.stop(ALL)

    def told() -> list[dict[str, Any]]:
        notices = desk.http.get("/api/v1/notices", params={"limit": 200}).json()["items"]
        return [
            one
            for one in notices
            if one["kind"] == "kill_venue_unreachable" and one["detail"]["latch_id"] == latch["id"]
        ]

    until(lambda: told() != [], within_s=WITHIN_S, told=desk.running.tail)
    (notice,) = told()
    assert notice["priority"] == "URGENT"
    assert notice["detail"]["broker"] == "paper"
    assert "nothing more was taken back" in notice["detail"]["problem"]
    # It stays stopped, and goes on being asked.
    assert desk.state_of(order_id) != "canceled"
    assert desk.open_at_venue() == 1
    assert desk.buy(strategy=None).status_code == 403
    acknowledged = desk.http.post(f"/api/v1/notices/{notice['id']}/acknowledge")
    assert acknowledged.json()["acknowledged_at"] is not None
    desk.venue.process.send_signal(signal.SIGUSR2)
    desk.until_state(order_id, "canceled")
    until(lambda: desk.open_at_venue() == 0, within_s=WITHIN_S, told=desk.running.tail)
    desk.release(ALL)
