"""Tell strategies what a model forecasts of a symbol."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np

from application.inference.refusals import CannotRun, CannotServe, NoModel, QueueFull, RanTooLong
from application.inference.serve_models import RunResult, ServeModels
from domain.inference.model import ServedModel
from domain.inference.tensors import DATATYPES
from domain.shared.values import InvalidValue
from domain.strategies.factors import FactorAbsent, Read
from domain.strategies.forecast import (
    closes_needed,
    forecast_factor,
    log_returns,
    returns_taken,
)
from ports.market import MarketView

TENSORRT = "tensorrt"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFactor:
    """The forecast of the strategy's own model, run as everybody's (port FactorSource).

    of_gpu: the factor of TensorRT, which counts only what TensorRT ran; the other counts only
    what it did not, so that one forecast never counts twice.
    """

    models: ServeModels
    view: MarketView
    of_gpu: bool = False

    async def of(self, *, tenant_id: UUID, symbol: str, model: str, at: datetime) -> Read:
        """Return tanh(forecast / sigma) of the next day's log return."""
        if not model:
            return FactorAbsent("the strategy names no model")
        try:
            return await self._of(model, symbol=symbol)
        except (NoModel, CannotServe, CannotRun, RanTooLong, QueueFull) as problem:
            return FactorAbsent(str(problem))

    async def _of(self, model: str, *, symbol: str) -> Read:
        served = await self._served(model)
        if served is None:
            return FactorAbsent(f"{model} is not loaded")
        if self.of_gpu and served.engine != TENSORRT:
            return FactorAbsent(f"no GPU answers: {model} runs on {served.engine}")
        count = returns_taken(served.facts.inputs)
        if isinstance(count, FactorAbsent):
            return count
        # Days that the market has closed by now: it tells of no later ones.
        bars = self.view.bars(symbol, count=closes_needed(count))
        closes = [one.close for one in bars]
        returns = log_returns(closes, count=count)
        if isinstance(returns, FactorAbsent):
            return returns
        (spec,) = served.facts.inputs
        row = np.array([returns], dtype=DATATYPES[spec.datatype])
        ran = await self.models.run(model, {spec.name: row})
        if (ran.engine == TENSORRT) is not self.of_gpu:
            return FactorAbsent(f"{model} was run by {ran.engine}")
        forecast = _one(ran)
        if isinstance(forecast, FactorAbsent):
            return forecast
        return forecast_factor(forecast, closes=closes)

    async def _served(self, model: str) -> ServedModel | None:
        """Return the model as it is served, loaded where nobody asked for it before."""
        found = await self.models.get(model)
        if found.served is None:
            # What it takes is known only then; a run without inputs loads it and runs nothing.
            with suppress(InvalidValue):
                await self.models.run(model, {})
            found = await self.models.get(model)
        return found.served


def _one(ran: RunResult) -> float | FactorAbsent:
    """Return the single figure that a model gave."""
    for found in ran.outputs.values():
        if found.size == 1 and found.dtype.kind == "f":
            return float(found.reshape(-1)[0])
    return FactorAbsent(f"{ran.key} gives no single figure for one row")
