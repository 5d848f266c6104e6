"""Whoever says a factor keeps its promises: told ones, what is written, what models forecast."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from adapters.memory.database import MemoryDatabase
from adapters.memory.market import MemoryMarket
from adapters.memory.strategy_factors import MemoryFactors
from application.inference.forecast_factor import ForecastFactor
from application.strategies.sentiment_factor import SentimentFactor
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
from tests.unit.application.inference.test_forecast_factor import HELD, forecasting, kept_in

LATER = timedelta(hours=1)


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


class TestForecastFactor(FactorSourceContract):
    @pytest.fixture
    async def telling(self) -> Telling:
        days = Days(MemoryMarket(at=builders.MARKET_AT))
        days.close(*walked(40))
        # Trained before the market's days, which count its own time.
        terms = replace(HELD, trained_from=date(2000, 1, 3), trained_to=date(2009, 12, 31))
        model = forecasting(lambda row: float(row[0]), terms=terms.metadata())
        served = serving({"a/1": model})

        async def later() -> datetime:
            days.close("90")
            return builders.AT + LATER

        return Telling(
            source=ForecastFactor(
                models=served.models,
                view=days.market,
                clock=days.market,
                kept=kept_in(MemoryDatabase(), days.market),
            ),
            tenant_id=builders.tenant().id,
            model="a",
            now=builders.AT,
            later=later,
        )
