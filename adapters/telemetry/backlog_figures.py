"""Tell how far sending is behind: to Prometheus, and to the health board."""

from collections.abc import Callable

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from adapters.telemetry.health import HealthBoard
from application.orders.backlog import Backlog, Waiting
from ports.health import ComponentState
from ports.time import Clock

BACKLOG = "backlog"
# The part of the bound above which sending counts as behind.
DEGRADED_SHARE = 0.5


def state_of(waiting: Waiting, *, age_s: float, limit_s: float | None) -> ComponentState:
    """Return how sending is: degraded long before orders are refused for it."""
    if limit_s is None or not waiting.orders or age_s <= limit_s * DEGRADED_SHARE:
        return ComponentState.UP
    return ComponentState.DEGRADED


def board_teller(health: HealthBoard, *, clock: Clock) -> Callable[[Backlog], None]:
    """Return what puts each look at the backlog on the health board."""

    def tell(backlog: Backlog) -> None:
        waiting = backlog.everywhere
        age_s = waiting.age_s(clock.now())
        said = f"{waiting.orders} orders wait to be sent, the oldest for {age_s:.1f} s"
        state = state_of(waiting, age_s=age_s, limit_s=backlog.limit_s)
        health.set(BACKLOG, state, detail=said)

    return tell


def backlog_collector(backlog: Backlog, *, clock: Clock) -> Collector:
    """Return what tells the latest look when Prometheus asks."""
    return _BacklogCollector(backlog, clock)


class _BacklogCollector(Collector):
    def __init__(self, backlog: Backlog, clock: Clock) -> None:
        self._backlog = backlog
        self._clock = clock

    def collect(self) -> list[Metric]:
        """Return the gauges, of each broker that something waits for or has waited for."""
        orders = GaugeMetricFamily(
            "ballast_unsent_orders", "Orders that wait to be sent.", labels=["broker"]
        )
        oldest = GaugeMetricFamily(
            "ballast_unsent_oldest_seconds",
            "Age of the oldest order that waits to be sent; 0 when none does.",
            labels=["broker"],
        )
        now = self._clock.now()
        for name in sorted(self._backlog.known):
            waiting = self._backlog.brokers.get(name, Waiting())
            orders.add_metric([name], float(waiting.orders))
            oldest.add_metric([name], waiting.age_s(now))
        return [orders, oldest]
