"""What every adapter of Users promises."""

from abc import abstractmethod
from datetime import UTC, datetime
from uuid import UUID

import pytest

from domain.identity.tenant import Tenant, User
from ports.identity import Users
from tests.contracts.contract import Contract

AT = datetime(2026, 1, 2, 15, 4, 5, 678_901, tzinfo=UTC)
TENANT = Tenant(id=UUID("01900000-0000-7000-8000-000000000001"), name="Home", created_at=AT)
OWNER = User(
    id=UUID("01900000-0000-7000-8000-000000000002"),
    tenant_id=TENANT.id,
    email="Owner@Example.com",
    password_hash="$argon2id$v=19$…",
    created_at=AT,
)
LATER = Tenant(id=UUID("01900000-0000-7000-8000-000000000003"), name="Late", created_at=AT)
LATE_OWNER = User(
    id=UUID("01900000-0000-7000-8000-000000000004"),
    tenant_id=LATER.id,
    email="late@example.com",
    password_hash="x",
    created_at=AT,
)


class UsersContract(Contract):
    """Subclasses give a fixture `users` that holds nobody."""

    @pytest.fixture
    @abstractmethod
    async def users(self) -> Users: ...

    async def test_nobody_is_there_at_first(self, users: Users) -> None:
        assert list(await users.tenants()) == []
        assert list(await users.with_email(email=OWNER.email)) == []
        assert await users.find(user_id=OWNER.id) is None

    async def test_the_founder_is_found_again(self, users: Users) -> None:
        assert await users.found(tenant=TENANT, owner=OWNER)
        assert list(await users.tenants()) == [TENANT]
        assert await users.find(user_id=OWNER.id) == OWNER

    @pytest.mark.parametrize(
        "email", ["Owner@Example.com", "owner@example.com", "OWNER@EXAMPLE.COM"]
    )
    async def test_case_does_not_matter_in_an_address(self, users: Users, email: str) -> None:
        await users.found(tenant=TENANT, owner=OWNER)
        assert list(await users.with_email(email=email)) == [OWNER]

    @pytest.mark.parametrize("email", ["", "%", "owner@example.co_", "' OR 1=1 --"])
    async def test_an_address_is_no_pattern(self, users: Users, email: str) -> None:
        await users.found(tenant=TENANT, owner=OWNER)
        assert list(await users.with_email(email=email)) == []

    async def test_only_the_first_tenant_is_founded(self, users: Users) -> None:
        assert await users.found(tenant=TENANT, owner=OWNER)
        assert not await users.found(tenant=LATER, owner=LATE_OWNER)
        assert list(await users.tenants()) == [TENANT]
        assert await users.find(user_id=LATE_OWNER.id) is None
