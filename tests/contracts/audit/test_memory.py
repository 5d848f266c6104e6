"""The memory adapters keep the promises of the audit trail."""

import pytest

from adapters.memory.audit import MemoryAuditSealing, MemoryAuditTrail
from adapters.memory.database import MemoryDatabase, MemoryLink
from tests.contracts.audit.trail import AuditTrailContract, Room


class TestMemoryAuditTrail(AuditTrailContract):
    @pytest.fixture
    async def room(self) -> Room:
        link = MemoryLink(MemoryDatabase())
        return Room(trail=MemoryAuditTrail(link), sealing=MemoryAuditSealing(link))
