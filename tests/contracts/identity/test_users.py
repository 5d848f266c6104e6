"""The stores of users keep the promises of their port."""

from collections.abc import Sequence
from uuid import UUID

import pytest

from adapters.memory.access import MemoryMembers, MemoryPersonalTokens
from adapters.memory.account_directory import MemoryAccountDirectory
from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.identity import (
    MemoryCredentialStatus,
    MemoryIdentityFeed,
    MemoryPeople,
    MemoryUsers,
)
from adapters.memory.identity_scope import MemoryIdentityTransactions
from adapters.memory.streams import MemoryJournal
from adapters.memory.work import MemoryWorks
from domain.audit.entry import AuditEntry
from ports.identity import Users
from tests.contracts.identity.credential_status import CredentialStatusContract, StatusRig
from tests.contracts.identity.members import Household, Keep, MembersContract, household
from tests.contracts.identity.personal_tokens import PersonalTokensContract
from tests.contracts.identity.scope import IdentityStores
from tests.contracts.identity.users import UsersContract


def _keep(link: MemoryLink | None = None) -> Keep:
    link = link or MemoryLink(MemoryDatabase())

    async def audits(tenant_id: UUID) -> Sequence[AuditEntry]:
        audit = (await link.enter()).audit
        return [one for one in audit if one.tenant_id == tenant_id]

    return Keep(
        users=MemoryUsers(link),
        members=MemoryMembers(link),
        tokens=MemoryPersonalTokens(link),
        directory=MemoryAccountDirectory(link),
        works=MemoryWorks(link),
        audits=audits,
    )


class TestMemoryMembers(MembersContract):
    @pytest.fixture
    async def place(self) -> Household:
        return await household(_keep())


class TestMemoryCredentialStatus(CredentialStatusContract):
    @pytest.fixture
    async def credential_status(self) -> StatusRig:
        link = MemoryLink(MemoryDatabase())
        stores = IdentityStores(
            users=MemoryUsers(link),
            people=MemoryPeople(link),
            identity=MemoryIdentityTransactions(link),
            feed=MemoryIdentityFeed(link),
            credential_status=MemoryCredentialStatus(link),
            journal=MemoryJournal(link),
        )
        return StatusRig(place=await household(_keep(link)), stores=stores)


class TestMemoryPersonalTokens(PersonalTokensContract):
    @pytest.fixture
    async def place(self) -> Household:
        return await household(_keep())


class TestMemoryUsers(UsersContract):
    @pytest.fixture
    async def users(self) -> Users:
        return MemoryUsers(link=MemoryLink(MemoryDatabase()))
