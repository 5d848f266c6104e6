"""Kill the parts of patterns, strategies and inference under load: no order twice or while stopped.

An API takes signals in all the while, faster than strategies act on them: each time one of the
parts is killed the stream holds signals that nobody read, and such as were read and not done.
All of these and some that were done are put there once more, and in every second round Redis
lost everything before that. The others stay as they are: only the victim is started again.
"""

import asyncio
import math
import os
import signal
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from redis.asyncio import Redis

from tests.torture.context import Context, NoAnswer
from tests.torture.forecasts import NAME, forecast_of, serve_forecast
from tests.torture.signal_line import LineState, SignalLine
from tests.torture.workers.cluster import Cluster
from tests.torture.workers.nursery import Life, Nursery, WorkerFailed
from tests.waiting import until_true

PARTS = {
    "api": ("api", "relay"),
    "market": ("market", "dispatch", "watch"),
    "patterns": ("patterns",),
    "strategies": ("strategies",),
    "inference": ("inference",),
}
VICTIMS = ("strategies", "patterns", "inference")
SYMBOL, SOURCE = "IBM", "torture"
PATH, SIGNALS, ORDERS = "/api/v1/strategies", "/api/v1/signals", "/api/v1/orders"
# Live, live and asked to pause, live on an account that is stopped; live by a model, too.
ACTING, PAUSED, STOPPED, MODELLED = "acting", "paused", "stopped", "modelled"
MAY_ORDER = (ACTING, MODELLED)
START_S = 300.0
SPEAKERS = 3
RUN_EVERY_S = 0.1
# So many unread ones are enough.
UNREAD_MAX = 20


@dataclass(slots=True, kw_only=True)
class StrategyKills:
    """What came of them."""

    kills: Counter[str] = field(default_factory=Counter)
    flushed: int = 0
    # What lay there at the kills: never read, and read and not done.
    unread: int = 0
    open: int = 0
    again: int = 0
    signals: list[str] = field(default_factory=list)
    fired: int = 0
    decisions: int = 0
    # Runs of the model that were answered, by the engine that did; and factors that it told.
    runs: Counter[str] = field(default_factory=Counter)
    forecasts: int = 0
    orders: Counter[str] = field(default_factory=Counter)
    wrongs: list[str] = field(default_factory=list)

    def describe(self) -> str:
        """Say it in words."""
        return (
            f"{self.kills.total()} kills {dict(self.kills)}, Redis lost all {self.flushed} times;"
            f" at the kills {self.unread} signals were unread and {self.open} not done,"
            f" {self.again} told again; {len(self.signals)} signals and {self.fired} of patterns,"
            f" {self.decisions} decisions, {self.forecasts} with a forecast, the model ran"
            f" {dict(self.runs)}, orders {dict(self.orders)}; {len(self.wrongs)} wrong"
        )


@dataclass(slots=True, kw_only=True)
class _Stage:
    """The processes that run, and what they share."""

    cluster: Cluster
    line: SignalLine
    random: Random
    found: StrategyKills
    lives: dict[str, Life] = field(default_factory=dict)

    async def start(self, name: str) -> None:
        """Begin a part, under the name by which it is known to follow its dead self."""
        life = self.cluster.worker(*PARTS[name], name=name, holder=f"torture-{name}")
        self.lives[name] = life
        if not await life.ready(within_s=START_S):
            raise WorkerFailed(f"{name} did not start\n{life.tail()}")

    async def kill(self, name: str) -> None:
        """SIGKILL a part at once."""
        life = self.lives[name]
        os.kill(life.pid, signal.SIGKILL)
        if not await life.died(within_s=START_S):
            raise WorkerFailed(f"{name} survived\n{life.tail()}")
        self.found.kills[name] += 1

    async def stop(self) -> None:
        """End all."""
        for one in self.lives.values():
            if not one.is_over:
                await one.kill()


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
    found = StrategyKills()
    settings = {
        "BALLAST_REDIS_URL": redis_url,
        "BALLAST_REPLAY_PAUSED": "false",
        "BALLAST_REPLAY_SECONDS_PER_DAY": "2",
        "BALLAST_PATTERNS_READS": "ticks",
        **serve_forecast(folder),
    }
    redis = Redis.from_url(redis_url)
    try:
        async with Nursery(folder=folder) as nursery:
            cluster = Cluster(
                nursery=nursery,
                folder=folder,
                database_url=database_url,
                bootstrap="",
                settings=settings,
            )
            stage = _Stage(
                cluster=cluster, line=SignalLine(redis=redis), random=Random(seed), found=found
            )
            try:
                await _play(stage, rounds=rounds, say=say)
            finally:
                await stage.stop()
    finally:
        await redis.aclose()
    return found


async def _play(stage: _Stage, *, rounds: int, say: Callable[[str], None]) -> None:
    found = stage.found
    # Founding comes before the others look for the tenant.
    for name in PARTS:
        await stage.start(name)
    async with stage.cluster.context() as context:
        strategies = await _strategies(context)
        before = await _fired(context)
        stopping = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for number in range(SPEAKERS):
                group.create_task(_speak(context, stage, stopping, speaker=number))
            group.create_task(_run_model(context, found, stopping))
            try:
                for number in range(rounds):
                    await _round(stage, number=number)
                    if number % 20 == 19:
                        say(found.describe())
            finally:
                stopping.set()
        # What fires while it is judged would be an order whose decision is still to come.
        await stage.lives["patterns"].kill()
        fired = await _fired(context) - before
        found.fired = len(fired)
        await _settled(context, strategies, told={*found.signals, *fired}, found=found)
        await _judge(context, strategies, found=found)


