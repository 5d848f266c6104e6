"""The stores of users keep the promises of their port."""

from collections.abc import Sequence
from uuid import UUID

import pytest

from adapters.memory.access import MemoryMembers, MemoryPersonalTokens
from adapters.memory.accounts import MemoryAccountDirectory
from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.identity import MemoryUsers
from domain.audit.entry import AuditEntry
from ports.identity import Users
from tests.contracts.identity.members import Household, Keep, MembersContract, household
from tests.contracts.identity.personal_tokens import PersonalTokensContract
from tests.contracts.identity.users import UsersContract


def _keep() -> Keep:
    database = MemoryDatabase()
    link = MemoryLink(database)

    async def audits(tenant_id: UUID) -> Sequence[AuditEntry]:
        return [one for one in database.audit if one.tenant_id == tenant_id]

    return Keep(
        users=MemoryUsers(link),
        members=MemoryMembers(link),
        tokens=MemoryPersonalTokens(link),
        directory=MemoryAccountDirectory(link),
        audits=audits,
    )


class TestMemoryMembers(MembersContract):
    @pytest.fixture
    async def place(self) -> Household:
        return await household(_keep())


class TestMemoryPersonalTokens(PersonalTokensContract):
    @pytest.fixture
    async def place(self) -> Household:
        return await household(_keep())


class TestMemoryUsers(UsersContract):
    @pytest.fixture
    async def users(self) -> Users:
        return MemoryUsers(link=MemoryLink(MemoryDatabase()))
