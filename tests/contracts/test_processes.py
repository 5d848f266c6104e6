"""What processes share keeps its promises in memory."""

from datetime import UTC, datetime

import pytest

from adapters.memory.book_checks import MemoryBookChecks
from adapters.memory.health import MemoryHealthReports
from adapters.memory.market import MemoryReplayCursor, MemoryReplayPulses
from adapters.memory.randomness import SeededRandomness
from adapters.memory.throttle import MemoryLoginTries
from adapters.memory.tickets import MemoryTickets
from adapters.memory.time import ManualClock
from ports.book_checks import BookChecks
from ports.health import HealthReports
from ports.identity import LoginTries
from ports.market import ReplayCursor, ReplayPulses
from ports.tickets import Tickets
from tests.contracts.book_checks import BookChecksContract
from tests.contracts.health import HealthReportsContract
from tests.contracts.login_tries import LoginTriesContract
from tests.contracts.market.pulses import ReplayPulsesContract
from tests.contracts.tickets import LASTS_S, Pass, TicketsContract


class Clocked:
    """Gives a clock that a test moves."""

    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock(datetime(2026, 1, 1, tzinfo=UTC))

    @pytest.fixture
    def let_pass(self, clock: ManualClock) -> Pass:
        async def passing(seconds: float) -> None:
            clock.advance(seconds)

        return passing


class TestMemoryTickets(Clocked, TicketsContract):
    @pytest.fixture
    def tickets(self, clock: ManualClock) -> Tickets:
        return MemoryTickets(clock=clock, randomness=SeededRandomness(1), lasts_s=LASTS_S)


class TestMemoryLoginTries(Clocked, LoginTriesContract):
    @pytest.fixture
    def tries(self, clock: ManualClock) -> LoginTries:
        return MemoryLoginTries(clock=clock)


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
