"""Invariant 23: whatever the network does to a dependency, the product answers, keeps, recovers.

One product on a real Postgres, Redis, Kafka and a venue, each behind a proxy of ours. While one of
them suffers, three clients submit with keys and repeat what was not answered. Each request must be
answered within its bound and by nothing but what is documented; afterwards the product must be
ready and take an order to its fill within 30 s, without a restart. In the end everything told,
stored and executed is compared.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import httpx

from ports.broker import Dedup
from tests.integration.brokers.venue_process import VenueProcess, venue_process
from tests.services.proxy import FaultProxy
from tests.torture.audit import audit, settle
from tests.torture.context import QUOTES, Context, marketable
from tests.torture.load import Answered, Attendant, LoadReport
from tests.torture.network_faults import Fault
from tests.torture.processes import Server, trades
from tests.waiting import until_true

DEPENDENCIES = ("postgres", "redis", "kafka", "broker")
# The longest that the product may take for an answer: it waits for one statement (6 s with the
# driver's grace) behind one connection (2 s), and gives up at the first that fails.
ANSWER_S_MAX = 15.0
RECOVER_S_MAX = 30.0
# The audit compares every order of the run with the venue's book: none may be forgotten there.
RETAINED = "--retained-orders=1000000"
CLIENTS = 3
FUNDS = "1000000"
PAUSE_S = 0.1
_ALLOWED = {201, 403, 409, 429, 503}


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """The real servers; kafka: the port a proxy passes to, and the one it listens on."""

    database_url: str
    redis_url: str
    kafka: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one fault of one dependency came to."""

    dependency: str
    fault: str
    answered: int
    refused: int
    slowest_s: float
    recovered_s: float

    def describe(self) -> str:
        """Say it as a line of a table."""
        return (
            f"| {self.dependency} | {self.fault} | {self.answered} | {self.refused} |"
            f" {self.slowest_s:.1f} | {self.recovered_s:.1f} |"
        )


HEAD = (
    "| away | how | taken | refused | slowest answer, s | recovered after, s |\n"
    "|---|---|---|---|---|---|"
)


@dataclass(slots=True, kw_only=True)
class Suffering:
    """What all of it came to."""

    outcomes: list[Outcome] = field(default_factory=list)
    orders: int = 0
    parked: int = 0
    wrongs: list[str] = field(default_factory=list)

    def describe(self) -> str:
        """Say it in words."""
        slowest = max((one.slowest_s for one in self.outcomes), default=0.0)
        longest = max((one.recovered_s for one in self.outcomes), default=0.0)
        return (
            f"{len(self.outcomes)} faults: {sum(one.answered for one in self.outcomes)} orders"
            f" taken, {sum(one.refused for one in self.outcomes)} requests refused, slowest answer"
            f" {slowest:.1f} s, recovered within {longest:.1f} s; {self.orders} orders audited,"
            f" {self.parked} of them parked; {len(self.wrongs)} violations"
        )


@dataclass(slots=True, kw_only=True)
class Client:
    """Submits with keys and repeats until answered; holds each answer against its bound."""

    context: Context
    account_id: str
    told: LoadReport
    random: Random
    stopping: asyncio.Event
    slowest_s: float = 0.0
    refused: int = 0
    answered: int = 0
    _count: int = 0

    async def run(self) -> None:
        """Submit until told to stop; what is in hand is repeated to its answer."""
        while not self.stopping.is_set():
            await self._submit()
            await asyncio.sleep(PAUSE_S)

    async def _submit(self) -> None:
        self._count += 1
        body = _order(self.account_id, random=self.random)
        key = f"{self.account_id} {self._count} {self.random.getrandbits(32)}"
        reply = await until_true(lambda: self._once(body, key), within_s=120, every_s=0.2)
        assert reply is not None
        self.told.answers.append(
            Answered(key=key, body=body, status=reply.status_code, content=reply.content)
        )
        self.answered += reply.status_code == httpx.codes.CREATED

    async def _once(self, body: dict[str, Any], key: str) -> httpx.Response | None:
        """Return a final answer, None for one that asks to come again."""
        began = time.monotonic()
        try:
            reply = await self.context.once("POST", "/api/v1/orders", body=body, key=key)
        except httpx.HTTPError as problem:
            self._wrong(f"no answer after {time.monotonic() - began:.1f} s: {problem!r}")
            return None
        took_s = time.monotonic() - began
        self.slowest_s = max(self.slowest_s, took_s)
        if took_s > ANSWER_S_MAX:
            self._wrong(f"answered only after {took_s:.1f} s")
        if reply.status_code not in _ALLOWED:
            self._wrong(f"{reply.status_code} {reply.text[:200]}")
        if reply.status_code in (429, 503) and "Retry-After" not in reply.headers:
            self._wrong(f"{reply.status_code} without Retry-After")
        if reply.status_code in (201, 403):
            return reply
        self.refused += 1
        return None

    def _wrong(self, what: str) -> None:
        self.told.wrongs.append(f"submit: {what}")


