"""What kept forecasts promise over every storage."""

import math
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID

import pytest

from adapters.memory.ids import SeededIds
from adapters.memory.market import MemoryMarket
from adapters.memory.time import ManualClock
from application.inference import keep_predictions
from application.inference.keep_predictions import KeepPredictions
from application.shared.change import Changes
from domain.inference.predictions import Prediction
from domain.market.prices import Bar
from domain.shared.values import InvalidValue
from tests import builders
from tests.contracts.storage import Storage, StorageContract

DAY = date(2024, 3, 4)
CLOSES = (100.0, 101.0, 99.0, 104.0)


def market() -> MemoryMarket:
    """Return a market with the closes of days from DAY on."""
    made = MemoryMarket(at=datetime(2024, 3, 1, tzinfo=UTC))
    for place, close in enumerate(CLOSES):
        opened, price = datetime.combine(DAY + timedelta(days=place), time(14), UTC), Decimal(close)
        made.record(
            Bar(
                symbol="QX",
                opened_at=opened,
                closed_at=opened + timedelta(hours=6),
                open=price,
                high=price,
                low=price,
                close=price,
                volume=Decimal(1),
            )
        )
    made.set_time(datetime.combine(DAY + timedelta(days=len(CLOSES)), time(12), UTC))
    return made


def kept_over(storage: Storage) -> KeepPredictions:
    """Return the use case over a storage, as another process would have it."""
    clock = ManualClock(builders.AT)
    changes = Changes(works=storage.works, clock=clock, ids=SeededIds(clock=clock, seed=5))
    return KeepPredictions(changes=changes, view=market())


def forecast(keep: KeepPredictions, tenant_id: UUID, *, day: date = DAY) -> Prediction:
    """Return a prediction of two days."""
    return Prediction(
        id=keep.changes.ids.new(),
        tenant_id=tenant_id,
        model="ridge",
        model_version="1",
        sha256="aa",
        engine="cpu",
        symbol="QX",
        day=day,
        horizon_days=2,
        expires_on=date(2024, 6, 1),
        inputs="bb",
        value=0.1 + 0.2,
        absent="",
        made_at=builders.AT,
    )


class PredictionsContract(StorageContract):
    """Subclasses give `storage`."""

    @pytest.fixture
    async def tenant_id(self, storage: Storage) -> UUID:
        tenant = builders.tenant()
        await storage.add_tenant(tenant)
        return tenant.id

    async def test_another_process_finds_each_digit_again(
        self, storage: Storage, tenant_id: UUID
    ) -> None:
        keep = kept_over(storage)
        for value in (0.1 + 0.2, -1e-17, math.nextafter(0.5, 1)):
            made = replace(forecast(keep, tenant_id), sha256=repr(value), value=value)
            await keep.keep(made)
            [found, *_] = await kept_over(storage).of_day(
                tenant_id=tenant_id, model="ridge", symbol="QX", day=DAY
            )
            assert found == made

    async def test_a_file_says_one_thing_of_a_day_the_latest(
        self, storage: Storage, tenant_id: UUID
    ) -> None:
        keep = kept_over(storage)
        absent = replace(forecast(keep, tenant_id), value=None, absent="it expired", engine="")
        said = replace(forecast(keep, tenant_id), made_at=builders.AT + timedelta(hours=1))
        other = replace(forecast(keep, tenant_id), sha256="cc", model_version="2")
        for one in (absent, said, replace(said, id=keep.changes.ids.new()), other):
            await keep.keep(one)
        found = await keep.of_day(tenant_id=tenant_id, model="ridge", symbol="QX", day=DAY)
        assert found == [other, replace(said, id=absent.id, version=2)]
        none = await keep.of_day(
            tenant_id=tenant_id, model="ridge", symbol="QX", day=DAY + timedelta(days=1)
        )
        assert none == []

    async def test_they_are_listed_latest_first_beside_what_came_of_them(
        self, storage: Storage, tenant_id: UUID
    ) -> None:
        keep = kept_over(storage)
        made = [forecast(keep, tenant_id, day=DAY + timedelta(days=one)) for one in range(3)]
        for one in (*made, replace(made[0], id=keep.changes.ids.new(), symbol="QY")):
            await keep.keep(one)
        own = partial(keep.list, tenant_id=tenant_id, symbol="QX")
        found = await own("ridge", limit=10, after=None)
        assert [one.prediction for one in found] == made[::-1]
        assert [one.outcome for one in found] == [
            None,
            pytest.approx(math.log(104 / 101)),
            pytest.approx(math.log(99 / 100)),
        ]
        behind = await own("ridge", limit=1, after=found[0].id)
        assert [one.id for one in behind] == [found[1].id]
        every = await keep.list("ridge", tenant_id=tenant_id, symbol=None, limit=9, after=None)
        assert [one.outcome for one in every][:1] == [None]
        assert len(every) == 4
        assert await own("other", limit=9, after=None) == []
        with pytest.raises(InvalidValue, match="letters"):
            await own("../x", limit=9, after=None)

    async def test_the_oldest_of_a_symbol_are_forgotten(
        self, storage: Storage, tenant_id: UUID, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(keep_predictions, "KEPT_MAX", 3)
        keep = kept_over(storage)
        await keep.keep(replace(forecast(keep, tenant_id), symbol="QY"))
        for one in range(6):
            await keep.keep(forecast(keep, tenant_id, day=DAY + timedelta(days=one)))
        found = await keep.list("ridge", tenant_id=tenant_id, symbol=None, limit=9, after=None)
        told = [(one.prediction.symbol, (one.prediction.day - DAY).days) for one in found]
        assert told == [("QX", 5), ("QX", 4), ("QX", 3), ("QY", 0)]

    async def test_another_tenant_s_are_not_there(self, storage: Storage, tenant_id: UUID) -> None:
        keep = kept_over(storage)
        await keep.keep(forecast(keep, tenant_id))
        other = builders.tenant()
        await storage.add_tenant(other)
        assert await keep.of_day(tenant_id=other.id, model="ridge", symbol="QX", day=DAY) == []
