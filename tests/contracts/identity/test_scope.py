"""The memory adapters of users and sessions keep the promises of their ports."""

import pytest

from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.identity import (
    MemoryCredentialStatus,
    MemoryIdentityFeed,
    MemoryPeople,
    MemoryUsers,
)
from adapters.memory.identity_scope import MemoryIdentityTransactions
from adapters.memory.streams import MemoryJournal
from tests.contracts.identity.devices import DevicesContract
from tests.contracts.identity.passkeys import PasskeysContract
from tests.contracts.identity.scope import IdentityContract, IdentityStores


def memory_stores() -> IdentityStores:
    """Return the ports over an empty database in memory."""
    link = MemoryLink(MemoryDatabase())
    return IdentityStores(
        users=MemoryUsers(link),
        people=MemoryPeople(link),
        identity=MemoryIdentityTransactions(link),
        feed=MemoryIdentityFeed(link),
        credential_status=MemoryCredentialStatus(link),
        journal=MemoryJournal(link),
    )


class TestMemoryIdentity(IdentityContract, PasskeysContract):
    @pytest.fixture
    async def stores(self) -> IdentityStores:
        return memory_stores()


class TestMemoryDevices(DevicesContract):
    @pytest.fixture
    async def stores(self) -> IdentityStores:
        return memory_stores()
