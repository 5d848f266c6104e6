"""A model's forecast is a factor where it can be believed, and absent by name where not."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import numpy as np
import pytest

from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.ids import SeededIds
from adapters.memory.inference import FunctionModel
from adapters.memory.market import MemoryMarket
from adapters.memory.time import ManualClock
from adapters.memory.work import MemoryWorks
from application.inference.forecast_factor import ForecastFactor
from application.inference.keep_predictions import KeepPredictions
from application.shared.change import Changes
from domain.inference.bar_features import BARS_NEEDED, FEATURES, SIGMA, bar_features
from domain.inference.forecast import TERMS, FeatureRange, ForecastTerms
from domain.inference.model import ModelKey
from domain.inference.tensors import Array, TensorSpec
from domain.market.prices import Bar
from domain.strategies.factors import FactorAbsent
from tests import builders
from tests.unit.application.inference.models import serving
from tests.unit.domain.inference.test_training import walked

WALKED = walked(7, days=40)
CLOSES = [round(one, 4) for one in WALKED.closes]
VOLUMES = [round(one) for one in WALKED.volumes]
TODAY = WALKED.days[-1] + timedelta(days=1)
LATEST = dict(zip(FEATURES, bar_features(CLOSES, VOLUMES)[-1], strict=True))
HELD = ForecastTerms(
    horizon_days=4,
    features=tuple(FeatureRange(name=one, low=-100, high=100) for one in FEATURES),
    trained_from=date(2020, 1, 1),
    trained_to=date(2023, 12, 31),
    expires_on=TODAY,
)


def forecasting(
    say: Callable[[Array], float] = lambda _: 0.01, *, terms: str = HELD.metadata()
) -> FunctionModel:
    """A model of all features that says a figure."""

    def run(given: dict[str, Array]) -> dict[str, Array]:
        said = [[say(one)] for one in given["features"]]
        return {"forecast": np.array(said, np.float32).reshape(-1, 1)}

    return FunctionModel(
        run=lambda given: run(dict(given)),
        inputs=(TensorSpec("features", "FP32", (None, len(FEATURES))),),
        outputs=(TensorSpec("forecast", "FP32", (None, 1)),),
        metadata=((TERMS, terms),) if terms else (),
    )


def market(*, days: int = 40) -> MemoryMarket:
    """Return a market on the day after the last of so many bars."""
    made = MemoryMarket(at=datetime(2023, 1, 1, tzinfo=UTC))
    for day, close, volume in list(zip(WALKED.days, CLOSES, VOLUMES, strict=True))[-days:]:
        price, opened = Decimal(repr(close)), datetime.combine(day, time(14), UTC)
        made.record(
            Bar(
                symbol="QX",
                opened_at=opened,
                closed_at=opened + timedelta(hours=6),
                open=price,
                high=price,
                low=price,
                close=price,
                volume=Decimal(volume),
            )
        )
    made.set_time(datetime.combine(TODAY, time(12), UTC))
    return made


def kept_in(database: MemoryDatabase, of: MemoryMarket) -> KeepPredictions:
    """Keep forecasts in a storage, which outlives whoever asks."""
    clock = ManualClock(builders.AT)
    changes = Changes(
        works=MemoryWorks(MemoryLink(database)),
        clock=clock,
        ids=SeededIds(clock=clock, seed=sum(map(len, database.records.values()))),
    )
    return KeepPredictions(changes=changes, view=of)


async def factor(
    models: dict[str, FunctionModel], *, model: str = "a", days: int = 40
) -> float | FactorAbsent:
    """Ask the factor of models served in version 1, of which nothing is known yet."""
    served = serving({f"{name}/1": one for name, one in models.items()})
    of = market(days=days)
    kept = kept_in(MemoryDatabase(), of)
    source = ForecastFactor(models=served.models, view=of, clock=of, kept=kept)
    return await source.of(tenant_id=uuid4(), symbol="QX", model=model, at=builders.AT)


async def test_it_is_the_forecast_in_deviations_of_the_latest_bars() -> None:
    seen: list[Array] = []

    def say(row: Array) -> float:
        seen.append(row)
        return 0.01

    found = await factor({"a": forecasting(say)}, days=BARS_NEEDED)
    np.testing.assert_allclose(seen[-1], list(LATEST.values()), rtol=1e-6)
    assert found == pytest.approx(math.tanh(0.01 / (LATEST[SIGMA] * 2)), rel=1e-6)


async def test_several_models_are_an_ensemble_and_their_spread_lowers_what_they_say() -> None:
    models = {"a": forecasting(lambda _: 0.02), "b": forecasting(lambda _: -0.005)}
    one, other = await factor(models, model="a"), await factor(models, model="b")
    assert isinstance(one, float)
    assert isinstance(other, float)
    mean, spread = (one + other) / 2, abs(one - other) / 2
    assert await factor(models, model="a:b") == pytest.approx(mean * (1 - spread))
    # One that can tell nothing makes no smaller ensemble of the rest.
    models["c"] = forecasting(terms="")
    assert await factor(models, model="a:c") == FactorAbsent(
        "c: the model does not say what it forecasts"
    )
    assert await factor(models, model="a:a") == FactorAbsent(
        "the strategy names a model twice: a:a"
    )


def broken(row: Array) -> float:
    """Fail on the bars, not on what a model is tried out with."""
    if math.isclose(float(row[0]), LATEST["return_1"], rel_tol=1e-5):
        raise RuntimeError("out of order")
    return 0.0


def outside(feature: str) -> str:
    narrow = FeatureRange(name=feature, low=LATEST[feature] + 1, high=LATEST[feature] + 2)
    features = tuple(narrow if one.name == feature else one for one in HELD.features)
    return replace(HELD, features=features).metadata()


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (
            forecasting(terms=replace(HELD, expires_on=TODAY - timedelta(days=1)).metadata()),
            f"a: the model expired on {TODAY - timedelta(days=1)}",
        ),
        (
            forecasting(terms=replace(HELD, trained_to=TODAY).metadata()),
            f"a: the model has seen what came by {TODAY}: it is {TODAY}",
        ),
        (forecasting(terms=outside("return_5")), "a: return_5 "),
        (forecasting(terms=outside("volume_ratio_20")), "a: volume_ratio_20 "),
        (forecasting(terms="{"), "a: ballast.forecast: cannot be read"),
        (forecasting(terms=""), "a: the model does not say what it forecasts"),
        (forecasting(lambda _: math.nan), "a: gave nan for a forecast"),
        (forecasting(broken), "a: cpu: RuntimeError: out of order"),
        (
            replace(forecasting(), inputs=(TensorSpec("features", "FP32", (None, 3)),)),
            "a: inputs.features: must have the shape [-1, 3], not [1, 6]",
        ),
    ],
)
async def test_what_cannot_be_believed_is_absent_by_name(model: FunctionModel, why: str) -> None:
    if "[-1, 3]" in why:
        model = replace(model, run=lambda given: {"forecast": given["features"][:, :1]})
    found = await factor({"a": model})
    assert isinstance(found, FactorAbsent)
    assert found.reason.startswith(why)


async def test_without_a_model_or_enough_days_there_is_nothing_to_ask() -> None:
    models = {"a": forecasting()}
    absent = [
        await factor(models, model=""),
        await factor(models, model="none"),
        await factor(models, days=BARS_NEEDED - 1),
    ]
    assert absent == [
        FactorAbsent("the strategy names no model"),
        FactorAbsent("none: there is no model 'none'"),
        FactorAbsent(f"fewer than {BARS_NEEDED} closed days of QX are known"),
    ]


@dataclass
class Running:
    """One life of a server after another, over one storage."""

    database: MemoryDatabase
    tenant_id: UUID
    seen: list[Array]

    async def asked(self, models: dict[str, FunctionModel], *, days: int = 40) -> float | str:
        """Start, ask once, and end; returns why where it is absent."""
        self.seen.clear()
        self.served, of = serving(models), market(days=days)
        kept = kept_in(self.database, of)
        self.source = ForecastFactor(models=self.served.models, view=of, clock=of, kept=kept)
        return await self.again()

    async def again(self) -> float | str:
        """Ask once more."""
        found = await self.source.of(
            tenant_id=self.tenant_id, symbol="QX", model="a", at=builders.AT
        )
        return found.reason if isinstance(found, FactorAbsent) else found

    def say(self, figure: float) -> FunctionModel:
        """Return a model that says a figure, and notes each row that is no probe."""

        def said(row: Array) -> float:
            if math.isclose(float(row[0]), LATEST["return_1"], rel_tol=1e-5):
                self.seen.append(row)
            return figure

        return forecasting(said)


async def test_a_forecast_survives_a_restart_and_is_not_worked_out_again() -> None:
    life = Running(MemoryDatabase(), uuid4(), [])
    first = await life.asked({"a/1": life.say(0.01)})
    assert isinstance(first, float)
    assert len(life.seen) == 1
    assert await life.again() == first
    assert len(life.seen) == 1
    # The model is still to be loaded: what it said is known, and it is not even opened.
    assert await life.asked({"a/1": life.say(9.0)}) == first
    assert (life.seen, life.served.models.served()) == ([], [])
    await life.served.models.load(ModelKey("a", "1"))
    assert (await life.again(), life.seen) == (first, [])
    # Another file has not said anything yet.
    other = await life.asked({"a/1": life.say(0.01), "a/2": life.say(-0.02)})
    assert other == pytest.approx(math.tanh(-0.02 / (LATEST[SIGMA] * 2)))
    assert len(life.seen) == 1


async def test_what_a_model_that_is_gone_once_said_does_not_count() -> None:
    life = Running(MemoryDatabase(), uuid4(), [])
    assert isinstance(await life.asked({"a/1": life.say(0.01)}), float)
    await life.served.models.unload("a")
    assert await life.again() == "a: a was unloaded"
    assert await life.asked({"b/1": life.say(0.01)}) == "a: there is no model 'a'"
    kept = await life.source.kept.list(
        "a", tenant_id=life.tenant_id, symbol="QX", limit=9, after=None
    )
    assert [one.prediction.value for one in kept] == [pytest.approx(0.01)]


async def test_why_there_is_no_forecast_is_kept_too() -> None:
    life = Running(MemoryDatabase(), uuid4(), [])
    why = await life.asked({"a/1": forecasting(terms=outside("return_5"))})
    [found] = await life.source.kept.list(
        "a", tenant_id=life.tenant_id, symbol="QX", limit=9, after=None
    )
    one = found.prediction
    assert (f"a: {one.absent}", one.value, one.day) == (why, None, WALKED.days[-1])
    assert (one.model_version, one.horizon_days, one.engine) == ("1", HELD.horizon_days, "")
