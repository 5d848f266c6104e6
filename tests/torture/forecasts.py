"""A forecast in a folder of models, run by a process of its own."""

from datetime import date
from pathlib import Path

import numpy as np

from adapters.compute.onnx.forecasts import forecast_model
from domain.inference.forecast import FeatureRange, ForecastTerms
from domain.inference.ridge import Ridge
from domain.inference.training import TrainedForecast
from domain.inference.walk_forward import OutOfSample
from tests.torture.processes import free_port

NAME = "ridge"
SCALE, WEIGHT, INTERCEPT = 0.5, 0.25, 0.001


def forecast_of(row: float) -> float:
    """Return what the model says of the last return."""
    return row / SCALE * WEIGHT + INTERCEPT


def serve_forecast(folder: Path) -> dict[str, str]:
    """Write the model, and return the settings by which one process runs it for the others."""
    models = folder / "models"
    models.mkdir(parents=True)
    (models / f"{NAME}.onnx").write_bytes(forecast_model(_trained()))
    port = free_port()
    return {
        "BALLAST_INFERENCE_MODEL_DIR": str(models),
        "BALLAST_INFERENCE_PORT": str(port),
        "BALLAST_INFERENCE_REMOTE": f"http://127.0.0.1:{port}",
        "BALLAST_INFERENCE_REMOTE_OWN": "true",
    }


def _trained() -> TrainedForecast:
    # Of weights that are made up, so that what it has to say is known: it forecasts nothing.
    nothing = OutOfSample(
        first=1, last=1, rows=1, trained_on=1, rank_correlation=None, hit_rate=None, gain=None
    )
    return TrainedForecast(
        ridge=Ridge(
            mean=np.array([0.0]),
            scale=np.array([SCALE]),
            weights=np.array([WEIGHT]),
            intercept=INTERCEPT,
        ),
        terms=ForecastTerms(
            horizon_days=1,
            features=(FeatureRange(name="return_1", low=-10.0, high=10.0),),
            # Before the first day that is played.
            trained_from=date(2003, 1, 2),
            trained_to=date(2004, 12, 1),
            expires_on=date(2100, 1, 1),
        ),
        folds=(),
        whole=nothing,
        rows=1,
    )
