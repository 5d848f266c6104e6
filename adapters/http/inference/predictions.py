"""Route what models forecast, and what came of it."""

import msgspec
from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from adapters.http.documented import described
from adapters.http.paging import LIMIT_DEFAULT, Cursor, Limit, after_of, paged
from adapters.http.wire import Answer, HttpRequest, SymbolFilter, moment, principal_of
from application.inference.keep_predictions import KeepPredictions, KnownPrediction
from application.inference.serve_models import ServeModels
from domain.identity.access import Permission


class PredictionView(msgspec.Struct):
    """A forecast log return over the days behind `day`, or why there is none.

    outcome is what it came to, null until the horizon is over; inputs is the digest of the
    features.
    """

    id: str
    model_version: str
    sha256: str
    engine: str
    symbol: str
    day: str
    horizon_days: int
    value: float | None
    absent: str
    outcome: float | None
    expires_on: str
    inputs: str
    made_at: str


class PredictionPage(msgspec.Struct):
    """A page of predictions, the latest first."""

    items: list[PredictionView]
    next_cursor: str | None


def _view(known: KnownPrediction) -> PredictionView:
    one = known.prediction
    return PredictionView(
        id=str(one.id),
        model_version=one.model_version,
        sha256=one.sha256,
        engine=one.engine,
        symbol=one.symbol,
        day=str(one.day),
        horizon_days=one.horizon_days,
        value=one.value,
        absent=one.absent,
        outcome=known.outcome,
        expires_on=str(one.expires_on),
        inputs=one.inputs,
        made_at=moment(one.made_at),
    )


def prediction_routes(predictions: KeepPredictions, models: ServeModels) -> list[HTTPRouteHandler]:
    """Return the route behind a model."""

    @get(
        "/{name:str}/predictions",
        **described(
            "List what a model forecast for the tenant's strategies, beside the outcome",
            permission=Permission.MODELS_READ,
            answers={200: PredictionPage},
            problems=(400, 404),
        ),
    )
    async def listed(
        request: HttpRequest,
        name: FromPath[str],
        symbol: SymbolFilter = None,
        limit: Limit = LIMIT_DEFAULT,
        cursor: Cursor = None,
    ) -> Answer:
        found = await predictions.list(
            name,
            tenant_id=principal_of(request).tenant_id,
            symbol=symbol,
            limit=limit + 1,
            after=after_of(cursor),
        )
        if not found:
            # A model that is gone may have forecast; of one that never was there is nothing.
            await models.get(name)
        return paged(found, limit=limit, shown=_view, page=PredictionPage)

    return [listed]
