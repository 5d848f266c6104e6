"""Keep what models forecast, find it again after a restart, and set the outcome beside it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from application.shared.change import Changes
from domain.inference.model import checked_name
from domain.inference.predictions import Prediction, outcome
from domain.market.latest import BARS_KEPT
from ports.market import MarketView
from ports.work import Kind, Work

PREDICTIONS = Kind(
    "model_predictions", Prediction, find_by=("model", "model_version", "sha256", "symbol", "day")
)
# Days of a symbol that are kept of a model; the oldest are forgotten.
KEPT_MAX = 500
# More versions of a model than ever forecast one day.
_OF_A_DAY = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPrediction:
    """A prediction, and what came of it where the horizon is over."""

    prediction: Prediction
    outcome: float | None

    @property
    def id(self) -> UUID:
        """The prediction's."""
        return self.prediction.id


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepPredictions:
    """The forecasts of a tenant's strategies."""

    changes: Changes
    view: MarketView

    async def of_day(
        self, *, tenant_id: UUID, model: str, symbol: str, day: date
    ) -> Sequence[Prediction]:
        """Return what versions of a model said of a symbol on a day, the latest first."""
        async with self.changes.works.look(tenant_id) as look:
            return await look.records(PREDICTIONS).list(
                limit=_OF_A_DAY,
                where={"model": model, "symbol": symbol, "day": day},
                newest_first=True,
            )

    async def keep(self, made: Prediction) -> None:
        """Keep one in place of what the same file said of that day before."""

        async def change(work: Work) -> None:
            records = work.records(PREDICTIONS)
            of_symbol = {"model": made.model, "symbol": made.symbol}
            found = await records.list(
                limit=1, where={**of_symbol, "sha256": made.sha256, "day": made.day}
            )
            for before in found:
                if not before.says_the_same(made):
                    await records.update(replace(made, id=before.id, version=before.version + 1))
            if found:
                return
            await records.add(made)
            over = await records.count(where=of_symbol) - KEPT_MAX
            for one in await records.list(limit=over, where=of_symbol) if over > 0 else ():
                await records.remove(one.id, version=one.version)

        await self.changes.run(change, tenant_id=made.tenant_id)

    async def list(
        self, model: str, *, tenant_id: UUID, symbol: str | None, limit: int, after: UUID | None
    ) -> Sequence[KnownPrediction]:
        """Return a model's predictions, the latest first; raises InvalidValue for the name."""
        where = {"model": checked_name(model)} | ({} if symbol is None else {"symbol": symbol})
        async with self.changes.works.look(tenant_id) as look:
            found = await look.records(PREDICTIONS).list(
                limit=limit, after=after, where=where, newest_first=True
            )
        closes = {one: self._closes(one) for one in {each.symbol for each in found}}
        return [
            KnownPrediction(
                prediction=one,
                outcome=outcome(closes[one.symbol], day=one.day, horizon_days=one.horizon_days),
            )
            for one in found
        ]

    def _closes(self, symbol: str) -> Sequence[tuple[date, float]]:
        bars = self.view.bars(symbol, count=BARS_KEPT)
        return [(one.opened_at.date(), float(one.close)) for one in bars]
