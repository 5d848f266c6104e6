"""Count and time what the process does, for Prometheus."""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from domain.shared.notices import Notice
from ports.health import ComponentState, Health

_BUCKETS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The process's metrics in a registry of their own, so that two can live side by side."""

    def __init__(self, *, health: Health) -> None:
        self.registry = CollectorRegistry()
        self._commits = Histogram(
            "ballast_book_commit_seconds",
            "Time to store one change of an account's book.",
            ["outcome"],
            buckets=_BUCKETS_S,
            registry=self.registry,
        )
        self._broker = Histogram(
            "ballast_broker_call_seconds",
            "Time of one call of a broker.",
            ["broker", "call", "outcome"],
            buckets=_BUCKETS_S,
            registry=self.registry,
        )
        self._notices = Counter(
            "ballast_events",
            "Committed events published, by what they tell.",
            ["channel", "type"],
            registry=self.registry,
        )
        self._restarts = Counter(
            "ballast_task_restarts",
            "Background tasks that failed and were started again.",
            ["task"],
            registry=self.registry,
        )
        self._forgotten = Counter(
            "ballast_records_forgotten",
            "Spent records that were deleted, at least.",
            registry=self.registry,
        )
        self._sealed = Counter(
            "ballast_audit_entries_sealed",
            "Audit entries that were linked into their chain.",
            registry=self.registry,
        )
        self._declare_texts()
        self._declare_signals()
        # What is counted with every order, looked up once: there are few of each.
        self._outcomes: dict[str, Histogram] = {}
        self._told: dict[tuple[str, str], Counter] = {}
        self.registry.register(_HealthCollector(health))
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)

    def _declare_texts(self) -> None:
        self._texts = Counter(
            "ballast_texts_scored",
            "Texts whose tone was scored.",
            ["scorer"],
            registry=self.registry,
        )
        self._scoring = Histogram(
            "ballast_text_scoring_seconds",
            "Time to score the texts of one request.",
            ["scorer"],
            buckets=_BUCKETS_S,
            registry=self.registry,
        )
        self._fetches = Counter(
            "ballast_news_fetches",
            "Looks at a source of texts.",
            ["source", "outcome"],
            registry=self.registry,
        )

    def _declare_signals(self) -> None:
        self._signals = Counter(
            "ballast_signals_processed",
            "Signals that strategies were done with: each was decided on, or heard by none.",
            registry=self.registry,
        )
        self._signal_s = Histogram(
            "ballast_signal_processing_seconds",
            "Time from a signal's delivery until strategies were done with it.",
            buckets=_BUCKETS_S,
            registry=self.registry,
        )
        self._generated = Counter(
            "ballast_orders_generated",
            "Orders that strategies sent, as their decisions tell.",
            registry=self.registry,
        )

    def show(self, collector: Collector) -> None:
        """Show what a collector tells, whenever the metrics are asked for."""
        self.registry.register(collector)

    def committed(self, *, outcome: str, seconds: float) -> None:
        """Time a commit."""
        kept = self._outcomes.get(outcome)
        if kept is None:
            kept = self._outcomes[outcome] = self._commits.labels(outcome)
        kept.observe(seconds)

    def called(self, *, broker: str, call: str, outcome: str, seconds: float) -> None:
        """Time a broker call."""
        self._broker.labels(broker, call, outcome).observe(seconds)

    def restarted(self, task: str) -> None:
        """Count a restart of a background task."""
        self._restarts.labels(task).inc()

    def forgotten(self, records: int) -> None:
        """Count records that had served their time."""
        self._forgotten.inc(records)

    def sealed(self, entries: int) -> None:
        """Count entries that are in the chain now."""
        self._sealed.inc(entries)

    def scored(self, scorer: str, texts: int, seconds: float) -> None:
        """Count texts that were scored together, and time it."""
        self._texts.labels(scorer).inc(texts)
        self._scoring.labels(scorer).observe(seconds)

    def fetched(self, source: str, *, outcome: str) -> None:
        """Count a look at a source of texts: ok, or failed."""
        self._fetches.labels(source, outcome).inc()

    def processed_signal(self, *, seconds: float) -> None:
        """Count and time a signal that strategies are done with."""
        self._signals.inc()
        self._signal_s.observe(seconds)

    async def told(self, notice: Notice) -> None:
        """Count a published event (a subscriber of the stream)."""
        if notice.type == "strategy.decided" and notice.body.get("action") == "order":
            self._generated.inc()
        key = (notice.family, notice.type)
        kept = self._told.get(key)
        if kept is None:
            kept = self._told[key] = self._notices.labels(*key)
        kept.inc()


class _HealthCollector(Collector):
    """Tell each component's state when asked, instead of keeping a second copy of it."""

    def __init__(self, health: Health) -> None:
        self._health = health

    def collect(self) -> list[Metric]:
        """Return the gauges."""
        ready = GaugeMetricFamily("ballast_ready", "Whether orders can be taken in.")
        ready.add_metric([], float(self._health.is_ready()))
        up = GaugeMetricFamily(
            "ballast_component_up", "Whether a component is up.", labels=["component"]
        )
        for one in self._health.components():
            up.add_metric([one.name], float(one.state is ComponentState.UP))
        return [ready, up]
