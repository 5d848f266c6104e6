"""Forecasts kept in memory keep their promises."""

from tests.contracts.predictions import PredictionsContract
from tests.contracts.storage import OverMemory


class TestMemoryPredictions(OverMemory, PredictionsContract):
    pass
