"""Signals from a real Redis to stored decisions, and a tick to the order that came of it.

`signals`: a thousand signals that are kept in Postgres lie on the stream; a strategy in shadow
reads them, decides on each by the price, its account and the last closes, and stores decision,
audit entry and notice before it acknowledges. Theirs reads the same stream ten at a time, stores
one row for each signal and acknowledges. `signals_each` is our mean for one.

`tick_to_order`: a trade comes in that turns the symbol's pattern. The signal that it fires is
stored, goes from the journal to Redis and from there to a strategy that is live, and the gate
accepts its market order: the 99th of a hundred such times, with every loop between them running
as in a server.
"""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import UUID

import asyncpg
import uvloop
from redis.asyncio import Redis

from adapters.postgres.migrations.run import upgrade
from adapters.redis.client import RedisLimits, RedisLink
from adapters.redis.signals import RedisSignalStream
from adapters.system.randomness import SystemRandomness
from adapters.system.time import SystemClock, SystemSleeper
from application.patterns.follow_market import FollowMarket
from application.shared.asker import Asker
from application.signals.forward import ForwardSignals
from application.signals.publish import SignalFields
from application.strategies.act_on_signals import ActOnSignals
from application.strategies.send_order import IntentResult, SendOrder
from application.streams.relay import Relay
from bench.row_submit import running_postgres
from bench.rows import Better, Row, alone, compare
from bench.servers import own_server
from bench.stats import interleave, percentile
from bootstrap.areas import signals, strategies
from bootstrap.container import build_wakeups
from bootstrap.settings.sections import Settings
from bootstrap.storage import Storage, build_postgres
from bootstrap.system import System
from domain.market.prices import TradedVolume
from domain.signals.pattern import Pattern, session_of
from domain.strategies.strategy import Strategy, StrategyKind, StrategyMode
from ports.signals import Signal
from tests.unit.adapters.http.context import Context, open_context
from tests.unit.adapters.http.surroundings import NOW

TURNS = 5
COUNT = 1_000
AT_ONCE = 10
TICKS = 100
PEER = "redis-py read of ten, INSERT of each, ack"
GOAL_RATIO, GOAL_EACH_MS, GOAL_TICK_MS = 0.3, 1.0, 100.0
SYMBOL, SOURCE = "AAPL", "bench"
SPACE = "bench"
BARE_STREAM, BARE_GROUP = f"{SPACE}:bare", "readers"
# A wave of prices, which turns the pattern every few ticks.
_WAVE = 4_000
_WAIT_S = 30.0
_TABLE = "CREATE TABLE taken (id uuid PRIMARY KEY, body text NOT NULL, at timestamptz NOT NULL)"
_INSERT = "INSERT INTO taken VALUES ($1, $2, now())"


def measure() -> list[Row]:
    """Measure both; Postgres and Redis are the benchmark's own."""
    with _servers() as (url, bare_url, redis_url):
        uvloop.run(_prepare(url, bare_url))
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            desk = runner.run(_opened(url, redis_url))
            try:
                ours, theirs = interleave(
                    lambda: runner.run(desk.decided()),
                    lambda: runner.run(_bare(bare_url, redis_url)),
                    repeats=TURNS,
                )
                ticks = runner.run(desk.ticks())
            finally:
                runner.run(desk.close())
    return [
        compare(
            name="signals",
            unit="1/s",
            better=Better.HIGHER,
            ours=ours,
            reference=theirs,
            reference_name=PEER,
            goal=GOAL_RATIO,
        ),
        alone(
            name="signals_each",
            unit="ms",
            better=Better.LOWER,
            ours=[1_000 / rate for rate in ours],
            goal=GOAL_EACH_MS,
        ),
        alone(
            name="tick_to_order",
            unit="ms",
            better=Better.LOWER,
            ours=[percentile(ticks, rank=99)],
            goal=GOAL_TICK_MS,
        ),
    ]


