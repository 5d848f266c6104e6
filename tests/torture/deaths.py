"""Each process of the documented topology dies and stays dead: whoever answers goes on.

Two APIs, the market with dispatch and the limit watch, a relay and a consumer of commands, as
Compose and Kubernetes run them, over one Postgres, Redis and Kafka. One after the other is
killed under load. All the while every API that lives is ready and names what is missing, a stop
and a cancel are answered, and without prices no order that opens anything is accepted.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from adapters.kafka.connection import KafkaAddress
from adapters.kafka.topics import make_topics
from adapters.kafka.wire import COMMANDS, DEAD_LETTERS, REPLIES
from adapters.system.data_folder import read_owner
from bootstrap.processes.others import SILENT_S
from tests.torture.context import Context
from tests.torture.fleet import Fleet
from tests.waiting import until_true

PARTS = {
    "market": ("market", "dispatch", "watch"),
    "api-1": ("api",),
    "api-2": ("api",),
    "relay": ("relay",),
    "commands": ("commands",),
}
# What every API misses of each, once it has been silent long enough.
MISSED = {
    "market": {"market", "market_feed", "dispatcher", "reconciliation"},
    "relay": {"relay", "kafka_relay"},
    "commands": {"commands"},
    "api-2": set(),
}
DEAD_S = 30.0
# A dead market's prices are believed for three seconds; the rest is for a crowded machine.
BELIEVED_S = 5.0
# When a death is known everywhere: told every second, heard every second.
KNOWN_S = SILENT_S + 5.0
TRADERS = 4
PATH = "/api/v1/orders"
# As of the faults: every request is answered within it, whatever else happens.
ANSWER_S = 15.0
STARTED_S = 300.0
# Closed at once, so that nothing piles up; and one that rests far from the market.
BUY = {"symbol": "IBM", "side": "buy", "type": "market", "quantity": "1", "time_in_force": "ioc"}
REST = {**BUY, "type": "limit", "limit_price": "10", "time_in_force": "gtc"}


@dataclass(slots=True, kw_only=True)
class Deaths:
    """What came of them."""

    deaths: Counter[str] = field(default_factory=Counter)
    looks: int = 0
    stops: int = 0
    cancels: int = 0
    orders: Counter[int] = field(default_factory=Counter)
    denied: Counter[str] = field(default_factory=Counter)
    wrongs: list[str] = field(default_factory=list)

    def describe(self) -> str:
        """Say it in words."""
        return (
            f"{self.deaths.total()} deaths ({', '.join(self.deaths)}): ready at {self.looks} looks,"
            f" {self.stops} stops and {self.cancels} cancels answered; orders by answer"
            f" {dict(self.orders)}, without a market {dict(self.denied)}; {len(self.wrongs)} wrong"
        )


@asynccontextmanager
async def topology(
    folder: Path, *, database_url: str, redis_url: str, bootstrap: str
) -> AsyncIterator[Fleet]:
    """Start the documented processes, and give them with a context at each API."""
    topics = (COMMANDS, DEAD_LETTERS, REPLIES)
    address = KafkaAddress(bootstrap=bootstrap)
    await make_topics(topics, address=address, partitions=4, replicas=1)
    key = {
        "id": "desk",
        "secret": "a-secret-of-32-characters-or-more",
        "tenant": str(uuid4()),
        "actor": "producer:desk",
    }
    settings = {
        "BALLAST_PROFILE": "cluster",
        "BALLAST_REPLAY_PAUSED": "true",
        "BALLAST_DATABASE_URL": database_url,
        "BALLAST_REDIS_URL": redis_url,
        "BALLAST_KAFKA_BOOTSTRAP": bootstrap,
        "BALLAST_KAFKA_GROUP": f"deaths-{uuid4().hex[:12]}",
        "BALLAST_COMMANDS_KEYS": json.dumps([key]),
    }
    fleet = Fleet(folder=folder, settings=settings, parts=PARTS)
    try:
        fleet.servers["market"].start()
        await until_true(lambda: _founded(folder), within_s=STARTED_S, every_s=0.2)
        fleet.start_dead()
        await fleet.ready(timeout_s=STARTED_S)
        for one in fleet.apis:
            context = Context(url=one.url, token=one.token(), answer_s=ANSWER_S)
            fleet.contexts.append(context)
        yield fleet
    except BaseException as problem:
        problem.add_note(fleet.logs())
        raise
    finally:
        for context in fleet.contexts:
            await context.__aexit__(None, None, None)
        fleet.kill()


async def torture(
    fleet: Fleet,
    *,
    names: Sequence[str] = tuple(MISSED),
    dead_s: float = DEAD_S,
    say: Callable[[str], None],
) -> Deaths:
    """Kill each in turn under load, keep it dead, and bring it back."""
    found, stopping = Deaths(), asyncio.Event()
    first = fleet.contexts[0]
    await _whole(fleet)
    await first.drop_rules()
    accounts = [await first.open_account(f"deaths {number}") for number in range(TRADERS)]
    async with asyncio.TaskGroup() as group:
        for number, account_id in enumerate(accounts):
            context = fleet.contexts[number % len(fleet.contexts)]
            group.create_task(_trade(context, account_id, stopping, found))
        try:
            for name in names:
                await _once(fleet, name=name, dead_s=dead_s, found=found)
                say(found.describe())
        finally:
            stopping.set()
    return found


async def _once(fleet: Fleet, *, name: str, dead_s: float, found: Deaths) -> None:
    """Kill one, look for as long as it is dead, start it, and wait until nothing is missed."""
    living = [
        context
        for api, context in zip(fleet.apis, fleet.contexts, strict=True)
        if api is not fleet.servers[name]
    ]
    first = living[0]
    stopped = await first.open_account(f"stopped while {name} is dead")
    trading = await first.open_account(f"trading while {name} is dead")
    rest = {**REST, "account_id": trading}
    resting = [
        await _rested(first, rest, key=f"{name} {number}") for number in range(int(dead_s) + 1)
    ]
    loop = asyncio.get_running_loop()
    fleet.servers[name].kill()
    found.deaths[name] += 1
    died_at = loop.time()
    async with asyncio.TaskGroup() as group:
        until = died_at + dead_s
        for context in living:
            group.create_task(_look(context, name, died_at=died_at, until=until, found=found))
        group.create_task(_stop(living, stopped, until=until, found=found))
        group.create_task(_cancel(living, resting, until=until, found=found))
        if name == "market":
            group.create_task(
                _open(living, trading, begin=died_at + BELIEVED_S, until=until, found=found)
            )
    fleet.start_dead()
    await _whole(fleet)


async def _rested(context: Context, order: dict[str, str], *, key: str) -> Any:
    """Return an order that rests; a market that a crowded machine made late is waited for."""
    async with asyncio.timeout(STARTED_S):
        attempt = 0
        while not (
            reply := await context.ask("POST", PATH, body=order, key=f"{key} {attempt}")
        ).is_success:
            assert "MARKET_DOWN" in reply.text, reply.text
            attempt += 1
            await asyncio.sleep(0.25)
        return reply.json()


async def _look(
    context: Context, name: str, *, died_at: float, until: float, found: Deaths
) -> None:
    """Every API that lives is ready, and says what is missing."""
    loop = asyncio.get_running_loop()
    degraded: list[str] = []
    while (now := loop.time()) < until:
        reply = await _answer(context, "GET", "/health/ready", found=found)
        if reply is not None:
            found.looks += 1
            if reply.status_code != httpx.codes.OK:
                found.wrongs.append(f"without {name}: unready, {reply.text}")
            else:
                degraded = reply.json()["degraded"]
                missing = MISSED[name] - set(degraded)
                if now >= died_at + KNOWN_S and missing:
                    found.wrongs.append(f"without {name}: {sorted(missing)} are not missed")
        await asyncio.sleep(0.25)


async def _stop(living: list[Context], account_id: str, *, until: float, found: Deaths) -> None:
    """A stop is answered and holds."""
    body = {"scope": "account", "account_id": account_id, "reason": "torture"}
    order = {**BUY, "account_id": account_id}
    async for context in _turns(living, until=until):
        reply = await _answer(
            context, "POST", "/api/v1/kill-switch/activate", body=body, found=found
        )
        if reply is None:
            continue
        found.stops += 1
        if reply.status_code != httpx.codes.OK or not reply.json()["latch"]["acknowledged_at"]:
            found.wrongs.append(f"a stop is answered {reply.status_code}: {reply.text}")
        tried = await _answer(context, "POST", PATH, body=order, found=found)
        if tried is not None and tried.is_success:
            found.wrongs.append("an order of a stopped account was accepted")


async def _cancel(
    living: list[Context], resting: list[dict[str, str]], *, until: float, found: Deaths
) -> None:
    """A cancel is taken, whoever is to carry it out."""
    left = iter(resting)
    async for context in _turns(living, until=until):
        order = next(left, None)
        if order is None:
            return
        path = f"/api/v1/orders/{order['id']}"
        reply = await _answer(context, "DELETE", path, found=found)
        if reply is not None:
            found.cancels += 1
            if not reply.is_success:
                found.wrongs.append(f"a cancel is answered {reply.status_code}: {reply.text}")


async def _open(
    living: list[Context], account_id: str, *, begin: float, until: float, found: Deaths
) -> None:
    """Nothing that opens is accepted without prices that somebody keeps."""
    loop = asyncio.get_running_loop()
    await asyncio.sleep(max(begin - loop.time(), 0.0))
    async for context in _turns(living, until=until):
        for order in (BUY, REST):
            body = {**order, "account_id": account_id}
            reply = await _answer(context, "POST", PATH, body=body, found=found)
            if reply is None:
                continue
            if reply.status_code == httpx.codes.FORBIDDEN:
                found.denied.update(one["code"] for one in reply.json()["reasons"])
            else:
                found.wrongs.append(f"without a market an order is answered {reply.status_code}")


async def _trade(context: Context, account_id: str, stopping: asyncio.Event, found: Deaths) -> None:
    """Buy and sell without pause, whatever the answer."""
    number = 0
    while not stopping.is_set():
        number += 1
        side = "buy" if number % 2 else "sell"
        body = {**BUY, "account_id": account_id, "side": side}
        try:
            reply = await context.once("POST", PATH, body=body, key=uuid4().hex)
        except httpx.HTTPError:
            # Of the API that is dead.
            found.orders[0] += 1
        else:
            found.orders[reply.status_code] += 1
            if reply.status_code >= 500 and "Retry-After" not in reply.headers:
                found.wrongs.append(f"an order is answered {reply.status_code}: {reply.text}")
        await asyncio.sleep(0.1)


async def _turns(living: list[Context], *, until: float) -> AsyncIterator[Context]:
    """Give each living API's context in its turn, about once a second."""
    loop = asyncio.get_running_loop()
    number = 0
    while loop.time() < until:
        yield living[number % len(living)]
        number += 1
        await asyncio.sleep(0.9)


async def _answer(
    context: Context, method: str, path: str, *, body: object = None, found: Deaths
) -> httpx.Response | None:
    """Ask once; no answer in the client's time is a wrong."""
    key = uuid4().hex if method == "POST" else None
    try:
        return await context.once(method, path, body=body, key=key)
    except httpx.HTTPError as problem:
        found.wrongs.append(f"{method} {path}: {problem!r}")
        return None


async def _whole(fleet: Fleet) -> None:
    """Return once no API misses anybody; Kafka's own alarms are another matter."""
    watched = set().union(*MISSED.values())

    async def is_whole() -> bool:
        for api in fleet.apis:
            try:
                reply = await _http_get(f"{api.url}/health/ready")
            except httpx.HTTPError:
                return False
            if reply.status_code != httpx.codes.OK or watched & set(reply.json()["degraded"]):
                return False
        return True

    await until_true(is_whole, within_s=STARTED_S, every_s=0.25)


async def _http_get(url: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False, timeout=5.0) as http:
        return await http.get(url)


async def _founded(folder: Path) -> bool:
    return await asyncio.to_thread(read_owner, folder / "data") is not None
