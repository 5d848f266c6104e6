"""The memory adapter keeps the promises of SpentRecords."""

from datetime import datetime

import pytest

from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.retention import MemorySpentRecords
from adapters.memory.time import ManualClock
from ports.retention import SpentRecords
from tests import builders
from tests.contracts.idempotency import Pass
from tests.contracts.retention import Person, SpentRecordsContract
from tests.contracts.storage import Storage, memory_storage


class TestMemorySpentRecords(SpentRecordsContract):
    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock(builders.AT)

    @pytest.fixture
    def database(self) -> MemoryDatabase:
        return MemoryDatabase()

    @pytest.fixture
    async def storage(self, database: MemoryDatabase) -> Storage:
        return memory_storage(database)

    @pytest.fixture
    def spent(self, database: MemoryDatabase, clock: ManualClock) -> SpentRecords:
        return MemorySpentRecords(link=MemoryLink(database), clock=clock)

    @pytest.fixture
    async def person(self) -> Person:
        return Person(builders.new_id(), builders.new_id())

    @pytest.fixture
    def now(self, clock: ManualClock) -> datetime:
        return clock.now()

    @pytest.fixture
    def let_pass(self, clock: ManualClock) -> Pass:
        async def passing(seconds: float) -> None:
            clock.advance(seconds)

        return passing
