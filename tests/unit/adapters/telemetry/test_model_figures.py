"""Batches, who waits and what fell back are there for Prometheus."""

from prometheus_client import CollectorRegistry

from adapters.telemetry.model_figures import ModelFigures
from domain.inference.model import ModelKey
from tests.unit.application.inference.models import row, serving, times


async def test_models_are_shown_as_they_are_served() -> None:
    registry = CollectorRegistry()
    figures = ModelFigures(registry=registry)
    served = serving({"net/2": times(2)})
    figures.follow(served.models.served)
    assert list(registry.collect())[-1].samples == []
    await served.models.load(ModelKey("net", "2"))
    await served.models.run("net", row(1))
    for rows in (1, 3, 32):
        figures.batched(ModelKey("net", "2"), rows)
    figures.fell_back(ModelKey("net", "2"), "cuda", "cpu", "out of memory")
    figures.fell_back(ModelKey("net", "2"), "cuda", "cpu", "out of memory again")

    def value(name: str, **labels: str) -> float | None:
        return registry.get_sample_value(f"ballast_model_{name}", {"model": "net", **labels})

    assert value("batch_rows_count") == 3
    assert value("batch_rows_sum") == 36
    assert value("batch_rows_bucket", le="4.0") == 2
    assert value("fallbacks_total", engine="cuda", following="cpu") == 2
    assert value("waiting", version="2") == 0
    assert value("memory_bytes", version="2") == 1
    assert value("engine", version="2", engine="cpu") == 1
    latency = served.models.served()[0].figures.latency_ms
    assert value("latency_seconds", version="2") == latency / 1_000 > 0
