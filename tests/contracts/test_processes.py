"""What processes share keeps its promises in memory."""

from datetime import UTC, datetime

import pytest

from adapters.memory.book_checks import MemoryBookChecks
from adapters.memory.health import MemoryHealthReports
from adapters.memory.market import MemoryReplayCursor, MemoryReplayPulses
from adapters.memory.time import ManualClock
from ports.book_checks import BookChecks
from ports.health import HealthReports
from ports.market import ReplayCursor, ReplayPulses
from tests.contracts.book_checks import BookChecksContract
from tests.contracts.health import HealthReportsContract
from tests.contracts.market.pulses import ReplayPulsesContract


class Clocked:
    """Gives a clock that a test moves."""

    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock(datetime(2026, 1, 1, tzinfo=UTC))


class TestMemoryHealthReports(Clocked, HealthReportsContract):
    @pytest.fixture
    def reports(self, clock: ManualClock) -> HealthReports:
        return MemoryHealthReports(clock=clock)


class TestMemoryReplayPulses(Clocked, ReplayPulsesContract):
    @pytest.fixture
    def cursor(self) -> ReplayCursor:
        return MemoryReplayCursor()

    @pytest.fixture
    def pulses(self, clock: ManualClock, cursor: ReplayCursor) -> ReplayPulses:
        return MemoryReplayPulses(clock=clock, cursor=cursor)


class TestMemoryBookChecks(Clocked, BookChecksContract):
    @pytest.fixture
    def checks(self, clock: ManualClock) -> BookChecks:
        return MemoryBookChecks(clock=clock)
