"""Two dispatchers over one database: one works, the other waits, whoever is stopped when."""

import asyncio
import json
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from adapters.system.leases import LASTS_S
from tests.integration.bootstrap.many import Program, program, until
from tests.integration.brokers.venue_process import VenueProcess, venue_process
from tests.torture.context import QUOTES, Context
from tests.torture.load import Attendant
from tests.torture.processes import trades
from tests.waiting import until_true

# Three processes start on a machine that other things share; leases take seconds to lapse.
pytestmark = pytest.mark.timeout(900)

ORDERS = 40
# Slow answers, so that a stop falls into sends.
FAULTS = "latency_min_s=0.02,latency_max_s=0.06"
ENDED = ("filled", "canceled", "rejected", "denied")


@dataclass(frozen=True, slots=True, kw_only=True)
class Two:
    """An API over a database, two dispatchers, and the venue."""

    api: Program
    dispatchers: tuple[Program, Program]
    venue: VenueProcess
    database_url: str
    token: str

    def holder_token(self) -> int:
        """Return the token of whoever holds the dispatchers' lease."""

        async def read() -> int:
            connection = await asyncpg.connect(self.database_url)
            try:
                return int(
                    await connection.fetchval(
                        "SELECT coalesce(max(token), 0) FROM leases WHERE name = 'dispatch'"
                        " AND holder <> ''"
                    )
                )
            finally:
                await connection.close()

        return asyncio.run(read())

    def holding(self) -> tuple[Program, Program]:
        """Return the dispatcher that took the lease last, and the other."""
        one, other = self.dispatchers
        taken = [_last_taken(one), _last_taken(other)]
        return (one, other) if taken[0] > taken[1] else (other, one)


def _last_taken(program: Program) -> int:
    tokens = [0]
    for line in program.log.read_text().splitlines():
        if '"lease.taken"' in line and '"dispatch"' in line:
            tokens += [int(json.loads(line)["fence"])]
    return tokens[-1]


@pytest.fixture
def two(tmp_path: Path, database_url: str) -> Iterator[Two]:
    """Start everything; the venue takes every submission it gets as a new order."""
    quotes = [f"--quote={symbol}={price}/{price}" for symbol, price in QUOTES.items()]
    with ExitStack() as stack:
        venue = stack.enter_context(
            venue_process(
                "--dedup=none", f"--faults={FAULTS}", "--settle-horizon-s=2", "--seed=7", *quotes
            )
        )
        settings = {
            "BALLAST_PROFILE": "cluster",
            "BALLAST_DATABASE_URL": database_url,
            "BALLAST_PAPER_URL": venue.url,
            "BALLAST_PAPER_DEDUP": "none",
            "BALLAST_PAPER_SETTLE_HORIZON_S": "2",
            "BALLAST_REPLAY_PAUSED": "true",
        }
        data = tmp_path / "data"
        api = stack.enter_context(program(data, "worker", "api", "market", "watch", **settings))
        dispatchers = [
            stack.enter_context(program(tmp_path / name / "data", "worker", "dispatch", **settings))
            for name in ("one", "other")
        ]
        until(api.is_up, within_s=90, told=api.tail)
        until(
            lambda: any(_last_taken(each) for each in dispatchers),
            within_s=60,
            told=dispatchers[0].tail,
        )
        yield Two(
            api=api,
            dispatchers=(dispatchers[0], dispatchers[1]),
            venue=venue,
            database_url=database_url,
            token=api.token(),
        )


async def _traded(two: Two) -> list[str]:
    """Submit orders over half a lease's time, the holder being stopped amidst them."""
    async with Context(url=two.api.url, token=two.token) as context:
        await context.drop_rules()
        accounts = [await context.open_account(f"two {number}") for number in range(4)]
        await _reconciled(context)
        holder, _ = two.holding()
        ids = []
        for number in range(ORDERS):
            if number == ORDERS // 3:
                holder.send(signal.SIGSTOP)
            body = {
                "account_id": accounts[number % len(accounts)],
                "symbol": "IBM",
                "side": "buy",
                # The market stands before its open, where one without a limit would wait for it.
                "type": "limit",
                "limit_price": "120",
                "quantity": "1",
            }
            ids.append((await context.done("POST", "/api/v1/orders", body, key=f"n{number}"))["id"])
        before = two.dispatchers
        assert holder in before
        # Long enough for the lease to lapse, the other to take over, and the horizon to pass.
        await asyncio.sleep(LASTS_S + 8)
        holder.send(signal.SIGCONT)
        # Orders that waited wait behind a parked one for as long as nobody settles that.
        attendant = Attendant(context=context, venue=two.venue, stopping=asyncio.Event())
        async with asyncio.timeout(60):
            left = ids
            while left:
                await attendant.look()
                states = {
                    one: (await context.read(f"/api/v1/orders/{one}"))["state"] for one in left
                }
                left = [one for one, state in states.items() if state not in ENDED]
                await asyncio.sleep(0.2)
        return ids


async def _reconciled(context: Context) -> None:
    async def is_ready() -> bool:
        return trades(await context.ask("GET", "/health/ready"))

    await until_true(is_ready, within_s=60, every_s=0.1)


def test_a_stopped_dispatcher_that_goes_on_sends_no_order_twice(two: Two) -> None:
    holder, waiting = two.holding()
    first = two.holder_token()
    ids = asyncio.run(_traded(two))
    assert len(set(ids)) == ORDERS
    assert two.holder_token() > first
    assert two.holding() == (waiting, holder)
    # The former holder found out, and stands by instead of working on.
    until(lambda: "lease.lost" in holder.log.read_text(), told=holder.tail)
    sent = Counter(order.client_order_id for order in two.venue.dump().orders)
    assert {name: times for name, times in sent.items() if times > 1} == {}


def test_the_one_that_waits_takes_over_when_the_other_ends(two: Two) -> None:
    holder, waiting = two.holding()
    holder.send(signal.SIGTERM)
    assert holder.ended(within_s=25) == 0, holder.tail()
    until(lambda: _last_taken(waiting) > 0, within_s=60, told=waiting.tail)
