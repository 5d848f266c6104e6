"""The memory adapter of second factors keeps the promises of its port."""

import pytest

from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.identity import (
    MemoryCredentialStatus,
    MemoryIdentityFeed,
    MemoryPeople,
    MemoryUsers,
)
from adapters.memory.identity_scope import MemoryIdentityTransactions
from adapters.memory.secrets import MemoryKeyMarks, MemorySealedStore
from adapters.memory.streams import MemoryJournal
from tests.contracts.identity.factors import FactorContract, FactorStores
from tests.contracts.identity.scope import IdentityStores


class TestMemoryFactors(FactorContract):
    @pytest.fixture
    async def stores(self) -> FactorStores:
        link = MemoryLink(MemoryDatabase())
        return FactorStores(
            identity=IdentityStores(
                users=MemoryUsers(link),
                people=MemoryPeople(link),
                identity=MemoryIdentityTransactions(link),
                feed=MemoryIdentityFeed(link),
                credential_status=MemoryCredentialStatus(link),
                journal=MemoryJournal(link),
            ),
            marks=MemoryKeyMarks(link),
            sealed=MemorySealedStore(link),
        )
