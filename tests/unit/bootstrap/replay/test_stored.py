"""A stored strategy is found by its name or id, and played as it is stored."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.own_strategies import OwnFunctions
from adapters.memory.work import MemoryWorks
from adapters.report.summary import summary_of
from application.backtest.run import Interrupt
from application.strategies.keep_strategies import STRATEGIES
from bootstrap.replay.context import run_replay
from bootstrap.replay.look_ahead import scores_of_stored
from bootstrap.replay.stored import class_of, stored_strategy, strategy_called, symbols_of
from domain.backtest.figures import figures_of
from domain.shared.values import InvalidValue
from domain.strategies.factors import FactorName
from domain.strategies.strategy import Strategy, StrategyKind, StrategyMode
from tests.unit.application.strategies.test_check_look_ahead import BARS
from tests.unit.bootstrap.replay.markets import options, two_waves

ONE, OTHER = UUID(int=1), UUID(int=2)
KNOWN = "must be one of follow, not it"


def strategy(number: int = 1, *, tenant_id: UUID = ONE, **changes: Any) -> Strategy:
    """Return a strategy that stands still, as a new one does."""
    made = Strategy(
        id=UUID(int=100 + number),
        tenant_id=tenant_id,
        name="waves",
        kind=StrategyKind.FOLLOW,
        account_id=UUID(int=9),
        symbols=("AAA",),
    )
    return replace(made, **changes)


async def kept(*strategies: Strategy) -> MemoryWorks:
    """Store strategies."""
    works = MemoryWorks(MemoryLink(MemoryDatabase()))
    for one in strategies:
        async with works.begin(one.tenant_id) as work:
            await work.records(STRATEGIES).add(one)
    return works


async def test_it_is_found_by_name_and_by_id() -> None:
    works = await kept(strategy(), strategy(2, name="other", tenant_id=OTHER))
    assert (await strategy_called("waves", works=works, known=KNOWN)).id == UUID(int=101)
    by_id = await strategy_called(str(UUID(int=102)), works=works, known=KNOWN)
    assert by_id.name == "other"


async def test_one_that_two_tenants_have_is_asked_for_by_id() -> None:
    works = await kept(strategy(), strategy(2, tenant_id=OTHER))
    with pytest.raises(InvalidValue, match="of 2 tenants: give its id") as refused:
        await strategy_called("waves", works=works, known=KNOWN)
    assert str(UUID(int=102)) in refused.value.problem


async def test_an_unknown_name_tells_what_is_like_it() -> None:
    many = [strategy(n, name=f"steady {n:03}", tenant_id=UUID(int=n)) for n in range(1, 150)]
    works = await kept(*many, strategy(200))
    with pytest.raises(InvalidValue, match=f"{KNOWN}; stored here, and like it: waves$"):
        await strategy_called("wave", works=works, known=KNOWN)
    with pytest.raises(InvalidValue, match=r"like it: none$"):
        await strategy_called("wave", works=await kept(), known=KNOWN)


async def test_kinds_and_classes_ask_no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BALLAST_PROFILE", "memory")
    assert await stored_strategy("follow", own=()) is None
    assert await stored_strategy("mine", own=("mine",)) is None
    with pytest.raises(InvalidValue, match=r"ema_cross, mine, not its; no stored .* is memory"):
        await stored_strategy("its", own=("mine",))


def test_only_symbols_of_its_own_are_played() -> None:
    one = strategy(symbols=("AAA", "BBB"))
    assert symbols_of(one, wanted=()) == ("AAA", "BBB")
    assert symbols_of(one, wanted=("BBB",)) == ("BBB",)
    with pytest.raises(InvalidValue, match="waves trades AAA, BBB, not CCC"):
        symbols_of(one, wanted=("CCC", "AAA"))


async def test_a_replay_plays_it_as_it_is_stored() -> None:
    given = two_waves(days=250)
    stored = strategy(
        symbols=("BBB",), threshold=Decimal("0.4"), cap=Decimal("0.01"), problem="an old one"
    )
    usual = await run_replay(options(strategy="follow"), market=given, interrupt=Interrupt())
    asked = options(strategy="waves", stored=stored)
    result = await run_replay(asked, market=given, interrupt=Interrupt())
    assert {one.terms.symbol for one in result.orders} == {"BBB"}
    assert {one.strategy_id for one in result.orders} == {"waves"}
    worth = [one.quantity * one.price for one in result.fills]
    assert 0 < max(worth) < Decimal("0.012") * 1_000_000
    assert max(worth) < max(one.quantity * one.price for one in usual.fills)
    scores = {(one.symbol, one.timestamp): one.score for one in result.signals}
    assert any(abs(score) < stored.threshold for score in scores.values())
    summary = summary_of(result, figures=figures_of(result), data_sha256="")
    told = summary["strategy"]
    assert (told["id"], told["kind"], told["threshold"], told["cap"], told["symbols"]) == (
        "waves",
        "follow",
        "0.4",
        "0.01",
        "BBB",
    )


async def test_one_that_hears_none_of_what_is_played_is_refused() -> None:
    deaf = strategy(sources=("tradingview",), mode=StrategyMode.LIVE)
    with pytest.raises(InvalidValue, match="waves hears only tradingview: a replay has signals of"):
        await run_replay(
            options(strategy="waves", stored=deaf), market=two_waves(), interrupt=Interrupt()
        )


async def test_it_is_checked_by_its_own_weights_and_class() -> None:
    weights = dict.fromkeys(FactorName, Decimal(0)) | {FactorName.MOMENTUM: Decimal(1)}
    many = strategy(kind=StrategyKind.MULTI_FACTOR, weights=weights)
    own = OwnFunctions({"rising": _rising})
    usual = scores_of_stored(replace(many, weights={}), own=own)
    mine = scores_of_stored(many, own=own)
    assert await mine(BARS) != await usual(BARS)
    by_class = strategy(kind=StrategyKind.OWN, model="rising")
    assert await scores_of_stored(by_class, own=own)(BARS) == [0.5] * len(BARS)
    with pytest.raises(InvalidValue, match=r"by gone, which is not installed here \(a\)"):
        class_of(replace(by_class, model="gone"), own=("a",))


def _rising(bars: Sequence[object]) -> Sequence[float | None]:
    return [0.5] * len(bars)