@dataclass(frozen=True, slots=True)
class _TimedSending(SendOrder):
    """Tells when an order was accepted."""

    accepted: "asyncio.Queue[float]" = field(default_factory=asyncio.Queue)

    async def __call__(self, *given: Any, **more: Any) -> IntentResult:
        result = await SendOrder.__call__(self, *given, **more)
        if result.detail:
            raise RuntimeError(f"an order was refused: {result.detail}")
        self.accepted.put_nowait(perf_counter())
        return result


@dataclass(slots=True, kw_only=True)
class _Desk:
    """The application over both servers, with a strategy in shadow and one that is live."""

    context: Context
    opened: Any
    link: RedisLink
    stream: RedisSignalStream
    act: ActOnSignals
    number: int = 0

    async def decided(self) -> float:
        """Return how many signals a second come from the stream to stored decisions."""
        waiting = await self._published()
        began = perf_counter()
        done = 0
        while done < waiting:
            done += await self.act.drain(wait_s=1.0)
        return waiting / (perf_counter() - began)

    async def ticks(self) -> list[float]:
        """Return how many milliseconds each tick that turned the pattern took to its order."""
        own = self.context.parts.of(signals.build)
        sending = _TimedSending(orders=self.act.send.orders)
        act = replace(self.act, send=sending)
        wakeup = self.context.parts.of(build_wakeups).signals
        relay = Relay(
            journal=self.context.storage.journal,
            stream=ForwardSignals(stream=self.stream),
            wakeup=wakeup,
            sleeper=SystemSleeper(),
            reader="bench",
            from_now=True,
        )
        # Before the first tick: what it brings is what is new.
        await relay.resume()
        follow = self._following(replace(own.publish, wake=wakeup.set))
        tasks = [asyncio.create_task(one) for one in (relay(), _acting(act))]
        try:
            return await self._timed(follow, sending, tasks)
        finally:
            for one in tasks:
                one.cancel()
            await asyncio.wait(tasks)

    async def _timed(
        self, follow: FollowMarket, sending: _TimedSending, tasks: "list[asyncio.Task[None]]"
    ) -> list[float]:
        taken: list[float] = []
        for event, fires in _wave():
            began = perf_counter()
            await follow(event)
            if not fires:
                continue
            accepted = asyncio.create_task(sending.accepted.get())
            given = [accepted, *tasks]
            await asyncio.wait(given, timeout=_WAIT_S, return_when=asyncio.FIRST_COMPLETED)
            for one in tasks:
                if one.done():
                    one.result()
            if not accepted.done():
                accepted.cancel()
                raise RuntimeError(f"no order came of the tick at {event.at} in {_WAIT_S:g} s")
            taken.append((accepted.result() - began) * 1_000)
            if len(taken) == TICKS:
                break
        return taken

    def _following(self, publish: Any) -> FollowMarket:
        async def tenants() -> list[UUID]:
            return [self.context.founded.tenant.id]

        def unfit(symbol: str, problem: Exception) -> None:
            raise RuntimeError(symbol) from problem

        return FollowMarket(
            states=self.context.storage.patterns,
            lap=lambda: 1,
            clock=SystemClock(),
            reads_ticks=True,
            publish=publish,
            tenants=tenants,
            on_unfit=unfit,
        )

    async def _published(self) -> int:
        """Keep a thousand signals and put them on the stream; return how many they are."""
        publish = self.context.parts.of(signals.build).publish
        by = Asker(tenant_id=self.context.founded.tenant.id, actor="bench")
        told: list[Signal] = []
        for _ in range(COUNT):
            self.number += 1
            score = Decimal("0.9") if self.number % 2 else Decimal("-0.9")
            fields = SignalFields(symbol=SYMBOL, score=score, source=SOURCE)
            one = await publish.publish(fields, by=by)
            told.append(_line(one))
        await self.stream.add(told)
        return len(told)

    async def close(self) -> None:
        """Give everything back."""
        await self.link.stop()
        await self.opened.__aexit__(None, None, None)


async def _acting(act: ActOnSignals) -> None:
    while True:
        await act.drain(wait_s=1.0)


def _line(one: Any) -> Signal:
    body = {"symbol": one.symbol, "score": str(one.score), "source": one.source}
    return Signal(
        id=one.id, tenant_id=one.tenant_id, source=one.source, at=one.received_at, body=body
    )


