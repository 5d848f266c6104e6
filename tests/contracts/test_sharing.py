"""What one process keeps for itself keeps the promises of what several share."""

from collections.abc import Sequence

import pytest

from adapters.memory.attempts import MemoryAttempts
from adapters.memory.cache import MemoryCache
from adapters.memory.locks import MemoryLocks
from adapters.memory.randomness import SeededRandomness
from adapters.memory.rate_limits import MemoryRateLimits
from adapters.memory.signals import MemorySignalStream
from adapters.memory.tickets import TICKETS_MAX, MemoryTickets
from adapters.memory.time import ManualClock
from adapters.telemetry.health import HealthBoard
from adapters.telemetry.metrics import Metrics
from adapters.telemetry.observed_signals import ObservedSignals
from ports.attempts import Attempts
from ports.cache import Cache
from ports.locks import Locks
from ports.rate_limits import RateLimits
from ports.signals import SignalStream
from ports.tickets import Tickets
from tests import builders
from tests.contracts import signals, tickets
from tests.contracts.attempts import AttemptsContract
from tests.contracts.cache import CacheContract, Source, key, policy
from tests.contracts.locks import LocksContract
from tests.contracts.passing import Pass, on
from tests.contracts.rate_limits import RateLimitsContract
from tests.contracts.signals import SignalStreamContract
from tests.contracts.tickets import TicketsContract


class OnManualTime:
    """A clock that the test moves, and chance that repeats."""

    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock(builders.AT)

    @pytest.fixture
    def randomness(self) -> SeededRandomness:
        return SeededRandomness(1)

    @pytest.fixture
    async def passes(self, clock: ManualClock) -> Pass:
        return on(clock)


class TestMemoryCache(OnManualTime, CacheContract):
    @pytest.fixture
    async def caches(self, clock: ManualClock, randomness: SeededRandomness) -> Sequence[Cache]:
        return [MemoryCache(clock=clock, randomness=randomness)]

    async def test_what_is_unused_for_longest_makes_room(
        self, clock: ManualClock, randomness: SeededRandomness
    ) -> None:
        cache = MemoryCache(clock=clock, randomness=randomness, entries_max=3, bytes_max=10)
        names = [key(name) for name in "abcd"]
        source = Source(b"xxx")
        for one in (*names[:3], names[0], names[3]):
            await cache.get_or_load(key=one, load=source, policy=policy())
        assert source.asked == 4
        for one in (names[0], names[2], names[3]):
            await cache.get_or_load(key=one, load=source, policy=policy())
        assert source.asked == 4
        await cache.get_or_load(key=names[1], load=source, policy=policy())
        assert source.asked == 5


class TestMemoryLocks(OnManualTime, LocksContract):
    @pytest.fixture
    async def locks(self, clock: ManualClock, randomness: SeededRandomness) -> Sequence[Locks]:
        return [MemoryLocks(clock=clock, randomness=randomness)]


class TestMemoryRateLimits(OnManualTime, RateLimitsContract):
    @pytest.fixture
    async def limits(self, clock: ManualClock) -> Sequence[RateLimits]:
        return [MemoryRateLimits(clock=clock)]


class TestMemoryAttempts(OnManualTime, AttemptsContract):
    @pytest.fixture
    async def attempts(self, clock: ManualClock) -> Sequence[Attempts]:
        return [MemoryAttempts(clock=clock)]


class TestMemoryTickets(OnManualTime, TicketsContract):
    @pytest.fixture
    async def tickets(self, clock: ManualClock, randomness: SeededRandomness) -> Sequence[Tickets]:
        return [MemoryTickets(clock=clock, randomness=randomness)]

    async def test_the_oldest_ticket_lapses_early_when_there_are_too_many(
        self, tickets: Sequence[Tickets]
    ) -> None:
        session = _session()
        first = await tickets[0].issue(session, lasts_s=30)
        made = [await tickets[0].issue(session, lasts_s=30) for _ in range(TICKETS_MAX)]
        assert len({first, *made}) == TICKETS_MAX + 1
        assert await tickets[0].redeem(first) is None
        assert await tickets[0].redeem(made[0]) is session


class TestMemorySignalStream(OnManualTime, SignalStreamContract):
    @pytest.fixture
    async def stream(self, clock: ManualClock) -> SignalStream:
        return MemorySignalStream(
            clock=clock, length_max=signals.LENGTH_MAX, handed_out_max=signals.HANDED_OUT_MAX
        )


class TestObservedSignals(OnManualTime, SignalStreamContract):
    @pytest.fixture
    async def stream(self, clock: ManualClock) -> SignalStream:
        inner = MemorySignalStream(
            clock=clock, length_max=signals.LENGTH_MAX, handed_out_max=signals.HANDED_OUT_MAX
        )
        metrics = Metrics(health=HealthBoard(clock=ManualClock(builders.AT)))
        return ObservedSignals(inner=inner, metrics=metrics)


_session = tickets.session
