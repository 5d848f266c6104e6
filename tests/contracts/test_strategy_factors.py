"""Whoever says a factor keeps its promises: told ones, what is written, what models forecast."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from adapters.memory.database import MemoryDatabase
from adapters.memory.inference import FunctionModel
from adapters.memory.market import MemoryMarket
from adapters.memory.strategy_factors import MemoryFactors
from application.strategies.model_factor import ModelFactor
from application.strategies.sentiment_factor import SentimentFactor
from domain.inference.tensors import TensorSpec
from domain.market.prices import Bar
from domain.shared.values import InvalidValue
from domain.strategies.factors import FactorAbsent
from tests import builders
from tests.contracts.sentiment import GOOD, POOR, desk_over
from tests.contracts.storage import memory_storage
from tests.contracts.strategy_factors import (
    SYMBOL,
    DatedFactorSourceContract,
    FactorSourceContract,
    Telling,
)
from tests.unit.application.inference.models import serving

LATER = timedelta(hours=1)
RETURNS = 5


class TestMemoryFactors(DatedFactorSourceContract):
    @pytest.fixture
    async def telling(self) -> Telling:
        source, tenant, now = MemoryFactors(), builders.tenant().id, builders.AT
        source.tell(0.25, tenant_id=tenant, symbol=SYMBOL, at=now)

        async def later() -> datetime:
            source.tell(-0.5, tenant_id=tenant, symbol=SYMBOL, at=now + LATER)
            return now + LATER

        return Telling(source=source, tenant_id=tenant, model="", now=now, later=later)


class TestSentimentFactor(DatedFactorSourceContract):
    @pytest.fixture
    async def telling(self) -> Telling:
        desk = await desk_over(memory_storage(MemoryDatabase()))
        await desk.taken(GOOD)
        now = desk.clock.now()

        async def later() -> datetime:
            desk.clock.advance(LATER.total_seconds())
            await desk.taken(POOR)
            return desk.clock.now()

        return Telling(
            source=SentimentFactor(read=desk.read),
            tenant_id=desk.by.tenant_id,
            model="",
            now=now,
            later=later,
        )

    async def test_texts_that_nobody_can_believe_say_nothing(self) -> None:
        desk = await desk_over(memory_storage(MemoryDatabase()))
        # A domain that could be taken for a listed one.
        await desk.taken(replace(GOOD, url="https://www.reuterss.com/a"))
        listed = desk.read.weighing.publishers.looks_like("reuterss.com")
        said = await SentimentFactor(read=desk.read).of(
            tenant_id=desk.by.tenant_id, symbol=SYMBOL, model="", at=desk.clock.now()
        )
        assert listed is not None
        assert said == FactorAbsent("none of 1 texts of AAPL can be believed")

    async def test_no_moment_to_come_is_told_of(self) -> None:
        desk = await desk_over(memory_storage(MemoryDatabase()))
        with pytest.raises(InvalidValue, match="later than now"):
            await SentimentFactor(read=desk.read).of(
                tenant_id=desk.by.tenant_id,
                symbol=SYMBOL,
                model="",
                at=desk.clock.now() + LATER,
            )


@dataclass(slots=True)
class Days:
    """A market of closed days, one after the other."""

    market: MemoryMarket
    count: int = 0

    def close(self, *closes: str) -> None:
        """Let a day close at each of these."""
        for close in closes:
            at = builders.MARKET_AT + timedelta(days=self.count)
            price = Decimal(close)
            self.market.record(
                Bar(
                    symbol=SYMBOL,
                    opened_at=at,
                    closed_at=at + timedelta(hours=6),
                    open=price,
                    high=price,
                    low=price,
                    close=price,
                    volume=Decimal(1),
                )
            )
            self.count += 1


def walked(days: int) -> Sequence[str]:
    """Return closes that go up and down, more up."""
    return [str(100 + day + 2 * (day % 3)) for day in range(days)]


def mean_of(returns: int, *, datatype: str = "FP32", rows: int | None = None) -> FunctionModel:
    """A model that forecasts the mean of the returns that it is given."""
    return FunctionModel(
        run=lambda given: {"y": given["r"].mean(axis=1, keepdims=True).astype(np.float32)},
        inputs=(TensorSpec("r", datatype, (rows, returns)),),
        outputs=(TensorSpec("y", "FP32", (rows, 1)),),
    )


class TestModelFactor(FactorSourceContract):
    @pytest.fixture
    async def telling(self) -> Telling:
        days = Days(MemoryMarket(at=builders.MARKET_AT))
        days.close(*walked(30))
        served = serving({"mean/1": mean_of(RETURNS)})

        async def later() -> datetime:
            days.close("90")
            return builders.AT + LATER

        return Telling(
            source=ModelFactor(models=served.models, view=days.market),
            tenant_id=builders.tenant().id,
            model="mean",
            now=builders.AT,
            later=later,
        )

    async def test_it_is_the_forecast_in_deviations_of_a_day(self, telling: Telling) -> None:
        closes = np.array([float(one) for one in walked(30)])
        returns = np.diff(np.log(closes))
        expected = np.tanh(
            np.float32(returns[-RETURNS:].astype(np.float32).mean()) / returns[-20:].std(ddof=1)
        )
        said = await telling.said(SYMBOL, at=telling.now)
        assert said == pytest.approx(float(expected), rel=1e-6)


async def asked(
    model: FunctionModel | None,
    *,
    name: str = "mean",
    days: int = 30,
    unload: bool = False,
    of_gpu: bool = False,
) -> float | FactorAbsent:
    """Ask a factor of one model, which is served or not."""
    market = Days(MemoryMarket(at=builders.MARKET_AT))
    market.close(*walked(days))
    served = serving({} if model is None else {"mean/1": model})
    factor = ModelFactor(models=served.models, view=market.market, of_gpu=of_gpu)
    if unload:
        await served.models.load_all()
        await served.models.unload("mean")
    return await factor.of(
        tenant_id=builders.tenant().id, symbol=SYMBOL, model=name, at=builders.AT
    )


def _raises(problem: Exception) -> FunctionModel:
    def run(given: object) -> dict[str, object]:
        raise problem

    return replace(mean_of(RETURNS, rows=1), run=run)  # type: ignore[arg-type]


def _gives(value: object) -> FunctionModel:
    return replace(mean_of(RETURNS, rows=1), run=lambda given: {"y": np.array(value, np.float32)})


@pytest.mark.parametrize(
    ("asks", "reason"),
    [
        ({"model": None, "name": ""}, "the strategy names no model"),
        ({"model": None}, "there is no model 'mean'"),
        ({"model": mean_of(RETURNS), "unload": True}, "mean was unloaded"),
        ({"model": mean_of(RETURNS), "days": 4}, "takes 5 daily returns, and there are 4 days"),
        ({"model": mean_of(RETURNS), "days": 9}, "fewer than 21 closed days"),
        ({"model": mean_of(900)}, "takes 900 daily returns, not 1 to 250"),
        ({"model": mean_of(RETURNS, datatype="INT64")}, "takes INT64 [-1, 5], and not FP32"),
        ({"model": mean_of(RETURNS, rows=32)}, "takes FP32 [32, 5], and not FP32"),
        ({"model": _raises(RuntimeError("no kernel"))}, "cpu: RuntimeError: no kernel"),
        ({"model": _gives([[1, 2]])}, "gives no single figure for one row"),
        ({"model": _gives([[float("nan")]])}, "the model forecast nan"),
        ({"model": mean_of(RETURNS), "of_gpu": True}, "no GPU answers: mean runs on cpu"),
    ],
)
async def test_a_model_that_cannot_say_is_absent_by_name(
    asks: dict[str, object], reason: str
) -> None:
    said = await asked(**asks)  # type: ignore[arg-type]
    assert isinstance(said, FactorAbsent), said
    assert reason in said.reason
