"""Tell Prometheus how models are served: batches, who waits, what fell back."""

from collections.abc import Callable, Sequence

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from domain.inference.model import ModelKey, ServedModel

_BUCKETS_ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_LABELS = ["model", "version"]


class ModelFigures(Collector):
    """The figures of the models of this process; names of models are the operator's, and few."""

    def __init__(self, *, registry: CollectorRegistry) -> None:
        self._served: Callable[[], Sequence[ServedModel]] = tuple
        self._batches = Histogram(
            "ballast_model_batch_rows",
            "Rows that were run together.",
            ["model"],
            buckets=_BUCKETS_ROWS,
            registry=registry,
        )
        self._fallbacks = Counter(
            "ballast_model_fallbacks",
            "Runs that failed on one engine and went on to the next.",
            ["model", "engine", "following"],
            registry=registry,
        )
        registry.register(self)

    def follow(self, served: Callable[[], Sequence[ServedModel]]) -> None:
        """Say what is served, whenever the metrics are asked for."""
        self._served = served

    def batched(self, key: ModelKey, rows: int) -> None:
        """Count a batch."""
        self._batches.labels(key.name).observe(rows)

    def fell_back(self, key: ModelKey, failed: str, following: str, why: str) -> None:
        """Count a run that went on to the next engine."""
        self._fallbacks.labels(key.name, failed, following).inc()

    def collect(self) -> list[Metric]:
        """Return the gauges of what is served now."""
        waiting = GaugeMetricFamily(
            "ballast_model_waiting", "Requests that wait for the model.", labels=_LABELS
        )
        latency = GaugeMetricFamily(
            "ballast_model_latency_seconds", "From request to answer, of late.", labels=_LABELS
        )
        memory = GaugeMetricFamily(
            "ballast_model_memory_bytes", "Memory that the model takes.", labels=_LABELS
        )
        engine = GaugeMetricFamily(
            "ballast_model_engine",
            "1 for the engine that ran it last.",
            labels=[*_LABELS, "engine"],
        )
        for one in self._served():
            labels = [one.key.name, one.key.version]
            waiting.add_metric(labels, one.figures.waiting)
            latency.add_metric(labels, one.figures.latency_ms / 1_000)
            memory.add_metric(labels, one.facts.memory_bytes)
            engine.add_metric([*labels, one.engine], 1.0)
        return [waiting, latency, memory, engine]
