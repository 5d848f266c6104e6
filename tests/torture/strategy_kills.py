"""Kill the processes of patterns and strategies under load: no order twice, none while stopped.

An API takes signals in all the while; the market, which reads patterns, and the watch, which lets
strategies act, are killed by turns. Each time what lies on the stream is put there once more, and
in every second round Redis lost everything before that.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from redis.asyncio import Redis

from tests.torture.context import Context, NoAnswer
from tests.torture.fleet import Fleet, fleet_running
from tests.waiting import until_true

PARTS = {
    "api": ("api", "relay"),
    "market": ("market", "dispatch", "patterns"),
    "watch": ("watch", "strategies"),
}
VICTIMS = ("watch", "market")
SYMBOL, SOURCE = "IBM", "torture"
PATH, SIGNALS, ORDERS = "/api/v1/strategies", "/api/v1/signals", "/api/v1/orders"
# Live, live and asked to pause, live on an account that is stopped.
ACTING, PAUSED, STOPPED = "acting", "paused", "stopped"
# What an API misses while one of those that are killed does not work.
PARTS_MISSED = {"market", "market_feed", "dispatcher", "signal_feed", "strategies"}
START_S = 300.0
# In so many rounds something lies on the stream when one dies.
ROUNDS_TELLING = 10


@dataclass(slots=True, kw_only=True)
class StrategyKills:
    """What came of them."""

    kills: Counter[str] = field(default_factory=Counter)
    flushed: int = 0
    again: int = 0
    signals: list[str] = field(default_factory=list)
    decisions: int = 0
    orders: Counter[str] = field(default_factory=Counter)
    wrongs: list[str] = field(default_factory=list)

    def describe(self) -> str:
        """Say it in words."""
        return (
            f"{self.kills.total()} kills {dict(self.kills)}, Redis lost all {self.flushed} times,"
            f" {self.again} signals told again; {len(self.signals)} signals,"
            f" {self.decisions} decisions, orders {dict(self.orders)}; {len(self.wrongs)} wrong"
        )


async def torture(
    folder: Path,
    *,
    database_url: str,
    redis_url: str,
    rounds: int,
    seed: int,
    say: Callable[[str], None],
) -> StrategyKills:
    """Kill that often, and look at what came of every signal."""
    found, random = StrategyKills(), Random(seed)
    settings = {
        "BALLAST_DATABASE_URL": database_url,
        "BALLAST_REDIS_URL": redis_url,
        "BALLAST_REPLAY_PAUSED": "false",
        "BALLAST_REPLAY_SECONDS_PER_DAY": "5",
        "BALLAST_PATTERNS_READS": "ticks",
    }
    redis = Redis.from_url(redis_url)
    try:
        async with fleet_running(folder, settings, parts=PARTS) as fleet:
            context = fleet.contexts[0]
            await _working(fleet)
            strategies = await _strategies(context)
            stopping = asyncio.Event()
            async with asyncio.TaskGroup() as group:
                group.create_task(_speak(context, stopping, found))
                try:
                    for number in range(rounds):
                        await _round(fleet, redis, number=number, random=random, found=found)
                        if number % 10 == 9:
                            say(found.describe())
                finally:
                    stopping.set()
            await _settled(context, strategies, found=found)
            await _judge(context, strategies, found=found)
        if rounds >= ROUNDS_TELLING and not found.again:
            found.wrongs.append("no signal was ever told again: nothing was shown by this run")
    finally:
        await redis.aclose()
    return found


async def _strategies(context: Context) -> dict[str, dict[str, Any]]:
    """Make three that are live, pause one, and stop the account of another."""
    await context.drop_rules()
    made: dict[str, dict[str, Any]] = {}
    for name in (ACTING, PAUSED, STOPPED):
        body = {
            "name": name,
            "kind": "follow",
            "account_id": await context.open_account(name),
            "symbols": [SYMBOL],
            "cap": "0.0001",
            "allow_short": True,
        }
        one = await context.done("POST", PATH, body, key=f"make {name}")
        await context.done("PUT", f"{PATH}/{one['id']}", {**body, "mode": "live"})
        made[name] = await context.done("POST", f"{PATH}/{one['id']}/start", None, key=f"go {name}")

    async def beats() -> bool:
        agents = (await context.read("/api/v1/agents"))["items"]
        return {ACTING, PAUSED, STOPPED} <= {one["id"] for one in agents}

    await until_true(beats, within_s=START_S, every_s=0.2)
    await context.done("POST", f"/api/v1/agents/{PAUSED}/pause", None, key="pause")
    stop = {"scope": "account", "account_id": made[STOPPED]["account_id"], "reason": "torture"}
    await context.done("POST", "/api/v1/kill-switch/activate", stop, key="stop")
    return made


async def _speak(context: Context, stopping: asyncio.Event, found: StrategyKills) -> None:
    """Publish signals one after the other, up and down."""
    while not stopping.is_set():
        number = len(found.signals)
        body = {
            "symbol": SYMBOL,
            "score": "0.9" if number % 2 else "-0.9",
            "source": SOURCE,
            "ttl_s": 86_400,
        }
        with suppress(NoAnswer):
            # One that was not answered is sent again, by the same key.
            made = await context.done("POST", SIGNALS, body, key=f"signal {number}")
            found.signals.append(made["id"])
        await asyncio.sleep(0.1)


async def _round(
    fleet: Fleet, redis: "Redis", *, number: int, random: Random, found: StrategyKills
) -> None:
    """Kill one while it works, tell again what was told, and let it live again."""
    victim = VICTIMS[number % len(VICTIMS)]
    await asyncio.sleep(random.uniform(0.2, 2.0))
    fleet.servers[victim].kill()
    found.kills[victim] += 1
    streams = [key async for key in redis.scan_iter("*signals:global")]
    told: list[tuple[Any, Any]] = [
        (key, fields) for key in streams for _, fields in await redis.xrange(key) or ()
    ]
    if number % 2:
        await redis.flushall()
        found.flushed += 1
    for key, fields in told:
        await redis.xadd(key, fields)
    found.again += len(told)
    fleet.start_dead()
    await _working(fleet)


async def _working(fleet: Fleet) -> None:
    """Return once market and strategies are at work, as the API sees them."""
    await fleet.ready(timeout_s=START_S)

    async def whole() -> bool:
        told = await fleet.contexts[0].read("/health/ready")
        return not PARTS_MISSED & set(told["degraded"])

    await until_true(whole, within_s=START_S, every_s=0.2)


async def _settled(
    context: Context, strategies: dict[str, dict[str, Any]], *, found: StrategyKills
) -> None:
    """Return once every signal was decided on, or too much time has passed: some are lost then."""

    async def lacking() -> dict[str, int]:
        return {
            name: len(lost)
            for name, one in strategies.items()
            if (lost := set(found.signals) - await _decided(context, one))
        }

    async def none_lack() -> bool:
        return not await lacking()

    try:
        await until_true(none_lack, within_s=START_S, every_s=1.0)
    except TimeoutError:
        found.wrongs += [
            f"{name} lost {count} signals" for name, count in (await lacking()).items()
        ]


async def _decided(context: Context, strategy: dict[str, Any]) -> set[str]:
    decisions = await context.all(f"{PATH}/{strategy['id']}/decisions")
    return {one["signal_id"] for one in decisions}


async def _judge(
    context: Context, strategies: dict[str, dict[str, Any]], *, found: StrategyKills
) -> None:
    """Look at every decision and order."""
    for name, one in strategies.items():
        decisions = await context.all(f"{PATH}/{one['id']}/decisions")
        found.decisions += len(decisions)
        twice = [key for key, times in _counted(decisions, "signal_id").items() if times > 1]
        found.wrongs += [f"{name} decided {times} twice" for times in twice]
        orders = await context.all(ORDERS, account_id=one["account_id"])
        known = _counted(decisions, "order_id")
        for order in orders:
            found.orders[f"{name} {order['state']}"] += 1
            if known[order["id"]] != 1:
                found.wrongs.append(f"order {order['id']} of {name} is in {known[order['id']]}")
            if name != ACTING and order["state"] != "denied":
                found.wrongs.append(f"{name} has order {order['id']}, {order['state']}")
        shown = await context.read(f"{PATH}/{one['id']}")
        if not shown["running"]:
            found.wrongs.append(f"{name} was stopped: {shown['problem']}")
    if not any(key.startswith(f"{ACTING} ") for key in found.orders):
        found.wrongs.append("no order came of any signal")


def _counted(rows: list[dict[str, Any]], key: str) -> Counter[str]:
    return Counter(one[key] for one in rows if one[key] is not None)