async def _strategies(context: Context) -> dict[str, dict[str, Any]]:
    """Make four that are live, pause one, and stop the account of another."""
    await context.drop_rules()
    made: dict[str, dict[str, Any]] = {}
    for name in (ACTING, PAUSED, STOPPED, MODELLED):
        body = {
            "name": name,
            "account_id": await context.open_account(name),
            "symbols": [SYMBOL],
            "cap": "0.0001",
            "allow_short": True,
            **(
                {"kind": "multi_factor", "model": NAME, "threshold": "0.01"}
                if name == MODELLED
                else {"kind": "follow"}
            ),
        }
        one = await context.done("POST", PATH, body, key=f"make {name}")
        await context.done("PUT", f"{PATH}/{one['id']}", {**body, "mode": "live"})
        made[name] = await context.done("POST", f"{PATH}/{one['id']}/start", None, key=f"go {name}")

    async def beats() -> bool:
        agents = (await context.read("/api/v1/agents"))["items"]
        return made.keys() <= {one["id"] for one in agents}

    await until_true(beats, within_s=START_S, every_s=0.2)
    await context.done("POST", f"/api/v1/agents/{PAUSED}/pause", None, key="pause")
    stop = {"scope": "account", "account_id": made[STOPPED]["account_id"], "reason": "torture"}
    await context.done("POST", "/api/v1/kill-switch/activate", stop, key="stop")
    return made


async def _speak(context: Context, stage: _Stage, stopping: asyncio.Event, *, speaker: int) -> None:
    """Publish signals one after the other, up and down, ahead of who acts on them."""
    number = 0
    while not stopping.is_set():
        if len((await stage.line.look()).unread) >= UNREAD_MAX:
            await asyncio.sleep(0.05)
            continue
        body = {
            "symbol": SYMBOL,
            "score": "0.9" if number % 2 else "-0.9",
            "source": SOURCE,
            "ttl_s": 86_400,
        }
        with suppress(NoAnswer):
            # One that was not answered is sent again, by the same key.
            made = await context.done("POST", SIGNALS, body, key=f"signal {speaker} {number}")
            stage.found.signals.append(made["id"])
            number += 1


async def _run_model(context: Context, found: StrategyKills, stopping: asyncio.Event) -> None:
    """Have the model run again and again, each time on another row."""
    number = 0
    while not stopping.is_set():
        number += 1
        row = number % 100 / 1_000
        given = {"name": "features", "shape": [1, 1], "datatype": "FP32", "data": [row]}
        # Beside the signals, not in their place.
        await asyncio.sleep(RUN_EVERY_S)
        try:
            said = await context.done("POST", f"/api/v1/inference/{NAME}", {"inputs": [given]})
        except NoAnswer as problem:
            found.wrongs.append(f"run {number}: {problem}")
            continue
        (figure,) = said["outputs"][0]["data"]
        if not math.isclose(figure, forecast_of(row), abs_tol=1e-6):
            found.wrongs.append(f"run {number} of {row} gave {figure}")
        found.runs[said["parameters"]["engine"]] += 1


async def _round(stage: _Stage, *, number: int) -> None:
    """Kill one in the midst of signals, tell again what was told, and let it live again."""
    victim, found = VICTIMS[number % len(VICTIMS)], stage.found
    before = await stage.line.look()
    await asyncio.sleep(stage.random.uniform(0.0, 0.5))

    async def full() -> LineState | None:
        state = await stage.line.look()
        # Since it began it reads, and has not done all of that yet.
        return state if state.unread and state.open and state.last != before.last else None

    await until_true(full, within_s=START_S, every_s=0.002)
    await stage.kill(victim)
    lose = number % 4 in (1, 2)
    state = await stage.line.look(lose=lose)
    found.flushed += lose
    # Signals, not entries: what was told again lies there twice.
    found.unread += len(set(state.unread))
    found.open += len(set(state.open))
    await stage.line.put(state.all)
    found.again += len(state.all)
    await stage.start(victim)


async def _fired(context: Context) -> set[str]:
    """Return the ids of the signals that patterns fired."""
    return {one["id"] for one in await context.all(SIGNALS, symbol=SYMBOL, source="patterns")}


async def _settled(
    context: Context,
    strategies: dict[str, dict[str, Any]],
    *,
    told: set[str],
    found: StrategyKills,
) -> None:
    """Return once every signal was decided on, or too much time has passed: some are lost then."""

    async def lacking() -> dict[str, int]:
        return {
            name: len(lost)
            for name, one in strategies.items()
            if (lost := told - await _decided(context, one))
        }

    async def none_lack() -> bool:
        return not await lacking()

    try:
        await until_true(none_lack, within_s=START_S, every_s=2.0)
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
            if name not in MAY_ORDER and order["state"] != "denied":
                found.wrongs.append(f"{name} has order {order['id']}, {order['state']}")
        if name == MODELLED:
            found.forecasts = sum(map(_has_forecast, decisions))
        shown = await context.read(f"{PATH}/{one['id']}")
        if not shown["running"]:
            found.wrongs.append(f"{name} was stopped: {shown['problem']}")
    for name in MAY_ORDER:
        if not any(key.startswith(f"{name} ") for key in found.orders):
            found.wrongs.append(f"no order of {name} came of any signal")
    if not (found.forecasts and found.runs["remote"]):
        found.wrongs.append("the part of inference forecast nothing")


def _has_forecast(decision: dict[str, Any]) -> bool:
    return any(one["name"] == "onnx" and one["value"] is not None for one in decision["factors"])


def _counted(rows: list[dict[str, Any]], key: str) -> Counter[str]:
    return Counter(one[key] for one in rows if one[key] is not None)
