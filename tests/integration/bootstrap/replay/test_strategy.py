"""A strategy in a replay: the code that runs it live, the very signals, and its own orders."""

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from adapters.market_data.replay.feed import ReplayFeed
from adapters.market_data.replay.settings import ReplaySettings
from adapters.memory.ids import SeededIds
from adapters.memory.market import MemoryInstruments, MemoryReplayCursor
from adapters.memory.randomness import SeededRandomness
from adapters.memory.time import ManualClock
from adapters.report.tables import tables_of
from application.backtest.run import Interrupt
from application.backtest.time import NoWaiting
from bootstrap.areas import market as market_area
from bootstrap.areas import patterns
from bootstrap.areas.market import Market
from bootstrap.container import compose
from bootstrap.replay.context import run_replay
from bootstrap.replay.market import ReplayMarket
from bootstrap.settings.sections import Settings
from bootstrap.storage import build_memory
from bootstrap.system import System
from domain.backtest.result import BacktestResult
from domain.identity.tenant import Tenant
from domain.orders.terms import Side
from domain.shared.values import InvalidValue
from domain.signals.signal import PublishedSignal, SignalFilter, describe_signal, own_id
from tests import builders
from tests.tenants import add_tenant
from tests.unit.bootstrap.replay.markets import market, options, two_waves

KINDS = ("follow", "ema_cross", "multi_factor")


async def played(given: ReplayMarket, **changes: Any) -> BacktestResult:
    """Replay a strategy on a market."""
    return await run_replay(options(**changes), market=given, interrupt=Interrupt())


def written(found: list[PublishedSignal]) -> bytes:
    """Write signals out as they are told, but for when they were received and hold."""
    rows = [{**describe_signal(one), "id": "", "expires_at": ""} for one in found]
    return json.dumps(rows, sort_keys=True).encode()


async def live(given: ReplayMarket, tenant_id: UUID) -> list[PublishedSignal]:
    """Play the market in a server's composition, at another time of business, and look."""
    clock = ManualClock(builders.AT)
    system = System(
        clock=clock,
        sleeper=NoWaiting(),
        ids=SeededIds(clock=clock, seed=99),
        randomness=SeededRandomness(5),
    )
    storage = build_memory(system)
    tenant = Tenant(id=tenant_id, name="Live", created_at=builders.AT)
    await add_tenant(storage.members, tenant)
    feed = ReplayFeed(
        read=lambda: given.history,
        calendars=given.calendars,
        cursor=MemoryReplayCursor(),
        clock=clock,
        sleeper=NoWaiting(),
        settings=ReplaySettings(seconds_per_day=0),
    )
    await feed.start()
    parts = compose(
        Settings(),
        system=system,
        storage=storage,
        bare_storage=storage,
        market=Market(
            instruments=MemoryInstruments(given.history.instruments),
            calendars=given.calendars,
            view=feed,
            clock=feed,
            calendar=lambda: given.history.calendar,
            lap=feed.lap,
        ),
        market_parts=SimpleNamespace(feed=feed),
    )
    assert patterns.AREA.subscribes is not None
    assert parts.of(market_area.build).feed is feed
    patterns.AREA.subscribes(parts)
    await feed.run()
    found = await storage.signals.page(SignalFilter(), tenant_id=tenant_id, limit=10**6)
    return list(reversed(found))


async def test_live_and_replayed_bars_give_the_same_signals_byte_for_byte() -> None:
    given = two_waves(days=250)
    replayed = list((await played(given, strategy="follow")).signals)
    lived = await live(given, replayed[0].tenant_id)
    assert len(replayed) > 40
    assert written(lived) == written(replayed)
    # Known by the same names, too.
    assert [one.id for one in lived] == [one.id for one in replayed]
    assert lived[0].id == own_id(
        lived[0].tenant_id,
        f"patterns {lived[0].symbol} 1 {lived[0].timestamp.isoformat()} 1",
    )


@pytest.mark.parametrize("kind", KINDS)
async def test_a_signal_of_a_close_trades_at_the_next_open_by_that_strategy(kind: str) -> None:
    given = two_waves(days=250)
    result = await played(given, strategy=kind)
    closes = {
        symbol: {row.date: place for place, row in enumerate(rows)}
        for symbol, rows in given.history.prices.items()
    }
    assert len(result.fills) > 5
    signalled = {(one.symbol, one.timestamp.date()) for one in result.signals}
    for fill in result.fills:
        rows = given.history.prices[fill.symbol]
        place = closes[fill.symbol][fill.market_at.date()]
        assert (fill.symbol, rows[place - 1].date) in signalled
        tick = builders.decimals("0.01")[0]
        expected = rows[place].open + (tick if fill.side is Side.BUY else -tick)
        assert fill.price == expected
    assert {one.strategy_id for one in result.orders} == {kind}
    assert len(result.orders) == len(result.fills) + len(result.denials)
    names = [table.name for table in tables_of(result)]
    assert names == ["orders", "fills", "denials", "equity", "signals"]


async def test_the_same_run_twice_is_the_same() -> None:
    first, second = (
        await played(two_waves(), strategy="multi_factor", seed=7),
        await played(two_waves(), strategy="multi_factor", seed=7),
    )
    assert tables_of(first) == tables_of(second)


async def test_what_comes_later_changes_no_signal_of_before() -> None:
    given = two_waves()
    whole = (await played(given, strategy="follow")).signals
    rows = {symbol: tuple(each[:80]) for symbol, each in given.history.prices.items()}
    history = replace(given.history, prices=rows)
    part = (await played(replace(given, history=history), strategy="follow")).signals
    assert 0 < len(part) < len(whole)
    assert written(list(part)) == written(list(whole[: len(part)]))


async def test_what_is_no_strategy_is_refused_by_name() -> None:
    with pytest.raises(InvalidValue, match="must be one of follow, multi_factor, ema_cross"):
        await played(market({"AAA": tuple(two_waves().history.prices["AAA"])}), strategy="magic")