def _wave() -> Iterator[tuple[TradedVolume, bool]]:
    """Give trades along a wave, and of each whether the pattern fires at it."""
    pattern = Pattern()
    for number in range(_WAVE):
        place = number % 12
        price = Decimal(100) + Decimal(place if place < 6 else 12 - place) / 10
        at = NOW + timedelta(milliseconds=number)
        event = TradedVolume(symbol=SYMBOL, at=at, path=(price,), volume=Decimal(100))
        bar = pattern.update(price=float(price), volume=100.0, session=session_of(at))
        yield event, bar.fires


async def _opened(url: str, redis_url: str) -> _Desk:
    folder = tempfile.gettempdir()
    settings = Settings(profile="cluster", database_url=url, data_dir=Path(folder))

    def over(system: System) -> Storage:
        return build_postgres(settings=settings, system=system)

    opened = open_context(storage_of=over)
    context = await opened.__aenter__()
    async with context.client() as client:
        for rule in (await client.get("/api/v1/risk-rules")).json()["items"]:
            (await client.delete(f"/api/v1/risk-rules/{rule['id']}?reason=room")).raise_for_status()
    link = RedisLink(
        url=redis_url,
        randomness=SystemRandomness(),
        limits=RedisLimits(answer_s=5.0),
        space=SPACE,
    )
    await link.start()
    stream = RedisSignalStream(link=link)
    act = replace(context.parts.of(strategies.build).act, stream=stream)
    for name, mode, source in (
        ("watching", StrategyMode.SHADOW, SOURCE),
        ("trading", StrategyMode.LIVE, "patterns"),
    ):
        await act.strategies.add(
            Strategy(
                id=context.parts.system.ids.new(),
                tenant_id=context.founded.tenant.id,
                name=name,
                kind=StrategyKind.FOLLOW,
                account_id=context.account_id,
                symbols=(SYMBOL,),
                sources=(source,),
                cap=Decimal("0.005"),
                allow_short=True,
                mode=mode,
                is_running=True,
            ),
            by=Asker(tenant_id=context.founded.tenant.id, actor="bench"),
        )
    # The gate knows a strategy by the agent that it is.
    await act.beat()
    return _Desk(context=context, opened=opened, link=link, stream=stream, act=act)


async def _bare(url: str, redis_url: str) -> float:
    """Return how many signals a second are read, stored as a row each and acknowledged."""
    # The package gives one type for what all its versions of the protocol answer.
    client: Any = Redis.from_url(redis_url)
    connection = await asyncpg.connect(url)
    try:
        await client.delete(BARE_STREAM)
        await connection.execute("TRUNCATE taken")
        await client.xgroup_create(BARE_STREAM, BARE_GROUP, id="0", mkstream=True)
        for number in range(COUNT):
            await client.xadd(BARE_STREAM, {"signal": f'{{"id":"{number}","score":"0.9"}}'})
        began = perf_counter()
        done = 0
        while done < COUNT:
            found = await client.xreadgroup(BARE_GROUP, "one", {BARE_STREAM: ">"}, count=AT_ONCE)
            entries = found[0][1]
            for place, fields in entries:
                name = UUID(int=int(place.replace(b"-", b"")))
                await connection.execute(_INSERT, name, fields[b"signal"].decode())
            await client.xack(BARE_STREAM, BARE_GROUP, *(place for place, _ in entries))
            done += len(entries)
        return COUNT / (perf_counter() - began)
    finally:
        await connection.close()
        await client.aclose()


async def _prepare(url: str, bare_url: str) -> None:
    await upgrade(url)
    connection = await asyncpg.connect(bare_url)
    await connection.execute(_TABLE)
    await connection.close()


@contextmanager
def _servers() -> Iterator[tuple[str, str, str]]:
    with (
        tempfile.TemporaryDirectory(prefix="ballast-bench-") as name,
        running_postgres(Path(name) / "postgres") as (url, bare_url),
        own_server("redis") as redis_url,
    ):
        yield url, bare_url, redis_url
