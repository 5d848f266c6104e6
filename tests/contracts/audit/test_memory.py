"""The memory adapters keep the promises of the audit trail."""

import pytest

from adapters.memory.audit import MemoryAuditSealing, MemoryAuditTrail
from adapters.memory.database import MemoryDatabase, MemoryLink
from tests.contracts.audit.trail import AuditTrailContract, Rig


class TestMemoryAuditTrail(AuditTrailContract):
    @pytest.fixture
    async def rig(self) -> Rig:
        link = MemoryLink(MemoryDatabase())
        return Rig(trail=MemoryAuditTrail(link), sealing=MemoryAuditSealing(link))
