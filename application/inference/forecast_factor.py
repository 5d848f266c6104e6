"""Ask a model, or several, for the forecast that a strategy counts as one of its factors."""

import asyncio
import math
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np

from application.inference.refusals import CannotRun, CannotServe, NoModel, QueueFull, RanTooLong
from application.inference.serve_models import ServeModels
from domain.inference.bar_features import BARS_NEEDED, FEATURES, SIGMA, bar_features
from domain.inference.forecast import ForecastTerms, agreed, direction, terms_of
from domain.inference.model import ModelFacts
from domain.inference.tensors import DATATYPES, Array
from domain.shared.values import InvalidValue
from domain.strategies.factors import FactorAbsent
from ports.market import MarketClock, MarketView

# Between the names of an ensemble's models.
AND = ":"


class _Absent(Exception):
    """Why a model's forecast does not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastFactor:
    """The forecast of models for a symbol's latest daily bars (port FactorSource).

    It is absent where a model is not served, does not say what it forecasts, is expired, has
    seen what is still to come, or gets inputs unlike those of its training; of an ensemble all
    have to tell something. engine: the only one that counts, where one is named; a forecast that
    another worked out is absent.
    """

    models: ServeModels
    view: MarketView
    clock: MarketClock
    engine: str = ""

    async def of(
        self, *, tenant_id: UUID, symbol: str, model: str, at: datetime
    ) -> float | FactorAbsent:
        """Return tanh(forecast / (sigma sqrt(horizon))), of several what they agree on.

        The days are those that the market has closed by now: it tells of no later ones.
        """
        if not model:
            return FactorAbsent("the strategy names no model")
        bars = self.view.bars(symbol, count=BARS_NEEDED)
        if len(bars) < BARS_NEEDED:
            return FactorAbsent(f"fewer than {BARS_NEEDED} closed days of {symbol} are known")
        closes, volumes = ([float(getattr(one, of)) for one in bars] for of in ("close", "volume"))
        latest = bar_features(closes, volumes)[-1]
        names = model.split(AND)
        if len(set(names)) < len(names):
            return FactorAbsent(f"the strategy names a model twice: {model}")
        try:
            return agreed(await asyncio.gather(*(self._said(one, latest) for one in names)))
        except _Absent as why:
            return FactorAbsent(str(why))

    async def _said(self, name: str, latest: Array) -> float:
        try:
            facts = await self.models.ready(name)
            await self._check_engine(name)
            terms = terms_of(dict(facts.metadata))
            if terms is None:
                raise _Absent(f"{name}: the model does not say what it forecasts")
            row = [float(latest[FEATURES.index(one.name)]) for one in terms.features]
            if why := terms.why_absent(row, today=self.clock.now().date()):
                raise _Absent(f"{name}: {why}")
            forecast = await self._forecast(name, facts, row)
        except (NoModel, CannotServe, CannotRun, RanTooLong, QueueFull, InvalidValue) as problem:
            raise _Absent(f"{name}: {problem}") from None
        return _direction(name, forecast, terms=terms, sigma=float(latest[FEATURES.index(SIGMA)]))

    async def _check_engine(self, name: str) -> None:
        """Raise _Absent where the one engine that counts does not run the model at all."""
        served = (await self.models.get(name)).served
        if not self.engine or served is None or served.first == self.engine:
            return
        why = next((one for one in served.without.split("; ") if one.startswith(self.engine)), "")
        raise _Absent(f"{name}: {why or f'runs on {served.first}, not on {self.engine}'}")

    async def _forecast(self, name: str, facts: ModelFacts, row: list[float]) -> float:
        if len(facts.inputs) != 1:
            raise _Absent(f"{name}: must take one input, a row of its features")
        [spec] = facts.inputs
        given = {spec.name: np.array([row], dtype=DATATYPES[spec.datatype])}
        ran = await self.models.run(name, given)
        if self.engine not in ("", ran.engine):
            raise _Absent(f"{name}: ran on {ran.engine}, not on {self.engine}")
        found = [one for array in ran.outputs.values() for one in array.ravel()]
        if len(found) != 1:
            raise _Absent(f"{name}: must give one figure, not {len(found)}")
        return float(found[0])


def _direction(name: str, forecast: float, *, terms: ForecastTerms, sigma: float) -> float:
    if not math.isfinite(forecast):
        raise _Absent(f"{name}: gave {forecast} for a forecast")
    if not (math.isfinite(sigma) and sigma > 0):
        raise _Absent(f"{name}: prices did not move")
    return direction(forecast, sigma=sigma, horizon_days=terms.horizon_days)
