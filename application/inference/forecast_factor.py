"""Ask a model, or several, for the forecast that a strategy counts as one of its factors."""

import asyncio
import math
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import numpy as np

from application.inference.keep_predictions import KeepPredictions
from application.inference.refusals import CannotRun, CannotServe, NoModel, QueueFull, RanTooLong
from application.inference.serve_models import ServeModels
from domain.inference.bar_features import BARS_NEEDED, FEATURES, SIGMA, bar_features
from domain.inference.forecast import ForecastTerms, agreed, direction, terms_of
from domain.inference.model import ModelFacts, ModelKey
from domain.inference.predictions import Prediction, digest_of
from domain.inference.tensors import DATATYPES, Array
from domain.shared.values import InvalidValue
from domain.strategies.factors import FactorAbsent
from ports.market import MarketClock, MarketView

# Between the names of an ensemble's models.
AND = ":"


class _Absent(Exception):
    """Why a model's forecast does not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """Of what a forecast is: the symbol's features of a day."""

    tenant_id: UUID
    symbol: str
    day: date
    latest: Array
    inputs: str

    @property
    def sigma(self) -> float:
        return float(self.latest[FEATURES.index(SIGMA)])


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastFactor:
    """The forecast of models for a symbol's latest daily bars (port FactorSource).

    It is absent where a model is not served, does not say what it forecasts, is expired, has
    seen what is still to come, or gets inputs unlike those of its training; of an ensemble all
    have to tell something. What a file once said of the same features of a day is kept: it says
    the same after a restart, without a run, and while it is still to be loaded. engine: the only
    one that counts, where one is named; a forecast that another worked out is absent.
    """

    models: ServeModels
    view: MarketView
    clock: MarketClock
    kept: KeepPredictions
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
        asked = _Asked(
            tenant_id=tenant_id,
            symbol=symbol,
            day=bars[-1].opened_at.date(),
            latest=latest,
            inputs=digest_of(latest),
        )
        names = model.split(AND)
        if len(set(names)) < len(names):
            return FactorAbsent(f"the strategy names a model twice: {model}")
        try:
            return agreed(await asyncio.gather(*(self._said(one, asked) for one in names)))
        except _Absent as why:
            return FactorAbsent(str(why))

    async def _said(self, name: str, asked: _Asked) -> float:
        known = await self.kept.of_day(
            tenant_id=asked.tenant_id, model=name, symbol=asked.symbol, day=asked.day
        )
        known = [
            one
            for one in known
            if one.value is not None
            and one.inputs == asked.inputs
            and self.engine in ("", one.engine)
        ]
        today = self.clock.now().date()
        coming = await self.models.coming(name)
        for one in known:
            if one.model_version == coming and today <= one.expires_on and one.value is not None:
                return _direction(name, one.value, days=one.horizon_days, sigma=asked.sigma)
        try:
            key, facts = await self.models.ready(name)
            await self._check_engine(name)
            terms = terms_of(dict(facts.metadata))
            if terms is None:
                raise _Absent(f"{name}: the model does not say what it forecasts")
            row = [float(asked.latest[FEATURES.index(one.name)]) for one in terms.features]
            if why := terms.why_absent(row, today=today):
                await self._keep(key, facts, terms, asked, said=why)
                raise _Absent(f"{name}: {why}")
            before = next((one.value for one in known if one.sha256 == facts.sha256), None)
            if before is None:
                before, engine = await self._forecast(name, facts, row)
                if math.isfinite(before):
                    await self._keep(key, facts, terms, asked, said=before, engine=engine)
        except (NoModel, CannotServe, CannotRun, RanTooLong, QueueFull, InvalidValue) as problem:
            raise _Absent(f"{name}: {problem}") from None
        return _direction(name, before, days=terms.horizon_days, sigma=asked.sigma)

    async def _check_engine(self, name: str) -> None:
        """Raise _Absent where the one engine that counts does not run the model at all."""
        served = (await self.models.get(name)).served
        if not self.engine or served is None or served.first == self.engine:
            return
        why = next((one for one in served.without.split("; ") if one.startswith(self.engine)), "")
        raise _Absent(f"{name}: {why or f'runs on {served.first}, not on {self.engine}'}")

    async def _keep(
        self,
        key: ModelKey,
        facts: ModelFacts,
        terms: ForecastTerms,
        asked: _Asked,
        *,
        said: float | str,
        engine: str = "",
    ) -> None:
        made = Prediction(
            id=self.kept.changes.ids.new(),
            tenant_id=asked.tenant_id,
            model=key.name,
            model_version=key.version,
            sha256=facts.sha256,
            engine=engine,
            symbol=asked.symbol,
            day=asked.day,
            horizon_days=terms.horizon_days,
            expires_on=terms.expires_on,
            inputs=asked.inputs,
            value=None if isinstance(said, str) else said,
            absent=said if isinstance(said, str) else "",
            made_at=self.kept.changes.clock.now(),
        )
        await self.kept.keep(made)

    async def _forecast(self, name: str, facts: ModelFacts, row: list[float]) -> tuple[float, str]:
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
        return float(found[0]), ran.engine


def _direction(name: str, forecast: float, *, days: int, sigma: float) -> float:
    if not math.isfinite(forecast):
        raise _Absent(f"{name}: gave {forecast} for a forecast")
    if not (math.isfinite(sigma) and sigma > 0):
        raise _Absent(f"{name}: prices did not move")
    return direction(forecast, sigma=sigma, horizon_days=days)
