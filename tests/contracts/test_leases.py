"""The leases keep the promises of their ports."""

from abc import abstractmethod
from datetime import UTC, datetime

import pytest

from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.leases import MemoryLeases, SoleLease
from adapters.memory.streams import MemoryJournal
from adapters.memory.time import ManualClock
from ports.leases import Lease, Leases
from ports.streams import Journal
from tests.contracts.contract import Contract
from tests.contracts.leases import LeasesContract, Pass


class LeaseContract(Contract):
    """Subclasses give `lease`, one that its process holds and keeps."""

    @pytest.fixture
    @abstractmethod
    async def lease(self) -> Lease: ...

    async def test_a_lease_that_is_kept_is_held(self, lease: Lease) -> None:
        assert [lease.is_held() for _ in range(3)] == [True, True, True]


class TestSoleLease(LeaseContract):
    @pytest.fixture
    async def lease(self) -> Lease:
        return SoleLease()


class TestMemoryLeases(LeasesContract):
    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock(datetime(2026, 1, 1, tzinfo=UTC))

    @pytest.fixture
    def link(self) -> MemoryLink:
        return MemoryLink(MemoryDatabase())

    @pytest.fixture
    def leases(self, link: MemoryLink, clock: ManualClock) -> Leases:
        return MemoryLeases(link=link, clock=clock)

    @pytest.fixture
    def journal(self, link: MemoryLink) -> Journal:
        return MemoryJournal(link)

    @pytest.fixture
    def let_pass(self, clock: ManualClock) -> Pass:
        async def passing(seconds: float) -> None:
            clock.advance(seconds)

        return passing