def _order(account_id: str, *, random: Random) -> dict[str, Any]:
    symbol, side = random.choice(sorted(QUOTES)), random.choice(("buy", "sell"))
    return {
        "account_id": account_id,
        "symbol": symbol,
        "side": side,
        **marketable(symbol, side),
        "quantity": "1",
        "time_in_force": "gtc",
        "client_order_id": str(UUID(int=random.getrandbits(128))),
    }


@dataclass(slots=True, kw_only=True)
class Ward:
    """The product, its servers behind proxies, and what was told."""

    server: Server
    context: Context
    venue: VenueProcess
    proxies: Mapping[str, FaultProxy]
    accounts: list[str]
    # Takes no part in what happens during a fault.
    probe: str
    random: Random
    told: LoadReport = field(default_factory=LoadReport)
    # What the last probe came to.
    unfilled: str = ""

    async def suffer(self, dependency: str, fault: Fault, *, lasts_s: float | None) -> Outcome:
        """Let one dependency suffer under load, and see the product recover."""
        before, stopping = len(self.told.wrongs), asyncio.Event()
        clients = [
            Client(
                context=self.context,
                account_id=account_id,
                told=self.told,
                random=Random(self.random.random()),
                stopping=stopping,
            )
            for account_id in self.accounts
        ]
        async with asyncio.TaskGroup() as group:
            for client in clients:
                group.create_task(client.run())
            alive = group.create_task(self._watch_alive(stopping))
            await asyncio.sleep(0.3)
            await fault.strike(self.proxies[dependency], lasts_s=lasts_s)
            recovered_s = await self._recovered()
            stopping.set()
            await alive
        await Attendant(context=self.context, venue=self.venue, stopping=stopping).look()
        for at in range(before, len(self.told.wrongs)):
            self.told.wrongs[at] = f"{dependency}, {fault.name}: {self.told.wrongs[at]}"
        return Outcome(
            dependency=dependency,
            fault=fault.name,
            answered=sum(client.answered for client in clients),
            refused=sum(client.refused for client in clients),
            slowest_s=max(client.slowest_s for client in clients),
            recovered_s=recovered_s,
        )

    async def _watch_alive(self, stopping: asyncio.Event) -> None:
        """Ask all the time whether the loop runs: that needs no dependency."""
        while not stopping.is_set():
            began = time.monotonic()
            try:
                reply = await self.context.once("GET", "/health/live")
                if reply.status_code != httpx.codes.OK:
                    self.told.wrongs.append(f"/health/live: {reply.status_code}")
            except httpx.HTTPError as problem:
                took_s = time.monotonic() - began
                self.told.wrongs.append(f"/health/live: {problem!r} after {took_s:.1f} s")
            await asyncio.sleep(0.25)

    async def _recovered(self) -> float:
        """Return how long it took until it was ready and an order went through to a fill."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(RECOVER_S_MAX):
                await self._until_ready()
                await until_true(self._fills, within_s=RECOVER_S_MAX, every_s=0.1)
        except TimeoutError:
            said = await self.context.once("GET", "/health/ready")
            stopped = (await self.context.once("GET", "/api/v1/kill-switch")).text
            tail = "\n".join(line[:300] for line in self.server.log_tail(lines=8).splitlines())
            self.told.wrongs.append(
                f"not recovered: {said.text[:300]} {self.unfilled}\n{stopped}\n{tail}"
            )
            return float("inf")
        return time.monotonic() - began

    async def _until_ready(self) -> None:
        while True:
            try:
                reply = await self.context.once("GET", "/health/ready")
                if trades(reply):
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.1)

    async def _fills(self) -> bool:
        """Tell whether an order that is submitted now is filled."""
        body = _order(self.probe, random=self.random)
        try:
            reply = await self.context.once("POST", "/api/v1/orders", body=body)
            if reply.status_code != httpx.codes.CREATED:
                self.unfilled = f"{reply.status_code} {reply.text[:200]}"
                return False
            path = f"/api/v1/orders/{reply.json()['id']}"
            while True:
                said = (await self.context.once("GET", path)).json()
                state = said["state"]
                self.unfilled = state
                if state == "filled":
                    return True
                if state in ("denied", "rejected", "canceled", "parked"):
                    self.unfilled = f"{state}: {said.get('reason') or said.get('reasons')}"
                    return False
                await asyncio.sleep(0.05)
        except (httpx.HTTPError, KeyError, ValueError):
            return False

    async def audited(self, found: Suffering) -> None:
        """Compare everything at the end."""
        accounts = [*self.accounts, self.probe]
        self.told.wrongs += await settle(self.context, account_ids=accounts)
        compared = await audit(
            self.context,
            told=self.told,
            dump=self.venue.dump(),
            account_ids=accounts,
            funds=Decimal(FUNDS),
            random=self.random,
            dedup=Dedup.FULL,
        )
        found.orders, found.parked = compared.orders, compared.parked
        found.wrongs += self.told.wrongs + compared.wrongs


@asynccontextmanager
async def ward(where: Where, folder: Path, *, random: Random) -> AsyncIterator[Ward]:
    """Start the product on the given servers through proxies."""
    quotes = [f"--quote={symbol}={price}/{price}" for symbol, price in QUOTES.items()]
    async with AsyncExitStack() as stack:
        venue = stack.enter_context(venue_process("--settle-horizon-s=2", RETAINED, *quotes))
        upstream, listening = where.kafka
        made = {
            "postgres": FaultProxy(upstream_port=_port(where.database_url)),
            "redis": FaultProxy(upstream_port=_port(where.redis_url)),
            # It advertises the proxy's port to whoever comes through the proxy.
            "kafka": FaultProxy(upstream_port=upstream, port=listening),
            "broker": FaultProxy(upstream_port=venue.port),
        }
        proxies = {name: await stack.enter_async_context(one) for name, one in made.items()}
        settings = {
            "BALLAST_PROFILE": "cluster",
            "BALLAST_DATABASE_URL": _through(where.database_url, proxies["postgres"]),
            "BALLAST_REDIS_URL": _through(where.redis_url, proxies["redis"]),
            "BALLAST_KAFKA_BOOTSTRAP": f"127.0.0.1:{listening}",
            "BALLAST_PAPER_URL": f"http://127.0.0.1:{proxies['broker'].port}",
            "BALLAST_PAPER_SETTLE_HORIZON_S": "2",
            "BALLAST_REPLAY_PAUSED": "true",
        }
        server = Server(folder=folder, settings=settings)
        server.start()
        stack.callback(server.kill)
        if not await server.ready():
            raise RuntimeError(f"the product did not start\n{server.log_tail()}")
        context = await stack.enter_async_context(
            Context(url=server.url, token=server.token(), answer_s=2 * ANSWER_S_MAX)
        )
        await context.drop_rules()
        accounts = [await context.open_account(f"ward {n}", funds=FUNDS) for n in range(CLIENTS)]
        probe = await context.open_account("probe", funds=FUNDS)
        yield Ward(
            server=server,
            context=context,
            venue=venue,
            proxies=proxies,
            accounts=accounts,
            probe=probe,
            random=random,
        )


async def torture(
    where: Where,
    folder: Path,
    *,
    pairs: Sequence[tuple[str, Fault]],
    seed: int,
    say: Callable[[str], None],
    lasts_s: float | None = None,
) -> Suffering:
    """Let each dependency suffer as the pairs say, one after the other, on one product."""
    found = Suffering()
    async with ward(where, folder, random=Random(seed)) as one:
        say(HEAD)
        for dependency, fault in pairs:
            told = len(one.told.wrongs)
            outcome = await one.suffer(dependency, fault, lasts_s=lasts_s)
            found.outcomes.append(outcome)
            say(outcome.describe())
            for wrong in one.told.wrongs[told:]:
                say(f"  {wrong}")
        await one.audited(found)
    return found


def _port(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None, url
    return port


def _through(url: str, proxy: FaultProxy) -> str:
    parts = urlsplit(url)
    login, at, _ = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{login}{at}127.0.0.1:{proxy.port}"))
