"""Two servers on one database never both send two own orders that would cross."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
import pytest

from ports.broker import VenueState
from tests.integration.bootstrap.many import Program, program, until
from tests.integration.brokers.venue_process import VenueProcess, venue_process
from tests.torture.context import Context
from tests.torture.processes import trades
from tests.unit.adapters.security.signing import pem
from tests.waiting import until_true

# Three processes start on a machine that other things share.
pytestmark = pytest.mark.timeout(600)

RACES = 10
# A limit for what never comes; nothing here depends on how fast it comes.
WITHIN_S = 240.0
RULE = {"name": "No trade with ourselves", "rule_type": "SELF_TRADE", "threshold": "0"}
# At the venue both rest by themselves, between bid and ask, and would meet each other.
QUOTE = "--quote=IBM=90/110"
PRICES = {"buy": "100", "sell": "99"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Two:
    """Two servers over one database, and the venue that orders of both are sent to."""

    servers: tuple[Program, Program]
    venue: VenueProcess

    def open_at_venue(self) -> list[str]:
        """Return what rests at the venue."""
        return [one.client_order_id for one in self.venue.dump().orders if _is_open(one.state)]


def _is_open(state: VenueState) -> bool:
    return state in (VenueState.WORKING, VenueState.TRIGGERED, VenueState.PARTIALLY_FILLED)


@pytest.fixture
def two(tmp_path: Path, database_url: str) -> Iterator[Two]:
    """Start the venue and both servers: one that does all there is, one that answers only."""
    with ExitStack() as stack:
        venue = stack.enter_context(venue_process(QUOTE))
        settings = {
            "BALLAST_PROFILE": "cluster",
            "BALLAST_DATABASE_URL": database_url,
            "BALLAST_PAPER_URL": venue.url,
            "BALLAST_REPLAY_PAUSED": "true",
            # What several machines share beside the database.
            "BALLAST_TOKEN_SIGNING_KEY": pem().decode(),
            "BALLAST_SECRETS_KEY_FILE": str(tmp_path / "secrets.json"),
        }
        servers = []
        for name, arguments in (("one", ("serve",)), ("other", ("worker", "api"))):
            # One after the other: the first founds what both share.
            folder = tmp_path / name / "data"
            one = stack.enter_context(program(folder, *arguments, **settings))
            until(partial(_is_ready, one), within_s=WITHIN_S, told=one.tail)
            servers.append(one)
        yield Two(servers=(servers[0], servers[1]), venue=venue)


def _is_ready(server: Program) -> bool:
    assert server.process.poll() is None, server.tail()
    try:
        return trades(httpx.get(f"{server.url}/health/ready", trust_env=False, timeout=20))
    except httpx.HTTPError:
        return False


async def _furnished(context: Context) -> dict[str, str]:
    """Leave the tenant the one rule, and return the account of each side."""
    await context.drop_rules()
    await context.done("POST", "/api/v1/risk-rules", RULE, key="rule")
    portfolios = await context.read("/api/v1/portfolios")
    accounts: dict[str, str] = {}
    for side in PRICES:
        account = await context.done(
            "POST",
            "/api/v1/accounts",
            # It may sell what it does not hold.
            {"portfolio_id": portfolios["items"][0]["id"], "name": side, "kind": "margin"},
            key=f"open {side}",
        )
        deposit = {"amount": "1000000", "reference": f"funds of {side}"}
        await context.done("POST", f"/api/v1/accounts/{account['id']}/deposits", deposit)
        accounts[side] = account["id"]
    return accounts


async def _submit(context: Context, *, side: str, account_id: str, key: str) -> httpx.Response:
    body = {
        "account_id": account_id,
        "symbol": "IBM",
        "side": side,
        "type": "limit",
        "limit_price": PRICES[side],
        "quantity": "1",
        "time_in_force": "gtc",
    }
    return await context.ask("POST", "/api/v1/orders", body=body, key=key)


async def _race(two: Two) -> None:
    first, second = two.servers
    token = first.token()
    async with (
        Context(url=first.url, token=token) as one,
        Context(url=second.url, token=token) as other,
    ):
        accounts = await _furnished(one)
        for number in range(RACES):
            # Each server is asked for each side in turn.
            sides = tuple(PRICES) if number % 2 else tuple(reversed(PRICES))
            told = await asyncio.gather(
                *(
                    _submit(to, side=side, account_id=accounts[side], key=f"{side}-{number}")
                    for to, side in zip((one, other), sides, strict=True)
                )
            )
            assert sorted(reply.status_code for reply in told) == [201, 403], [
                reply.text for reply in told
            ]
            (denied,) = (reply for reply in told if reply.status_code == 403)
            assert [reason["code"] for reason in denied.json()["reasons"]] == ["SELF_TRADE"]
            (taken,) = (reply.json() for reply in told if reply.status_code == 201)

            async def is_sent(sent: int = number + 1) -> bool:
                return len(two.open_at_venue()) == 1 and len(two.venue.dump().arrivals) == sent

            await until_true(is_sent, within_s=WITHIN_S, every_s=0.1)
            await other.done("DELETE", f"/api/v1/orders/{taken['id']}", None)

            async def is_closed(order_id: str = taken["id"]) -> bool:
                shown = await one.read(f"/api/v1/orders/{order_id}")
                return bool(shown["state"] == "canceled")

            await until_true(is_closed, within_s=WITHIN_S, every_s=0.1)
        assert two.open_at_venue() == []


def test_of_two_orders_that_would_cross_one_is_sent_whichever_server_decides(two: Two) -> None:
    asyncio.run(_race(two))
    assert len(two.venue.dump().arrivals) == RACES
