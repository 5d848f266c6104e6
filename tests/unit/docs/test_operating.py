"""The page for operators names only settings, parts, events and metrics that there are."""

import re
from functools import cache

import pytest
from prometheus_client.metrics_core import Metric

from adapters.http.metrics import HttpMetrics
from adapters.http.server.connection_limits import ConnectionLimits
from adapters.memory.time import ManualClock
from adapters.telemetry.backlog_figures import BACKLOG, backlog_collector
from adapters.telemetry.health import HealthBoard
from adapters.telemetry.metrics import Metrics
from adapters.telemetry.model_figures import ModelFigures
from application.orders.backlog import Backlog
from bootstrap.all_areas import AREAS
from bootstrap.settings.load import DECLARED
from bootstrap.settings.sections import Settings
from bootstrap.tasks import tasks_of
from domain.orders.events import OrderEventType
from tests import builders
from tests.unit.sources import ROOT, facts, python_files

PAGE = (ROOT / "docs/operating.md").read_text()
EVERY_PAGE = "\n".join(page.read_text() for page in (ROOT / "docs").rglob("*.md"))
# Logins and settings of the database.
NO_METRICS = {"ballast_requests", "ballast_tenant"}
_LOGGED = {"debug", "info", "warning", "error", "exception", "critical"}


def rows_under(heading: str, *, columns: int) -> list[list[str]]:
    """Return the cells of the rows of the table under a heading."""
    _, _, rest = PAGE.partition(f"{heading}\n")
    rows = []
    for line in rest.splitlines():
        if line.startswith("#"):
            break
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == columns:
            rows.append(cells)
    return rows[2:]


def quoted(cell: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", cell))


@cache
def texts() -> frozenset[str]:
    """Return every text in the code that is run."""
    paths = python_files("adapters", "application", "bootstrap", "domain")
    return frozenset().union(*(facts(path).texts for path in paths))


def told(methods: set[str], *folders: str) -> frozenset[str]:
    """Return the text that comes first in each call of these methods."""
    return frozenset(
        text for path in python_files(*folders) for by, text in facts(path).told if by in methods
    )


@cache
def log_events() -> frozenset[str]:
    """Return the name of every event that is logged."""
    return told(_LOGGED, "adapters", "application", "bootstrap")


@cache
def parts() -> frozenset[str]:
    """Return the names under which parts are started, declared or told of."""
    told_of = {name for task in tasks_of(AREAS, Settings()) for name in (task.name, *task.tells)}
    called = {"start", "declare", "set", "tell", "component"}
    return told(called, "bootstrap") | told_of


@cache
def metrics() -> frozenset[str]:
    """Return the names of all samples that a process of ours can show."""
    metrics = Metrics(health=HealthBoard(clock=ManualClock(builders.AT)))
    metrics.committed(outcome="committed", seconds=0.1)
    metrics.called(broker="paper", call="submit", outcome="acknowledged", seconds=0.1)
    ConnectionLimits(per_network=1).show(metrics.registry)
    HttpMetrics(registry=metrics.registry)
    ModelFigures(registry=metrics.registry)
    clock = ManualClock(builders.AT)
    metrics.registry.register(backlog_collector(Backlog(limit_s=5), clock=clock))
    shown: set[str] = set()
    families: list[Metric] = list(metrics.registry.collect())
    for family in families:
        shown |= {family.name, *(sample.name for sample in family.samples)}
        if family.type == "counter":
            shown.add(f"{family.name}_total")
    return frozenset(shown | {text for text in texts() if text.startswith("ballast_stream_")})


def test_there_are_failures_and_alerts() -> None:
    assert len(rows_under("## Failures", columns=6)) >= 15
    assert len(rows_under("Alerts worth having:", columns=3)) >= 8


@pytest.mark.parametrize("row", rows_under("## Failures", columns=6), ids=lambda row: row[0])
def test_each_failure_is_seen_where_the_page_says(row: list[str]) -> None:
    _, health, logged, metric, _, _ = row
    assert quoted(health) <= parts() | {BACKLOG}
    assert quoted(logged) <= log_events()
    assert quoted(metric) <= metrics()
    for cell in row:
        assert cell


def test_every_metric_that_is_named_is_shown() -> None:
    named = set(re.findall(r"\bballast_[a-z_]*[a-z]\b", EVERY_PAGE)) - NO_METRICS
    assert len(named) >= 10
    assert named <= metrics()


def test_alerts_on_events_name_events_that_are_told() -> None:
    named = set(re.findall(r'type="([a-z_.]+)"', PAGE))
    assert {"kill_switch.engaged", "order.parked", "order.external"} <= named
    assert named <= texts() | {one.value for one in OrderEventType}


def test_outcomes_in_alerts_are_ones_that_are_counted() -> None:
    found = re.search(r'outcome=~"([a-z\\|]+)"', PAGE)
    assert found
    assert set(found[1].replace("\\", "").split("|")) <= texts()


def test_settings_are_ones_that_there_are() -> None:
    named = {
        name
        for row in rows_under("## Settings to think about first", columns=2)
        for name in quoted(row[0])
    }
    assert len(named) >= 5
    assert named <= DECLARED.catalogue.keys()


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", PAGE):
        assert (ROOT / "docs" / target).exists(), target
