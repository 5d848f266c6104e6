"""All factors are asked at once, and one that fails is absent and costs no other its say."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from adapters.memory.patterns import MemoryPatternStates
from application.strategies.gather_factors import GatherFactors
from domain.strategies.factors import FactorAbsent, FactorName
from domain.strategies.strategy import StrategyKind
from ports.patterns import PatternRecord
from ports.storage import StorageUnavailable
from tests import builders
from tests.unit.domain.strategies.test_factors import MANY, walked

Said = float | FactorAbsent


@dataclass(frozen=True, slots=True)
class Source:
    """A source that says what it is told to."""

    say: Callable[[], Awaitable[Said]]

    async def of(self, *, tenant_id: UUID, symbol: str, model: str, at: datetime) -> Said:
        """Say it."""
        asked = (tenant_id, symbol, model, at)
        assert asked == (MANY.tenant_id, "AAPL", "ridge", builders.AT)
        return await self.say()


def says(value: Said) -> Source:
    async def say() -> Said:
        return value

    return Source(say)


def fails(problem: Exception) -> Source:
    async def say() -> Said:
        raise problem

    return Source(say)


async def patterns(seed: int = 1) -> MemoryPatternStates:
    states = MemoryPatternStates()
    state, left, prices, volumes = walked(seed)
    kept = PatternRecord(
        symbol="AAPL",
        lap=0,
        at=builders.AT,
        number=0,
        state=state,
        bar=left,
        price=prices[-1],
        volume=volumes[-1],
    )
    await states.save(kept)
    return states


async def gather(
    *, of: dict[FactorName, Source], states: Any = None, ask_s: float = 5
) -> dict[str, tuple[Decimal | None, str]]:
    asked = GatherFactors(
        patterns=states or await patterns(), lap=lambda: 0, sources=of, ask_s=ask_s
    )
    opinion = await asked(replace(MANY, model="ridge"), symbol="AAPL", at=builders.AT)
    assert [one.name for one in opinion.factors] == [one.value for one in FactorName]
    present = sum(one.weight for one in opinion.factors if one.is_present)
    assert opinion.coverage == present
    return {one.name: (one.value, one.reason) for one in opinion.factors}


async def test_what_nobody_tells_is_absent_by_name_and_the_pattern_says_the_rest() -> None:
    found = await gather(of={FactorName.ONNX: says(0.25)})
    assert found["onnx"] == (Decimal("0.25"), "")
    assert found["tensorrt"] == (None, "nobody here tells tensorrt")
    assert found["sentiment"] == (None, "nobody here tells sentiment")
    assert all(found[name][0] is not None for name in ("ema_trend", "vwap", "momentum", "volume"))


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (fails(RuntimeError("no such model")), "sentiment failed: no such model"),
        (fails(KeyError()), "sentiment failed: KeyError"),
        (says(FactorAbsent("expired")), "expired"),
        (says(float("nan")), "what was told is not from -1 to 1: nan"),
    ],
)
async def test_one_that_fails_is_absent_and_no_other_is(source: Source, reason: str) -> None:
    found = await gather(of={FactorName.SENTIMENT: source, FactorName.ONNX: says(-1)})
    assert found["sentiment"] == (None, reason)
    assert found["onnx"] == (Decimal(-1), "")


async def test_one_that_gives_no_answer_is_given_up() -> None:
    async def never() -> Said:
        await asyncio.Event().wait()
        raise AssertionError

    found = await gather(of={FactorName.ONNX: Source(never)}, ask_s=0.01)
    assert found["onnx"] == (None, "onnx gave no answer in time")


async def test_they_are_asked_side_by_side() -> None:
    first, second = asyncio.Event(), asyncio.Event()

    async def one() -> Said:
        first.set()
        await second.wait()
        return 0.5

    async def other() -> Said:
        second.set()
        await first.wait()
        return 0.5

    found = await gather(of={FactorName.ONNX: Source(one), FactorName.SENTIMENT: Source(other)})
    assert found["onnx"] == found["sentiment"] == (Decimal("0.5"), "")


async def test_without_a_pattern_its_five_are_absent() -> None:
    class Away:
        async def get(self, symbol: str, *, lap: int) -> None:
            raise StorageUnavailable("gone")

    found = await gather(of={}, states=Away())
    assert found["vwap"] == (None, "the pattern failed: gone")
    found = await gather(of={}, states=MemoryPatternStates())
    assert found["momentum"] == (None, "the market has told nothing of AAPL yet")


async def test_a_cross_of_averages_and_a_followed_signal_have_one_factor_each() -> None:
    asked = GatherFactors(patterns=await patterns(), lap=lambda: 0, sources={})
    crossed = await asked(replace(MANY, kind=StrategyKind.EMA_CROSS), symbol="AAPL", at=builders.AT)
    state, *_ = walked(1)
    (factor,) = crossed.factors
    assert factor.name == "ema_cross"
    assert crossed.score == round(Decimal(state.crossed * 2.0 ** -(state.since_cross // 5)), 12)
    nothing = await asked(replace(MANY, kind=StrategyKind.EMA_CROSS), symbol="IBM", at=builders.AT)
    assert nothing.score is None
    assert nothing.coverage == 0
    followed = await asked(replace(MANY, kind=StrategyKind.FOLLOW), symbol="AAPL", at=builders.AT)
    assert (followed.score, followed.factors[0].name) == (None, "signal")
