"""The stores of users keep the promises of their port."""

import pytest

from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.identity import MemoryUsers
from ports.identity import Users
from tests.contracts.identity.users import UsersContract


class TestMemoryUsers(UsersContract):
    @pytest.fixture
    async def users(self) -> Users:
        return MemoryUsers(link=MemoryLink(MemoryDatabase()))
