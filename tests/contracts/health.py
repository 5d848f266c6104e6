"""What every adapter of HealthReports promises."""

from abc import abstractmethod
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ports.health import Component, ComponentState, HealthReports
from tests.contracts.contract import Contract

SINCE = datetime(2026, 1, 2, 15, 0, tzinfo=UTC)
DISPATCHER = Component(
    name="dispatcher",
    state=ComponentState.UP,
    required=True,
    detail="",
    since=SINCE,
    version="1.2.3",
)
RELAY = Component(
    name="kafka_events",
    state=ComponentState.DOWN,
    required=False,
    detail='no broker: "x" \u20ac',
    since=SINCE,
)


class HealthReportsContract(Contract):
    """Subclasses give `reports`, to which nothing was told."""

    @pytest.fixture
    @abstractmethod
    def reports(self) -> HealthReports: ...

    async def test_nothing_is_heard_at_first(self, reports: HealthReports) -> None:
        assert list(await reports.hear()) == []

    async def test_each_parts_latest_word_is_heard_by_name(self, reports: HealthReports) -> None:
        await reports.tell([RELAY])
        await reports.tell([RELAY, DISPATCHER])
        down = replace(DISPATCHER, state=ComponentState.DOWN, detail="ended", version="1.3.0")
        await reports.tell([down])
        heard = list(await reports.hear())
        assert [component for component, _ in heard] == [down, RELAY]
        assert all(0 <= age_s < 10 for _, age_s in heard)
